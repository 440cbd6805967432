//! Canonical reasons of failure, from the error strings of relying party libraries.

use std::sync::LazyLock;

use regex::{RegexSet, RegexSetBuilder};

/// Canonical reason, ceremony, side, source and regular expression, one row a line.
const TABLE: &str = include_str!("reason/reasons.tsv");

/// Reasons that mappings use and no library's text stands for.
const MAPPED_ONLY: [(&str, &str); 3] = [
    ("authentication_failed", "unknown"),
    ("registration_failed", "unknown"),
    ("user_locked_out", "policy"),
];

/// Why a ceremony failed, and whose doing it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Canonical word, e.g. `signature_invalid`.
    pub word: &'static str,
    /// `client`, `server`, `policy`, `network` or `unknown`.
    pub side: &'static str,
}

/// The rows of the table, each with its regular expression.
static ROWS: LazyLock<Vec<(Reason, &str)>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let (word, side) = (cells.next()?, cells.nth(1)?);
        Some((Reason { word, side }, cells.nth(1)?))
    };
    TABLE.lines().skip(1).filter_map(row).collect()
});

/// The regular expressions of the rows. To compile them takes longer than to start, so that is left
/// until there is a text to look at.
static PATTERNS: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = RegexSetBuilder::new(ROWS.iter().map(|(_, pattern)| pattern))
        .case_insensitive(true)
        .build();
    // The table is part of the program and a test compiles it, so no row is ever lost here.
    patterns.unwrap_or_else(|_| RegexSet::empty())
});

impl Reason {
    /// The reason that an error string of a library stands for.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let first = PATTERNS.matches(text).iter().next()?;
        ROWS.get(first).map(|(reason, _)| *reason)
    }

    /// The reason of a canonical word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        each().find(|reason| reason.word == word)
    }

    /// All canonical reasons, each once.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = each().collect();
        all.dedup_by_key(|reason| reason.word);
        all
    }
}

/// Every row's reason, and those that no row has.
fn each() -> impl Iterator<Item = Reason> {
    let rows = ROWS.iter().map(|(reason, _)| *reason);
    let mapped = MAPPED_ONLY.iter();
    rows.chain(mapped.map(|(word, side)| Reason { word, side }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(
            Reason::of_text(text).map(|reason| reason.word),
            expected,
            "{text}"
        );
    }

    #[test]
    fn knows_the_words_of_the_libraries() {
        check(
            "Response counter value 3 was lower than expected 9",
            Some("sign_count_regression"),
        );
        check(
            "com.webauthn4j.verifier.exception.MaliciousCounterValueException: Malicious counter value is detected.",
            Some("sign_count_regression"),
        );
        check(
            "Unexpected authentication response origin \"https://x\"",
            Some("origin_mismatch"),
        );
        check(
            "not acceptable aaguid = 00000000-0000-0000-0000-000000000000",
            Some("aaguid_not_allowed"),
        );
        check(
            "NotAllowedError: The operation either timed out or was not allowed.",
            Some("client_not_allowed_or_cancelled"),
        );
        check(
            "UV flag in authenticatorData is not set",
            Some("user_not_verified"),
        );
        check("UserNotPresent", Some("user_not_present"));
        check(
            "Stored assertion request failed to parse",
            Some("challenge_missing_or_expired"),
        );
        check(
            "AAGUID \"x\" was not expected value",
            Some("aaguid_not_allowed"),
        );
        check("ABANDONED", Some("abandoned"));
        check("it did not work", None);
        check("", None);
    }

    #[test]
    fn every_string_of_the_libraries_has_its_reason() {
        let strings = include_str!("../tests-data/failure_strings.tsv");
        for line in strings.lines().skip(1) {
            let cells: Vec<_> = line.split('\t').collect();
            check(cells[2], Some(cells[0]));
        }
    }

    #[test]
    fn every_row_of_the_table_is_in_use() {
        assert_eq!(ROWS.len(), TABLE.lines().count() - 1);
        assert_eq!(PATTERNS.len(), ROWS.len());
        for reason in Reason::all() {
            assert!(
                ["client", "server", "policy", "network", "unknown"].contains(&reason.side),
                "{reason:?}"
            );
            assert_eq!(Reason::of_word(reason.word), Some(reason));
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = Reason::of_text(&text);
        }
    }
}
