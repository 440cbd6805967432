//! The changes of one model.

use super::values::{self, unordered};
use super::{Aspect, Change};
use crate::blob::hex;
use crate::certificate::Certificate;
use crate::entry::{Entry, Picture, Statement};
use crate::members::shortened;
use crate::status::StatusReport;
use aws_lc_rs::digest;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;

/// Every change between two entries of one model, sorted.
pub(super) fn changes(older: &Entry, newer: &Entry) -> Vec<Change> {
    let mut out = Changes(Vec::new());
    reports(&mut out, older, newer);
    let keys = [&*older.key_identifiers, &newer.key_identifiers];
    out.words(Aspect::Certificate, "key identifier", keys);
    out.values(Aspect::Member, "aaguid", [older.aaguid, newer.aaguid]);
    out.values(
        Aspect::Member,
        "aaid",
        [older, newer].map(|entry| entry.aaid.as_deref()),
    );
    let changed = [older, newer].map(|entry| entry.time_of_last_status_change);
    out.values(Aspect::Member, "timeOfLastStatusChange", changed);
    out.members("", [&older.extra, &newer.extra]);
    match (&older.statement, &newer.statement) {
        (Some(older), Some(newer)) => statements(&mut out, older, newer),
        (None, Some(_)) => out.add(Aspect::Member, "metadataStatement added".to_owned()),
        (Some(_), None) => out.add(Aspect::Member, "metadataStatement removed".to_owned()),
        (None, None) => {}
    }
    out.0.sort();
    out.0
}

/// A report as a person reads it: `REVOKED since 2023-12-20`.
pub(super) fn report_words(report: &StatusReport) -> String {
    let mut words = shortened(&report.status.to_string());
    if let Some(version) = report.authenticator_version {
        words.push_str(&format!(" for version {version}"));
    }
    match report.effective_date {
        Some(date) => words.push_str(&format!(" since {date}")),
        None => words.push_str(" without a date"),
    }
    if let Some(date) = report.sunset_date {
        words.push_str(&format!(" until {date}"));
    }
    words
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, aspect: Aspect, words: String) {
        self.0.push(Change { aspect, words });
    }

    /// A member that may be absent.
    fn values<T: PartialEq + Display>(&mut self, aspect: Aspect, name: &str, pair: [Option<T>; 2]) {
        let [older, newer] = pair.map(|value| value.map(|value| shortened(&value.to_string())));
        match (older, newer) {
            (Some(older), Some(newer)) if older != newer => {
                self.add(aspect, format!("{name} {older} → {newer}"));
            }
            (None, Some(newer)) => self.add(aspect, format!("{name} {newer} added")),
            (Some(older), None) => self.add(aspect, format!("{name} {older} removed")),
            _ => {}
        }
    }

    /// A list of words in which order says nothing.
    fn words(&mut self, aspect: Aspect, name: &str, [older, newer]: [&[String]; 2]) {
        let (older, newer): (BTreeSet<_>, BTreeSet<_>) =
            (older.iter().collect(), newer.iter().collect());
        for word in newer.difference(&older) {
            self.add(aspect, format!("{name} {} added", shortened(word)));
        }
        for word in older.difference(&newer) {
            self.add(aspect, format!("{name} {} removed", shortened(word)));
        }
    }

    /// Members that are kept as they came.
    fn members(&mut self, prefix: &str, [older, newer]: [&Map<String, Value>; 2]) {
        let names: BTreeSet<&String> = older.keys().chain(newer.keys()).collect();
        for name in names {
            let pair = [older, newer].map(|members| members.get(name));
            let name = format!("{prefix}{}", shortened(name));
            for words in values::changes(&name, pair) {
                self.add(Aspect::Member, words);
            }
        }
    }
}

/// Reports that came, went, or say something else than before under the same status and date.
fn reports(out: &mut Changes, older: &Entry, newer: &Entry) {
    let mut before: HashMap<String, Vec<&StatusReport>> = HashMap::new();
    for report in &older.status_reports {
        before.entry(identity(report)).or_default().push(report);
    }
    let mut came: BTreeMap<String, Vec<&StatusReport>> = BTreeMap::new();
    for report in &newer.status_reports {
        let same = before.get_mut(&identity(report));
        if same.and_then(Vec::pop).is_none() {
            came.entry(report_words(report)).or_default().push(report);
        }
    }
    let mut went: BTreeMap<String, Vec<&StatusReport>> = BTreeMap::new();
    for report in before.into_values().flatten() {
        went.entry(report_words(report)).or_default().push(report);
    }
    for (words, reports) in came {
        let mut earlier = went.remove(&words).unwrap_or_default();
        for report in reports {
            let words = match earlier.pop() {
                Some(earlier) => format!("{words}: {}", differing(earlier, report)),
                None => format!("{words} added"),
            };
            out.add(Aspect::Status, words);
        }
        for _ in earlier {
            out.add(Aspect::Status, format!("{words} withdrawn"));
        }
    }
    for (words, reports) in went {
        for _ in reports {
            out.add(Aspect::Status, format!("{words} withdrawn"));
        }
    }
}

