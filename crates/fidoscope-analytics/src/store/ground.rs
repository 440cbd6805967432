//! The files of a store, wherever it lies, and the runtime that reaches them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use deltalake::parquet;
use deltalake::parquet::file::reader::{ChunkReader, Length};
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use tokio::runtime::{Builder, Runtime};

use super::place::{Kind, Objects};
use super::{Place, Table, file_error, object_error};
use crate::StoreError;

/// A place, with a runtime.
pub(crate) struct Ground {
    place: Place,
    runtime: Runtime,
    /// One more than the last version of each table that was seen in an object store.
    seen: [AtomicU64; Table::ALL.len()],
}

/// A file of a store that is open for reading.
pub(crate) enum Data {
    File(File),
    /// What lies in an object store is fetched as a whole: files are small, requests are slow.
    Bytes(Bytes),
}

impl Ground {
    /// Prepares a place; whether a store is there is not asked.
    pub(crate) fn new(place: Place) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()
            .map_err(|source| file_error(&place.name_of(""), source))?;
        Ok(Self {
            place,
            runtime,
            seen: Default::default(),
        })
    }

    /// The folder by the name that it has wherever the program goes.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        if let Kind::Folder(folder) = &mut self.place.0 {
            *folder = fs::canonicalize(&*folder).map_err(|source| file_error(folder, source))?;
        }
        Ok(())
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    pub(super) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What a file is called in messages; without a name, the place.
    pub(crate) fn name_of(&self, inside: &str) -> PathBuf {
        self.place.name_of(inside)
    }

    /// Whether there is nothing at all.
    pub(super) fn is_empty(&self) -> Result<bool, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => match fs::read_dir(folder) {
                Ok(mut entries) => Ok(entries.next().is_none()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
                Err(error) => Err(file_error(folder, error)),
            },
            Kind::Objects(objects) => {
                let listed = objects.root.list(Some(&objects.path("")));
                let first = self.wait("", async { Box::pin(listed).try_next().await });
                first.map(|first| first.is_none())
            }
        }
    }

    /// A whole file; `None` where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                match fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes.into())),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(file_error(&path, error)),
                }
            }
            Kind::Objects(objects) => self.fetch(objects, name),
        }
    }

    /// Writes a whole file in one step, in the place of what was there.
    pub(super) fn write(&self, name: &str, text: String) -> Result<(), StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
                let path = folder.join(name);
                let beside = folder.join(format!("{name}.new"));
                fs::write(&beside, text).map_err(|source| {
                    // A half of it is of no use to anybody.
                    let _ = fs::remove_file(&beside);
                    file_error(&beside, source)
                })?;
                fs::rename(&beside, &path).map_err(|source| file_error(&path, source))
            }
            Kind::Objects(objects) => {
                let path = objects.path(name);
                let put = objects.root.put(&path, text.into());
                self.wait(name, put).map(|_| ())
            }
        }
    }

    /// Writes a file that only its owner reads and that is on the disk when this returns. Whatever is
    /// there already has the same content.
    pub(crate) fn write_private(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                put_private(&path, &bytes).map_err(|source| file_error(&path, source))
            }
            Kind::Objects(objects) => {
                let path = objects.path(name);
                let put = objects.root.put(&path, bytes.into());
                self.wait(name, put).map(|_| ())
            }
        }
    }

    /// Deletes a file. What cannot be deleted now is only lost space.
    pub(crate) fn remove_file(&self, name: &str) {
        match &self.place.0 {
            Kind::Folder(folder) => drop(fs::remove_file(folder.join(name))),
            Kind::Objects(objects) => {
                let path = objects.path(name);
                drop(self.wait(name, objects.root.delete(&path)));
            }
        }
    }

    /// The files of a folder of the store that were written before a time, with their sizes; names are
    /// those inside the store.
    pub(crate) fn files_before(
        &self,
        inside: &str,
        before: DateTime<Utc>,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let folder = folder.join(inside);
                let files = files_in(&folder, before);
                let files = files.map_err(|source| file_error(&folder, source))?;
                let named = files.into_iter();
                Ok(named
                    .map(|(name, size)| (format!("{inside}/{name}"), size))
                    .collect())
            }
            Kind::Objects(objects) => {
                let above = objects.path(inside);
                let listed = objects.root.list(Some(&above));
                let listed = self.wait(inside, listed.try_collect::<Vec<_>>())?;
                let old = listed
                    .into_iter()
                    .filter(|about| about.last_modified < before);
                let named = old.filter_map(|about| {
                    let name = about.location.filename()?;
                    Some((format!("{inside}/{name}"), about.size))
                });
                Ok(named.collect())
            }
        }
    }

    /// Opens a data file of a table; `None` where there is none.
    pub(crate) fn data(&self, table: Table, name: &str) -> Result<Option<Data>, StoreError> {
        let inside = format!("{}/{name}", table.name());
        match &self.place.0 {
            Kind::Folder(folder) => {
                let path = folder.join(inside);
                match File::open(&path) {
                    Ok(file) => Ok(Some(Data::File(file))),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(file_error(&path, error)),
                }
            }
            Kind::Objects(objects) => Ok(self.fetch(objects, &inside)?.map(Data::Bytes)),
        }
    }

    /// The same, of a file that must be there.
    pub(crate) fn needed(&self, table: Table, name: &str) -> Result<Data, StoreError> {
        self.data(table, name)?.ok_or_else(|| {
            let path = self.name_of(&format!("{}/{name}", table.name()));
            file_error(&path, io::ErrorKind::NotFound.into())
        })
    }

    /// Deletes a data file of a table. What cannot be deleted now is only lost space.
    pub(crate) fn remove(&self, table: Table, name: &str) {
        let inside = format!("{}/{name}", table.name());
        match &self.place.0 {
            Kind::Folder(folder) => drop(fs::remove_file(folder.join(inside))),
            Kind::Objects(objects) => {
                let path = objects.path(&inside);
                drop(self.wait(&inside, objects.root.delete(&path)));
            }
        }
    }

    /// The files below a folder of the store with their sizes, as far as they can be seen; names are
    /// those inside the folder.
    pub(crate) fn sizes(&self, inside: &str) -> HashMap<String, u64> {
        match &self.place.0 {
            Kind::Folder(folder) => sizes_in(&folder.join(inside)),
            Kind::Objects(objects) => {
                let above = objects.path(inside);
                let listed = objects.root.list(Some(&above));
                let listed = self.wait(inside, listed.try_collect::<Vec<_>>());
                let size = |about: object_store::ObjectMeta| {
                    let name = about.location.as_ref().strip_prefix(above.as_ref())?;
                    Some((name.trim_start_matches('/').to_owned(), about.size))
                };
                listed.into_iter().flatten().filter_map(size).collect()
            }
        }
    }

    /// Newest version in the log of a table, read from the names of its files.
    pub(crate) fn latest_version(&self, table: Table) -> Result<u64, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let log = folder.join(table.name()).join("_delta_log");
                let entries = fs::read_dir(&log).map_err(|source| file_error(&log, source))?;
                let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
                Ok(newest(names).unwrap_or(0))
            }
            Kind::Objects(objects) => self.latest_of(objects, table),
        }
    }

    /// A log only grows at its end, so the greater part of it is not listed again.
    fn latest_of(&self, objects: &Objects, table: Table) -> Result<u64, StoreError> {
        let inside = format!("{}/_delta_log", table.name());
        let log = objects.path(&inside);
        let list = |after: u64| {
            let offset = objects.path(&format!("{inside}/{after:020}"));
            let listed = objects.root.list_with_offset(Some(&log), &offset);
            let listed = self.wait(&inside, listed.try_collect::<Vec<_>>())?;
            let names = listed.iter().filter_map(|about| about.location.filename());
            Ok::<_, StoreError>(newest(names.map(str::to_owned)))
        };
        let seen = self.seen.get(table.place());
        let known = seen.map_or(0, |seen| seen.load(Ordering::Acquire));
        let found = match known.checked_sub(1) {
            Some(known) => match list(known)? {
                Some(found) => found,
                // The table was made anew.
                None => list(0)?.unwrap_or(0),
            },
            None => list(0)?.unwrap_or(0),
        };
        if let Some(seen) = seen {
            seen.store(found + 1, Ordering::Release);
        }
        Ok(found)
    }

    /// Whether a table has a log.
    pub(crate) fn has_log(&self, table: Table) -> bool {
        let inside = format!("{}/_delta_log", table.name());
        match &self.place.0 {
            Kind::Folder(folder) => {
                fs::read_dir(folder.join(inside)).is_ok_and(|mut entries| entries.next().is_some())
            }
            Kind::Objects(_) => !self.sizes(&inside).is_empty(),
        }
    }

    fn fetch(&self, objects: &Objects, name: &str) -> Result<Option<Bytes>, StoreError> {
        let path = objects.path(name);
        let get = async { objects.root.get(&path).await?.bytes().await };
        match self.runtime.block_on(get) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error(name, error)),
        }
    }

    fn wait<T>(
        &self,
        name: &str,
        future: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let done = self.runtime.block_on(future);
        done.map_err(|error| self.error(name, error))
    }

    fn error(&self, name: &str, source: object_store::Error) -> StoreError {
        object_error(&self.name_of(name), source)
    }
}

