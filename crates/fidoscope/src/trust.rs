//! What credentials of a store are judged by: a BLOB and names that the user gives, or those that
//! the store remembers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use fidoscope_metadata::{Blob, Names};
use fidoscope_verifier::{Advisory, Assessor, Trust};

use crate::commands::Context;
use crate::failure::Failure;
use crate::{metadata, rules};

/// Folder of a store that holds what it remembers, and the files in it.
const FOLDER: &str = "metadata";
const BLOB: &str = "blob.jwt";
const NAMES: &str = "names.json";

/// Metadata, names and advisories, opened.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) blob: Blob,
    names: Names,
    advisories: Vec<Advisory>,
    /// Whether it is not what the store remembered.
    pub(crate) is_new: bool,
}

impl Known {
    /// Opens the files that the user names, else those of the store. `None` where there is no BLOB:
    /// then nothing is judged. What the user names is remembered once the work is done.
    pub(crate) fn find(
        store: &Path,
        blob: Option<&Path>,
        names: Option<&Path>,
        context: Context<'_>,
    ) -> Result<Option<Self>, Failure> {
        let folder = store.join(FOLDER);
        let remembered = |name: &str| Some(folder.join(name)).filter(|file| file.is_file());
        let given =
            |given: Option<&Path>, name| given.map(Path::to_owned).or_else(|| remembered(name));
        let Some(file) = given(blob, BLOB) else {
            return match names {
                Some(_) => Err(Failure::usage(anyhow::anyhow!(
                    "--names goes with a BLOB, and the store remembers none"
                ))
                .help("name one with --blob BLOB; `fidoscope mds fetch` downloads it")),
                None => Ok(None),
            };
        };
        let names_file: Vec<PathBuf> = given(names, NAMES).into_iter().collect();
        Ok(Some(Self {
            blob: metadata::blob(&file)?,
            names: metadata::model_names(&names_file, context.output)?,
            advisories: rules::advisories(context.global.rules.as_deref())?,
            is_new: differs(blob, &folder.join(BLOB)) || differs(names, &folder.join(NAMES)),
        }))
    }

    /// Judges by it.
    pub(crate) fn assessor(&self, now: DateTime<Utc>) -> Assessor<'_> {
        Assessor::new(Trust {
            newest: Some(&self.blob),
            names: Some(&self.names),
            advisories: &self.advisories,
            ..Trust::at(now)
        })
    }
}

/// Keeps the files that the user named in the store, for the ingests that name none.
pub(crate) fn remember(
    store: &Path,
    blob: Option<&Path>,
    names: Option<&Path>,
) -> Result<(), Failure> {
    let folder = store.join(FOLDER);
    for (given, name) in [(blob, BLOB), (names, NAMES)] {
        let Some(given) = given.filter(|given| differs(Some(given), &folder.join(name))) else {
            continue;
        };
        let bytes = metadata::read(given)?;
        let kept = || -> anyhow::Result<()> {
            fs::create_dir_all(&folder)?;
            let beside = folder.join(format!("{name}.new"));
            fs::write(&beside, &bytes)?;
            fs::rename(&beside, folder.join(name))?;
            Ok(())
        };
        kept()
            .with_context(|| format!("cannot keep {} in the store", given.display()))
            .map_err(Failure::machine)?;
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
