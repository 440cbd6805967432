//! Status reports and what follows from them (MDS 3.1.3, 3.1.4).

use crate::error::Problems;
use crate::members::Members;
use chrono::NaiveDate;
use serde_json::Map;
use serde_json::value::{RawValue, Value};
use std::fmt;
use std::str::FromStr;

/// Status of a model (MDS 3.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not certified.
    NotFidoCertified,
    /// The vendor says it is compliant.
    SelfAssertionSubmitted,
    /// Certified, at a level or without one.
    FidoCertified(Option<Level>),
    /// FIPS 140 certified, overall level 1 to 4.
    Fips140Certified(u8),
    /// User verification can be bypassed.
    UserVerificationBypass,
    /// The attestation key is out.
    AttestationKeyCompromise,
    /// User keys can be taken from afar.
    UserKeyRemoteCompromise,
    /// User keys can be taken by who holds the device.
    UserKeyPhysicalCompromise,
    /// There is newer firmware.
    UpdateAvailable,
    /// The vendor retired the model.
    Retired,
    /// Not to be trusted.
    Revoked,
    /// A value this version does not know; MDS 3.1.4 says to ignore it, so it is only shown.
    Unknown(String),
}

/// Certification level, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// L1.
    L1,
    /// L1+.
    L1Plus,
    /// L2.
    L2,
    /// L2+.
    L2Plus,
    /// L3.
    L3,
    /// L3+.
    L3Plus,
}

impl Status {
    /// Reads the word of a BLOB.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "NOT_FIDO_CERTIFIED" => Self::NotFidoCertified,
            "SELF_ASSERTION_SUBMITTED" => Self::SelfAssertionSubmitted,
            "FIDO_CERTIFIED" => Self::FidoCertified(None),
            "FIDO_CERTIFIED_L1" => Self::FidoCertified(Some(Level::L1)),
            "FIDO_CERTIFIED_L1plus" => Self::FidoCertified(Some(Level::L1Plus)),
            "FIDO_CERTIFIED_L2" => Self::FidoCertified(Some(Level::L2)),
            "FIDO_CERTIFIED_L2plus" => Self::FidoCertified(Some(Level::L2Plus)),
            "FIDO_CERTIFIED_L3" => Self::FidoCertified(Some(Level::L3)),
            "FIDO_CERTIFIED_L3plus" => Self::FidoCertified(Some(Level::L3Plus)),
            "FIPS140_CERTIFIED_L1" => Self::Fips140Certified(1),
            "FIPS140_CERTIFIED_L2" => Self::Fips140Certified(2),
            "FIPS140_CERTIFIED_L3" => Self::Fips140Certified(3),
            "FIPS140_CERTIFIED_L4" => Self::Fips140Certified(4),
            "USER_VERIFICATION_BYPASS" => Self::UserVerificationBypass,
            "ATTESTATION_KEY_COMPROMISE" => Self::AttestationKeyCompromise,
            "USER_KEY_REMOTE_COMPROMISE" => Self::UserKeyRemoteCompromise,
            "USER_KEY_PHYSICAL_COMPROMISE" => Self::UserKeyPhysicalCompromise,
            "UPDATE_AVAILABLE" => Self::UpdateAvailable,
            "RETIRED" => Self::Retired,
            "REVOKED" => Self::Revoked,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The certification level it speaks of.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::FidoCertified(level) => *level,
            _ => None,
        }
    }

    /// Whether a model with this status in force should not be accepted as it is: compromised,
    /// bypassed, retired or revoked.
    #[must_use]
    pub fn is_undesired(&self) -> bool {
        matches!(
            self,
            Self::UserVerificationBypass
                | Self::AttestationKeyCompromise
                | Self::UserKeyRemoteCompromise
                | Self::UserKeyPhysicalCompromise
                | Self::Retired
                | Self::Revoked
        )
    }
}

impl Status {
    /// Whether a model's certification is another after a report of this status: it grants one, says
    /// that there is none, or that the model is not what was certified.
    fn touches_certification(&self) -> bool {
        !matches!(
            self,
            Self::UpdateAvailable | Self::Fips140Certified(_) | Self::Unknown(_)
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::NotFidoCertified => "NOT_FIDO_CERTIFIED",
            Self::SelfAssertionSubmitted => "SELF_ASSERTION_SUBMITTED",
            Self::FidoCertified(None) => "FIDO_CERTIFIED",
            Self::FidoCertified(Some(level)) => return write!(f, "FIDO_CERTIFIED_{level}"),
            Self::Fips140Certified(level) => return write!(f, "FIPS140_CERTIFIED_L{level}"),
            Self::UserVerificationBypass => "USER_VERIFICATION_BYPASS",
            Self::AttestationKeyCompromise => "ATTESTATION_KEY_COMPROMISE",
            Self::UserKeyRemoteCompromise => "USER_KEY_REMOTE_COMPROMISE",
            Self::UserKeyPhysicalCompromise => "USER_KEY_PHYSICAL_COMPROMISE",
            Self::UpdateAvailable => "UPDATE_AVAILABLE",
            Self::Retired => "RETIRED",
            Self::Revoked => "REVOKED",
            Self::Unknown(word) => word,
        };
        f.write_str(word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L1 => "L1",
            Self::L1Plus => "L1plus",
            Self::L2 => "L2",
            Self::L2Plus => "L2plus",
            Self::L3 => "L3",
            Self::L3Plus => "L3plus",
        })
    }
}

