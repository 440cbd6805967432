//! Files in an object store, e.g. logs.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as ObjectPath;
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, RetryConfig,
};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::StoreError;

/// Bytes of one request.
const FETCH: u64 = 8 << 20;

/// What lies under a prefix of an object store.
pub struct Remote {
    pub(crate) url: Url,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) prefix: ObjectPath,
}

/// A file in an object store.
#[derive(Clone)]
pub struct RemoteFile {
    objects: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    name: String,
    about: ObjectMeta,
}

impl Remote {
    /// Whether a text names something in an object store, rather than a file.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme.chars().all(|c| c.is_ascii_alphanumeric()))
    }

    /// Reads `s3://bucket/prefix`. `options` are those of the AWS tools, by the names that their
    /// environment variables have; what is not known is passed over.
    pub fn parse(
        text: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Place {
            place: text.to_owned(),
            reason,
        };
        let url = Url::parse(text.trim_end_matches('/'));
        let url = url.map_err(|error| refuse(error.to_string()))?;
        if url.scheme() != "s3" {
            let reason = format!(
                "`{}` is not known; there are folders and s3://",
                url.scheme()
            );
            return Err(refuse(reason));
        }
        let prefix = ObjectPath::from_url_path(url.path());
        let prefix = prefix.map_err(|error| refuse(error.to_string()))?;
        let retry = RetryConfig {
            max_retries: 5,
            retry_timeout: Duration::from_secs(30),
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_url(url.as_str())
            .with_retry(retry);
        for (name, value) in options {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
                && !value.is_empty()
            {
                builder = builder.with_config(key, value);
            }
        }
        let objects = builder.build().map_err(|error| refuse(error.to_string()))?;
        Ok(Self {
            url,
            objects: Arc::new(objects),
            prefix,
        })
    }

    /// The file of that name, or the files below it in the order of names. Hidden ones are left out.
    pub fn files(&self) -> Result<Vec<RemoteFile>, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|source| StoreError::Input {
                path: self.url.to_string(),
                source,
            })?;
        let listed = runtime.block_on(self.list());
        let mut listed = listed.map_err(|error| StoreError::Input {
            path: self.url.to_string(),
            source: error.into(),
        })?;
        if listed.is_empty() {
            return Err(StoreError::Input {
                path: self.url.to_string(),
                source: io::ErrorKind::NotFound.into(),
            });
        }
        listed.sort_by(|a, b| a.location.cmp(&b.location));
        let runtime = Arc::new(runtime);
        let bucket = self.url.host_str().unwrap_or_default();
        let file = |about: ObjectMeta| RemoteFile {
            objects: Arc::clone(&self.objects),
            runtime: Arc::clone(&runtime),
            name: format!("s3://{bucket}/{}", about.location),
            about,
        };
        Ok(listed.into_iter().map(file).collect())
    }

    async fn list(&self) -> object_store::Result<Vec<ObjectMeta>> {
        if !self.prefix.is_root() {
            match self.objects.head(&self.prefix).await {
                Ok(about) => return Ok(vec![about]),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let all: Vec<ObjectMeta> = self.objects.list(Some(&self.prefix)).try_collect().await?;
        let above = self.prefix.parts().count();
        let shown = |about: &ObjectMeta| {
            let mut inside = about.location.parts().skip(above);
            about.size > 0 && !inside.any(|part| part.as_ref().starts_with('.'))
        };
        Ok(all.into_iter().filter(shown).collect())
    }
}

impl RemoteFile {
    /// Its URL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.about.size
    }

    /// Reads it from its beginning. A file that is overwritten meanwhile is an error.
    #[must_use]
    pub fn reader(&self) -> impl Read + Send + use<> {
        Reader {
            file: self.clone(),
            position: 0,
            held: Bytes::new(),
        }
    }
}

struct Reader {
    file: RemoteFile,
    position: u64,
    held: Bytes,
}

impl Reader {
    fn fetch(&mut self) -> io::Result<()> {
        let file = &self.file;
        let end = file.about.size.min(self.position.saturating_add(FETCH));
        let options = GetOptions {
            if_match: file.about.e_tag.clone(),
            range: Some(GetRange::Bounded(self.position..end)),
            ..GetOptions::default()
        };
        let get = async {
            let got = file.objects.get_opts(&file.about.location, options);
            got.await?.bytes().await
        };
        self.held = file.runtime.block_on(get)?;
        self.position = end;
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.held.is_empty() && self.position < self.file.about.size {
            self.fetch()?;
        }
        let read = (&*self.held).read(buffer)?;
        self.held.advance(read);
        Ok(read)
    }
}

/// An object store would tell its credentials.
impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote({})", self.url)
    }
}

impl fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteFile({})", self.name)
    }
}
