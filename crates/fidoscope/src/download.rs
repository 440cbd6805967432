//! Downloads a metadata BLOB: conditional request, size limit, and an atomic replacement that
//! happens only after the new BLOB has been checked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use fidoscope_report::escape;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ETAG, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Proxy, StatusCode};

/// How much of an error page is shown.
const SHOWN_BYTES: u64 = 4096;

/// What to download, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    /// The cached BLOB's ETag; that BLOB is not sent again.
    pub(crate) etag: Option<&'a str>,
    pub(crate) proxy: Option<&'a str>,
    /// Bytes that the answer may have.
    pub(crate) max_bytes: u64,
}

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

/// Asks for a BLOB, unless the one with the ETag is still current.
pub(crate) fn get(request: &Request<'_>) -> anyhow::Result<Download> {
    let url = request.url;
    let mut client = Client::builder()
        .user_agent(concat!("fidoscope/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(15))
        .timeout(Duration::from_secs(120));
    if let Some(proxy) = request.proxy {
        let proxy = Proxy::all(proxy).with_context(|| format!("{proxy} is no proxy's URL"))?;
        client = client.proxy(proxy);
    }
    let mut asked = client.build()?.get(url);
    if let Some(etag) = request.etag {
        asked = asked.header(IF_NONE_MATCH, etag);
    }
    let response = asked
        .send()
        .with_context(|| format!("cannot reach {url}"))?;
    match response.status() {
        StatusCode::NOT_MODIFIED => Ok(Download::Unchanged),
        status if status.is_success() => body(response, request.max_bytes),
        status => Err(refused(response, status, request)),
    }
}

/// Why there is no BLOB, in the service's own words. The live service names the newest BLOB in the
/// ETag of errors too, with and without quotes.
fn refused(response: Response, status: StatusCode, request: &Request<'_>) -> anyhow::Error {
    let mut text = match status {
        StatusCode::TOO_MANY_REQUESTS => {
            format!("{} asks to wait{}", request.url, wait(&response))
        }
        status => format!("{} answered {status}", request.url),
    };
    let bare = |etag: &str| etag.trim_start_matches("W/").trim_matches('"').to_owned();
    let sent = response.headers().get(ETAG);
    let sent = sent.and_then(|value| value.to_str().ok()).map(bare);
    if sent.is_some() && sent == request.etag.map(bare) {
        text.push_str("; its ETag says that the cached BLOB is the newest");
    }
    let mut said = Vec::new();
    // A page that breaks off is still worth showing.
    let _ = response.take(SHOWN_BYTES).read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said);
    let said: Vec<&str> = said.split_whitespace().collect();
    let said: String = said.join(" ").chars().take(200).collect();
    if !said.is_empty() {
        text.push_str(&format!("; it says: {}", escape(&said)));
    }
    anyhow!(text)
}

fn wait(response: &Response) -> String {
    let header = response.headers().get(RETRY_AFTER);
    let seconds = header.and_then(|value| value.to_str().ok());
    match seconds {
        Some(seconds) if seconds.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!(" {seconds} s before the next request")
        }
        Some(date) => format!(" until {}", escape(date)),
        None => String::new(),
    }
}

fn body(response: Response, max_bytes: u64) -> anyhow::Result<Download> {
    let etag = response
        .headers()
        .get(ETAG)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let too_large = || format!("the answer is larger than {} MiB", max_bytes >> 20);
    let announced = response.content_length();
    ensure!(
        announced.is_none_or(|length| length <= max_bytes),
        too_large()
    );
    let mut bytes = Vec::new();
    response
        .take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .context("the download broke off")?;
    let length = u64::try_from(bytes.len())?;
    ensure!(length <= max_bytes, too_large());
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
    /// costs a download and never pairs a BLOB with the ETag of another. The BLOB is also kept by
    /// its number, for judging by what was in force at a time.
    pub(crate) fn replace(&self, no: u64, bytes: &[u8], etag: Option<&str>) -> anyhow::Result<()> {
        write_whole(&self.kept(no), bytes)?;
        let _ = fs::remove_file(self.etag_file());
        write_whole(&self.blob, bytes)?;
        if let Some(etag) = etag {
            write_whole(&self.etag_file(), etag.as_bytes())?;
        }
        Ok(())
    }

    /// The BLOBs that were kept, by number.
    pub(crate) fn history(&self) -> anyhow::Result<Vec<(u64, PathBuf)>> {
        let folder = folder(&self.blob);
        let listed = match fs::read_dir(folder) {
            Ok(listed) => listed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot list {}", folder.display()));
            }
        };
        let mut found = Vec::new();
        for entry in listed {
            let path = entry?.path();
            if let Some(no) = self.number(&path) {
                found.push((no, path));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Deletes the BLOBs of the lowest numbers beyond those to keep, never the one in use, and gives
    /// their numbers.
    pub(crate) fn prune(&self, keep: usize, in_use: Option<u64>) -> anyhow::Result<Vec<u64>> {
        let history = self.history()?;
        let surplus = history.len().saturating_sub(keep);
        let mut deleted = Vec::new();
        for (no, path) in history.into_iter().take(surplus) {
            if Some(no) != in_use {
                fs::remove_file(&path)
                    .with_context(|| format!("cannot delete {}", path.display()))?;
                deleted.push(no);
            }
        }
        Ok(deleted)
    }

    /// Where the BLOB of a number is kept: `blob-291.jwt` beside `blob.jwt`.
    fn kept(&self, no: u64) -> PathBuf {
        let (stem, extension) = self.name();
        self.blob.with_file_name(format!("{stem}-{no}{extension}"))
    }

    /// The number of a BLOB that was kept here.
    fn number(&self, path: &Path) -> Option<u64> {
        let (stem, extension) = self.name();
        let name = path.file_name()?.to_str()?;
        let digits = name.strip_prefix(&format!("{stem}-"))?;
        let digits = digits.strip_suffix(&extension)?;
        let no = digits.parse().ok()?;
        (self.kept(no) == self.blob.with_file_name(name)).then_some(no)
    }

    fn name(&self) -> (String, String) {
        let text =
            |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
        let extension = text(self.blob.extension()).map(|extension| format!(".{extension}"));
        let stem = text(self.blob.file_stem()).unwrap_or_default();
        (stem, extension.unwrap_or_default())
    }

    fn etag_file(&self) -> PathBuf {
        let mut name = self.blob.clone().into_os_string();
        name.push(".etag");
        PathBuf::from(name)
    }
}

fn folder(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn write_whole(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = folder(file);
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(bytes)?;
    whole.as_file().sync_all()?;
    whole
        .persist(file)
        .map_err(|error| anyhow!("cannot write {}: {}", file.display(), error.error))?;
    Ok(())
}
