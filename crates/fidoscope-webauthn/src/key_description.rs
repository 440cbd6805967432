//! The Android key attestation certificate's extension (`WebAuthn L3 §8.4.1`): what the keystore
//! says about a key, and which list it says it in.

use crate::der::{Class, DerError, Element, Elements, tag};

/// Most authorizations that a list may have; keystores write about thirty.
const MAX_AUTHORIZATIONS: usize = 256;

/// Tags of the authorizations that rules ask about.
pub mod authorization {
    /// What the key may be used for.
    pub const PURPOSE: u32 = 1;
    /// Every application of the device may use the key.
    pub const ALL_APPLICATIONS: u32 = 600;
    /// Where the key comes from.
    pub const ORIGIN: u32 = 702;
}

/// Tags that the keystore of any Android version is documented to write.
const KNOWN: [u32; 49] = [
    1, 2, 3, 4, 5, 6, 7, 8, 10, 200, 203, 303, 305, 400, 401, 402, 405, 502, 503, 504, 505, 506,
    507, 508, 509, 600, 601, 701, 702, 703, 704, 705, 706, 709, 710, 711, 712, 713, 714, 715, 716,
    717, 718, 719, 720, 721, 722, 723, 724,
];

/// A decoded `KeyDescription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription<'a> {
    /// Version of the attestation.
    pub attestation_version: i64,
    /// Where the attestation was made.
    pub attestation_security_level: SecurityLevel,
    /// Version of Keymaster or KeyMint.
    pub keymaster_version: i64,
    /// Where Keymaster or KeyMint runs.
    pub keymaster_security_level: SecurityLevel,
    /// The challenge; for WebAuthn the hash of the client data.
    pub challenge: &'a [u8],
    /// Identifier of the device, usually empty.
    pub unique_id: &'a [u8],
    /// What the operating system enforces.
    pub software: AuthorizationList<'a>,
    /// What the secure hardware enforces.
    pub tee: AuthorizationList<'a>,
}

/// Where something happens in a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityLevel {
    /// In the operating system.
    Software,
    /// In a trusted execution environment.
    TrustedEnvironment,
    /// In a secure element.
    StrongBox,
    /// A value that this crate has no name for.
    Other(i64),
}

/// Authorizations, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationList<'a> {
    entries: Vec<Authorization<'a>>,
    purposes: Option<Vec<i64>>,
    origin: Option<i64>,
}

/// One authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Number of its context tag.
    pub tag: u32,
    /// Where it begins in the extension's value.
    pub offset: usize,
    /// What the tag holds, DER.
    pub value: &'a [u8],
}

/// Why bytes are no `KeyDescription`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyDescriptionError {
    /// An element that is no DER.
    #[error(transparent)]
    Der(#[from] DerError),
    /// Another element than belongs there.
    #[error("{found} at offset {offset}, where {expected} belongs")]
    Unexpected {
        /// Where.
        offset: usize,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Bytes after the end.
    #[error("further bytes at offset {offset}")]
    Trailing {
        /// Where.
        offset: usize,
    },
    /// The same tag twice in a list, so that readers may disagree about its value.
    #[error("[{tag}] a second time at offset {offset}")]
    Twice {
        /// The tag.
        tag: u32,
        /// Where the second one is.
        offset: usize,
    },
    /// A list that no keystore would write.
    #[error("more than {MAX_AUTHORIZATIONS} authorizations")]
    TooMany,
}

type Result<T> = std::result::Result<T, KeyDescriptionError>;

impl<'a> KeyDescription<'a> {
    /// Reads the value of the extension 1.3.6.1.4.1.11129.2.1.17.
    ///
    /// # Errors
    /// When it is not the SEQUENCE of eight elements that a keystore writes, with security levels
    /// as ENUMERATED. Unknown authorizations are no error.
    pub fn decode(bytes: &'a [u8]) -> Result<Self> {
        let mut outer = Elements::new(bytes);
        let sequence = expect(&mut outer, tag::SEQUENCE, "a SEQUENCE")?;
        end(&outer, bytes.len())?;
        let mut parts = sequence.elements();
        let decoded = Self {
            attestation_version: integer(&mut parts, tag::INTEGER, "the attestation version")?,
            attestation_security_level: level(&mut parts)?,
            keymaster_version: integer(&mut parts, tag::INTEGER, "the keymaster version")?,
            keymaster_security_level: level(&mut parts)?,
            challenge: expect(&mut parts, tag::OCTET_STRING, "the challenge")?.contents,
            unique_id: expect(&mut parts, tag::OCTET_STRING, "the unique id")?.contents,
            software: AuthorizationList::read(&mut parts, "softwareEnforced")?,
            tee: AuthorizationList::read(&mut parts, "teeEnforced")?,
        };
        end(&parts, bytes.len())?;
        Ok(decoded)
    }
}

impl std::fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Software => f.write_str("software"),
            Self::TrustedEnvironment => f.write_str("trusted environment"),
            Self::StrongBox => f.write_str("StrongBox"),
            Self::Other(number) => write!(f, "security level {number}"),
        }
    }
}

