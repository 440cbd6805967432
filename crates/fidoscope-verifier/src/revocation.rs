//! Revocation of the certificates of a trust path: `chain.revoked`. Revocation lists are used as
//! RFC 5280 §6.3 allows: signed by the issuer of the certificate in question, and of their time.
//! Android's status list comes without a signature, so whoever supplies it vouches for it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fidoscope_metadata::RevocationList;
use fidoscope_webauthn::Recording;
use serde::Deserialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::Context;
use crate::certificate::{Certificate, Unsigned};

/// What was supplied, read.
#[derive(Default)]
pub(crate) struct Sources {
    lists: Vec<RevocationList>,
    statuses: Vec<StatusList>,
    /// Why something that was supplied cannot be read.
    unreadable: Vec<String>,
}

/// Lists ready to be asked, at an instant.
pub(crate) struct Revocation<'r> {
    lists: Vec<List<'r>>,
    statuses: &'r [StatusList],
    unreadable: &'r [String],
    now: Option<DateTime<Utc>>,
}

struct List<'r> {
    list: &'r RevocationList,
    parsed: CertificateRevocationList<'r>,
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
    /// Reads what the recording and the replay bring.
    pub(crate) fn read(recording: &Recording, context: &Context<'_>) -> Self {
        let mut sources = Self::default();
        let own = recording.crls.iter().map(|text| text.as_bytes());
        for bytes in own.chain(context.crls.iter().map(Vec::as_slice)) {
            if bytes.trim_ascii_start().starts_with(b"{") {
                match serde_json::from_slice(bytes) {
                    Ok(status) => sources.statuses.push(status),
                    Err(error) => sources.unreadable.push(format!("no status list: {error}")),
                }
                continue;
            }
            match RevocationList::read(bytes) {
                Ok(lists) => sources.lists.extend(lists),
                Err(error) => sources.unreadable.push(error.to_string()),
            }
        }
        sources
    }

    /// Makes them ready to be asked.
    pub(crate) fn at(&self, now: Option<DateTime<Utc>>) -> Revocation<'_> {
        let parse = |list| match CertificateRevocationList::from_der(RevocationList::der(list)) {
            Ok(([], parsed)) => Some(List { list, parsed }),
            _ => None,
        };
        Revocation {
            lists: self.lists.iter().filter_map(parse).collect(),
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

impl List<'_> {
    fn is_about(&self, subject: &Certificate<'_>) -> bool {
        self.parsed.tbs_cert_list.issuer.as_raw() == subject.x509.issuer().as_raw()
    }

    fn standing(
        &self,
        subject: &Certificate<'_>,
        issuer: &Certificate<'_>,
        now: Option<DateTime<Utc>>,
    ) -> Standing {
        if let Some(problem) = self.problem(issuer, now) {
            let name = &self.parsed.tbs_cert_list.issuer;
            return Standing::Unusable(format!("the list of `{name}`: {problem}"));
        }
        let Some(entry) = self.list.find(subject.x509.raw_serial()) else {
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
        let list = &self.parsed.tbs_cert_list;
        if issuer.may_sign_lists() == Some(false) {
            return Some("its issuer's key usage is without cRLSign".to_owned());
        }
        let signature = self.parsed.signature_value.data.as_ref();
        let algorithm = &self.parsed.signature_algorithm;
        match issuer.has_signed(list.as_ref(), algorithm, signature) {
            Ok(()) => {}
            Err(Unsigned::Invalid) => {
                return Some("its issuer's key did not sign it".to_owned());
            }
            Err(Unsigned::Unsupported(what)) => return Some(what),
        }
        let Some(now) = now else {
            return Some("no instant given".to_owned());
        };
        if list.this_update.timestamp() > now.timestamp() {
            return Some(format!("of a later time, {}", list.this_update));
        }
        let next = list.next_update?;
        (next.timestamp() < now.timestamp()).then(|| format!("out of date since {next}"))
    }
}
