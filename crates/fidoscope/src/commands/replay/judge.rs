//! What a thread makes of a piece of a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{anyhow, ensure};
use fidoscope_conformance::{
    Batch, Import, LoadedRecording, PolicyFile, Settings, Summary, describe, judge_blob,
    load_batch, replay_one,
};
use fidoscope_metadata::{Blob, BlobError, fingerprint};
use fidoscope_report::{Diagnostic, Options, Piece, Replay, ReplayFormat, Verdict};
use fidoscope_webauthn::{BlobReference, Layout};

use super::sources::Item;

/// Everything that judging a recording takes.
pub(super) struct Bench<'a> {
    pub(super) settings: Settings<'a>,
    pub(super) policy: Option<PolicyFile>,
    pub(super) crls: Vec<String>,
    pub(super) origins: Vec<String>,
    pub(super) format: ReplayFormat,
    pub(super) options: Options,
    pub(super) explain: bool,
    /// BLOBs that recordings name, opened once each.
    pub(super) blobs: Blobs,
}

/// What came of a piece.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) pieces: Vec<Piece>,
    pub(super) summary: Summary,
    /// Identifier and place of every recording.
    pub(super) names: Vec<(String, String)>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What could not be read.
    pub(super) problems: Vec<String>,
    /// What an archive held.
    pub(super) imported: Option<String>,
}

impl Bench<'_> {
    pub(super) fn work(&self, item: Item) -> Judged {
        let mut judged = Judged::default();
        let batch = match item {
            Ok(batch) => batch,
            Err(problem) => {
                judged.problems.push(problem);
                return judged;
            }
        };
        for mut loaded in self.load(&batch, &mut judged) {
            let id = loaded.recording.id.clone();
            judged.names.push((id, loaded.file.clone()));
            match self.judge(&mut loaded) {
                Ok(replay) => {
                    judged.summary.add(&replay);
                    let piece = Piece::new(&replay, self.format, self.options);
                    judged.pieces.push(piece);
                }
                Err(error) => judged.problems.push(format!("{error:#}")),
            }
        }
        judged
    }

    fn load(&self, batch: &Batch, judged: &mut Judged) -> Vec<LoadedRecording> {
        if batch.layout == Layout::One && Import::is_importable(&batch.file, &batch.bytes) {
            let mut import = Import::new(self.origins.clone());
            import.add(&batch.file, &batch.bytes);
            let imported = import.finish();
            judged.imported = Some(format!("{}: {}", batch.file, imported.words()));
            judged.diagnostics = imported.diagnostics;
            let loaded = |recording| LoadedRecording {
                file: batch.file.to_string(),
                recording,
            };
            return imported.recordings.into_iter().map(loaded).collect();
        }
        let (recordings, diagnostics) = load_batch(batch);
        judged.diagnostics = diagnostics;
        recordings
    }

    /// Judges a recording, with the BLOB that it names itself unless the user gave one.
    fn judge(&self, loaded: &mut LoadedRecording) -> anyhow::Result<Replay> {
        if let Some(policy) = &self.policy {
            policy.apply(&mut loaded.recording);
        }
        loaded.recording.crls.extend_from_slice(&self.crls);
        let own = match (&self.settings.metadata, &loaded.recording.mds_blob) {
            (None, Some(reference)) => Some((self.blobs.open(&loaded.file, reference)?, reference)),
            _ => None,
        };
        let mut steps = Vec::new();
        let mut metadata = self.settings.metadata;
        if let Some((opened, reference)) = &own {
            let opened = opened.as_ref().as_ref();
            let now = self.settings.now.or(loaded.recording.now);
            let now = now.unwrap_or(self.settings.otherwise_now);
            steps = judge_blob(opened, reference, &loaded.recording, now)
                .map_err(|error| anyhow!("{}: mdsBlob.anchors: {error}", loaded.file))?;
            metadata = opened.ok();
        }
        let settings = Settings {
            metadata,
            metadata_steps: &steps,
            ..self.settings
        };
        let mut replay = replay_one(loaded, &settings);
        let asked = self.explain && replay.verdict != Verdict::Accept;
        let differs = !replay.mismatches.is_empty();
        let titled = self.format == ReplayFormat::Sarif && self.options.detail;
        if asked || titled || (differs && (self.explain || self.format.explains())) {
            describe(&loaded.recording, &mut replay);
        }
        Ok(replay)
    }
}

/// A BLOB, or why it is none.
type Opened = Arc<Result<Blob, BlobError>>;

/// BLOBs by path and digest.
#[derive(Default)]
pub(super) struct Blobs {
    opened: Mutex<HashMap<(PathBuf, String), Opened>>,
}

impl Blobs {
    /// The BLOB that a recording names, relative to the recording's file. A file that is no BLOB is
    /// the fault of whoever wrote the recording, unless the recording wants it judged.
    fn open(&self, recording: &str, reference: &BlobReference) -> anyhow::Result<Opened> {
        let folder = Path::new(recording).parent().unwrap_or(Path::new(""));
        let file = folder.join(&reference.path);
        let key = (file.clone(), reference.sha256.to_ascii_lowercase());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = opened.get(&key) {
            return Ok(Arc::clone(blob));
        }
        let name = file.display();
        let bytes = std::fs::read(&file)
            .map_err(|error| anyhow!("{recording}: mdsBlob {name}: {error}"))?;
        let found = fingerprint(&bytes);
        ensure!(
            found.eq_ignore_ascii_case(&reference.sha256),
            "{recording}: mdsBlob {name} has SHA-256 {found}, not {}",
            reference.sha256
        );
        let blob = Blob::open(&bytes);
        if let (Err(error), true) = (&blob, reference.anchors.is_empty()) {
            return Err(anyhow!("{name}: {error}"));
        }
        let blob = Arc::new(blob);
        opened.insert(key, Arc::clone(&blob));
        Ok(blob)
    }
}
