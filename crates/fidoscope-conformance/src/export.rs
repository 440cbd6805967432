//! The mutation suite as files, so that any relying party can be fed with it.

use fidoscope_authenticator::{Mutant, Mutants};
use fidoscope_webauthn::{Expectations, Recording};
use serde::Serialize;

/// A file of the exported suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Path with slashes, relative to the folder that it goes to.
    pub path: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// A line of the index.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'m> {
    id: &'m str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    base: &'m str,
    group: &'m str,
    mutation: &'m str,
    signing: &'m str,
    scope: &'m str,
    expect: &'m Expectations,
}

/// Every base, every mutant, an index and a description.
///
/// # Errors
/// When a base cannot be written as JSON.
pub fn export(
    bases: &[Recording],
    mutants: &Mutants,
) -> Result<Vec<ExportedFile>, serde_json::Error> {
    let mut files = vec![file("README.md", README.as_bytes().to_vec())];
    let entries: Vec<Entry<'_>> = mutants.mutants.iter().map(entry).collect();
    let lines: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
    let index = format!(
        "{{\"schema\":\"fidoscope.mutation-index/1\",\n\"mutants\":[\n{}\n]}}\n",
        lines?.join(",\n")
    );
    files.push(file("index.json", index.into_bytes()));
    for base in bases {
        let mut json = serde_json::to_string_pretty(base)?;
        json.push('\n');
        files.push(file(&format!("bases/{}.json", base.id), json.into_bytes()));
    }
    for mutant in &mutants.mutants {
        let json = format!("{}\n", mutant.json);
        files.push(file(&path(mutant), json.into_bytes()));
        if let Some(blob) = &mutant.blob {
            let beside = format!("{}/{}", folder(mutant), mutant.blob_path());
            files.push(file(&beside, blob.clone()));
        }
    }
    Ok(files)
}

fn entry(mutant: &Mutant) -> Entry<'_> {
    let row = mutant.row;
    Entry {
        id: &mutant.id,
        file: path(mutant),
        blob: mutant
            .blob
            .is_some()
            .then(|| format!("{}/{}", folder(mutant), mutant.blob_path())),
        base: &mutant.base,
        group: &row.group,
        mutation: &row.mutation,
        signing: &row.signing,
        scope: &row.scope,
        expect: &mutant.expect,
    }
}

fn path(mutant: &Mutant) -> String {
    format!("{}/{}.json", folder(mutant), mutant.id.replace('/', "."))
}

fn folder(mutant: &Mutant) -> String {
    let group = mutant.row.group.split('.').next().unwrap_or_default();
    format!("mutants/{group}")
}

fn file(path: &str, bytes: Vec<u8>) -> ExportedFile {
    ExportedFile {
        path: path.to_owned(),
        bytes,
    }
}

const README: &str = include_str!("../assets/mutations-readme.md");
