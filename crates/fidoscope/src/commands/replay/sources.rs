//! The files of a replay, opened one after the other and read in pieces.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use fidoscope_recording::Recording;
use fidoscope_recording::{Batch, Batches, Import, Imported};

use crate::inputs::{Inputs, open};

/// Names of files that a folder is searched for; a file that the user names may be called anything.
const NAMES: [&str; 4] = [".json", ".jsonl", ".ndjson", ".har"];

/// The next thing that a source has to say.
pub(crate) type Item = Result<Batch, String>;

/// Something to judge.
pub(crate) enum Work {
    /// What a file holds, or why it cannot be read.
    Read(Item),
    /// Ceremonies that were joined from options and responses.
    Joined(Vec<Recording>),
    /// What there is to say about that.
    Told(Imported, String),
}

/// Ceremonies of a piece of work.
const PIECE: usize = 64;

/// The work that the pieces of files make. Archives and files of options and responses are kept until
/// the last file was read: a sign-in needs its registration, wherever that lies.
pub(crate) fn work(
    items: impl Iterator<Item = Item> + Send,
    origins: Vec<String>,
) -> impl Iterator<Item = Work> + Send {
    let mut import = Import::new(origins);
    let mut items = items.fuse();
    let mut joined: VecDeque<Work> = VecDeque::new();
    std::iter::from_fn(move || {
        for item in items.by_ref() {
            match item {
                Ok(batch) if batch.is_import => import.add_batch(&batch),
                item => return Some(Work::Read(item)),
            }
        }
        if !import.is_empty() {
            joined.extend(join(std::mem::take(&mut import)));
        }
        joined.pop_front()
    })
}

fn join(import: Import) -> Vec<Work> {
    let names = import.names();
    let mut imported = import.finish();
    let words = format!("{names}: {}", imported.words());
    let recordings = std::mem::take(&mut imported.recordings);
    let mut recordings = recordings.into_iter().peekable();
    let mut work = vec![Work::Told(imported, words)];
    while recordings.peek().is_some() {
        work.push(Work::Joined(recordings.by_ref().take(PIECE).collect()));
    }
    work
}

/// The files that paths stand for, and what could not be listed.
pub(crate) fn find(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<String>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        let inputs = Inputs::find(std::slice::from_ref(path));
        let named = !path.is_dir();
        files.extend(
            inputs
                .files
                .into_iter()
                .filter(|file| named || is_ceremony(file)),
        );
        let unreadable = inputs.unreadable.into_iter();
        problems.extend(
            unreadable.map(|(folder, e)| format!("{} cannot be listed: {e}", folder.display())),
        );
    }
    (files, problems)
}

fn is_ceremony(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
    NAMES.iter().any(|end| plain.ends_with(end))
}

/// The pieces of all files, in order. A file that cannot be read does not stop the others.
pub(crate) fn items(files: Vec<PathBuf>) -> impl Iterator<Item = Item> + Send {
    files
        .into_iter()
        .flat_map(|file| -> Box<dyn Iterator<Item = Item> + Send> {
            let name = file.display().to_string();
            match open(&file) {
                Ok(input) => Box::new(
                    Batches::new(&name, input).map(|batch| batch.map_err(|e| e.to_string())),
                ),
                Err(error) => {
                    Box::new(std::iter::once(Err(format!("cannot read {name}: {error}"))))
                }
            }
        })
}
