//! Small files of a store on disk, each of them made or replaced in one step.
//!
//! The bytes are written under a name of their own in the same folder and synced; only then do they get
//! the name that counts: by a link, which fails where somebody else has made the file meanwhile, or by a
//! rename, which takes the place of what was there. Then the folder is synced. Whatever stops this (a full
//! disk, a kill, a loss of power), the file is whole or not there, and of several processes that make it
//! at the same time one makes it and the others find it. What a killed process leaves is nobody's.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Beginning of the names under which files are written.
const BEGUN: &str = ".fidoscope-";

/// Who may read a small file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever may read the files of this user.
    Usual,
    /// Its owner only.
    Owner,
}

impl Readers {
    const fn mode(self) -> u32 {
        match self {
            Self::Usual => 0o666,
            Self::Owner => 0o600,
        }
    }
}

/// Makes a file with these bytes; `false` where there is one already, which stays as it is.
pub fn make_file(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<bool> {
    let folder = folder_of(path);
    match begin(folder, bytes, readers)?.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error.error),
    }
    settle(folder);
    Ok(true)
}

/// Makes a file with these bytes, in the place of one that may be there.
pub fn replace_file(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = folder_of(path);
    begin(folder, bytes, readers)?
        .persist(path)
        .map_err(|error| error.error)?;
    settle(folder);
    Ok(())
}

/// Whether a name is that of a file which was begun and perhaps never finished.
pub(crate) fn is_begun(name: &str) -> bool {
    name.starts_with(BEGUN)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let named = folder.filter(|folder| !folder.as_os_str().is_empty());
    named.unwrap_or(Path::new("."))
}

/// The bytes on disk under a name of their own; nothing is left of them where that fails.
fn begin(folder: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    let mut builder = Builder::new();
    builder.prefix(BEGUN).suffix(".new");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(readers.mode()));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The name has to last as well as the bytes. Where a folder cannot be synced, the file is there all the
/// same.
fn settle(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_makes_the_file_and_the_others_find_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inner/key");
        let made: Vec<bool> = std::thread::scope(|scope| {
            let made = (0..8_u8).map(|number| {
                let path = &path;
                scope.spawn(move || make_file(path, &[number; 5000], Readers::Owner).unwrap())
            });
            let made: Vec<_> = made.collect();
            made.into_iter().map(|made| made.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1);
        let found = fs::read(&path).unwrap();
        assert_eq!(found, vec![found[0]; 5000]);
        replace_file(&path, b"other", Readers::Usual).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        let entries = fs::read_dir(path.parent().unwrap()).unwrap();
        assert_eq!(entries.count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_what_is_his() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        make_file(&path, b"key", Readers::Owner).unwrap();
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        replace_file(&path, b"key", Readers::Usual).unwrap();
        assert_eq!(mode() & 0o600, 0o600);
    }
}
