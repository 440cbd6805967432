//! The rules that the program works with: its own, and those of `--rules DIR` over them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fidoscope_conformance::{builtin_advisories, overlay_advisories};
use fidoscope_verifier::Advisory;

use crate::failure::Failure;
use crate::inputs::Inputs;

/// Detections, ours and the user's.
pub(crate) fn detections(rules: Option<&Path>) -> Result<fidoscope_detect::Catalogue, Failure> {
    let mut catalogue = fidoscope_detect::Catalogue::builtin();
    let files = files(rules, "detections")?;
    let problems = catalogue.overlay(texts(&files));
    match problems.is_empty() {
        true => Ok(catalogue),
        false => Err(Failure::definitions(problems)),
    }
}

/// Mappings of sources, ours and the user's.
pub(crate) fn mappings(rules: Option<&Path>) -> Result<fidoscope_events::Catalogue, Failure> {
    let mut catalogue = fidoscope_events::Catalogue::builtin();
    let files = files(rules, "mappings")?;
    catalogue
        .overlay(texts(&files))
        .map_err(Failure::definitions)?;
    Ok(catalogue)
}

/// Advisories about models, ours and the user's.
pub(crate) fn advisories(rules: Option<&Path>) -> Result<Vec<Advisory>, Failure> {
    let mut advisories = builtin_advisories().map_err(Failure::definitions)?;
    for (name, text) in files(rules, "policy")? {
        let file = Path::new(&name).file_stem();
        if file.is_some_and(|stem| stem == "advisories") {
            let theirs = fidoscope_conformance::advisories(&text, &name);
            overlay_advisories(&mut advisories, theirs.map_err(Failure::definitions)?);
        }
    }
    Ok(advisories)
}

fn texts(files: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
}

/// The YAML files of one kind below a folder of rules, by name.
fn files(rules: Option<&Path>, kind: &str) -> Result<Vec<(String, String)>, Failure> {
    let Some(rules) = rules else {
        return Ok(Vec::new());
    };
    if !rules.is_dir() {
        let error = anyhow::anyhow!("--rules {}: there is no such folder", rules.display());
        return Err(Failure::usage(error));
    }
    let folder = rules.join(kind);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let found = Inputs::find(&[folder]);
    if let Some((path, error)) = found.unreadable.into_iter().next() {
        return Err(Failure::machine(
            anyhow::Error::new(error).context(path.display().to_string()),
        ));
    }
    found
        .files
        .into_iter()
        .filter(|file| is_yaml(file))
        .map(read)
        .collect()
}

fn is_yaml(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "yml" || extension == "yaml")
}

fn read(file: PathBuf) -> Result<(String, String), Failure> {
    let text = fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(Failure::invalid)?;
    Ok((file.display().to_string(), text))
}
