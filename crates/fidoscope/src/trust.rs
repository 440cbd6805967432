//! What credentials of a store are judged by: a BLOB and names that the user gives, or those that
//! the store remembers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use fidoscope_analytics::{Readers, replace_file};
use fidoscope_metadata::{Blob, History, Names};
use fidoscope_verifier::{Advisory, Assessor, Past, Trust};

use crate::commands::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::{metadata, rules, store};

/// Folder of a store that holds what it remembers, and the files in it.
const FOLDER: &str = "metadata";
const BLOB: &str = "blob.jwt";
const NAMES: &str = "names.json";
/// Folder beside them with BLOBs of the past, by number.
const PAST: &str = "past";

/// BLOBs of the past that a store remembers, about a month's. What was judged by one stays judged,
/// so they are there for registrations that a log tells late.
const REMEMBERED: usize = 8;

/// What the user gives to judge by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Given<'g> {
    /// The newest BLOB.
    pub(crate) blob: Option<&'g Path>,
    /// BLOBs of the past, files and folders.
    pub(crate) history: &'g [PathBuf],
    /// Names of models.
    pub(crate) names: Option<&'g Path>,
}

/// Metadata, names and advisories, opened.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) blob: Blob,
    history: History,
    names: Names,
    advisories: Vec<Advisory>,
    /// Whether it is not what the store remembered.
    pub(crate) is_new: bool,
    /// Whether the store remembered none.
    pub(crate) is_first: bool,
}

impl Known {
    /// Opens the files that the user names, else those of the store. `None` where there is no BLOB:
    /// then nothing is judged. What the user names is remembered once the work is done.
    pub(crate) fn find(
        store: &Path,
        given: Given<'_>,
        context: Context<'_>,
    ) -> Result<Option<Self>, Failure> {
        let folder = store.join(FOLDER);
        let remembered = |name: &str| Some(folder.join(name)).filter(|file| file.is_file());
        let named =
            |given: Option<&Path>, name| given.map(Path::to_owned).or_else(|| remembered(name));
        let Some(file) = named(given.blob, BLOB) else {
            return match given.without_blob() {
                Some(option) => Err(Failure::usage(anyhow::anyhow!(
                    "{option} goes with a BLOB, and the store remembers none"
                ))
                .help("name one with --blob BLOB; `fidoscope mds fetch` downloads it")),
                None => Ok(None),
            };
        };
        let names_file: Vec<PathBuf> = named(given.names, NAMES).into_iter().collect();
        let mut past = given.history.to_vec();
        past.extend(Some(folder.join(PAST)).filter(|folder| folder.is_dir()));
        // The one that the newest takes the place of was in force until now.
        let former = remembered(BLOB).filter(|_| differs(given.blob, &folder.join(BLOB)));
        past.extend(former);
        Ok(Some(Self {
            blob: metadata::blob(&file)?,
            history: metadata::history(&past)?,
            names: metadata::model_names(&names_file, context.output)?,
            advisories: rules::advisories(context.global.rules.as_deref())?,
            is_new: !given.history.is_empty()
                || differs(given.blob, &folder.join(BLOB))
                || differs(given.names, &folder.join(NAMES)),
            is_first: remembered(BLOB).is_none(),
        }))
    }

    /// Judges by it: by the newest, and by the one that was in force at the registration.
    pub(crate) fn assessor(&self, now: DateTime<Utc>) -> Assessor<'_> {
        Assessor::new(Trust {
            newest: Some(&self.blob),
            past: Past::History(&self.history),
            names: Some(&self.names),
            advisories: &self.advisories,
            ..Trust::at(now)
        })
    }
}

impl Given<'_> {
    /// An option that says nothing without a BLOB.
    fn without_blob(&self) -> Option<&'static str> {
        if self.names.is_some() {
            return Some("--names");
        }
        (!self.history.is_empty()).then_some("--blob-history")
    }
}

