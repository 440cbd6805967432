//! What a thread makes of a piece of a file.

use anyhow::anyhow;
use fidoscope_conformance::{
    LoadedRecording, PolicyFile, Settings, Summary, describe, judge_blob, load_batch, replay_one,
};
use fidoscope_recording::Recording;
use fidoscope_report::{Diagnostic, Format, Options, Piece, Replay, Verdict};

use super::blobs::Blobs;
use super::sources::Work;

/// Everything that judging a recording takes.
pub(super) struct Bench<'a> {
    pub(super) settings: Settings<'a>,
    pub(super) policy: Option<PolicyFile>,
    pub(super) crls: Vec<String>,
    pub(super) format: Format,
    pub(super) options: Options,
    pub(super) explain: bool,
    /// BLOBs that recordings name, opened once each.
    pub(super) blobs: Blobs,
}

/// What came of a piece.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) piece: Piece,
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
    pub(super) fn work(&self, work: Work) -> Judged {
        let mut judged = Judged::default();
        let mut replays = Vec::new();
        for mut loaded in load(work, &mut judged) {
            let id = loaded.recording.id.clone();
            judged.names.push((id, loaded.file.clone()));
            match self.judge(&mut loaded) {
                Ok(replay) => {
                    judged.summary.add(&replay);
                    replays.push(replay);
                }
                Err(error) => judged.problems.push(format!("{error:#}")),
            }
        }
        judged.piece = Piece::new(&replays, self.format, self.options);
        judged
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
        let titled = self.format == Format::Sarif && self.options.detail;
        if asked || titled || (differs && (self.explain || self.format.explains())) {
            describe(loaded, &settings, &mut replay);
        }
        Ok(replay)
    }
}

/// The recordings of a piece of work; what else is in it goes to `judged`.
fn load(work: Work, judged: &mut Judged) -> Vec<LoadedRecording> {
    match work {
        Work::Read(Ok(batch)) => {
            let (recordings, diagnostics) = load_batch(&batch);
            judged.diagnostics = diagnostics;
            recordings
        }
        Work::Read(Err(problem)) => {
            judged.problems.push(problem);
            Vec::new()
        }
        Work::Told(imported, words) => {
            judged.imported = Some(words);
            judged.diagnostics = imported.diagnostics;
            Vec::new()
        }
        Work::Joined(recordings) => {
            let loaded = |recording: Recording| LoadedRecording {
                file: file(&recording).unwrap_or_default(),
                recording,
            };
            recordings.into_iter().map(loaded).collect()
        }
    }
}

fn file(recording: &Recording) -> Option<String> {
    recording.source.as_ref()?.file.clone()
}
