//! Downloads a metadata BLOB: conditional request, size limit, and an atomic replacement that
//! happens only after the new BLOB has been checked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ETAG, IF_NONE_MATCH, RETRY_AFTER};

/// The published BLOB was 12 MB in 2026; five times that leaves room and bounds memory.
const MAX_BYTES: u64 = 64 << 20;

/// What a download brought.
#[derive(Debug)]
pub(crate) enum Download {
    /// The cached BLOB is still the newest.
    Unchanged,
    /// A body, not yet trusted, and its ETag.
    Body {
        bytes: Vec<u8>,
        etag: Option<String>,
    },
}

/// Asks for the BLOB at `url`, unless the one with `etag` is still current.
pub(crate) fn get(url: &str, etag: Option<&str>) -> anyhow::Result<Download> {
    let client = Client::builder()
        .user_agent(concat!("fidoscope/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(15))
        .timeout(Duration::from_secs(120))
        .build()?;
    let mut request = client.get(url);
    if let Some(etag) = etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let response = request
        .send()
        .with_context(|| format!("cannot reach {url}"))?;
    match response.status() {
        StatusCode::NOT_MODIFIED => Ok(Download::Unchanged),
        status if status.is_success() => body(response),
        StatusCode::TOO_MANY_REQUESTS => bail!("{url} asks to wait{}", wait(&response)),
        status => bail!("{url} answered {status}"),
    }
}

fn wait(response: &Response) -> String {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    seconds
        .map(|seconds| format!(" {seconds} s before the next request"))
        .unwrap_or_default()
}

fn body(response: Response) -> anyhow::Result<Download> {
    let etag = response
        .headers()
        .get(ETAG)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let announced = response.content_length();
    let mut bytes = Vec::new();
    response
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .context("the download broke off")?;
    let length = u64::try_from(bytes.len())?;
    ensure!(
        length <= MAX_BYTES,
        "the answer is larger than {} MiB",
        MAX_BYTES >> 20
    );
    if let Some(announced) = announced {
        ensure!(
            length == announced,
            "the answer ended after {length} of {announced} bytes"
        );
    }
    Ok(Download::Body { bytes, etag })
}

/// The file of a cached BLOB, and its ETag beside it.
#[derive(Debug)]
pub(crate) struct Cache {
    blob: PathBuf,
}

impl Cache {
    pub(crate) fn at(blob: &Path) -> Self {
        Self {
            blob: blob.to_owned(),
        }
    }

    /// The cached bytes, if there are any.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Vec<u8>>> {
        match fs::read(&self.blob) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read {}", self.blob.display()))
            }
        }
    }

    /// The ETag, only while the BLOB that it belongs to is there.
    pub(crate) fn etag(&self) -> Option<String> {
        let etag = fs::read_to_string(self.etag_file()).ok()?;
        self.blob.exists().then(|| etag.trim().to_owned())
    }

    /// Replaces the cached BLOB in one step. The old ETag goes first, so that a crash in between
    /// costs a download and never pairs a BLOB with the ETag of another.
    pub(crate) fn replace(&self, bytes: &[u8], etag: Option<&str>) -> anyhow::Result<()> {
        let _ = fs::remove_file(self.etag_file());
        write_whole(&self.blob, bytes)?;
        if let Some(etag) = etag {
            write_whole(&self.etag_file(), etag.as_bytes())?;
        }
        Ok(())
    }

    fn etag_file(&self) -> PathBuf {
        let mut name = self.blob.clone().into_os_string();
        name.push(".etag");
        PathBuf::from(name)
    }
}

fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(bytes)?;
    whole.as_file().sync_all()?;
    whole
        .persist(file)
        .map_err(|error| anyhow!("cannot write {}: {}", file.display(), error.error))?;
    Ok(())
}
