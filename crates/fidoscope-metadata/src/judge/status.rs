//! What the status reports in force say against a model (MDS 3.1.3, 3.1.4).

use super::Case;
use crate::ReportPolicy;
use crate::blob::Blob;
use crate::certificate::Certificate;
use crate::entry::Entry;
use crate::jws::without_whitespace;
use crate::rules::Rule;
use crate::status::{Status, StatusReport};
use crate::trace::{Outcome, Step, Strictness};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;

/// The status that a rule is about.
pub(super) fn status_of(rule: &Rule) -> Option<Status> {
    Some(match rule.id {
        "mds.status.revoked" => Status::Revoked,
        "mds.status.retired" => Status::Retired,
        "mds.status.att-key-compromise" => Status::AttestationKeyCompromise,
        "mds.status.uv-bypass" => Status::UserVerificationBypass,
        "mds.status.remote-compromise" => Status::UserKeyRemoteCompromise,
        "mds.status.physical-compromise" => Status::UserKeyPhysicalCompromise,
        _ => return None,
    })
}

/// The models that have the status of a rule in force on `day`; `None` for other rules.
pub(super) fn spoken_against(
    rule: &Rule,
    entries: &[Entry],
    day: NaiveDate,
) -> Option<Vec<String>> {
    let status = status_of(rule)?;
    let has = |entry: &&Entry| entry.undesired(day).any(|report| report.status == status);
    let name = |entry: &Entry| crate::members::shortened(entry.description());
    Some(entries.iter().filter(has).map(name).collect())
}

/// `mds.entry.status-change` for all entries: which reports are new since an earlier BLOB (MDS 3.2
/// step 8.2).
pub(super) fn changed_since(step: Step, blob: &Blob, previous: Option<&Blob>) -> Step {
    let Some(previous) = previous else {
        return step.not_evaluated("no earlier BLOB to compare with");
    };
    let before = |entry: &Entry| entry.aaguid.and_then(|aaguid| previous.model(&aaguid));
    let changed = blob.entries().iter().filter(|entry| {
        before(entry).is_some_and(|before| {
            let mut before = before.entries();
            before.all(|before| before.status_reports != entry.status_reports)
        })
    });
    let names: Vec<_> = changed.map(Entry::description).collect();
    match names.as_slice() {
        [] => step.found("no model's status has changed"),
        some => step
            .outcome(Outcome::Observation)
            .found(some.join(", "))
            .note(format!("{} models have new status reports", some.len())),
    }
}

/// Judges a rule about statuses; `None` for other rules.
pub(super) fn judge(case: &Case<'_>, rule: &'static Rule, entry: &Entry) -> Option<Step> {
    let step = Step::new(rule);
    if let Some(status) = status_of(rule) {
        let report = against(case, entry, &status);
        return Some(match (report, &status) {
            (None, _) => step,
            (Some(_), Status::AttestationKeyCompromise) => key_compromise(step, case, entry),
            (Some(report), Status::Retired) if case.policy.accept_retired == Some(true) => {
                speaks(step, report)
                    .outcome(Outcome::Warn)
                    .note("accepted by policy")
            }
            (Some(report), Status::UserKeyPhysicalCompromise) => {
                speaks(step, report).fails_in(Strictness::FidoServer)
            }
            (Some(report), _) => speaks(step, report).outcome(Outcome::Fail),
        });
    }
    let in_force = || {
        entry
            .status_reports
            .iter()
            .filter(|report| report.in_force(case.day))
    };
    Some(match rule.id {
        "mds.status.latest" => match entry.latest_status(case.day) {
            Some(report) => step.found(dated(report)),
            None if entry.status_reports.is_empty() => return None,
            None => step
                .outcome(Outcome::Observation)
                .found("no report is in force"),
        },
        "mds.status.effective" => {
            let all = entry.status_reports.len();
            step.found(format!(
                "{} of {all} reports are in force",
                in_force().count()
            ))
        }
        "mds.status.update-available" => update(step, entry, in_force()),
        "mds.status.certified" => match entry.level(case.day) {
            Some(level) => step.found(level.to_string()),
            None => step.found("no certification level"),
        },
        "mds.status.cert-fields" => {
            match in_force().find_map(|report| report.certificate_number.as_deref()) {
                Some(number) => step.found(number),
                None => step.not_applicable("no report names a certificate of certification"),
            }
        }
        "mds.status.fips" => {
            let fips =
                |report: &&StatusReport| matches!(report.status, Status::Fips140Certified(_));
            match in_force().find(fips) {
                Some(report) => step.found(dated(report)),
                None => step.not_applicable("no FIPS status"),
            }
        }
        _ => return None,
    })
}

