//! Revocation of the certificates of a trust path: `chain.revoked`. Revocation lists are used as
//! RFC 5280 §6.3 allows: signed by the issuer of the certificate in question, and of their time.
//! Android's status list comes without a signature, so whoever supplies it vouches for it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use fidoscope_metadata::RevocationList;
use fidoscope_webauthn::certificate::AlgorithmIdentifier;
use fidoscope_webauthn::der::Elements;
use serde::Deserialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::time::ASN1Time;

use crate::facts::certificate::{Certificate, Unsigned};

/// What was supplied, read.
#[derive(Default)]
pub(crate) struct Sources {
    lists: Vec<List>,
    statuses: Vec<StatusList>,
    /// Why something that was supplied cannot be read.
    unreadable: Vec<String>,
}

/// Lists ready to be asked, at an instant.
pub(crate) struct Revocation<'r> {
    lists: &'r [List],
    statuses: &'r [StatusList],
    unreadable: &'r [String],
    now: Option<DateTime<Utc>>,
}

/// A list, and what is asked of it for every certificate.
struct List {
    list: RevocationList,
    /// Name of the issuer, DER.
    issuer: Vec<u8>,
    this_update: ASN1Time,
    next_update: Option<ASN1Time>,
    /// The certificate that was asked about first whether it has signed the list, and the answer: a
    /// list is asked about its own issuer, over and over.
    signer: OnceLock<(Vec<u8>, Result<(), String>)>,
}

/// Android's `status.json`: entries by serial number.
#[derive(Deserialize)]
struct StatusList {
    entries: BTreeMap<String, StatusEntry>,
}

#[derive(Deserialize)]
struct StatusEntry {
    status: String,
    reason: Option<String>,
}

/// What is known about one certificate.
pub(crate) enum Standing {
    /// A list that counts says that it is revoked.
    Revoked(String),
    /// A list that counts does not mention it.
    Good,
    /// No list is about it.
    Unknown,
    /// A list is about it, and does not count.
    Unusable(String),
}

/// What is known about a whole path.
pub(crate) enum Verdict {
    /// Nothing was supplied.
    NoLists,
    /// Every issuer's standing is good; what else is known.
    Good(String),
    /// Some standing is not known, for no fault of what was supplied.
    Unknown(String),
    /// Something that was supplied cannot be used.
    Unusable(String),
}

impl Sources {
    /// Reads lists in any form.
    pub(crate) fn read<'b>(supplied: impl Iterator<Item = &'b [u8]>) -> Self {
        let mut sources = Self::default();
        for bytes in supplied {
            if bytes.trim_ascii_start().starts_with(b"{") {
                match serde_json::from_slice(bytes) {
                    Ok(status) => sources.statuses.push(status),
                    Err(error) => sources.unreadable.push(format!("no status list: {error}")),
                }
                continue;
            }
            match RevocationList::read(bytes) {
                Ok(lists) => sources
                    .lists
                    .extend(lists.into_iter().filter_map(List::new)),
                Err(error) => sources.unreadable.push(error.to_string()),
            }
        }
        sources
    }

    /// Makes them ready to be asked.
    pub(crate) fn at(&self, now: Option<DateTime<Utc>>) -> Revocation<'_> {
        Revocation {
            lists: &self.lists,
            statuses: &self.statuses,
            unreadable: &self.unreadable,
            now,
        }
    }
}

impl Revocation<'_> {
    /// The standing of a certificate below its issuer.
    pub(crate) fn standing(&self, subject: &Certificate<'_>, issuer: &Certificate<'_>) -> Standing {
        let mut standing = Standing::Unknown;
        for status in self.statuses {
            match status.entry(subject) {
                Some(found) => return Standing::Revoked(found),
                None => standing = Standing::Good,
            }
        }
        let about = self.lists.iter().filter(|list| list.is_about(subject));
        for list in about {
            match list.standing(subject, issuer, self.now) {
                Standing::Revoked(found) => return Standing::Revoked(found),
                Standing::Unusable(_) | Standing::Unknown if matches!(standing, Standing::Good) => {
                }
                other => standing = other,
            }
        }
        standing
    }

    /// What is known about a path, leaf first and anchor last, in which nothing is revoked.
    /// What matters is the standing of the intermediates (`WebAuthn L3 §13.3.2`).
    pub(crate) fn verdict(&self, path: &[&Certificate<'_>]) -> Verdict {
        if let Some(problem) = self.unreadable.first() {
            return Verdict::Unusable(problem.clone());
        }
        if self.lists.is_empty() && self.statuses.is_empty() {
            return Verdict::NoLists;
        }
        let mut good = 0_usize;
        let mut unknown = Vec::new();
        for (depth, [subject, issuer]) in path.array_windows::<2>().enumerate() {
            match self.standing(subject, issuer) {
                Standing::Unusable(problem) => return Verdict::Unusable(problem),
                Standing::Unknown => unknown.push((depth, subject.subject())),
                Standing::Good | Standing::Revoked(_) => good = good.saturating_add(1),
            }
        }
        let named = |name: &str| format!("no list is about `{name}`");
        match unknown.iter().find(|(depth, _)| *depth > 0 || good == 0) {
            Some((_, name)) => Verdict::Unknown(named(name)),
            None => Verdict::Good(match unknown.first() {
                Some((_, name)) => format!("{good} on no list; {}", named(name)),
                None => format!("{good} certificates on no list"),
            }),
        }
    }
}

