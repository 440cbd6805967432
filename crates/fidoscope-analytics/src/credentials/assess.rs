//! What metadata makes of a credential, and what a newer BLOB changes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use fidoscope_verifier::{Assessment, Assessor, AttestationTrust, Earlier, Enrolment};

use super::meaning::Pending;
use crate::schema::{Credential, Text};

/// Completes rows before they are written.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) assessor: Option<&'a Assessor<'a>>,
    /// All rows, and what that changes is counted; else those whose enrolment is new to the table.
    pub(super) all: bool,
}

impl Judge<'_> {
    pub(super) fn complete(&self, pending: &mut Pending, changes: &mut Changes) {
        if !self.all && !pending.is_new {
            return;
        }
        let before = self.all.then(|| pending.row.clone());
        if pending.is_new {
            forget_then(&mut pending.row);
        }
        assess(&mut pending.row, self.assessor);
        if let Some(before) = before {
            changes.compare(&before, &pending.row);
        }
    }
}

/// Fills the columns that an assessment gives. Where it cannot say, the word of the source stays.
fn assess(row: &mut Credential, assessor: Option<&Assessor<'_>>) {
    row.unassessed();
    row.changed_since_then = None;
    let Some(assessor) = assessor else {
        return;
    };
    let (object, format) = (row.attestation_object.take(), row.attestation_fmt.take());
    let enrolment = Enrolment {
        aaguid: row
            .aaguid
            .as_deref()
            .and_then(uuid)
            .and_then(|text| text.parse().ok()),
        attestation_object: object.as_deref(),
        client_data_hash: row
            .client_data_hash
            .as_deref()
            .and_then(|hash| hash.try_into().ok()),
        attestation_format: format.as_deref(),
        registered_at: row.registered_at.and_then(DateTime::from_timestamp_micros),
        ..Enrolment::default()
    };
    let known = !assessor.trust().advisories.is_empty();
    fill(row, &assessor.assess(&enrolment), known);
    (row.attestation_object, row.attestation_fmt) = (object, format);
}

/// `known` says whether there are advisories to know.
fn fill(row: &mut Credential, found: &Assessment<'_>, known: bool) {
    if let Some(kind) = found.attestation {
        row.attestation_type = Some(Cow::Borrowed(kind.as_str()));
    }
    let reason = &found.trust.reason;
    if found.trust.trust == AttestationTrust::NotEvaluated {
        let said = if row.logged_trust.is_some() {
            "as logged; "
        } else {
            ""
        };
        row.trust_reason = Some(Cow::Owned(format!("{said}not evaluated: {reason}")));
    } else {
        row.attestation_trust = Some(Cow::Borrowed(found.trust.trust.as_str()));
        let root = if found.trust.test_root {
            "TEST ROOT: "
        } else {
            ""
        };
        row.trust_reason = Some(Cow::Owned(format!("{root}{reason}")));
    }
    if let Some(model) = &found.model {
        row.authenticator_model = Some(Cow::Owned(model.name.to_owned()));
    }
    if let Some(view) = &found.newest {
        row.blob_no = view.blob_no.and_then(|no| i64::try_from(no).ok());
        row.authenticator_level = view.level.map(|level| Cow::Owned(level.to_string()));
        if view.is_listed() {
            let words = view.statuses.iter().map(|report| report.status.to_string());
            row.authenticator_statuses = Some(ordered(words));
        }
    }
    let hits = found.advisories.iter();
    let hits = hits.filter(|hit| hit.firmware_affected != Some(false));
    let advisories = ordered(hits.map(|hit| hit.advisory.id.clone()));
    row.advisories = (found.aaguid.is_some() && known).then_some(advisories);
    if let Some(earlier) = &found.earlier {
        fill_then(row, earlier);
    }
    if found.newest.is_some() && row.blob_no_then.is_some() {
        row.changed_since_then = Some(changed(row, found.trust.trust));
    }
}

/// What the BLOB that was in force at the registration said. That does not change when the BLOB is
/// no longer at hand: of two the one of the higher number was in force.
fn fill_then(row: &mut Credential, earlier: &Earlier<'_>) {
    let no = earlier.view.blob_no.and_then(|no| i64::try_from(no).ok());
    if no.is_none() || no < row.blob_no_then {
        return;
    }
    let view = &earlier.view;
    row.blob_no_then = no;
    row.attestation_trust_then = Some(Cow::Borrowed(earlier.trust.trust.as_str()));
    row.authenticator_level_then = view.level.map(|level| Cow::Owned(level.to_string()));
    row.authenticator_statuses_then = view
        .is_listed()
        .then(|| ordered(view.statuses.iter().map(|report| report.status.to_string())));
}

/// Another registration is another time.
fn forget_then(row: &mut Credential) {
    row.blob_no_then = None;
    row.attestation_trust_then = None;
    row.authenticator_level_then = None;
    row.authenticator_statuses_then = None;
}