impl<'a> AuthorizationList<'a> {
    /// The authorizations in the order they were written.
    #[must_use]
    pub fn entries(&self) -> &[Authorization<'a>] {
        &self.entries
    }

    /// An authorization by its tag.
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<&Authorization<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// What the key may be used for; `None` when the list does not say.
    #[must_use]
    pub fn purposes(&self) -> Option<&[i64]> {
        self.purposes.as_deref()
    }

    /// Where the key comes from; `None` when the list does not say.
    #[must_use]
    pub fn origin(&self) -> Option<i64> {
        self.origin
    }

    /// Whether every application may use the key.
    #[must_use]
    pub fn has_all_applications(&self) -> bool {
        self.get(authorization::ALL_APPLICATIONS).is_some()
    }

    /// The first authorization that no keystore is documented to write.
    #[must_use]
    pub fn unknown(&self) -> Option<&Authorization<'a>> {
        self.entries
            .iter()
            .find(|entry| !KNOWN.contains(&entry.tag))
    }

    /// The first authorization that stands after one with a higher tag.
    #[must_use]
    pub fn misplaced(&self) -> Option<&Authorization<'a>> {
        let pairs = self.entries.array_windows::<2>();
        pairs
            .filter(|[before, after]| before.tag > after.tag)
            .map(|[_, after]| after)
            .next()
    }

    fn read(parts: &mut Elements<'a>, name: &'static str) -> Result<Self> {
        let sequence = expect(parts, tag::SEQUENCE, name)?;
        let mut list = Self::default();
        for element in sequence.elements() {
            list.add(element?)?;
        }
        Ok(list)
    }

    fn add(&mut self, element: Element<'a>) -> Result<()> {
        if element.class != Class::Context || !element.constructed {
            return Err(unexpected(&element, "an explicit context tag"));
        }
        if self.entries.len() >= MAX_AUTHORIZATIONS {
            return Err(KeyDescriptionError::TooMany);
        }
        let (tag, offset) = (element.number, element.offset);
        if self.get(tag).is_some() {
            return Err(KeyDescriptionError::Twice { tag, offset });
        }
        let end_offset = element
            .contents_offset
            .saturating_add(element.contents.len());
        let mut inside = element.elements();
        match tag {
            authorization::PURPOSE => {
                let set = expect(&mut inside, tag::SET, "a SET of purposes")?;
                end(&inside, end_offset)?;
                let mut purposes = Vec::new();
                for member in set.elements() {
                    purposes.push(number(&member?, tag::INTEGER, "a purpose")?);
                }
                self.purposes = Some(purposes);
            }
            authorization::ORIGIN => {
                self.origin = Some(integer(&mut inside, tag::INTEGER, "an origin")?);
                end(&inside, end_offset)?;
            }
            _ => {}
        }
        self.entries.push(Authorization {
            tag,
            offset,
            value: element.contents,
        });
        Ok(())
    }
}

fn unexpected(element: &Element<'_>, expected: &'static str) -> KeyDescriptionError {
    KeyDescriptionError::Unexpected {
        offset: element.offset,
        expected,
        found: element.kind(),
    }
}

fn expect<'a>(
    elements: &mut Elements<'a>,
    number: u32,
    expected: &'static str,
) -> Result<Element<'a>> {
    let offset = elements.offset();
    let Some(element) = elements.read()? else {
        return Err(KeyDescriptionError::Unexpected {
            offset,
            expected,
            found: "the end".to_owned(),
        });
    };
    if element.is(number) {
        Ok(element)
    } else {
        Err(unexpected(&element, expected))
    }
}

fn integer(elements: &mut Elements<'_>, kind: u32, expected: &'static str) -> Result<i64> {
    let element = expect(elements, kind, expected)?;
    number(&element, kind, expected)
}

fn number(element: &Element<'_>, kind: u32, expected: &'static str) -> Result<i64> {
    let value = element.is(kind).then(|| element.integer()).flatten();
    value.ok_or_else(|| unexpected(element, expected))
}

fn level(elements: &mut Elements<'_>) -> Result<SecurityLevel> {
    let expected = "a security level as ENUMERATED";
    Ok(match integer(elements, tag::ENUMERATED, expected)? {
        0 => SecurityLevel::Software,
        1 => SecurityLevel::TrustedEnvironment,
        2 => SecurityLevel::StrongBox,
        other => SecurityLevel::Other(other),
    })
}

fn end(elements: &Elements<'_>, at: usize) -> Result<()> {
    let offset = elements.offset();
    if offset == at {
        Ok(())
    } else {
        Err(KeyDescriptionError::Trailing { offset })
    }
}

#[cfg(test)]
mod tests;