impl StatusList {
    /// What the list says about a certificate; serial numbers are hexadecimal without leading
    /// zeros there. Anything it says is bad: REVOKED or SUSPENDED.
    fn entry(&self, certificate: &Certificate<'_>) -> Option<String> {
        let serial = certificate.serial_hex();
        let short = serial.trim_start_matches('0');
        let (_, entry) = self.entries.iter().find(|(listed, _)| {
            let listed = listed.trim_start_matches('0');
            listed.eq_ignore_ascii_case(short)
        })?;
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        Some(format!(
            "serial {serial} of `{}` is {} on the Android status list: {reason}",
            certificate.subject(),
            entry.status
        ))
    }
}

impl List {
    /// `None` for a list that `webpki` reads and `x509-parser` does not; then it speaks of nobody.
    fn new(list: RevocationList) -> Option<Self> {
        let parsed = parsed(&list)?;
        let tbs = &parsed.tbs_cert_list;
        let (this_update, next_update) = (tbs.this_update, tbs.next_update);
        Some(Self {
            issuer: tbs.issuer.as_raw().to_vec(),
            this_update,
            next_update,
            signer: OnceLock::new(),
            list,
        })
    }

    fn is_about(&self, subject: &Certificate<'_>) -> bool {
        self.issuer == subject.parts.issuer
    }

    fn standing(
        &self,
        subject: &Certificate<'_>,
        issuer: &Certificate<'_>,
        now: Option<DateTime<Utc>>,
    ) -> Standing {
        if let Some(problem) = self.problem(issuer, now) {
            // The names are the same, or the list would not be about the certificate.
            let name = subject.issuer();
            return Standing::Unusable(format!("the list of `{name}`: {problem}"));
        }
        let Some(entry) = self.list.find(subject.parts.serial) else {
            // Whether such a list is about this certificate at all is not looked into.
            return if self.list.is_partial() {
                Standing::Unknown
            } else {
                Standing::Good
            };
        };
        let since = entry.since.map_or_else(String::new, |since| {
            format!(" since {}", since.date_naive())
        });
        Standing::Revoked(format!(
            "serial {} of `{}` on the list of `{}`{since}: {}",
            subject.serial_hex(),
            subject.subject(),
            issuer.subject(),
            entry.reason.unwrap_or("no reason given")
        ))
    }

    /// Why the list does not count (RFC 5280 §6.3.3).
    fn problem(&self, issuer: &Certificate<'_>, now: Option<DateTime<Utc>>) -> Option<String> {
        if issuer.may_sign_lists() == Some(false) {
            return Some("its issuer's key usage is without cRLSign".to_owned());
        }
        let first = self
            .signer
            .get_or_init(|| (issuer.der.to_vec(), self.signed_by(issuer)));
        let signed = match first {
            (known, signed) if known == issuer.der => signed.clone(),
            _ => self.signed_by(issuer),
        };
        if let Err(problem) = signed {
            return Some(problem);
        }
        let Some(now) = now else {
            return Some("no instant given".to_owned());
        };
        if self.this_update.timestamp() > now.timestamp() {
            return Some(format!("of a later time, {}", self.this_update));
        }
        let next = self.next_update?;
        (next.timestamp() < now.timestamp()).then(|| format!("out of date since {next}"))
    }

    fn signed_by(&self, issuer: &Certificate<'_>) -> Result<(), String> {
        let unsigned = || "its issuer's key did not sign it".to_owned();
        let parsed = parsed(&self.list).ok_or_else(unsigned)?;
        let signature = parsed.signature_value.data.as_ref();
        let algorithm = &parsed.signature_algorithm;
        let identifier = AlgorithmIdentifier {
            der: second(self.list.der()).ok_or_else(unsigned)?,
            kind: algorithm.algorithm.as_bytes(),
            parameters: algorithm.parameters.as_ref().map(|found| found.data),
        };
        let signed = issuer.has_signed(parsed.tbs_cert_list.as_ref(), &identifier, signature);
        signed.map_err(|problem| match problem {
            Unsigned::Invalid => unsigned(),
            Unsigned::Unsupported(what) => what,
        })
    }
}

/// The second element in an element.
fn second(der: &[u8]) -> Option<&[u8]> {
    let mut parts = Elements::new(der).read().ok()??.elements();
    let first = parts.read().ok()??;
    let second = parts.read().ok()??;
    let from = first.contents_offset.checked_add(first.contents.len())?;
    der.get(from..second.contents_offset.checked_add(second.contents.len())?)
}

fn parsed(list: &RevocationList) -> Option<CertificateRevocationList<'_>> {
    match CertificateRevocationList::from_der(list.der()) {
        Ok(([], parsed)) => Some(parsed),
        _ => None,
    }
}
