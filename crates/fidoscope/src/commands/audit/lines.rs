//! Registrations from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::anyhow;
use fidoscope_conformance::{Auditor, LinePiece, LinePieces};

use super::Run;
use crate::failure::Failure;
use crate::inputs::{self, Inputs, STDIN};
use crate::progress::Progress;

/// Names of files that a folder is searched for; a file that the user names may be called anything.
const NAMES: [&str; 2] = [".ndjson", ".jsonl"];

pub(super) fn audit(
    paths: &[PathBuf],
    auditor: &Auditor<'_>,
    run: &mut Run<'_>,
) -> Result<(), Failure> {
    let files = files(paths)?;
    let sizes = files
        .iter()
        .map(|file| std::fs::metadata(file).map(|m| m.len()));
    let total: Option<u64> = sizes
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .map(|all| all.iter().sum());
    let progress = Progress::bytes(run.output, "audit", total);
    let read = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&read);
    let pieces = files
        .into_iter()
        .flat_map(move |file| pieces(&file, &counted));
    run.pieces(
        pieces,
        |piece| piece.map(|piece| auditor.lines(&piece)),
        || progress.at(read.load(Ordering::Relaxed)),
    )
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let inputs = Inputs::find(std::slice::from_ref(path));
        if let Some((folder, error)) = inputs.unreadable.into_iter().next() {
            let error = anyhow!("{} cannot be listed: {error}", folder.display());
            return Err(Failure::invalid(error));
        }
        let named = !path.is_dir();
        files.extend(
            inputs
                .files
                .into_iter()
                .filter(|file| named || holds_lines(file)),
        );
    }
    Ok(files)
}

fn holds_lines(file: &Path) -> bool {
    let name = file.to_string_lossy();
    let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
    NAMES.iter().any(|end| plain.ends_with(end))
}

type Pieces = Box<dyn Iterator<Item = Result<LinePiece, String>> + Send>;

/// The pieces of a file. A file that cannot be read on is one problem, and the others go on.
fn pieces(file: &Path, read: &Arc<AtomicU64>) -> Pieces {
    let name = file.display().to_string();
    match inputs::open_counted(file, Arc::clone(read)) {
        Ok(input) => {
            let shown = if file == Path::new(STDIN) {
                "stdin"
            } else {
                &name
            };
            let pieces = LinePieces::new(shown, input);
            Box::new(pieces.map(move |piece| piece.map_err(|error| format!("{name}: {error}"))))
        }
        Err(error) => Box::new(std::iter::once(Err(format!("cannot read {name}: {error}")))),
    }
}
