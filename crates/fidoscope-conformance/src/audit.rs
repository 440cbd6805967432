//! Judges registrations again that were accepted long ago: who is revoked, compromised, below the
//! level, no longer trusted, of an unknown model, and who was not so before.
//!
//! An [`Auditor`] works on pieces of lines, on any thread; an [`AuditTotals`] adds up what came of
//! them, in order.

mod class;
mod lines;
mod row;
mod totals;

use std::borrow::Cow;

use chrono::SecondsFormat;
use fidoscope_metadata::StatusReport;
use fidoscope_report::{AuditRow, AuditView, Format, Options, Piece, RejectedRow};
use fidoscope_verifier::{Assessment, Assessor, TrustVerdict, View};

pub use class::{AuditClass, UnknownAuditClass};
pub use lines::{LinePiece, LinePieces};
pub use row::{Place, StoredRegistration, read_registration};
pub use totals::AuditTotals;

use class::Classes;

/// Column that counts are split by, unless the user names another.
pub const DEFAULT_GROUP: &str = "user_segment";

/// Audits pieces.
pub struct Auditor<'t> {
    assessor: Assessor<'t>,
    by: String,
    format: Format,
    csv_safe: bool,
}

/// What came of a piece.
#[derive(Default)]
pub struct Audited {
    /// What it adds to the output.
    pub piece: Piece,
    /// What it adds to the counts.
    pub totals: AuditTotals,
}

impl<'t> Auditor<'t> {
    /// An auditor whose rows are written in `format` and whose counts are split by a column.
    #[must_use]
    pub fn new(assessor: Assessor<'t>, by: &str, format: Format) -> Self {
        Self {
            assessor,
            by: by.to_owned(),
            format,
            csv_safe: false,
        }
    }

    /// The same with rows of CSV that a spreadsheet may open.
    #[must_use]
    pub fn csv_safe(mut self, safe: bool) -> Self {
        self.csv_safe = safe;
        self
    }

    /// What it judges by.
    #[must_use]
    pub fn assessor(&self) -> &Assessor<'t> {
        &self.assessor
    }

    /// The column that counts are split by.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Audits lines; one that cannot be read is rejected with its reason.
    #[must_use]
    pub fn lines(&self, piece: &LinePiece) -> Audited {
        let mut totals = AuditTotals::default();
        let mut rows = Vec::new();
        for (place, line) in piece.lines() {
            match line.and_then(|line| read_registration(line, &place, &self.by)) {
                Ok(Some(registration)) => rows.extend(self.add(&registration, &mut totals)),
                Ok(None) => totals.other(),
                Err(reason) => totals.reject(RejectedRow {
                    place: place.to_string(),
                    reason,
                }),
            }
        }
        Audited {
            piece: self.piece(&rows),
            totals,
        }
    }

    /// Audits registrations that were read elsewhere.
    #[must_use]
    pub fn registrations(&self, registrations: &[StoredRegistration]) -> Audited {
        let mut totals = AuditTotals::default();
        let rows = registrations.iter();
        let rows = rows.filter_map(|registration| self.add(registration, &mut totals));
        let rows: Vec<AuditRow> = rows.collect();
        Audited {
            piece: self.piece(&rows),
            totals,
        }
    }

    fn piece(&self, rows: &[AuditRow]) -> Piece {
        let options = Options {
            csv_safe: self.csv_safe,
            ..Options::default()
        };
        Piece::new(rows, self.format, options)
    }

    /// Counts a registration; one that stands out becomes a row.
    fn add(&self, registration: &StoredRegistration, totals: &mut AuditTotals) -> Option<AuditRow> {
        let found = self.assessor.assess(&registration.enrolment());
        let classes = Classes::of(&found);
        totals.add(registration, &found, classes);
        (!classes.now.is_empty()).then(|| row(registration, &found, classes))
    }
}

fn row(registration: &StoredRegistration, found: &Assessment<'_>, classes: Classes) -> AuditRow {
    let at = registration.registered_at;
    let advisories = found.advisories.iter();
    AuditRow {
        place: registration.place.to_string(),
        credential: registration.credential.clone(),
        user: registration.user.clone(),
        group: registration.group.clone(),
        registered_at: at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        aaguid: found.aaguid.map(|aaguid| aaguid.to_string()),
        logged_aaguid: found.contradicted.map(|aaguid| aaguid.to_string()),
        model: found.model.map(|model| model.name.to_owned()),
        name_source: found.model.map(|model| model.source.to_string()),
        format: found.format.as_deref().map(str::to_owned),
        attestation: found.attestation.map(|kind| kind.to_string()),
        now: view(found.newest.as_deref(), &found.trust),
        then: (found.earlier.as_ref()).map(|then| view(Some(&then.view), &then.trust)),
        classes: classes.now.words(),
        new: classes.new.map(class::ClassSet::words),
        advisories: advisories.map(|hit| hit.advisory.id.clone()).collect(),
    }
}

fn view(view: Option<&View<'_>>, trust: &TrustVerdict) -> AuditView {
    AuditView {
        blob_no: view.and_then(|view| view.blob_no),
        trust: trust.trust.as_str(),
        step: trust.step,
        reason: trust.reason.clone(),
        level: view
            .and_then(|view| view.level)
            .map(|level| level.to_string()),
        statuses: view
            .filter(|view| view.is_listed())
            .map(|view| words(&view.statuses)),
    }
}

/// The words of status reports, each once, in the BLOB's order.
fn words(reports: &[&StatusReport]) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(reports.len());
    for report in reports {
        let word = report.status.to_string();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// A text of the input, at most as long as anyone reads.
fn shortened(text: Cow<'_, str>) -> String {
    match text.char_indices().nth(row::LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests;
