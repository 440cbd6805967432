//! A model as a BLOB has it. MDS 3.1.1 gives each model one entry; where a BLOB has two, nobody can
//! say which was meant. What speaks against the model in any of them counts, and what speaks for it
//! counts when all of them say it, so that the order of entries decides nothing.

use crate::entry::Entry;
use crate::status::{Level, StatusReport};
use chrono::NaiveDate;

/// The entries of one model; one at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model<'b> {
    first: &'b Entry,
    entries: &'b [Entry],
    places: &'b [usize],
}

impl<'b> Model<'b> {
    /// The entries at `places`, if there are any.
    pub(crate) fn new(entries: &'b [Entry], places: &'b [usize]) -> Option<Self> {
        Some(Self {
            first: entries.get(*places.first()?)?,
            entries,
            places,
        })
    }

    /// Its entries, in the BLOB's order.
    pub fn entries(&self) -> impl Iterator<Item = &'b Entry> + use<'b> {
        let entries = self.entries;
        self.places.iter().filter_map(|at| entries.get(*at))
    }

    /// The entry that comes first.
    #[must_use]
    pub fn first(&self) -> &'b Entry {
        self.first
    }

    /// Its name: that of the first entry with one.
    #[must_use]
    pub fn description(&self) -> &'b str {
        let mut names = self.entries().map(Entry::description);
        names.find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// Every status report of every entry.
    pub fn status_reports(&self) -> impl Iterator<Item = &'b StatusReport> + use<'b> {
        self.entries().flat_map(|entry| &entry.status_reports)
    }

    /// Certification level on `day`: the lowest that an entry gives.
    #[must_use]
    pub fn level(&self, day: NaiveDate) -> Option<Level> {
        self.entries().map(|entry| entry.level(day)).min().flatten()
    }

    /// Trust anchors of its attestation, DER: those that every entry lists.
    #[must_use]
    pub fn attestation_roots(&self) -> Vec<&'b [u8]> {
        let roots = self.first.attestation_roots().iter().map(Vec::as_slice);
        let lists =
            |entry: &Entry, root: &[u8]| entry.attestation_roots().iter().any(|r| r == root);
        roots
            .filter(|root| self.entries().skip(1).all(|entry| lists(entry, root)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::Blob;
    use crate::tests::{day, unsigned};
    use fidoscope_webauthn::Aaguid;

    const MODEL: &str = "f1d05c0e-e57a-41d0-9a11-6669646f7301";

    fn entry(reports: &str, roots: &str) -> String {
        format!(
            r#"{{"aaguid":"{MODEL}","metadataStatement":{{"attestationRootCertificates":[{roots}]}},
               "statusReports":[{reports}]}}"#
        )
    }

    /// Level, statuses and anchors of a model, whatever the order of its entries.
    #[track_caller]
    fn check(entries: [String; 2], expected: &str) {
        let [one, two] = &entries;
        for entries in [format!("{one},{two}"), format!("{two},{one}")] {
            let payload = format!(r#"{{"entries":[{entries}]}}"#);
            let blob = Blob::open(&unsigned(&payload)).unwrap();
            let model = blob.model(&MODEL.parse::<Aaguid>().unwrap()).unwrap();
            let today = day("2026-11-20");
            let level = model.level(today);
            let level = level.map_or("none".to_owned(), |level| level.to_string());
            let undesired = model.status_reports().filter(|r| r.status.is_undesired());
            let mut words: Vec<_> = undesired.map(|r| r.status.to_string()).collect();
            words.sort();
            let roots = model.attestation_roots().len();
            assert_eq!(format!("{level} {} {roots}", words.join("+")), expected);
        }
    }

    #[test]
    fn of_two_entries_the_worst_counts() {
        let l2 = r#"{"status":"FIDO_CERTIFIED_L2","effectiveDate":"2026-01-01"}"#;
        let l1 = r#"{"status":"FIDO_CERTIFIED_L1","effectiveDate":"2026-05-01"}"#;
        let revoked = r#"{"status":"REVOKED","effectiveDate":"2025-01-01"}"#;
        let bypass = r#"{"status":"USER_VERIFICATION_BYPASS","effectiveDate":"2026-02-01"}"#;
        let both = r#""MAA=","MAEA""#;
        check([entry(l2, both), entry(l1, both)], "L1  2");
        check(
            [entry(l1, both), entry(revoked, r#""MAA=""#)],
            "none REVOKED 1",
        );
        check(
            [entry(bypass, r#""MAA=""#), entry(revoked, r#""MAEA""#)],
            "none REVOKED+USER_VERIFICATION_BYPASS 0",
        );
        check([entry(l2, both), entry("", both)], "none  2");
    }
}