/// Keeps what the user named in the store, for the ingests that name none.
pub(crate) fn remember(store: &Path, given: Given<'_>, output: &Output) -> Result<(), Failure> {
    if store::is_remote(store) {
        let store = store.display();
        output.say(&format!(
            "{store} does not remember metadata: name it with --blob each time"
        ));
        return Ok(());
    }
    let folder = store.join(FOLDER);
    let past = folder.join(PAST);
    let newest = folder.join(BLOB);
    let kept = metadata::blob_files(given.history)?;
    let former = Some(&newest).filter(|file| differs(given.blob, file) && file.is_file());
    for file in former.into_iter().chain(&kept) {
        // One without a number, or of a former format, has no place among them.
        if let Some(no) = metadata::blob(file).ok().and_then(|blob| blob.no()) {
            keep(file, &past, &format!("{no}.jwt"))?;
        }
    }
    forget(&past, output)?;
    for (given, name) in [(given.blob, BLOB), (given.names, NAMES)] {
        if let Some(given) = given.filter(|given| differs(Some(given), &folder.join(name))) {
            keep(given, &folder, name)?;
        }
    }
    Ok(())
}

/// Takes over what a store remembers into one that is made of it.
pub(crate) fn carry(old: &Path, new: &Path, output: &Output) -> Result<(), Failure> {
    let (from, to) = (old.join(FOLDER), new.join(FOLDER));
    if store::is_remote(old) || !from.is_dir() {
        return Ok(());
    }
    if store::is_remote(new) {
        let new = new.display();
        output.say(&format!(
            "{new} does not remember metadata: name it with --blob each time"
        ));
        return Ok(());
    }
    for name in [BLOB, NAMES].map(Path::new) {
        if from.join(name).is_file() {
            copy(&from.join(name), &to)?;
        }
    }
    if from.join(PAST).is_dir() {
        for file in metadata::blob_files(&[from.join(PAST)])? {
            copy(&file, &to.join(PAST))?;
        }
    }
    Ok(())
}

fn copy(file: &Path, folder: &Path) -> Result<(), Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    keep(file, folder, &name)
}

/// Copies a file in one step.
fn keep(file: &Path, folder: &Path, name: &str) -> Result<(), Failure> {
    let bytes = metadata::read(file)?;
    replace_file(&folder.join(name), &bytes, Readers::Usual)
        .with_context(|| format!("cannot keep {} in the store", file.display()))
        .map_err(Failure::machine)
}

/// Deletes the BLOBs of the lowest numbers, beyond those that are remembered.
fn forget(past: &Path, output: &Output) -> Result<(), Failure> {
    let Ok(listed) = fs::read_dir(past) else {
        return Ok(());
    };
    let number = |entry: std::io::Result<fs::DirEntry>| -> Option<u64> {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.strip_suffix(".jwt")?.parse().ok()
    };
    let mut numbers: Vec<u64> = listed.filter_map(number).collect();
    numbers.sort_unstable();
    let surplus = numbers.len().saturating_sub(REMEMBERED);
    let mut deleted = Vec::new();
    for no in numbers.into_iter().take(surplus) {
        let file = past.join(format!("{no}.jwt"));
        fs::remove_file(&file)
            .with_context(|| format!("cannot delete {}", file.display()))
            .map_err(Failure::machine)?;
        deleted.push(no.to_string());
    }
    if !deleted.is_empty() {
        output.say(&format!(
            "the store no longer remembers BLOB no. {}: it keeps the last {REMEMBERED} of the past",
            deleted.join(", ")
        ));
    }
    Ok(())
}

/// Whether a file that the user names is another than the one that is remembered.
fn differs(given: Option<&Path>, remembered: &Path) -> bool {
    given.is_some_and(|given| match (fs::read(given), fs::read(remembered)) {
        (Ok(given), Ok(remembered)) => given != remembered,
        _ => true,
    })
}
