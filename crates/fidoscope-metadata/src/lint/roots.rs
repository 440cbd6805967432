//! Rules for the trust anchors of a statement: a set of roots, intermediates or attestation
//! certificates, in whatever state vendors published them.

use super::{Lint, LintSeverity};
use crate::certificate::Certificate;
use crate::entry::Statement;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use fidoscope_webauthn::certificate::impossible_time;
use std::collections::HashSet;

const RULE: &str = "mds.stmt.roots";

/// Something about one certificate; found once however many models share it.
#[derive(Clone, Debug)]
pub(super) struct Oddity {
    severity: LintSeverity,
    message: String,
}

/// `mds.stmt.roots`: every anchor can be read and used.
pub(super) fn judge<'a>(lint: &mut Lint<'a>, at: &str, statement: &'a Statement) {
    let list = format!("{at}/attestationRootCertificates");
    let day = lint.day;
    let mut seen = HashSet::new();
    for (place, der) in lint.places(&list, &statement.attestation_roots) {
        if !seen.insert(der.as_slice()) {
            lint.warning(RULE, place.clone(), "is in the list already");
        }
        let oddities = lint.certificates.entry(der.as_slice());
        let oddities = oddities.or_insert_with(|| oddities_of(der, day)).clone();
        for oddity in oddities {
            lint.push(RULE, oddity.severity, place.clone(), oddity.message);
        }
    }
    let attested = |kind: &&String| matches!(kind.as_str(), "basic_full" | "attca" | "anonca");
    if let Some(kind) = statement.attestation_types.iter().find(attested)
        && statement.attestation_roots.is_empty()
        && !lint.is_unread(&list)
    {
        let message = format!("attests as {kind}, but lists no trust anchor");
        lint.warning(RULE, at.to_owned(), message);
    }
}

fn oddities_of(der: &[u8], day: NaiveDate) -> Vec<Oddity> {
    use LintSeverity::{Error, Note, Warning};
    let mut out = Vec::new();
    let mut add = |severity, message: String| out.push(Oddity { severity, message });
    let Some((certificate, rest)) = Certificate::parse_prefix(der) else {
        add(Error, no_certificate(der));
        return out;
    };
    let name = certificate.name();
    if rest > 0 {
        let message = format!("{rest} bytes follow the certificate `{name}`");
        add(Warning, message);
    }
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
    let noon = DateTime::<Utc>::from_naive_utc_and_offset(day.and_time(noon), Utc);
    if let Some(message) = certificate.outside_validity(noon) {
        add(Warning, message);
    }
    if certificate.is_version_1() {
        add(Note, format!("`{name}` is an X.509 v1 certificate"));
    }
    if let Some(serial) = certificate.serial_oddity() {
        add(Note, format!("serial number of `{name}` {serial}"));
    }
    for extension in certificate.unreadable_extensions() {
        add(
            Warning,
            format!("extension {extension} of `{name}` is not as its DER encoding should be"),
        );
    }
    out
}

/// Why bytes are no certificate, where one part can be named.
fn no_certificate(der: &[u8]) -> String {
    let plain = "is no X.509 certificate".to_owned();
    let Some(written) = impossible_time(der) else {
        return plain;
    };
    let written = crate::members::shortened(written);
    match day_of(&written) {
        Some(day) => format!("{plain}: its validity names {day}, a day that there is not"),
        None => format!("{plain}: `{written}` in its validity is no time"),
    }
}

/// The day of a `UTCTime` or a `GeneralizedTime` (RFC 5280 §4.1.2.5), there or not, if the rest of it
/// is a time.
fn day_of(written: &str) -> Option<String> {
    let century = match written.len() {
        13 if written < "50" => "20",
        13 => "19",
        _ => "",
    };
    let full = format!("{century}{written}");
    let time = full.get(8..)?;
    NaiveTime::parse_from_str(time, "%H%M%SZ").ok()?;
    let (year, month, day) = (full.get(..4)?, full.get(4..6)?, full.get(6..8)?);
    let all = [year, month, day].concat();
    let is_number = all.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{year}-{month}-{day}"))
}
