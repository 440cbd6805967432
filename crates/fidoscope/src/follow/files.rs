//! Files that grow, are rotated, renamed, cut off, or appear later.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fidoscope_analytics::{
    Follow, IngestObserver, IngestOptions, IngestSummary, Input, Store, StoreError, is_compressed,
};
use fidoscope_events::is_csv;

use crate::commands::ingest::is_of_the_input;
use crate::inputs::Inputs;

/// Bytes of the beginning by which a file is seen to have been written anew.
const HEAD: usize = 256;

/// Bytes without which nothing is known of a file.
const MAGIC: usize = 4;

/// Looks after which a file that has left the folders, and does not grow any more, is closed.
const GONE: u32 = 60;

/// Which file it is, whatever its name.
type FileId = (u64, u64);

/// The files below some paths.
pub(crate) struct Files<'s> {
    store: &'s Store,
    options: IngestOptions<'s>,
    paths: Vec<PathBuf>,
    files: BTreeMap<FileId, Watched<'s>>,
    /// What was said to be unreadable: once is enough.
    told: BTreeSet<PathBuf>,
    /// No look was taken yet: a path that is missing later was there, and is being rotated.
    is_new: bool,
}

/// What became of a file that is not followed any more, or why it is not.
pub(crate) enum News {
    Done(Box<IngestSummary>),
    Refused(String),
    /// An input that cannot be read as it is.
    Unread(StoreError),
    /// A path of the user's at which there is nothing yet.
    Awaited(PathBuf),
    /// Events may have been committed.
    Read,
}

struct Watched<'s> {
    path: PathBuf,
    file: File,
    head: Vec<u8>,
    length: u64,
    reading: Reading<'s>,
    gone: u32,
}

enum Reading<'s> {
    /// Nothing was read yet.
    Waiting,
    Growing(Box<Follow<'s>>),
    /// Compressed or a table; what is in it was read when it had this length.
    Packed(u64),
    /// Not to be read until it is longer than that.
    Refused(u64),
}

impl<'s> Files<'s> {
    pub(crate) fn new(store: &'s Store, options: IngestOptions<'s>, paths: Vec<PathBuf>) -> Self {
        Self {
            store,
            options,
            paths,
            files: BTreeMap::new(),
            told: BTreeSet::new(),
            is_new: true,
        }
    }

    /// Looks at all files once and commits what has come.
    pub(crate) fn look(
        &mut self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
        news: &mut dyn FnMut(News),
    ) -> Result<(), StoreError> {
        self.options.now = now;
        self.list(news);
        let mut closed = Vec::new();
        for (id, watched) in &mut self.files {
            let look = watched.look(self.store, &self.options, observer, news);
            match look {
                Ok(()) => {}
                // What was committed stays; the rest is found again when the file is opened anew.
                Err(StoreError::Interrupted) => {
                    news(News::Read);
                    watched.reset(news);
                }
                Err(error) if is_of_the_input(&error) => {
                    news(News::Unread(error));
                    watched.reading = Reading::Refused(watched.length);
                }
                Err(StoreError::Concurrent { .. }) => watched.reset(news),
                Err(error) => return Err(error),
            }
            if watched.gone > GONE {
                closed.push(*id);
            }
        }
        for id in closed {
            if let Some(watched) = self.files.remove(&id) {
                watched.close(now, observer, news)?;
            }
        }
        Ok(())
    }

    /// What was read of files that are still open.
    pub(crate) fn summaries(self) -> impl Iterator<Item = IngestSummary> {
        self.files.into_values().filter_map(|watched| {
            let Reading::Growing(follow) = watched.reading else {
                return None;
            };
            Some(follow.summary().clone())
        })
    }

