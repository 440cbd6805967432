//! Where a long report goes: standard output or a file, as it comes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use tempfile::NamedTempFile;

use crate::door;
use crate::failure::Failure;

/// Where the report goes; a file appears when it is complete.
pub(crate) enum Out {
    Stdout(door::Results),
    File(io::BufWriter<NamedTempFile>, PathBuf),
    /// A device or a pipe: it is there already, and nothing may take its place.
    Special(io::BufWriter<fs::File>),
}

impl Out {
    /// The file, or standard output; there `colors` may pass.
    pub(crate) fn open(file: Option<&Path>, colors: bool) -> Result<Self, Failure> {
        let Some(file) = file else {
            return Ok(Self::Stdout(door::stdout(colors)));
        };
        if fs::metadata(file).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            let special = fs::OpenOptions::new().write(true).open(file);
            let special = special
                .with_context(|| format!("cannot write {}", file.display()))
                .map_err(Failure::machine)?;
            return Ok(Self::Special(io::BufWriter::new(special)));
        }
        is_no_folder(file, "--out")?;
        let temporary = make_folder_of(file)
            .and_then(NamedTempFile::new_in)
            .with_context(|| format!("cannot write {}", file.display()))
            .map_err(Failure::machine)?;
        Ok(Self::File(io::BufWriter::new(temporary), file.to_owned()))
    }

    pub(crate) fn keep(mut self) -> io::Result<()> {
        self.flush()?;
        if let Self::File(buffer, file) = self {
            let temporary = buffer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            temporary.persist(file)?;
        }
        Ok(())
    }
}

/// The folder that a file is to lie in, made where there is none.
pub(crate) fn make_folder_of(file: &Path) -> io::Result<&Path> {
    let named = file.parent().filter(|path| !path.as_os_str().is_empty());
    let folder = named.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    Ok(folder)
}

/// Refuses a folder where an option wants a file.
pub(crate) fn is_no_folder(file: &Path, option: &str) -> Result<(), Failure> {
    if !file.is_dir() {
        return Ok(());
    }
    let error = anyhow!("{option} wants a file, and {} is a folder", file.display());
    Err(Failure::usage(error).help("name a file in it"))
}

/// Refuses a file where an option wants a folder.
pub(crate) fn is_no_file(folder: &Path, option: &str) -> Result<(), Failure> {
    if !folder.exists() || folder.is_dir() {
        return Ok(());
    }
    let error = anyhow!(
        "{option} wants a folder, and {} is a file",
        folder.display()
    );
    Err(Failure::usage(error).help("name a folder; it is made where there is none"))
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(out, _) => out.write(bytes),
            Self::Special(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(out, _) => out.flush(),
            Self::Special(out) => out.flush(),
        }
    }
}
