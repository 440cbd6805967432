//! Public advisories about models that the metadata does not carry. They are shown, and change
//! neither trust nor status: an advisory is no revocation.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use fidoscope_webauthn::Aaguid;

/// A public advisory about models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory {
    /// Identifier of its publisher, e.g. `YSA-2024-03`.
    pub id: String,
    /// What it is about, in a sentence.
    pub title: String,
    /// Where to read it.
    pub url: String,
    /// When it was published.
    pub published: NaiveDate,
    /// What to know before acting on it.
    pub caveats: Vec<String>,
    /// Models that it is about.
    pub affected: Vec<AffectedModel>,
}

/// A model that an advisory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffectedModel {
    /// The model.
    pub aaguid: Aaguid,
    /// Firmware from which the advisory no longer applies, where that is known.
    pub fixed_in: Option<Firmware>,
}

/// An advisory about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvisoryHit<'a> {
    /// The advisory.
    pub advisory: &'a Advisory,
    /// Whether the firmware of this authenticator is known to be affected; absent where the model
    /// is all that is known.
    pub firmware_affected: Option<bool>,
}

/// Firmware version of an authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Firmware(pub u8, pub u8, pub u8);

/// Why a text is no firmware version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no firmware version of two or three numbers, e.g. 5.7 or 5.7.2")]
pub struct FirmwareError {
    text: String,
}

impl Firmware {
    /// Reads the number of a certificate or a statement. Vendors write a byte per part (0x050402)
    /// or two decimal digits per part (50402).
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        let part = |value: u64| u8::try_from(value).ok();
        if number > 0xffff {
            let (major, rest) = (number >> 16, number & 0xffff);
            return Some(Self(part(major)?, part(rest >> 8)?, part(rest & 0xff)?));
        }
        let (major, rest) = (number / 10_000, number % 10_000);
        let whole = Self(part(major)?, part(rest / 100)?, part(rest % 100)?);
        (major > 0).then_some(whole)
    }
}

impl FromStr for Firmware {
    type Err = FirmwareError;

    fn from_str(text: &str) -> Result<Self, FirmwareError> {
        let wrong = || FirmwareError {
            text: text.chars().take(40).collect(),
        };
        let parts: Result<Vec<u8>, _> = text.split('.').map(str::parse).collect();
        match parts.map_err(|_| wrong())?[..] {
            [major, minor] => Ok(Self(major, minor, 0)),
            [major, minor, patch] => Ok(Self(major, minor, patch)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Advisories by model.
pub(super) struct Advisories<'t>(HashMap<Aaguid, Vec<(&'t Advisory, Option<Firmware>)>>);

impl<'t> Advisories<'t> {
    pub(super) fn new(advisories: &'t [Advisory]) -> Self {
        let mut by_model = HashMap::<_, Vec<_>>::new();
        for advisory in advisories {
            for model in &advisory.affected {
                let about = by_model.entry(model.aaguid).or_default();
                about.push((advisory, model.fixed_in));
            }
        }
        Self(by_model)
    }

    /// The advisories about a model, without those that its firmware is known to have left behind.
    pub(super) fn of(
        &self,
        aaguid: Option<&Aaguid>,
        firmware: Option<Firmware>,
    ) -> Vec<AdvisoryHit<'t>> {
        let found = aaguid.and_then(|aaguid| self.0.get(aaguid));
        let hit = |(advisory, fixed_in): &(&'t Advisory, Option<Firmware>)| {
            let affected = fixed_in
                .zip(firmware)
                .map(|(fixed, firmware)| firmware < fixed);
            (affected != Some(false)).then_some(AdvisoryHit {
                advisory,
                firmware_affected: affected,
            })
        };
        found.into_iter().flatten().filter_map(hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_written_in_two_ways() {
        #[track_caller]
        fn check(number: u64, expected: Option<&str>) {
            let found = Firmware::from_number(number).map(|firmware| firmware.to_string());
            assert_eq!(found.as_deref(), expected);
        }
        check(328_706, Some("5.4.2"));
        check(50_100, Some("5.1.0"));
        check(50_403, Some("5.4.3"));
        check(1, None);
        check(u64::MAX, None);
    }

    #[test]
    fn versions_compare_by_part() {
        #[track_caller]
        fn check(text: &str, expected: Option<Firmware>) {
            assert_eq!(text.parse().ok(), expected);
        }
        check("5.7", Some(Firmware(5, 7, 0)));
        check("5.7.2", Some(Firmware(5, 7, 2)));
        check("5", None);
        check("5.7.2.1", None);
        check("5.x", None);
        assert!(Firmware(5, 10, 0) > Firmware(5, 7, 2));
    }
}
