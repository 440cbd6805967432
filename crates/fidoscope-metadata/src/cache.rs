//! What a download means for the copy at hand (MDS 3.1.6, 3.2 steps 6 and 7). Downloading itself
//! is the program's work.

use crate::blob::Blob;
use serde::{Deserialize, Serialize};

/// What is kept beside a cached BLOB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRecord {
    /// ETag of the answer it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Serial number.
    pub no: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A BLOB against the cached one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing is cached.
    First,
    /// A later number; take it. Numbers between were missed, which is normal.
    Newer {
        /// How many numbers lie between the two.
        missed: u64,
    },
    /// The same file.
    Same,
    /// The same number on other bytes: re-signed. Take it only after it verifies.
    Reissued,
    /// An earlier number; do not take it.
    Rollback {
        /// Number at hand.
        cached: u64,
        /// Number offered.
        offered: u64,
    },
    /// It has no number, so it cannot be placed; do not take it.
    Unnumbered,
}

impl CacheRecord {
    /// The record of `blob`; absent when it has no number.
    #[must_use]
    pub fn of(blob: &Blob, etag: Option<String>) -> Option<Self> {
        let sha256 = blob.sha256().to_owned();
        blob.no().map(|no| Self { etag, no, sha256 })
    }

    /// The value of `If-None-Match`: the ETag, else the quoted number, which the service uses.
    #[must_use]
    pub fn if_none_match(&self) -> String {
        self.etag
            .clone()
            .unwrap_or_else(|| format!("\"{}\"", self.no))
    }
}

impl Freshness {
    /// Places `blob` against what is cached.
    #[must_use]
    pub fn of(blob: &Blob, cached: Option<&CacheRecord>) -> Self {
        Self::compare(blob.no(), blob.sha256(), cached)
    }

    fn compare(no: Option<u64>, sha256: &str, cached: Option<&CacheRecord>) -> Self {
        let Some(offered) = no else {
            return Self::Unnumbered;
        };
        let Some(cached) = cached else {
            return Self::First;
        };
        match offered.checked_sub(cached.no) {
            None => Self::Rollback {
                cached: cached.no,
                offered,
            },
            Some(0) if cached.sha256 == sha256 => Self::Same,
            Some(0) => Self::Reissued,
            Some(ahead) => Self::Newer {
                missed: ahead.saturating_sub(1),
            },
        }
    }

    /// Whether the BLOB may replace the cached one, once it verifies.
    #[must_use]
    pub fn may_replace(self) -> bool {
        matches!(self, Self::First | Self::Newer { .. } | Self::Reissued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(no: Option<u64>, sha256: &str, expected: Freshness, replaces: bool) {
        let cached = CacheRecord {
            etag: None,
            no: 276,
            sha256: "aa".to_owned(),
        };
        let found = Freshness::compare(no, sha256, Some(&cached));
        assert_eq!((found, found.may_replace()), (expected, replaces));
    }

    #[test]
    fn a_blob_is_placed_by_its_number() {
        check(Some(277), "bb", Freshness::Newer { missed: 0 }, true);
        check(Some(291), "bb", Freshness::Newer { missed: 14 }, true);
        check(Some(276), "aa", Freshness::Same, false);
        check(Some(276), "bb", Freshness::Reissued, true);
        check(
            Some(9),
            "bb",
            Freshness::Rollback {
                cached: 276,
                offered: 9,
            },
            false,
        );
        check(None, "bb", Freshness::Unnumbered, false);
        assert_eq!(Freshness::compare(Some(9), "bb", None), Freshness::First);
    }

    #[test]
    fn a_record_without_etag_asks_by_number() {
        let mut record = CacheRecord {
            etag: None,
            no: 291,
            sha256: "aa".to_owned(),
        };
        assert_eq!(record.if_none_match(), "\"291\"");
        record.etag = Some("W/\"x\"".to_owned());
        assert_eq!(record.if_none_match(), "W/\"x\"");
    }
}