/// A word that is no certification level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level `{word}`, expected L1, L1plus, L2, L2plus, L3 or L3plus")]
pub struct LevelError {
    word: String,
}

impl FromStr for Level {
    type Err = LevelError;

    /// Reads `L1plus`, `l1+` or `FIDO_CERTIFIED_L1plus`.
    fn from_str(text: &str) -> Result<Self, LevelError> {
        let word = text.to_ascii_lowercase().replace('+', "plus");
        let word = word.strip_prefix("fido_certified_").unwrap_or(&word);
        let levels = [
            Self::L1,
            Self::L1Plus,
            Self::L2,
            Self::L2Plus,
            Self::L3,
            Self::L3Plus,
        ];
        let mut levels = levels.into_iter();
        let found = levels.find(|level| level.to_string().eq_ignore_ascii_case(word));
        found.ok_or_else(|| LevelError {
            word: crate::members::shortened(text),
        })
    }
}

/// A status report (MDS 3.1.3).
#[derive(Clone, Debug, PartialEq)]
pub struct StatusReport {
    /// Status.
    pub status: Status,
    /// First day in force.
    pub effective_date: Option<NaiveDate>,
    /// First day no longer in force (MDS 3.1).
    pub sunset_date: Option<NaiveDate>,
    /// Firmware from which it applies.
    pub authenticator_version: Option<u64>,
    /// The certificate it is about, base64 as in the BLOB.
    pub certificate: Option<String>,
    /// The batch certificate it is about (MDS 3.1.1).
    pub batch_certificate: Option<String>,
    /// More to read.
    pub url: Option<String>,
    /// Number of the certificate of certification.
    pub certificate_number: Option<String>,
    /// What was certified.
    pub certification_descriptor: Option<String>,
    /// `consumer`, `enterprise`.
    pub certification_profiles: Vec<String>,
    /// Every other member.
    pub extra: Map<String, Value>,
}

impl StatusReport {
    pub(crate) fn read(raw: &RawValue, pointer: String, problems: &mut Problems) -> Self {
        let mut members = Members::open(raw, pointer, problems);
        let status: Option<String> = members.take("status", problems);
        if status.is_none() {
            let pointer = format!("{}/status", members.pointer());
            problems.unread(pointer, "no status");
        }
        Self {
            status: Status::parse(&status.unwrap_or_default()),
            effective_date: members.take_day("effectiveDate", problems),
            sunset_date: members.take_day("sunsetDate", problems),
            authenticator_version: members.take("authenticatorVersion", problems),
            certificate: members.take("certificate", problems),
            batch_certificate: members.take("batchCertificate", problems),
            url: members.take("url", problems),
            certificate_number: members.take("certificateNumber", problems),
            certification_descriptor: members.take("certificationDescriptor", problems),
            certification_profiles: members.take_texts("certificationProfiles", problems),
            extra: members.rest(problems),
        }
    }

    /// Whether it is in force on `day`: effective, and not past its sunset.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.effective_date.is_none_or(|date| date <= day)
            && self.sunset_date.is_none_or(|date| day < date)
    }
}

/// The report that is current on `day` (MDS 3.1.3): the latest effective date among those in
/// force; on a tie, or without a date, the later one in the list.
pub(crate) fn latest<'r>(
    reports: impl IntoIterator<Item = &'r StatusReport>,
    day: NaiveDate,
) -> Option<&'r StatusReport> {
    let in_force = reports.into_iter().filter(|report| report.in_force(day));
    in_force.reduce(
        |current, next| match (current.effective_date, next.effective_date) {
            (Some(current_date), Some(next_date)) if next_date < current_date => current,
            _ => next,
        },
    )
}

/// The report that decides about certification on `day`: the latest of those that touch it. An
/// update, a FIPS 140 certificate or an unknown status says nothing of it, and the certificate holds
/// for later firmware as well (MDS 3.1.3, 3.1.4).
pub(crate) fn certification(reports: &[StatusReport], day: NaiveDate) -> Option<&StatusReport> {
    let touching = reports
        .iter()
        .filter(|report| report.status.touches_certification());
    latest(touching, day)
}

/// The highest certification level among the reports that share the date of the one that decides.
/// Live BLOBs report `FIDO_CERTIFIED` and its level on the same day, in either order.
pub(crate) fn level(reports: &[StatusReport], day: NaiveDate) -> Option<Level> {
    let current = certification(reports, day)?;
    let same_day = |report: &&StatusReport| {
        report.in_force(day) && report.effective_date == current.effective_date
    };
    reports
        .iter()
        .filter(same_day)
        .filter_map(|report| report.status.level())
        .max()
}