/// Everything that a report says, without an order that says nothing.
fn identity(report: &StatusReport) -> String {
    let mut report = report.clone();
    report.certification_profiles.sort();
    let extra = report.extra.iter_mut();
    extra.for_each(|(name, value)| *value = unordered(name, value));
    format!("{report:?}")
}

/// In what two reports of one status and date differ.
fn differing(older: &StatusReport, newer: &StatusReport) -> String {
    let [older, newer] = [older, newer].map(|report| {
        let mut members = report.extra.clone();
        let texts = [
            ("certificate", &report.certificate),
            ("batchCertificate", &report.batch_certificate),
            ("url", &report.url),
            ("certificateNumber", &report.certificate_number),
            ("certificationDescriptor", &report.certification_descriptor),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                members.insert(name.to_owned(), json!(text));
            }
        }
        if !report.certification_profiles.is_empty() {
            let profiles = json!(report.certification_profiles);
            members.insert("certificationProfiles".to_owned(), profiles);
        }
        members
    });
    let mut out = Changes(Vec::new());
    out.members("", [&older, &newer]);
    let words: Vec<String> = out.0.into_iter().map(|change| change.words).collect();
    words.join(", ")
}

fn statements(out: &mut Changes, older: &Statement, newer: &Statement) {
    anchors(out, older, newer);
    let both = [older, newer];
    out.values(
        Aspect::Version,
        "authenticatorVersion",
        both.map(|statement| statement.authenticator_version),
    );
    if older.description != newer.description {
        let [was, is] = both.map(|statement| shortened(&statement.description));
        out.add(Aspect::Description, format!("`{was}` is now `{is}`"));
    }
    let types = [&*older.attestation_types, &newer.attestation_types];
    out.words(Aspect::Capability, "attestation type", types);
    let algorithms = [
        &*older.authentication_algorithms,
        &newer.authentication_algorithms,
    ];
    out.words(Aspect::Capability, "algorithm", algorithms);
    let protection = [&*older.key_protection, &newer.key_protection];
    out.words(Aspect::Capability, "key protection", protection);
    out.values(
        Aspect::Capability,
        "multiDeviceCredentialSupport",
        both.map(|statement| statement.multi_device_credential_support.as_deref()),
    );
    out.values(
        Aspect::Member,
        "protocolFamily",
        both.map(|statement| statement.protocol_family.as_deref()),
    );
    out.values(
        Aspect::Member,
        "schema",
        both.map(|statement| statement.schema),
    );
    out.values(
        Aspect::Member,
        "aaguid of the statement",
        both.map(|statement| statement.aaguid),
    );
    pictures(out, both);
    out.members("", [&older.extra, &newer.extra]);
    get_info(out, older.get_info.as_ref(), newer.get_info.as_ref());
}

/// Icons and logos, which compare by their digests.
fn pictures(out: &mut Changes, both: [&Statement; 2]) {
    let named = |statement: &Statement, member: &str| {
        let mut pictures = statement.pictures.iter();
        let found = pictures.find(|picture| picture.member == member);
        found.map(picture_words)
    };
    let members = both.iter().flat_map(|statement| &statement.pictures);
    let members: BTreeSet<&str> = members.map(|picture| picture.member).collect();
    for member in members {
        let pair = both.map(|statement| named(statement, member));
        out.values(Aspect::Member, member, pair);
    }
}

/// `image/png of 1042 bytes (SHA-256 9f86d081884c7d65)`.
fn picture_words(picture: &Picture) -> String {
    let mut words = match &picture.media_type {
        Some(media_type) => media_type.clone(),
        None => "no data URL".to_owned(),
    };
    if let Some(bytes) = picture.bytes {
        words.push_str(&format!(" of {bytes} bytes"));
    }
    let digest: String = picture.sha256.chars().take(16).collect();
    format!("{words} (SHA-256 {digest})")
}

fn get_info(out: &mut Changes, older: Option<&Value>, newer: Option<&Value>) {
    const NAME: &str = "authenticatorGetInfo";
    match (older, newer) {
        (Some(Value::Object(older)), Some(Value::Object(newer))) => {
            out.members(&format!("{NAME} "), [older, newer]);
        }
        pair => {
            for words in values::changes(NAME, pair.into()) {
                out.add(Aspect::Member, words);
            }
        }
    }
}

/// Trust anchors by their bytes: name, and the first sixteen digits of the SHA-256.
fn anchors(out: &mut Changes, older: &Statement, newer: &Statement) {
    let set = |statement: &Statement| -> BTreeSet<Vec<u8>> {
        statement.attestation_roots.iter().cloned().collect()
    };
    let (older, newer) = (set(older), set(newer));
    for der in newer.difference(&older) {
        out.add(Aspect::Certificate, format!("{} added", anchor_words(der)));
    }
    for der in older.difference(&newer) {
        out.add(
            Aspect::Certificate,
            format!("{} removed", anchor_words(der)),
        );
    }
}

fn anchor_words(der: &[u8]) -> String {
    let mut sha256 = hex(digest::digest(&digest::SHA256, der).as_ref());
    sha256.truncate(16);
    match Certificate::parse(der) {
        Some(certificate) => format!("trust anchor `{}` (SHA-256 {sha256})", certificate.name()),
        None => format!("unreadable trust anchor (SHA-256 {sha256})"),
    }
}
