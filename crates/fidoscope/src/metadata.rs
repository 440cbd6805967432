//! Metadata BLOBs and trust anchors from files.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fidoscope_metadata::{Anchors, Blob, History, Names, RevocationList};
use fidoscope_webauthn::encoding;

use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::output::Output;

/// The BLOB in a file.
pub(crate) fn blob(file: &Path) -> Result<Blob, Failure> {
    let bytes = read(file)?;
    Blob::open(&bytes)
        .with_context(|| file.display().to_string())
        .map_err(Failure::invalid)
}

/// The BLOBs in files and folders, by number. What has no number has no place among them.
pub(crate) fn history(paths: &[PathBuf]) -> Result<History, Failure> {
    let files = blob_files(paths)?;
    let blobs = files.iter().map(|file| {
        let blob = blob(file)?;
        if blob.no().is_none() {
            let error = anyhow::anyhow!("{} has no number", file.display());
            return Err(Failure::invalid(error));
        }
        Ok(blob)
    });
    Ok(History::new(blobs.collect::<Result<_, _>>()?))
}

/// Files and the files of folders that are to be BLOBs.
pub(crate) fn blob_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let inputs = Inputs::find(paths);
    if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
        let error = anyhow::anyhow!("{} cannot be listed: {error}", folder.display());
        return Err(Failure::invalid(error));
    }
    let is_blob = |file: &PathBuf| {
        let beside = file
            .extension()
            .is_some_and(|end| end == "json" || end == "pem" || end == "etag");
        !beside || paths.contains(file)
    };
    Ok(inputs.files.into_iter().filter(is_blob).collect())
}

/// The names of models in files.
pub(crate) fn model_names(files: &[PathBuf], output: &Output) -> Result<Names, Failure> {
    let mut names = Names::default();
    for file in files {
        let read = names
            .add(&read(file)?)
            .with_context(|| file.display().to_string())
            .map_err(Failure::invalid)?;
        if read.named == 0 {
            output.say(&format!("warning: {} names no model", file.display()));
        }
    }
    Ok(names)
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

/// Trust anchors as the text of PEM files, each with a certificate at least.
pub(crate) fn pem(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let texts = texts(files)?;
    for (file, text) in files.iter().zip(&texts) {
        Anchors::from_pem(text.as_bytes())
            .with_context(|| file.display().to_string())
            .map_err(Failure::invalid)?;
    }
    Ok(texts)
}

/// The text of files.
pub(crate) fn texts(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let text = |file: &PathBuf| {
        let bytes = encoding::utf8(&read(file)?).into_owned();
        String::from_utf8(bytes)
            .with_context(|| format!("{} is not PEM", file.display()))
            .map_err(Failure::invalid)
    };
    files.iter().map(text).collect()
}

/// The revocation lists of files and folders, as they are. A status list of Android is JSON, and is
/// left to who reads it.
pub(crate) fn revocation_lists(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Failure> {
    let inputs = Inputs::find(paths);
    if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
        let folder = folder.display().to_string();
        return Err(Failure::invalid(
            anyhow::Error::from(error).context(format!("{folder} cannot be listed")),
        ));
    }
    if inputs.files.is_empty() && !paths.is_empty() {
        let error = anyhow::anyhow!("there is no revocation list in {}", names(paths));
        return Err(Failure::invalid(error));
    }
    let list = |file: &PathBuf| {
        let bytes = read(file)?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            RevocationList::read(&bytes)
                .with_context(|| file.display().to_string())
                .map_err(Failure::invalid)?;
        }
        Ok(bytes)
    };
    inputs.files.iter().map(list).collect()
}

/// The longest file that is read as a whole: BLOBs of 2026 have 12 MB.
const LONGEST: u64 = 256 << 20;

/// The bytes of a file that the user named, as far as a file of its kind can be long.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|input| input.take(LONGEST + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(Failure::invalid)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        let name = file.display();
        let error = anyhow::anyhow!("{name} is longer than {} MiB", LONGEST >> 20);
        return Err(Failure::invalid(error));
    }
    Ok(bytes)
}

fn names(files: &[PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    names.join(", ")
}
