//! How old a BLOB is, and how long its signing chain lasts. Three outages in three years came from
//! that chain, so it is watched before it ends.

use crate::blob::{Blob, hex};
use crate::certificate::Certificate;
use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use std::fmt;

/// How long something still lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expiry {
    /// Longer than 30 days.
    Good,
    /// It ends within 30 days.
    Soon,
    /// It has ended.
    Over,
}

/// A certificate that came with a BLOB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateState {
    /// Common name, or whole subject; absent when it cannot be read.
    pub name: Option<String>,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
    /// Last moment of its validity.
    pub not_after: Option<DateTime<Utc>>,
    /// Whole days until then; negative afterwards.
    pub days_left: Option<i64>,
    /// The same, as a word; absent when it cannot be read.
    pub expiry: Option<Expiry>,
}

/// A BLOB at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobState {
    /// Serial number.
    pub no: Option<u64>,
    /// The newest change that it knows of. A BLOB does not say when it was published; this is the
    /// earliest it can have been.
    pub newest_change: Option<NaiveDate>,
    /// Days since then: the BLOB is not older.
    pub age_days: Option<i64>,
    /// Day of the next BLOB at the latest.
    pub next_update: Option<NaiveDate>,
    /// Days until then; negative when the BLOB is stale.
    pub days_to_next_update: Option<i64>,
    /// The certificates of the signing chain, leaf first.
    pub certificates: Vec<CertificateState>,
}

impl Expiry {
    /// Days ahead of its end at which a certificate is warned of.
    pub const WARN_DAYS: i64 = 30;
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Good => "good",
            Self::Soon => "soon",
            Self::Over => "over",
        })
    }
}

impl Blob {
    /// Age, next update and the life of the signing chain, at `now`.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> BlobState {
        let today = now.date_naive();
        let days_from = |day: NaiveDate| (day - today).num_days();
        let entries = self.entries().iter();
        let changes = entries.filter_map(|entry| entry.time_of_last_status_change);
        let newest_change = changes.filter(|day| *day <= today).max();
        let x5c = self.header().x5c.iter();
        BlobState {
            no: self.no(),
            newest_change,
            age_days: newest_change.map(|day| -days_from(day)),
            next_update: self.next_update(),
            days_to_next_update: self.next_update().map(days_from),
            certificates: x5c.map(|der| certificate(der, now)).collect(),
        }
    }
}

impl BlobState {
    /// Whether `nextUpdate` has passed; absent when the BLOB has none.
    #[must_use]
    pub fn stale(&self) -> Option<bool> {
        self.days_to_next_update.map(|days| days < 0)
    }

    /// The certificate that ends first.
    #[must_use]
    pub fn first_to_end(&self) -> Option<&CertificateState> {
        let dated = self.certificates.iter();
        let dated = dated.filter(|certificate| certificate.not_after.is_some());
        dated.min_by_key(|certificate| certificate.not_after)
    }
}

fn certificate(der: &[u8], now: DateTime<Utc>) -> CertificateState {
    let certificate = Certificate::parse(der);
    let not_after = certificate.as_ref().and_then(Certificate::not_after);
    // Less than a day left is 0 days, less than a day over is -1.
    let days = |end: DateTime<Utc>| (end - now).num_seconds().div_euclid(86_400);
    let expiry = |days: i64| match days {
        ..0 => Expiry::Over,
        0..Expiry::WARN_DAYS => Expiry::Soon,
        _ => Expiry::Good,
    };
    let days_left = not_after.map(days);
    CertificateState {
        name: certificate.as_ref().map(Certificate::name),
        sha256: hex(digest::digest(&digest::SHA256, der).as_ref()),
        not_after,
        days_left,
        expiry: days_left.map(expiry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{corpus_blobs, unsigned};

    /// The December 2024 BLOB: its leaf ended on 2025-07-28T20:17:03Z, an outage.
    #[track_caller]
    fn check(now: &str, next_update: i64, certificates: &str) {
        let Some((_, blob, _)) = corpus_blobs().pop() else {
            return;
        };
        let state = blob.state(now.parse().unwrap());
        let words: Vec<_> = state
            .certificates
            .iter()
            .map(|c| {
                format!(
                    "{} {} {}",
                    c.name.as_deref().unwrap(),
                    c.days_left.unwrap(),
                    c.expiry.unwrap()
                )
            })
            .collect();
        assert_eq!(words.join("; "), certificates);
        assert_eq!(state.days_to_next_update, Some(next_update));
        assert_eq!(state.stale(), Some(next_update < 0));
        let first = state.first_to_end().unwrap();
        assert_eq!(first.name.as_deref(), Some("mds.fidoalliance.org"));
    }

    #[test]
    fn a_chain_is_warned_of_thirty_days_ahead() {
        let ca = "GlobalSign Extended Validation CA - SHA256 - G3";
        check(
            "2024-12-20T00:00:00Z",
            12,
            &format!("mds.fidoalliance.org 220 good; {ca} 640 good"),
        );
        check(
            "2025-06-28T20:17:03Z",
            -178,
            &format!("mds.fidoalliance.org 30 good; {ca} 449 good"),
        );
        check(
            "2025-06-28T20:17:04Z",
            -178,
            &format!("mds.fidoalliance.org 29 soon; {ca} 449 good"),
        );
        check(
            "2025-07-28T20:17:04Z",
            -208,
            &format!("mds.fidoalliance.org -1 over; {ca} 419 good"),
        );
    }

    #[test]
    fn what_a_blob_does_not_say_is_unknown() {
        let blob = Blob::open(&unsigned(r#"{"entries":[]}"#)).unwrap();
        let state = blob.state(DateTime::UNIX_EPOCH);
        assert_eq!((state.age_days, state.stale()), (None, None));
        assert!(state.first_to_end().is_none());
    }

    #[test]
    fn a_blob_is_as_old_as_its_newest_change() {
        let payload = r#"{"nextUpdate":"2026-11-01","entries":[
            {"timeOfLastStatusChange":"2026-10-01"},{"timeOfLastStatusChange":"2027-01-01"},
            {"timeOfLastStatusChange":"2025-01-01"}]}"#;
        let blob = Blob::open(&unsigned(payload)).unwrap();
        let state = blob.state("2026-10-11T12:00:00Z".parse().unwrap());
        assert_eq!(state.age_days, Some(10));
        assert_eq!(state.days_to_next_update, Some(21));
    }
}
