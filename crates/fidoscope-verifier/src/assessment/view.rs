//! What a BLOB says of a model at an instant.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use fidoscope_metadata::{Blob, Entry, Level, Model, Status, StatusReport};
use fidoscope_webauthn::Aaguid;

use super::{Past, Trust};
use crate::ceremony::metadata;

/// What a BLOB says of a model at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct View<'t> {
    /// Number of the BLOB.
    pub blob_no: Option<u64>,
    /// The instant.
    pub at: DateTime<Utc>,
    /// The model; absent when the BLOB does not list it.
    pub model: Option<Model<'t>>,
    /// Certification level.
    pub level: Option<Level>,
    /// Whether the model is below the level that is required; absent where no level is required or
    /// the model is not listed.
    pub below_required: Option<bool>,
    /// Reports in force, in the BLOB's order.
    pub statuses: Vec<&'t StatusReport>,
    /// Those that speak against this registration.
    pub undesired: Vec<&'t StatusReport>,
    /// Those that speak against one batch of the model, where the batch of this registration is not
    /// known.
    pub of_some_batch: Vec<&'t StatusReport>,
}

impl<'t> View<'t> {
    /// Looks a model up: by AAGUID, or by the keys of the certificates that were sent where the
    /// AAGUID names none (MDS 3.1.1).
    pub(super) fn of(
        blob: &'t Blob,
        at: DateTime<Utc>,
        aaguid: Option<&Aaguid>,
        sent: Option<&[Vec<u8>]>,
        trust: &Trust<'_>,
    ) -> Self {
        let by_key = || {
            let sent = sent.unwrap_or_default().iter();
            metadata::model_by_certificates(blob, sent.map(Vec::as_slice))
        };
        let model = match aaguid {
            Some(aaguid) if !aaguid.is_zero() => blob.model(aaguid),
            _ => by_key(),
        };
        Self::of_model(blob, at, model, sent, trust)
    }

    fn of_model(
        blob: &Blob,
        at: DateTime<Utc>,
        model: Option<Model<'t>>,
        sent: Option<&[Vec<u8>]>,
        trust: &Trust<'_>,
    ) -> Self {
        let day = at.date_naive();
        let reports = model.iter().flat_map(Model::status_reports);
        let statuses: Vec<_> = reports.filter(|r| r.in_force(day)).collect();
        let level = model.and_then(|model| model.level(day));
        let mut view = Self {
            blob_no: blob.no(),
            at,
            model,
            level,
            below_required: trust.required_level.zip(model).map(|(required, model)| {
                let mut entries = model.entries();
                entries.any(|entry| reached(entry, day) < Some(required))
            }),
            undesired: Vec::new(),
            of_some_batch: Vec::new(),
            statuses,
        };
        view.judge(sent);
        view
    }

    /// MDS 3.1.4: a compromise of one attestation key is about the certificates of that key only.
    fn judge(&mut self, sent: Option<&[Vec<u8>]>) {
        for report in &self.statuses {
            if !report.status.is_undesired() {
                continue;
            }
            let bound = report
                .certificate
                .as_deref()
                .or(report.batch_certificate.as_deref());
            match (bound, sent) {
                (Some(bound), Some(sent))
                    if report.status == Status::AttestationKeyCompromise && !sent.is_empty() =>
                {
                    if is_among(bound, sent) {
                        self.undesired.push(report);
                    }
                }
                (Some(_), _) if report.status == Status::AttestationKeyCompromise => {
                    self.of_some_batch.push(report);
                }
                _ => self.undesired.push(report),
            }
        }
    }

    /// Whether the BLOB lists the model.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.model.is_some()
    }

    /// Whether a report in force speaks against this registration; absent where that cannot be
    /// known: the model is not listed, or its batch is not known.
    #[must_use]
    pub fn is_undesired(&self) -> Option<bool> {
        if !self.undesired.is_empty() {
            return Some(true);
        }
        (self.is_listed() && self.of_some_batch.is_empty()).then_some(false)
    }

    /// Whether a report in force has this status.
    #[must_use]
    pub fn has(&self, status: &Status) -> bool {
        self.statuses.iter().any(|report| report.status == *status)
    }
}

/// `FIDO_CERTIFIED` without a level is what L1 was called before there were levels (MDS 3.1.4).
fn reached(entry: &Entry, day: NaiveDate) -> Option<Level> {
    let certified = || {
        let current = entry.certification_status(day)?;
        (current.status == Status::FidoCertified(None)).then_some(Level::L1)
    };
    entry.level(day).or_else(certified)
}

/// Whether a certificate of a BLOB, base64, is one of those that were sent.
fn is_among(bound: &str, sent: &[Vec<u8>]) -> bool {
    let text: String = bound.split_ascii_whitespace().collect();
    STANDARD.decode(text).is_ok_and(|der| sent.contains(&der))
}

/// Views that depend on the model only, and which BLOB of the past is asked.
pub(super) struct Views<'t> {
    newest: HashMap<Aaguid, View<'t>>,
    newest_blob: Option<(DateTime<Utc>, &'t Blob)>,
    past: Past<'t>,
    fixed_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl<'t> Views<'t> {
    pub(super) fn new(trust: &Trust<'t>) -> Self {
        let models = trust.newest.iter().flat_map(|blob| {
            let view = |model| View::of_model(blob, trust.now, Some(model), None, trust);
            let models = blob.models();
            models.map(move |(aaguid, model)| (aaguid, view(model)))
        });
        Self {
            newest: models.collect(),
            newest_blob: trust
                .newest
                .and_then(|blob| Some((blob.published_from()?, blob))),
            fixed_at: match trust.past {
                Past::Blob(blob) => blob.published_from().map(|at| at.min(trust.now)),
                Past::Unknown | Past::History(_) => None,
            },
            past: trust.past,
            now: trust.now,
        }
    }

    /// The newest BLOB's view of a model.
    pub(super) fn newest<'a>(
        &'a self,
        aaguid: Option<&Aaguid>,
        trust: &Trust<'t>,
    ) -> Option<Cow<'a, View<'a>>> {
        let blob = trust.newest?;
        let aaguid = aaguid.filter(|aaguid| !aaguid.is_zero());
        Some(match aaguid.and_then(|aaguid| self.newest.get(aaguid)) {
            Some(view) => Cow::Borrowed(view),
            None => Cow::Owned(View::of_model(blob, trust.now, None, None, trust)),
        })
    }

    /// The BLOB of the past for a registration, and the instant at which it is asked: that of the
    /// registration, or for one BLOB of the past the moment at which it was the newest, if that is
    /// later. A registration after that moment has no past by such a BLOB.
    pub(super) fn past(
        &self,
        registered: Option<DateTime<Utc>>,
    ) -> Option<(&'t Blob, DateTime<Utc>)> {
        match self.past {
            Past::Unknown => None,
            Past::Blob(blob) => {
                let at = self.fixed_at.into_iter().chain(registered).max()?;
                Some((blob, at.min(self.now)))
            }
            Past::History(history) => {
                let at = registered?;
                let newest = self.newest_blob.filter(|(from, _)| *from <= at);
                let kept = history.in_force(at);
                let newest = newest.map(|(_, blob)| blob);
                let later = |blob: &Option<&'t Blob>| blob.and_then(Blob::no);
                let blob = if later(&newest) > later(&kept) {
                    newest
                } else {
                    kept
                };
                Some((blob?, at))
            }
        }
    }
}
