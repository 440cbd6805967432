//! The BLOBs that recordings name.
//!
//! A recording comes from anybody, so its `mdsBlob.path` is a wish and no permission: it names a
//! regular file in the folder of the recording or below, of a size that a BLOB has. Nothing else is
//! opened, and of a file that is another one than the recording says not even its digest is told, as
//! a digest gives away what is short or known.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use fidoscope_metadata::{Blob, BlobError, fingerprint};
use fidoscope_recording::BlobReference;

/// The longest BLOB that is read; the Metadata Service's had 12 MB in 2026.
const LONGEST: u64 = 128 << 20;

/// A BLOB, or why it is none.
type Opened = Arc<Result<Blob, BlobError>>;

/// BLOBs by path and digest.
#[derive(Default)]
pub(super) struct Blobs {
    opened: Mutex<HashMap<(PathBuf, String), Opened>>,
}

impl Blobs {
    /// The BLOB that a recording names, relative to the recording's file. A file that is no BLOB is
    /// the fault of whoever wrote the recording, unless the recording wants it judged.
    pub(super) fn open(
        &self,
        recording: &str,
        reference: &BlobReference,
    ) -> anyhow::Result<Opened> {
        let folder = Path::new(recording).parent().unwrap_or(Path::new(""));
        let key = (
            folder.join(&reference.path),
            reference.sha256.to_ascii_lowercase(),
        );
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = opened.get(&key) {
            return Ok(Arc::clone(blob));
        }
        let blob = read(folder, reference)
            .with_context(|| format!("{recording}: mdsBlob {}", reference.path))?;
        let blob = Arc::new(blob);
        opened.insert(key, Arc::clone(&blob));
        Ok(blob)
    }
}

fn read(folder: &Path, reference: &BlobReference) -> anyhow::Result<Result<Blob, BlobError>> {
    let file = below(folder, &reference.path)?;
    let mut bytes = Vec::new();
    File::open(&file)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    ensure!(
        !u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST),
        "longer than {} MiB",
        LONGEST >> 20
    );
    ensure!(
        fingerprint(&bytes).eq_ignore_ascii_case(&reference.sha256),
        "not the file that the recording means: its SHA-256 is another"
    );
    let blob = Blob::open(&bytes);
    match blob {
        Err(error) if reference.anchors.is_empty() => Err(error.into()),
        blob => Ok(blob),
    }
}

/// The regular file that a path names below a folder, links followed.
fn below(folder: &Path, path: &str) -> anyhow::Result<PathBuf> {
    let mut parts = Path::new(path).components();
    let stays = parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    ensure!(
        stays && !path.is_empty(),
        "the path must name a file in the folder of the recording or below, without `..`"
    );
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let real = fs::canonicalize(folder.join(path))?;
    if !real.starts_with(fs::canonicalize(folder)?) {
        bail!("a link leads out of the folder of the recording");
    }
    // Opening a pipe waits for somebody to write, and a device never ends.
    let is_file = |kind: io::Result<fs::Metadata>| kind.is_ok_and(|kind| kind.is_file());
    ensure!(is_file(fs::metadata(&real)), "not a regular file");
    Ok(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a recording in `recordings/` gets for a path.
    #[track_caller]
    fn check(base: &Path, path: &str, expected: &str) {
        let reference = BlobReference {
            path: path.to_owned(),
            sha256: fingerprint(b"e30.e30.AAAA"),
            anchors: vec!["judged".to_owned()],
            crls: Vec::new(),
            have_no: None,
            url: None,
        };
        let recording = base.join("recordings/r.json").display().to_string();
        let found = match Blobs::default().open(&recording, &reference) {
            Ok(_) => "read".to_owned(),
            Err(error) => {
                let error = format!("{error:#}");
                let (_, why) = error.split_once(&format!("mdsBlob {path}: ")).unwrap();
                why.to_owned()
            }
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn only_regular_files_below_the_recording_are_read() {
        use std::os::unix::fs::symlink;
        let base = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(base.path()).unwrap();
        let folder = base.join("recordings");
        fs::create_dir_all(folder.join("inner")).unwrap();
        for file in ["secret.jwt", "recordings/a.jwt", "recordings/inner/b.jwt"] {
            fs::write(base.join(file), "e30.e30.AAAA").unwrap();
        }
        fs::write(folder.join("other.jwt"), "e30.e30.AAAB").unwrap();
        let long = File::create(folder.join("long.jwt")).unwrap();
        long.set_len(LONGEST + 1).unwrap();
        symlink("../secret.jwt", folder.join("out.jwt")).unwrap();
        symlink("/dev/zero", folder.join("zero.jwt")).unwrap();
        symlink("..", folder.join("up")).unwrap();
        symlink("inner/b.jwt", folder.join("in.jwt")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();

        check(&base, "a.jwt", "read");
        check(&base, "./inner/b.jwt", "read");
        check(&base, "in.jwt", "read");
        let out = "the path must name a file in the folder of the recording or below, without `..`";
        check(&base, "../secret.jwt", out);
        check(&base, "inner/../../secret.jwt", out);
        check(&base, "/dev/zero", out);
        check(&base, "", out);
        let link = "a link leads out of the folder of the recording";
        check(&base, "out.jwt", link);
        check(&base, "zero.jwt", link);
        check(&base, "up/secret.jwt", link);
        check(&base, "socket", "not a regular file");
        check(&base, "inner", "not a regular file");
        check(&base, "long.jwt", "longer than 128 MiB");
        check(
            &base,
            "other.jwt",
            "not the file that the recording means: its SHA-256 is another",
        );
        check(&base, "none.jwt", "No such file or directory (os error 2)");
    }
}