/// Writes a file of a folder, which is made, in one step.
fn put_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    File::open(folder)?.sync_all()
}

/// The files of a folder that were written before a time, with their sizes; none where it is not.
fn files_in(folder: &Path, before: DateTime<Utc>) -> io::Result<Vec<(String, u64)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_file() && DateTime::<Utc>::from(about.modified()?) < before {
            files.push((
                entry.file_name().to_string_lossy().into_owned(),
                about.len(),
            ));
        }
    }
    Ok(files)
}

/// The newest version among names of files of a log.
fn newest(names: impl Iterator<Item = String>) -> Option<u64> {
    let version = |name: String| name.strip_suffix(".json")?.parse::<u64>().ok();
    names.filter_map(version).max()
}

fn sizes_in(folder: &Path) -> HashMap<String, u64> {
    let mut sizes = HashMap::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((name, folder)) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let inside = format!("{name}{}", entry.file_name().to_string_lossy());
            match entry.metadata() {
                Ok(about) if about.is_dir() => {
                    folders.push((format!("{inside}/"), entry.path()));
                }
                Ok(about) => {
                    sizes.insert(inside, about.len());
                }
                Err(_) => {}
            }
        }
    }
    sizes
}

impl Length for Data {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Bytes(bytes) => Length::len(bytes),
        }
    }
}

impl ChunkReader for Data {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Bytes(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Bytes(bytes) => bytes.get_bytes(start, length),
        }
    }
}
