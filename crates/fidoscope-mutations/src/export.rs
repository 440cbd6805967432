//! The mutation suite as files, so that any relying party can be fed with it.
//!
//! The index is no JSON: `replay` takes every `.json` and `.ndjson` of a folder for recordings.

use fidoscope_recording::{ExpectedOutcome, ExpectedVerdict, Recording};

use super::Mutant;

/// A file of the exported suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Path with slashes, relative to the folder that it goes to.
    pub path: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// A description, an index, and a file for every base and every mutant.
///
/// # Errors
/// When a base cannot be written as JSON.
pub fn export(
    bases: &[Recording],
    mutants: &[Mutant],
) -> Result<Vec<ExportedFile>, serde_json::Error> {
    let index = mutants.iter().map(|mutant| (mutant, path(mutant)));
    let mut files = vec![
        file("README.md", readme(FOLDERS)),
        file("index.tsv", table(index)),
    ];
    for base in bases {
        let json = serde_json::to_string_pretty(base)?;
        let path = format!("bases/{}.json", base.id);
        files.push(file(&path, format!("{json}\n")));
    }
    for mutant in mutants {
        files.push(file(&path(mutant), format!("{}\n", mutant.json)));
        if let Some(blob) = &mutant.blob {
            files.push(ExportedFile {
                path: format!("{}/{}", folder(mutant), mutant.blob_path()),
                bytes: blob.clone(),
            });
        }
    }
    Ok(files)
}

/// The same in few files: a description, an index, the bases and the mutants, one a line. Only the
/// BLOBs that mutants are judged by lie beside them.
///
/// # Errors
/// When a base cannot be written as JSON.
pub fn bundle(
    bases: &[Recording],
    mutants: &[Mutant],
) -> Result<Vec<ExportedFile>, serde_json::Error> {
    let index = mutants.iter().zip(1_u32..);
    let index = index.map(|(mutant, line)| (mutant, format!("mutants.ndjson:{line}")));
    let mut lines = String::new();
    for base in bases {
        lines.push_str(&serde_json::to_string(base)?);
        lines.push('\n');
    }
    let written = mutants.iter().map(|mutant| format!("{}\n", mutant.json));
    let mut files = vec![
        file("README.md", readme(LINES)),
        file("index.tsv", table(index)),
        file("bases.ndjson", lines),
        file("mutants.ndjson", written.collect()),
    ];
    files.extend(mutants.iter().filter_map(|mutant| {
        Some(ExportedFile {
            path: mutant.blob_path(),
            bytes: mutant.blob.clone()?,
        })
    }));
    Ok(files)
}

fn table<'m>(entries: impl Iterator<Item = (&'m Mutant, String)>) -> String {
    let mut text = COLUMNS.join("\t");
    text.push('\n');
    for (mutant, place) in entries {
        let (row, expect) = (mutant.row, &mutant.expect);
        let outcomes = [&expect.l3, &expect.l2, &expect.fido_server, &expect.strict];
        let [l3, l2, fido_server, strict] = outcomes.map(|outcome| words(outcome.as_ref()));
        let cells: [&str; 11] = [
            &mutant.id,
            &place,
            &mutant.base,
            &row.group,
            &row.signing,
            &row.scope,
            &l3,
            &l2,
            &fido_server,
            &strict,
            &row.mutation,
        ];
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

const COLUMNS: [&str; 11] = [
    "id",
    "file",
    "base",
    "group",
    "signing",
    "scope",
    "webauthn-l3",
    "webauthn-l2",
    "fido-server",
    "strict",
    "mutation",
];

/// `accept`, `reject reg.challenge`; nothing where the profile is not asked.
fn words(outcome: Option<&ExpectedOutcome>) -> String {
    let Some(outcome) = outcome else {
        return String::new();
    };
    let verdict = match outcome.verdict {
        ExpectedVerdict::Accept => "accept",
        ExpectedVerdict::Reject => "reject",
        ExpectedVerdict::Indeterminate => "indeterminate",
    };
    match &outcome.step {
        Some(step) => format!("{verdict} {step}"),
        None => verdict.to_owned(),
    }
}

fn path(mutant: &Mutant) -> String {
    format!("{}/{}.json", folder(mutant), mutant.id.replace('/', "."))
}

fn folder(mutant: &Mutant) -> String {
    let group = mutant.row.group.split('.').next().unwrap_or_default();
    format!("mutants/{group}")
}

fn file(path: &str, text: String) -> ExportedFile {
    ExportedFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    }
}

/// The description; the table of files depends on how they lie.
fn readme(places: [&str; 3]) -> String {
    let [bases, mutants, blobs] = places;
    include_str!("../assets/mutations-readme.md")
        .replace("{bases}", bases)
        .replace("{mutants}", mutants)
        .replace("{blobs}", blobs)
}

const FOLDERS: [&str; 3] = [
    "`bases/V2.json` ...",
    "`mutants/A/env-01.json` ..., by group",
    "| `mutants/M/md-01.jwt` ... | the metadata BLOB that a mutant of group M is judged by, beside the mutant; most of them are what is wrong |",
];
const LINES: [&str; 3] = [
    "`bases.ndjson`, one a line",
    "`mutants.ndjson`, one a line",
    "| `md-01.jwt` ... | the metadata BLOB that a mutant of group M is judged by; most of them are what is wrong |",
];