/// The first report of a status that counts against the model.
fn against<'e>(case: &Case<'_>, entry: &'e Entry, status: &Status) -> Option<&'e StatusReport> {
    reports(case, entry, status).next()
}

fn reports<'e>(
    case: &Case<'_>,
    entry: &'e Entry,
    status: &Status,
) -> impl Iterator<Item = &'e StatusReport> {
    let current = entry
        .latest_status(case.day)
        .and_then(|report| report.effective_date);
    let only_current = case.policy.reports == Some(ReportPolicy::Current);
    entry.undesired(case.day).filter(move |report| {
        report.status == *status && (!only_current || report.effective_date == current)
    })
}

fn speaks(step: Step, report: &StatusReport) -> Step {
    let wanted = format!("no {} in force", report.status);
    step.expected(wanted).found(dated(report))
}

fn dated(report: &StatusReport) -> String {
    match report.effective_date {
        Some(day) => format!("{} since {day}", report.status),
        None => format!("{}, undated", report.status),
    }
}

/// `mds.status.att-key-compromise`: a report that names a certificate is about the chains with it,
/// one that names none is about the whole model (MDS 3.1.4).
fn key_compromise(step: Step, case: &Case<'_>, entry: &Entry) -> Step {
    let mut unknown = false;
    for report in reports(case, entry, &Status::AttestationKeyCompromise) {
        let named = [&report.certificate, &report.batch_certificate];
        let mut named = named.into_iter().flatten().peekable();
        if named.peek().is_none() {
            return speaks(step, report)
                .outcome(Outcome::Fail)
                .note("it names no certificate, so it is about the whole model");
        }
        for text in named {
            let Ok(der) = STANDARD.decode(without_whitespace(text).as_ref()) else {
                return speaks(step, report)
                    .outcome(Outcome::Fail)
                    .note("its certificate cannot be read, so nobody can tell which it is about");
            };
            if case.attested.chain.is_empty() {
                unknown = true;
            } else if case.attested.chain.iter().any(|sent| is_meant(&der, sent)) {
                return speaks(step, report)
                    .outcome(Outcome::Fail)
                    .note("its certificate is one of the attestation's");
            }
        }
    }
    if unknown {
        return step.not_evaluated("needs the attestation's certificates: a report names one");
    }
    step.note("the certificates that reports name are none of the attestation's")
}

/// The same certificate, or one for the same key.
fn is_meant(named: &[u8], sent: &[u8]) -> bool {
    let key = |der| Certificate::parse(der).map(|certificate| certificate.key().to_vec());
    named == sent || key(named).is_some_and(|named| key(sent) == Some(named))
}

/// `mds.status.update-available`: a statement that still trusts firmware below the update is not to
/// be used (MDS 3.1.4).
fn update<'e>(
    step: Step,
    entry: &Entry,
    mut in_force: impl Iterator<Item = &'e StatusReport>,
) -> Step {
    let version = entry
        .statement
        .as_ref()
        .and_then(|statement| statement.authenticator_version);
    let Some(version) = version else {
        return step.not_evaluated("the statement has no readable `authenticatorVersion`");
    };
    let newer = |report: &&StatusReport| {
        report.status == Status::UpdateAvailable
            && report
                .authenticator_version
                .is_some_and(|update| update > version)
    };
    match in_force
        .find(newer)
        .and_then(|report| report.authenticator_version)
    {
        Some(update) => step
            .outcome(Outcome::Fail)
            .expected(format!(
                "authenticatorVersion {update} in the statement, which cures it"
            ))
            .found(version.to_string()),
        None => step,
    }
}