    /// Finds new files, and the new names of those that are known.
    fn list(&mut self, news: &mut dyn FnMut(News)) {
        for watched in self.files.values_mut() {
            watched.gone = watched.gone.saturating_add(1);
        }
        let inputs = Inputs::find(&self.paths);
        for (folder, error) in inputs.unreadable {
            let message = format!("{} cannot be listed: {error}", folder.display());
            self.tell(folder, message, news);
        }
        for path in inputs.files {
            // A file that is not there yet, or not any more, is no mistake.
            let Ok(about) = std::fs::metadata(&path) else {
                if self.is_new && self.paths.contains(&path) {
                    news(News::Awaited(path));
                }
                continue;
            };
            if !about.is_file() {
                let message = format!("{} is no file; a stream is followed as `-`", path.display());
                self.tell(path, message, news);
                continue;
            }
            match self.files.entry(id_of(&about, &path)) {
                Entry::Occupied(entry) => {
                    let watched = entry.into_mut();
                    watched.path = path;
                    watched.gone = 0;
                }
                Entry::Vacant(entry) => match Watched::open(&path) {
                    Ok(watched) => drop(entry.insert(watched)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => {
                        let message = format!("{} cannot be read: {error}", path.display());
                        self.tell(path, message, news);
                    }
                },
            }
        }
        self.is_new = false;
    }

    fn tell(&mut self, path: PathBuf, message: String, news: &mut dyn FnMut(News)) {
        if self.told.insert(path) {
            news(News::Refused(message));
        }
    }
}

impl<'s> Watched<'s> {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: File::open(path)?,
            head: Vec::new(),
            length: 0,
            reading: Reading::Waiting,
            gone: 0,
        })
    }

    fn look(
        &mut self,
        store: &'s Store,
        options: &IngestOptions<'s>,
        observer: &mut dyn IngestObserver,
        news: &mut dyn FnMut(News),
    ) -> Result<(), StoreError> {
        let length = self.length_now()?;
        if length != self.length && self.was_cut(length)? {
            self.reset(news);
            self.head.clear();
        }
        let grown = length != self.length;
        self.length = length;
        match &mut self.reading {
            Reading::Growing(follow) => {
                if grown || follow.committed() < length {
                    self.gone = self.gone.min(1);
                    if follow.look(options.now, observer)? > 0 {
                        news(News::Read);
                    }
                }
                Ok(())
            }
            Reading::Refused(at) if length <= at.saturating_mul(2) => Ok(()),
            // A file that is being compressed or exported is read when it is complete.
            Reading::Packed(at) if *at == length || grown => Ok(()),
            _ => self.begin(store, options, observer, news),
        }
    }

    /// Opens the file anew at the next look.
    fn reset(&mut self, news: &mut dyn FnMut(News)) {
        if let Reading::Growing(follow) = std::mem::replace(&mut self.reading, Reading::Waiting) {
            news(News::Done(Box::new(follow.summary().clone())));
        }
    }

    fn begin(
        &mut self,
        store: &'s Store,
        options: &IngestOptions<'s>,
        observer: &mut dyn IngestObserver,
        news: &mut dyn FnMut(News),
    ) -> Result<(), StoreError> {
        self.head = self.read_head()?;
        if self.head.len() < MAGIC {
            return Ok(());
        }
        let name = self.path.display().to_string();
        let file = File::open(&self.path).map_err(|source| input_error(&self.path, source))?;
        if is_compressed(&self.head) || is_csv(&name) {
            if !matches!(self.reading, Reading::Packed(_)) {
                // Not before it has stayed as it is for one look.
                self.reading = Reading::Packed(0);
                return Ok(());
            }
            self.reading = Reading::Packed(self.length);
            let summary = store.ingest(Input::new(name, file), options, observer)?;
            news(News::Read);
            news(News::Done(Box::new(summary)));
            return Ok(());
        }
        let mut follow = store.follow(Input::new(name, file), options)?;
        if follow.look(options.now, observer)? > 0 {
            news(News::Read);
        }
        self.reading = Reading::Growing(Box::new(follow));
        Ok(())
    }

    /// Reads what is left of a file that nobody writes to any more.
    fn close(
        self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
        news: &mut dyn FnMut(News),
    ) -> Result<(), StoreError> {
        if let Reading::Growing(follow) = self.reading {
            news(News::Done(Box::new(follow.finish(now, observer)?)));
            news(News::Read);
        }
        Ok(())
    }

    fn length_now(&self) -> Result<u64, StoreError> {
        let about = self.file.metadata();
        Ok(about
            .map_err(|source| input_error(&self.path, source))?
            .len())
    }

    /// Whether the file was cut off, or cut off and written anew since.
    fn was_cut(&self, length: u64) -> Result<bool, StoreError> {
        Ok(length < self.length || !self.read_head()?.starts_with(&self.head))
    }

    fn read_head(&self) -> Result<Vec<u8>, StoreError> {
        let mut head = Vec::with_capacity(HEAD);
        let limit = u64::try_from(HEAD).unwrap_or(u64::MAX);
        // By its handle, because the name may be that of another file by now.
        let mut file = &self.file;
        file.rewind()
            .and_then(|()| file.take(limit).read_to_end(&mut head))
            .map_err(|source| input_error(&self.path, source))?;
        Ok(head)
    }
}

fn input_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Input {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(unix)]
fn id_of(about: &Metadata, _path: &Path) -> FileId {
    use std::os::unix::fs::MetadataExt as _;
    (about.dev(), about.ino())
}

/// Where files have no numbers, a renamed file is a new one, which is recognised by its content.
#[cfg(not(unix))]
fn id_of(_about: &Metadata, path: &Path) -> FileId {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    (0, hasher.finish())
}
