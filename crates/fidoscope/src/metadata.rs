//! Metadata BLOBs and trust anchors from files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fidoscope_metadata::{Anchors, Blob};

use crate::failure::Failure;
use crate::inputs::Inputs;

/// The BLOB in a file.
pub(crate) fn blob(file: &Path) -> Result<Blob, Failure> {
    let bytes = read(file)?;
    Blob::open(&bytes)
        .with_context(|| file.display().to_string())
        .map_err(Failure::invalid)
}

/// The anchors of the files, else the published ones.
pub(crate) fn anchors(files: &[PathBuf]) -> Result<Anchors, Failure> {
    if files.is_empty() {
        return Ok(Anchors::builtin());
    }
    let pem = pem(files)?.join("\n");
    Anchors::from_pem(pem.as_bytes())
        .with_context(|| names(files))
        .map_err(Failure::invalid)
}

/// The text of PEM files.
pub(crate) fn pem(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let text = |file: &PathBuf| {
        String::from_utf8(read(file)?)
            .with_context(|| format!("{} is not PEM", file.display()))
            .map_err(Failure::invalid)
    };
    files.iter().map(text).collect()
}

/// The revocation lists of files and folders, as they are.
pub(crate) fn revocation_lists(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    let inputs = Inputs::find(paths);
    if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
        let folder = folder.display().to_string();
        return Err(Failure::invalid(
            anyhow::Error::from(error).context(format!("{folder} cannot be listed")),
        ));
    }
    inputs.files.iter().map(|file| read(file)).collect()
}

/// The bytes of a file that the user named.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(Failure::invalid)
}

fn names(files: &[PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    names.join(", ")
}