/// What is judged otherwise now than at the registration, in words. `trust` is that of the newest
/// metadata, which the row lacks where the word of the source stands for it.
fn changed(row: &Credential, trust: AttestationTrust) -> Vec<Text> {
    let mut found = of_lists(
        &row.authenticator_statuses_then,
        &row.authenticator_statuses,
        "",
    );
    match (
        &row.authenticator_statuses_then,
        &row.authenticator_statuses,
    ) {
        (None, Some(_)) => found = vec!["newly listed".to_owned()],
        (Some(_), None) => found = vec!["no longer listed".to_owned()],
        _ => {}
    }
    let (then, now) = (row.attestation_trust_then.as_deref(), trust.as_str());
    found.extend(of_words("trust", then, Some(now)));
    let level = |level: &Option<Text>| level.as_deref().unwrap_or("none").to_owned();
    let (then, now) = (
        level(&row.authenticator_level_then),
        level(&row.authenticator_level),
    );
    found.extend(of_words("level", Some(&then), Some(&now)));
    ordered(found.into_iter())
}

/// `newly REVOKED`, `no longer RETIRED`; `about` stands between.
fn of_lists(then: &Option<Vec<Text>>, now: &Option<Vec<Text>>, about: &str) -> Vec<String> {
    let words =
        |list: &Option<Vec<Text>>| -> BTreeSet<Text> { list.iter().flatten().cloned().collect() };
    let (then, now) = (words(then), words(now));
    let newly = now.difference(&then);
    let newly = newly.map(|word| format!("newly {about}{word}"));
    let gone = then.difference(&now);
    let gone = gone.map(|word| format!("no longer {about}{word}"));
    newly.chain(gone).collect()
}

/// `level L1 -> L2`, where the two differ.
fn of_words(what: &str, then: Option<&str>, now: Option<&str>) -> Option<String> {
    let word = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
    (then != now).then(|| format!("{what} {} -> {}", word(then), word(now)))
}

fn ordered(words: impl Iterator<Item = String>) -> Vec<Text> {
    let words: BTreeSet<String> = words.collect();
    words.into_iter().map(Cow::Owned).collect()
}

/// An AAGUID as text.
fn uuid(bytes: &[u8]) -> Option<String> {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    let groups: Option<Vec<&str>> = groups.map(|group| digits.get(group)).into_iter().collect();
    (bytes.len() == 16).then_some(groups?.join("-"))
}

/// What an assessment of all credentials changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Credentials of the store.
    pub credentials: u64,
    /// Those of which the registration tells enough to ask metadata about.
    pub assessed: u64,
    /// Those of which the BLOB that was in force at their registration is known.
    pub compared: u64,
    /// What changed since the last assessment, in words, and for how many.
    pub counts: BTreeMap<String, u64>,
    /// What is judged otherwise than at the registration, in words, and for how many.
    pub since_registration: BTreeMap<String, u64>,
}

impl Extend<Self> for Changes {
    fn extend<T: IntoIterator<Item = Self>>(&mut self, others: T) {
        for other in others {
            self.credentials += other.credentials;
            self.assessed += other.assessed;
            self.compared += other.compared;
            for (what, count) in other.counts {
                *self.counts.entry(what).or_default() += count;
            }
            for (what, count) in other.since_registration {
                *self.since_registration.entry(what).or_default() += count;
            }
        }
    }
}

impl Changes {
    fn count(&mut self, what: String) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn compare(&mut self, before: &Credential, now: &Credential) {
        self.credentials += 1;
        self.assessed += u64::from(now.blob_no.is_some() && now.aaguid.is_some());
        self.compared += u64::from(now.changed_since_then.is_some());
        for what in now.changed_since_then.iter().flatten() {
            *self.since_registration.entry(what.to_string()).or_default() += 1;
        }
        let statuses = of_lists(
            &before.authenticator_statuses,
            &now.authenticator_statuses,
            "",
        );
        let advisories = of_lists(&before.advisories, &now.advisories, "under advisory ");
        let words = statuses.into_iter().chain(advisories);
        words.for_each(|what| self.count(what));
        match (&before.authenticator_model, &now.authenticator_model) {
            (Some(then), Some(after)) if then != after => self.count("renamed".to_owned()),
            (None, Some(_)) => self.count("named".to_owned()),
            (Some(_), None) => self.count("without a name now".to_owned()),
            _ => {}
        }
        for (what, then, after) in [
            ("trust", &before.attestation_trust, &now.attestation_trust),
            (
                "level",
                &before.authenticator_level,
                &now.authenticator_level,
            ),
        ] {
            if let Some(words) = of_words(what, then.as_deref(), after.as_deref()) {
                self.count(words);
            }
        }
    }
}
