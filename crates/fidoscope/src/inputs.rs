//! Finds and opens the files that a command should read.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fidoscope_analytics::decompressed;
use fidoscope_events::{CsvLines, Unwrapped, Unwrapping, is_csv};

/// Standard input, on the command line.
pub(crate) const STDIN: &str = "-";

/// What the paths of a command line stand for.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// Files in a stable order; `-` is standard input.
    pub(crate) files: Vec<PathBuf>,
    /// Folders that could not be listed, and what is in a folder and is no file.
    pub(crate) unreadable: Vec<(PathBuf, io::Error)>,
    /// Links to a folder that they lie in: what is there is found without them.
    pub(crate) loops: Vec<PathBuf>,
}

impl Inputs {
    /// Expands folders, depth first, in the order of names. Hidden entries are left out.
    pub(crate) fn find(paths: &[PathBuf]) -> Self {
        let mut inputs = Self::default();
        for path in paths {
            inputs.add(path, &mut Vec::new());
        }
        inputs
    }

    fn add(&mut self, path: &Path, above: &mut Vec<PathBuf>) {
        if path == Path::new(STDIN) || !path.is_dir() {
            match special(path).filter(|_| !above.is_empty()) {
                // Reading from a pipe waits for somebody to write: only where the user asks for it.
                Some(what) => {
                    let why = format!("it is a {what}; name it on the command line to read it");
                    self.unreadable
                        .push((path.to_owned(), io::Error::other(why)));
                }
                None => self.files.push(path.to_owned()),
            }
            return;
        }
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => return self.unreadable.push((path.to_owned(), error)),
        };
        if above.contains(&real) {
            return self.loops.push(path.to_owned());
        }
        match list(path) {
            Ok(entries) => {
                above.push(real);
                entries.iter().for_each(|entry| self.add(entry, above));
                above.pop();
            }
            Err(error) => self.unreadable.push((path.to_owned(), error)),
        }
    }
}

/// What a path is that is there and neither file nor folder.
fn special(path: &Path) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_fifo() {
        Some("pipe")
    } else if kind.is_socket() {
        Some("socket")
    } else if kind.is_char_device() || kind.is_block_device() {
        Some("device")
    } else {
        None
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
    decompressed(BufReader::with_capacity(1 << 16, raw))
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

/// Longest line that is read, as in an ingest.
const MAX_LINE: u64 = 16 << 20;

/// The lines of a file, without their ends; of a line that is too long the beginning. The records of
/// a table are lines of JSON, and carriers are taken off, as in an ingest.
pub(crate) fn lines(file: &Path) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>>> {
    let bytes = open(file)?;
    let mut input: Box<dyn BufRead + Send> = if is_csv(&file.to_string_lossy()) {
        Box::new(BufReader::new(CsvLines::new(bytes)?))
    } else {
        let bare = Unwrapped::new(bytes, Unwrapping::default());
        Box::new(BufReader::with_capacity(1 << 16, bare))
    };
    Ok(std::iter::from_fn(move || line(&mut *input).transpose()))
}

fn line(input: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = (&mut *input).take(MAX_LINE).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else {
        // The rest of a line that is too long; nothing at the end of the input.
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_a_circle_and_pipes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("log"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path(), inner.join("up")).unwrap();
        std::os::unix::fs::symlink(&inner, folder.path().join("beside")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(inner.join("socket")).unwrap();
        let found = Inputs::find(&[folder.path().to_owned()]);
        let names = |paths: &[PathBuf]| {
            let names = paths
                .iter()
                .map(|path| path.strip_prefix(folder.path()).unwrap());
            names
                .map(|name| name.display().to_string())
                .collect::<Vec<_>>()
        };
        // Two ways to one folder are no circle: an ingest reads each event once all the same.
        assert_eq!(names(&found.files), ["a/b/log", "beside/log"]);
        assert_eq!(names(&found.loops), ["a/b/up", "beside/up"]);
        let unreadable: Vec<PathBuf> = found.unreadable.into_iter().map(|(path, _)| path).collect();
        assert_eq!(names(&unreadable), ["a/b/socket", "beside/socket"]);
        drop(socket);
    }

    #[test]
    fn lines_end_with_or_without_a_break() {
        let mut input: &[u8] = b"a\r\n\nb\n\xff";
        let mut found = Vec::new();
        while let Some(line) = line(&mut input).unwrap() {
            found.push(line);
        }
        assert_eq!(found, [&b"a"[..], b"", b"b", b"\xff"]);
    }
}
