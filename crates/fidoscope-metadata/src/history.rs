//! Which BLOB was in force when a ceremony took place.
//!
//! A BLOB carries its number and the day of the next one, not the day it was published. What can be
//! said is the earliest moment that it can have been out: not before the newest change that it
//! reports, not before the certificate that signed it, not before a BLOB of a lower number, and not
//! more than a month before its `nextUpdate`, as the service has always named a day of the month
//! that follows. The BLOB in force at an instant is taken to be the one of the highest number that
//! can have been out by then. Where a history lacks the BLOB that really was, an older one stands in
//! for it, and its `nextUpdate` has passed.

use crate::blob::Blob;
use crate::certificate::Certificate;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// Longest time from a BLOB to the next, in practice.
const MONTH: Days = Days::new(31);

/// BLOBs kept over time, by number.
#[derive(Debug, Default)]
pub struct History {
    blobs: Vec<(DateTime<Utc>, Blob)>,
}

impl Blob {
    /// The earliest moment that it can have been published; absent when nothing in it has a date.
    /// A date past its own `nextUpdate` cannot be that moment and does not count.
    #[must_use]
    pub fn published_from(&self) -> Option<DateTime<Utc>> {
        let entries = self.entries().iter();
        let changes = entries.filter_map(|entry| entry.time_of_last_status_change);
        let possible = changes.filter(|day| self.next_update().is_none_or(|next| *day <= next));
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let change = possible.max().map(midnight);
        let due = self.next_update();
        let due = due
            .and_then(|day| day.checked_sub_days(MONTH))
            .map(midnight);
        let leaf = self.header().x5c.first();
        let signer = leaf.and_then(|der| Certificate::parse(der)?.not_before());
        change.max(signer).max(due)
    }
}

impl History {
    /// Puts BLOBs into their order. One without a number cannot be placed and is left out; of two
    /// with the same number the first stays.
    #[must_use]
    pub fn new(blobs: Vec<Blob>) -> Self {
        let mut numbered: Vec<(u64, Blob)> = blobs
            .into_iter()
            .filter_map(|blob| Some((blob.no()?, blob)))
            .collect();
        numbered.sort_by_key(|(no, _)| *no);
        numbered.dedup_by_key(|(no, _)| *no);
        let mut from = DateTime::<Utc>::MIN_UTC;
        let dated = numbered.into_iter().map(|(_, blob)| {
            from = blob.published_from().map_or(from, |own| own.max(from));
            (from, blob)
        });
        Self {
            blobs: dated.collect(),
        }
    }

    /// The BLOB in force at an instant; absent when none can have been out.
    #[must_use]
    pub fn in_force(&self, at: DateTime<Utc>) -> Option<&Blob> {
        let mut out = self.blobs.iter().rev();
        out.find(|(from, _)| *from <= at).map(|(_, blob)| blob)
    }

    /// Every BLOB with the moment from which it counts, by number.
    pub fn blobs(&self) -> impl Iterator<Item = (DateTime<Utc>, &Blob)> {
        self.blobs.iter().map(|(from, blob)| (*from, blob))
    }

    /// How many BLOBs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::unsigned;

    fn blob(no: u64, next_update: &str, change: &str) -> Blob {
        let payload = format!(
            r#"{{"no":{no},"nextUpdate":"{next_update}","entries":[{{"timeOfLastStatusChange":"{change}"}}]}}"#
        );
        Blob::open(&unsigned(&payload)).unwrap()
    }

    #[track_caller]
    fn check(at: &str, expected: Option<u64>) {
        let history = History::new(vec![
            blob(3, "2026-04-15", "2026-03-20"),
            blob(1, "2026-02-01", "2026-01-05"),
            // Its newest change is older than that of no 1: it still came later.
            blob(2, "2026-02-03", "2025-12-01"),
            // A date past its next update is no date of publication.
            blob(4, "2026-06-01", "2027-01-01"),
        ]);
        assert_eq!(history.len(), 4);
        let found = history.in_force(at.parse().unwrap());
        assert_eq!(found.and_then(Blob::no), expected);
    }

    #[test]
    fn the_highest_number_that_can_have_been_out_is_in_force() {
        check("2026-01-04T23:59:59Z", None);
        check("2026-01-05T00:00:00Z", Some(2));
        check("2026-03-19T12:00:00Z", Some(2));
        check("2026-03-20T12:00:00Z", Some(3));
        // Its entries say nothing new; it is due a month before the next.
        check("2026-04-30T12:00:00Z", Some(3));
        check("2026-05-01T00:00:00Z", Some(4));
    }

    #[test]
    fn a_blob_without_a_number_has_no_place() {
        let without = Blob::open(&unsigned(r#"{"entries":[]}"#)).unwrap();
        assert_eq!(without.published_from(), None);
        assert!(History::new(vec![without]).is_empty());
    }

    #[test]
    fn the_signing_certificate_dates_a_blob() {
        let Some((_, blob, _)) = crate::tests::corpus_blobs().pop() else {
            return;
        };
        let from = blob.published_from().unwrap();
        assert!(from.date_naive() <= blob.next_update().unwrap(), "{from}");
    }
}
