//! Rules for status reports (MDS 3.1.3, 3.1.4).

use super::Lint;
use crate::entry::Entry;
use crate::jws::without_whitespace;
use crate::status::{Status, StatusReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn judge(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    order(lint, pointer, entry);
    let version = entry
        .statement
        .as_ref()
        .and_then(|statement| statement.authenticator_version);
    for (index, report) in entry.status_reports.iter().enumerate() {
        let at = format!("{pointer}/statusReports/{index}");
        effective(lint, &at, report);
        key_compromise(lint, &at, report);
        update_available(lint, &at, report, version);
        fips(lint, &at, report);
        profiles(lint, &at, report);
    }
}

/// `mds.status.latest`: which report is current must not depend on the reader (MDS 3.1.3).
fn order(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.status.latest";
    let at = format!("{pointer}/statusReports");
    let Some(last) = entry.status_reports.last() else {
        if !lint.is_unread(&at) && !lint.is_unread(pointer) {
            lint.error(RULE, pointer.to_owned(), "no status report");
        }
        return;
    };
    let Some(latest) = entry.latest_status(lint.day) else {
        return;
    };
    if latest.effective_date > last.effective_date && last.effective_date.is_some() {
        let message = format!(
            "the last report is {}, the current one by date is {}: readers that take the last are \
             wrong",
            last.status, latest.status
        );
        lint.note(RULE, at.clone(), message);
    }
    let same_day = |report: &&StatusReport| {
        report.in_force(lint.day) && report.effective_date == latest.effective_date
    };
    let tied: Vec<String> = entry
        .status_reports
        .iter()
        .filter(same_day)
        .map(|report| report.status.to_string())
        .take(8)
        .collect();
    if tied.len() > 1 && latest.effective_date.is_some() {
        let message = format!("take effect on the same day: {}", tied.join(", "));
        lint.note(RULE, at, crate::members::shortened(&message));
    }
}

/// `mds.status.effective`: from its effective date to its sunset (MDS 3.1.3).
fn effective(lint: &mut Lint<'_>, at: &str, report: &StatusReport) {
    const RULE: &str = "mds.status.effective";
    let place = format!("{at}/effectiveDate");
    match (report.effective_date, report.sunset_date) {
        (Some(from), Some(until)) if until <= from => {
            let message = format!("ends on {until}, before it begins on {from}: never in force");
            lint.error(RULE, format!("{at}/sunsetDate"), message);
        }
        (Some(from), _) if from > lint.day => {
            lint.note(RULE, place, format!("not in force before {from}"));
        }
        (_, Some(until)) if until <= lint.day => {
            let message = format!("no longer in force since {until}");
            lint.note(RULE, format!("{at}/sunsetDate"), message);
        }
        (None, _) if !lint.is_unread(&place) && !lint.is_unread(at) => {
            let message = "no effectiveDate: in force for as long as it is listed";
            lint.note(RULE, at.to_owned(), message);
        }
        _ => {}
    }
}

/// `mds.status.att-key-compromise`: which chains it is about (MDS 3.1.4).
fn key_compromise(lint: &mut Lint<'_>, at: &str, report: &StatusReport) {
    const RULE: &str = "mds.status.att-key-compromise";
    let certificates = [
        ("certificate", &report.certificate),
        ("batchCertificate", &report.batch_certificate),
    ];
    for (name, text) in certificates {
        let Some(text) = text else { continue };
        let der = STANDARD.decode(without_whitespace(text).as_ref());
        if !der.is_ok_and(|der| crate::certificate::Certificate::parse(&der).is_some()) {
            let message = "is no certificate, so nobody can tell which chains it is about";
            lint.error(RULE, format!("{at}/{name}"), message);
        }
    }
    let unnamed = report.certificate.is_none() && report.batch_certificate.is_none();
    if report.status == Status::AttestationKeyCompromise && unnamed {
        let message = "names no certificate, so it speaks against the whole model";
        lint.note(RULE, at.to_owned(), message);
    }
}

/// `mds.status.update-available`: the statement must ask for the firmware that cures what the
/// report is about (MDS 3.1.4).
fn update_available(lint: &mut Lint<'_>, at: &str, report: &StatusReport, version: Option<u64>) {
    const RULE: &str = "mds.status.update-available";
    if report.status != Status::UpdateAvailable {
        return;
    }
    match (report.authenticator_version, version) {
        (Some(update), Some(asked)) if update > asked => {
            let message = format!(
                "the update is version {update}, but the statement still trusts version {asked}"
            );
            lint.error(RULE, format!("{at}/authenticatorVersion"), message);
        }
        (None, _) if !lint.is_unread(&format!("{at}/authenticatorVersion")) => {
            lint.note(
                RULE,
                at.to_owned(),
                "does not say which version the update is",
            );
        }
        _ => {}
    }
}

/// `mds.status.fips`: FIPS statuses and FIPS members come together (MDS 3.1, 3.1.3).
fn fips(lint: &mut Lint<'_>, at: &str, report: &StatusReport) {
    const RULE: &str = "mds.status.fips";
    let certified = matches!(report.status, Status::Fips140Certified(_));
    for name in ["fipsRevision", "fipsPhysicalSecurityLevel"] {
        let value = report.extra.get(name).filter(|value| !value.is_null());
        match value {
            None if certified => {
                let message = format!("{} without {name}", report.status);
                lint.error(RULE, at.to_owned(), message);
            }
            Some(_) if !certified => {
                let message = format!("belongs to FIPS statuses; this is {}", report.status);
                lint.error(
                    RULE,
                    format!("{at}/{name}"),
                    crate::members::shortened(&message),
                );
            }
            Some(value) if !value.is_u64() => {
                lint.error(RULE, format!("{at}/{name}"), "is not a whole number");
            }
            _ => {}
        }
    }
}

/// `mds.status.cert-fields`: the profiles of MDS 3.1.
fn profiles(lint: &mut Lint<'_>, at: &str, report: &StatusReport) {
    lint.words(
        "mds.status.cert-fields",
        &format!("{at}/certificationProfiles"),
        &report.certification_profiles,
        &["consumer", "enterprise"],
    );
}
