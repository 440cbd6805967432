//! The bundled data: what the manifest says of it, and where its parts are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, Utc};
use fidoscope_events::parse_key;
use serde::Deserialize;

use crate::commands::ingest::files_below;
use crate::failure::Failure;

/// The part of MANIFEST.yaml that the demonstration needs.
#[derive(Deserialize)]
struct Manifest {
    now: String,
    seed: u64,
    pii_key: String,
}

/// The data sets of a folder.
pub(crate) struct Datasets {
    pub(crate) folder: PathBuf,
    /// The instant at which the data end.
    pub(crate) now: DateTime<Utc>,
    /// The seed that the data were made from.
    pub(crate) seed: u64,
    /// The published key of their pseudonyms.
    pub(crate) key: [u8; 32],
}

impl Datasets {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join("MANIFEST.yaml");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| anyhow!("no demonstration data: {}: {error}", file.display()));
        let text = text.map_err(|error| {
            Failure::invalid(error).help(
                "run in a clone of the project, name its folder with --datasets DIR, or make the \
                 data with `fidoscope simulate --seed 20261120 --out DIR`",
            )
        })?;
        Self::read(folder, &text)
            .with_context(|| file.display().to_string())
            .map_err(Failure::invalid)
    }

    fn read(folder: &Path, text: &str) -> anyhow::Result<Self> {
        let manifest: Manifest = serde_saphyr::from_str(text)?;
        let now = DateTime::parse_from_rfc3339(&manifest.now)
            .context("`now`")?
            .to_utc();
        let key = parse_key(&manifest.pii_key).context("`pii_key`")?;
        Ok(Self {
            folder: folder.to_owned(),
            now,
            seed: manifest.seed,
            key,
        })
    }

    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        files_below(&self.folder.join("logs"))
    }

    pub(crate) fn ceremonies(&self) -> PathBuf {
        self.folder.join("ceremonies")
    }

    pub(crate) fn blob(&self) -> PathBuf {
        self.folder.join("metadata/test-blob.jwt")
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("metadata/test-root.pem")
    }
}
