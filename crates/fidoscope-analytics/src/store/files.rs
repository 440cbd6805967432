//! The files of a store, wherever it lies, and the runtime that reaches them.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use object_store::{ObjectStoreExt as _, PutMode, UpdateVersion};
use tokio::runtime::{Builder, Runtime};

use super::access::close;
use super::place::{Kind, Objects};
use super::small::is_begun;
use super::{Data, Place, Readers, Table, file_error, make_file, object_error, replace_file};
use crate::StoreError;

/// Attempts to change a file that others change as well.
const AMENDMENTS: usize = 16;

/// Attempts to get the lock of a folder, and what lies between them: two seconds in all.
const LOCK_ATTEMPTS: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A place, with a runtime.
pub(crate) struct Files {
    pub(super) place: Place,
    runtime: Runtime,
    /// One more than the last version of each table that was seen in an object store.
    pub(super) seen: [AtomicU64; Table::ALL.len()],
}

impl Files {
    /// Prepares a place; whether a store is there is not asked.
    pub(crate) fn new(place: Place) -> Result<Self, StoreError> {
        place.check_name()?;
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
                // A file that somebody is writing, or was when he was killed, is not there yet.
                Ok(mut entries) => Ok(entries.all(|entry| {
                    entry.is_ok_and(|entry| is_begun(&entry.file_name().to_string_lossy()))
                })),
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

    /// Makes a file; `false` where there is one already.
    pub(super) fn make(
        &self,
        name: &str,
        text: String,
        readers: Readers,
    ) -> Result<bool, StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                let made = make_file(&path, text.as_bytes(), readers);
                made.map_err(|source| file_error(&path, source))
            }
            Kind::Objects(objects) => {
                let (path, mode) = (objects.path(name), PutMode::Create.into());
                let put = objects.root.put_opts(&path, text.into(), mode);
                match self.runtime.block_on(put) {
                    Ok(_) => Ok(true),
                    Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                    Err(error) => Err(self.error(name, error)),
                }
            }
        }
    }

    /// Puts a file in the place of one that is there.
    pub(super) fn replace(
        &self,
        name: &str,
        text: String,
        readers: Readers,
    ) -> Result<(), StoreError> {
        match &self.place.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                let put = replace_file(&path, text.as_bytes(), readers);
                put.map_err(|source| file_error(&path, source))
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
                let put = replace_file(&path, &bytes, Readers::Owner);
                put.map_err(|source| file_error(&path, source))?;
                path.parent().into_iter().for_each(close);
                Ok(())
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

    /// Changes a file that is there in one step. `change` sees it as it is and gives what it is to be,
    /// or nothing; of several processes each sees what the one before has made of it.
    pub(super) fn amend(
        &self,
        name: &str,
        change: &mut dyn FnMut(Bytes) -> Result<Option<String>, StoreError>,
    ) -> Result<(), StoreError> {
        let objects = match &self.place.0 {
            Kind::Objects(objects) => objects,
            Kind::Folder(folder) => {
                let locked = lock(folder);
                let before = self.read(name)?.unwrap_or_default();
                if let Some(text) = change(before)? {
                    self.replace(name, text, Readers::Usual)?;
                }
                drop(locked);
                return Ok(());
            }
        };
        for _ in 0..AMENDMENTS {
            let path = objects.path(name);
            let get = async {
                let found = objects.root.get(&path).await?;
                let version = UpdateVersion {
                    e_tag: found.meta.e_tag.clone(),
                    version: found.meta.version.clone(),
                };
                Ok((found.bytes().await?, version))
            };
            let (before, version) = self.wait(name, get)?;
            let Some(text) = change(before)? else {
                return Ok(());
            };
            let mode = PutMode::Update(version).into();
            let put = objects.root.put_opts(&path, text.clone().into(), mode);
            match self.runtime.block_on(put) {
                Ok(_) => return Ok(()),
                Err(object_store::Error::Precondition { .. }) => {}
                // A disk that is spoken to as an object store, and S3 of old.
                Err(
                    object_store::Error::NotImplemented { .. }
                    | object_store::Error::NotSupported { .. },
                ) => return self.replace(name, text, Readers::Usual),
                Err(error) => return Err(self.error(name, error)),
            }
        }
        Err(StoreError::Busy { table: "marker" })
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

    /// The files of a table with the times of their writing, milliseconds, as far as they can be seen.
    pub(crate) fn ages(&self, table: Table) -> Vec<(String, i64)> {
        let inside = table.name();
        match &self.place.0 {
            Kind::Folder(folder) => {
                let entries = fs::read_dir(folder.join(inside));
                let age = |entry: fs::DirEntry| {
                    let written = entry.metadata().ok()?.modified().ok()?;
                    let written = DateTime::<Utc>::from(written).timestamp_millis();
                    Some((entry.file_name().into_string().ok()?, written))
                };
                let entries = entries.into_iter().flatten().flatten();
                entries.filter_map(age).collect()
            }
            Kind::Objects(objects) => {
                let above = objects.path(inside);
                let listed = objects.root.list_with_delimiter(Some(&above));
                let listed = self.wait(inside, listed).map(|listed| listed.objects);
                let age = |about: object_store::ObjectMeta| {
                    let name = about.location.filename()?.to_owned();
                    Some((name, about.last_modified.timestamp_millis()))
                };
                listed.into_iter().flatten().filter_map(age).collect()
            }
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

    pub(super) fn wait<T>(
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

/// The lock of a folder, as long as it is held; none where locks are not to be had, or where another
/// process does not give it back: what it guards takes no time.
fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
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
