//! Finds the files that a command should read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Standard input, on the command line.
pub(crate) const STDIN: &str = "-";

/// What the paths of a command line stand for.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// Files in a stable order; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Folders that could not be listed.
    pub(crate) unreadable: Vec<(PathBuf, io::Error)>,
}

impl Inputs {
    /// Expands folders, depth first, in the order of names. Hidden entries are left out.
    pub(crate) fn find(paths: &[PathBuf]) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            inputs.add(path);
        }
        inputs
    }

    fn add(&mut self, path: &Path) {
        if path == Path::new(STDIN) || !path.is_dir() {
            self.files.push(path.to_owned());
            return;
        }
        match list(path) {
            Ok(entries) => entries.iter().for_each(|entry| self.add(entry)),
            Err(error) => self.unreadable.push((path.to_owned(), error)),
        }
    }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.retain(|path| !is_hidden(path));
    entries.sort();
    Ok(entries)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
