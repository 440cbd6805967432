//! The files of a replay, opened one after the other and read in pieces.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fidoscope_conformance::{Batch, Batches};
use flate2::bufread::MultiGzDecoder;

use crate::inputs::{Inputs, STDIN};

/// Names of files that a folder is searched for; a file that the user names may be called anything.
const NAMES: [&str; 4] = [".json", ".jsonl", ".ndjson", ".har"];

/// The next thing that a source has to say.
pub(crate) type Item = Result<Batch, String>;

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

/// A file or standard input, decompressed.
pub(crate) fn open(file: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    open_counted(file, Arc::default())
}

/// The same; how many bytes of the file were read is added to `count`.
pub(crate) fn open_counted(
    file: &Path,
    count: Arc<AtomicU64>,
) -> io::Result<Box<dyn BufRead + Send>> {
    let input: Box<dyn Read + Send> = if file == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file)?)
    };
    let raw = Counted { input, count };
    let mut raw = BufReader::with_capacity(1 << 16, raw);
    Ok(match raw.fill_buf()? {
        [0x1f, 0x8b, ..] => Box::new(BufReader::new(MultiGzDecoder::new(raw))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(BufReader::new(zstd::Decoder::with_buffer(raw)?)),
        _ => Box::new(raw),
    })
}

/// Counts the bytes that pass.
struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.count.fetch_add(bytes, Ordering::Relaxed);
        Ok(read)
    }
}
