//! What a BLOB says that this version does not know. It is kept and harmless; listing it shows
//! when the specification has moved on.

use crate::blob::Blob;
use crate::entry::Entry;
use crate::error::Problem;
use crate::status::{Status, StatusReport};
use serde_json::{Map, Value};

/// Members of a metadata statement that are specified but not read here.
const STATEMENT: [&str; 26] = [
    "aaid",
    "alternativeDescriptions",
    "attachmentHint",
    "attestationCertificateKeyIdentifiers",
    "cryptoStrength",
    "cxConfigURL",
    "cxpConfigURL",
    "ecdaaTrustAnchors",
    "friendlyNames",
    "iAPARThreshold",
    "isFreshUserVerificationRequired",
    "isKeyRestricted",
    "isSecondFactorOnly",
    "keyScope",
    "legalHeader",
    "matcherProtection",
    "operatingEnv",
    "publicKeyAlgAndEncodings",
    "publicKeyAlgAndEncoding",
    "supportedExtensions",
    "tcDisplay",
    "tcDisplayContentType",
    "upv",
    "userVerificationDetails",
    "assertionScheme",
    "authenticationAlgorithm",
];

/// Members of an entry that are specified but not read here.
const ENTRY: [&str; 3] = ["biometricStatusReports", "rogueListHash", "rogueListURL"];

/// Members of a status report that are specified but not read here.
const REPORT: [&str; 4] = [
    "certificationPolicyVersion",
    "certificationRequirementsVersion",
    "fipsPhysicalSecurityLevel",
    "fipsRevision",
];

impl Blob {
    /// Members and status words that this version does not know, with their JSON pointers.
    #[must_use]
    pub fn unknown(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        members("", self.extra(), &[], &mut out);
        for (index, entry) in self.entries().iter().enumerate() {
            of_entry(&format!("/entries/{index}"), entry, &mut out);
        }
        out
    }
}

pub(crate) fn of_entry(pointer: &str, entry: &Entry, out: &mut Vec<Problem>) {
    members(pointer, &entry.extra, &ENTRY, out);
    if let Some(statement) = &entry.statement {
        members(
            &format!("{pointer}/metadataStatement"),
            &statement.extra,
            &STATEMENT,
            out,
        );
    }
    for (index, report) in entry.status_reports.iter().enumerate() {
        of_report(&format!("{pointer}/statusReports/{index}"), report, out);
    }
}

fn of_report(pointer: &str, report: &StatusReport, out: &mut Vec<Problem>) {
    members(pointer, &report.extra, &REPORT, out);
    if let Status::Unknown(word) = &report.status
        && !word.is_empty()
    {
        out.push(Problem {
            pointer: format!("{pointer}/status"),
            message: format!("unknown status `{}`", crate::members::shortened(word)),
        });
    }
}

fn members(pointer: &str, extra: &Map<String, Value>, known: &[&str], out: &mut Vec<Problem>) {
    let unknown = extra.keys().filter(|name| !known.contains(&name.as_str()));
    out.extend(unknown.map(|name| Problem {
        pointer: crate::members::member(pointer, name),
        message: "unknown member".to_owned(),
    }));
}
