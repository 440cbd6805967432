//! Where a store lies.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use deltalake::logstore::{ObjectStoreRef, StorageConfig, default_logstore};
use deltalake::{DeltaTable, DeltaTableBuilder, ensure_table_uri};
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStoreExt as _, PutMode};
use url::Url;

use super::{Readers, Table, file_error, make_file, object_error};
use crate::{Remote, StoreError};

/// Where a store lies: in a folder, or under a prefix of an object store.
#[derive(Clone)]
pub struct Place(pub(super) Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Folder(PathBuf),
    Objects(Objects),
}

/// A prefix of an object store.
#[derive(Clone)]
pub(super) struct Objects {
    url: Url,
    /// The whole object store.
    pub(super) root: ObjectStoreRef,
    prefix: ObjectPath,
}

impl Place {
    /// Reads what a user wrote: `s3://bucket/prefix`, or a folder. `options` are those of the AWS
    /// tools, by the names that their environment variables have.
    pub fn parse(
        text: &Path,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, StoreError> {
        let url = text.to_str().filter(|text| Remote::is_meant(text));
        let Some(url) = url else {
            return Ok(Self::from(text));
        };
        let remote = Remote::parse(url, options)?;
        Ok(Self::objects(remote.url, remote.objects, remote.prefix))
    }

    pub(crate) const fn objects(url: Url, root: ObjectStoreRef, prefix: ObjectPath) -> Self {
        Self(Kind::Objects(Objects { url, root, prefix }))
    }

    /// The folder; `None` where the store lies in an object store.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Folder(folder) => Some(folder),
            Kind::Objects(_) => None,
        }
    }

    /// What the place, or something in it, is called in messages.
    pub(super) fn name_of(&self, inside: &str) -> PathBuf {
        match &self.0 {
            Kind::Folder(folder) if inside.is_empty() => folder.clone(),
            Kind::Folder(folder) => folder.join(inside),
            Kind::Objects(objects) if inside.is_empty() => objects.url.as_str().into(),
            Kind::Objects(objects) => format!("{}/{inside}", objects.url).into(),
        }
    }

    /// Whether it is another place or lies in it.
    pub(crate) fn lies_in(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Folder(folder), Kind::Folder(other)) => {
                let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
                let other = fs::canonicalize(other).unwrap_or_else(|_| other.clone());
                // What is not there yet lies where the last folder that is there does.
                let mut above = whole
                    .ancestors()
                    .filter_map(|part| fs::canonicalize(part).ok());
                above.next().is_some_and(|there| there.starts_with(other))
            }
            (Kind::Objects(objects), Kind::Objects(other)) => {
                let (url, other) = (objects.url.as_str(), other.url.as_str());
                let rest = url.strip_prefix(other);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            _ => false,
        }
    }

    /// Refuses a folder under whose name the engine would look for another one.
    fn is_readable(&self, folder: &Path) -> Result<(), StoreError> {
        if !is_misread(folder) {
            return Ok(());
        }
        Err(StoreError::Place {
            place: self.to_string(),
            reason:
                "the engine would take `%` before two digits, `\\`, or what is no text in its path \
                     for something else; name another folder"
                    .to_owned(),
        })
    }

    /// Refuses a place under whose name the engine would look for another one.
    pub(super) fn check_name(&self) -> Result<(), StoreError> {
        match &self.0 {
            Kind::Folder(folder) => {
                let whole = std::path::absolute(folder);
                self.is_readable(whole.as_deref().unwrap_or(folder))
            }
            Kind::Objects(_) => Ok(()),
        }
    }

    /// Makes the folder of a table.
    pub(super) fn make_room(&self, table: Table) -> Result<(), StoreError> {
        let Kind::Folder(folder) = &self.0 else {
            return Ok(());
        };
        let folder = folder.join(table.name());
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        if table.holds_raw_lines() {
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        }
        builder
            .create(&folder)
            .map_err(|source| file_error(&folder, source))
    }

    /// A table, not read yet.
    pub(super) fn table(&self, table: Table) -> Result<DeltaTable, StoreError> {
        match &self.0 {
            Kind::Folder(folder) => {
                self.is_readable(folder)?;
                let folder = folder.join(table.name());
                let url = ensure_table_uri(folder.to_string_lossy())?;
                Ok(DeltaTableBuilder::from_url(url)?.build()?)
            }
            Kind::Objects(objects) => objects.table(table),
        }
    }

    /// A place that is gone with its last holder.
    pub(super) fn in_memory(root: ObjectStoreRef) -> Result<Self, StoreError> {
        let url = "memory://first";
        let url = Url::parse(url).map_err(|error| StoreError::Place {
            place: url.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self::objects(url, root, ObjectPath::default()))
    }

    /// Makes a file of a table in one step unless there is one.
    pub(super) async fn make_file(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        match &self.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                let made = make_file(&path, &bytes, Readers::Usual);
                made.map(|_| ()).map_err(|source| file_error(&path, source))
            }
            Kind::Objects(objects) => {
                let (path, mode) = (objects.path(name), PutMode::Create.into());
                match objects.root.put_opts(&path, bytes.into(), mode).await {
                    Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
                    Err(error) => Err(object_error(&self.name_of(name), error)),
                }
            }
        }
    }

    /// Whether the table was made.
    pub(super) async fn has_table(&self, table: Table) -> Result<bool, StoreError> {
        // A vacuum deletes the first where there is the second.
        for name in [&*format!("{:020}.json", 0), "_last_checkpoint"] {
            let inside = format!("{}/_delta_log/{name}", table.name());
            let found = match &self.0 {
                Kind::Folder(folder) => folder.join(inside).exists(),
                Kind::Objects(objects) => match objects.root.head(&objects.path(&inside)).await {
                    Ok(_) => true,
                    Err(object_store::Error::NotFound { .. }) => false,
                    Err(error) => return Err(object_error(&self.name_of(&inside), error)),
                },
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether the engine's kernel takes the name of a folder for another one: it reads names as parts of
/// URLs, and some of them twice, so that `%20` becomes a blank and a backslash a slash; what is no text,
/// or no single line, is no part of a URL at all.
fn is_misread(folder: &Path) -> bool {
    let Some(text) = folder.to_str() else {
        return true;
    };
    let encoded = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    text.contains('\\') || text.contains(char::is_control) || text.split('%').skip(1).any(encoded)
}

impl Objects {
    /// Where a file of the store lies.
    pub(super) fn path(&self, inside: &str) -> ObjectPath {
        let parts = inside.split('/').filter(|part| !part.is_empty());
        self.prefix.parts().chain(parts.map(Into::into)).collect()
    }

    fn table(&self, table: Table) -> Result<DeltaTable, StoreError> {
        let url = format!("{}/{}", self.url, table.name());
        let url = Url::parse(&url).map_err(|error| StoreError::Place {
            place: url,
            reason: error.to_string(),
        })?;
        let inside = PrefixStore::new(Arc::clone(&self.root), self.path(table.name()));
        let root = Arc::clone(&self.root);
        let log = default_logstore(Arc::new(inside), root, &url, &StorageConfig::default());
        Ok(DeltaTable::new(log))
    }
}

impl From<&Path> for Place {
    fn from(folder: &Path) -> Self {
        Self(Kind::Folder(folder.to_owned()))
    }
}

impl From<&PathBuf> for Place {
    fn from(folder: &PathBuf) -> Self {
        Self::from(folder.as_path())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name_of("").display().fmt(f)
    }
}

/// An object store would tell its credentials.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}
