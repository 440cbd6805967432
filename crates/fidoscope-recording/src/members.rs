//! Names of all members of a recording, so that a foreign one can be reported with its path.
//! It is a second, cheap walk over the text: the first one builds values and skips what it does
//! not know.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

/// A member that no recording has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignMember {
    /// Path, e.g. `rp.orgins`.
    pub path: String,
    /// Byte offset of the name in the document.
    pub offset: Option<usize>,
    /// Length of the name in bytes.
    pub length: usize,
    /// True inside `policy` or `expect`, where a misspelling would change a verdict.
    pub fatal: bool,
    /// The name that was probably meant.
    pub suggestion: Option<&'static str>,
}

/// What may stand in a place.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A list of objects.
    List(&'static [(&'static str, Shape)]),
    /// An object with these members.
    Object(&'static [(&'static str, Shape)]),
    /// The same, where a foreign member is an error.
    Strict(&'static [(&'static str, Shape)]),
    /// What came from a client: an object with these members, or anything, which is for the verifier
    /// to judge.
    Body(&'static [(&'static str, Shape)]),
}

use Shape::{Any, Body, List, Object, Strict};

const DESCRIPTOR: &[(&str, Shape)] = &[("id", Any), ("type", Any), ("transports", Any)];

const SELECTION: &[(&str, Shape)] = &[
    ("authenticatorAttachment", Any),
    ("residentKey", Any),
    ("requireResidentKey", Any),
    ("userVerification", Any),
];

const OPTIONS: &[(&str, Shape)] = &[
    ("challenge", Any),
    ("rp", Object(&[("id", Any), ("name", Any)])),
    (
        "user",
        Object(&[("id", Any), ("name", Any), ("displayName", Any)]),
    ),
    ("pubKeyCredParams", List(&[("type", Any), ("alg", Any)])),
    ("timeout", Any),
    ("excludeCredentials", List(DESCRIPTOR)),
    ("authenticatorSelection", Object(SELECTION)),
    ("hints", Any),
    ("attestation", Any),
    ("attestationFormats", Any),
    ("rpId", Any),
    ("allowCredentials", List(DESCRIPTOR)),
    ("userVerification", Any),
    ("extensions", Any),
];

const RP: &[(&str, Shape)] = &[
    ("id", Any),
    ("origins", Any),
    ("topOrigins", Any),
    ("allowCrossOrigin", Any),
    ("tokenBinding", Any),
    ("appid", Any),
];

const RESPONSE: &[(&str, Shape)] = &[
    ("clientDataJSON", Any),
    ("attestationObject", Any),
    ("authenticatorData", Any),
    ("signature", Any),
    ("userHandle", Any),
    ("transports", Any),
    ("publicKey", Any),
    ("publicKeyAlgorithm", Any),
];

const CREDENTIAL: &[(&str, Shape)] = &[
    ("id", Any),
    ("rawId", Any),
    ("type", Any),
    ("response", Body(RESPONSE)),
    ("authenticatorAttachment", Any),
    ("clientExtensionResults", Any),
    ("error", Any),
    ("name", Any),
    ("message", Any),
    ("code", Any),
];

const RECORD: &[(&str, Shape)] = &[
    ("id", Any),
    ("publicKey", Any),
    ("signCount", Any),
    ("uvInitialized", Any),
    ("backupEligible", Any),
    ("backupState", Any),
    ("transports", Any),
    ("userHandle", Any),
];

const POLICY: &[(&str, Shape)] = &[
    ("profile", Any),
    ("requireUv", Any),
    ("requireAttestation", Any),
    ("acceptSelf", Any),
    ("anchors", Any),
    ("untrusted", Any),
    ("compound", Any),
    (
        "backup",
        Strict(&[("eligible", Any), ("state", Any), ("unchanged", Any)]),
    ),
    ("extensions", Any),
    ("signCount", Any),
    ("acceptedModels", Any),
    ("originMatching", Any),
    ("relatedOrigins", Any),
    ("crossOrigin", Any),
    ("topOrigins", Any),
    ("safetynet", Any),
    ("androidKey", Any),
    ("legacyCertificates", Any),
    (
        "metadata",
        Strict(&[
            ("reports", Any),
            ("acceptRetired", Any),
            ("rejectStale", Any),
        ]),
    ),
];

const OUTCOME: Shape = Strict(&[("verdict", Any), ("step", Any)]);

const EXPECT: &[(&str, Shape)] = &[
    ("webauthn-l3", OUTCOME),
    ("webauthn-l2", OUTCOME),
    ("fido-server", OUTCOME),
    ("strict", OUTCOME),
];

/// A whole recording.
pub(super) const RECORDING: &[(&str, Shape)] = &[
    ("schema", Any),
    ("id", Any),
    ("kind", Any),
    ("recordedAt", Any),
    ("options", Object(OPTIONS)),
    ("mediation", Any),
    ("rp", Object(RP)),
    ("response", Body(CREDENTIAL)),
    ("user", Object(&[("known", Any), ("handle", Any)])),
    ("record", Object(RECORD)),
    ("state", Object(&[("registeredIds", Any)])),
    ("policy", Strict(POLICY)),
    ("now", Any),
    (
        "mdsBlob",
        Object(&[
            ("path", Any),
            ("sha256", Any),
            ("anchors", Any),
            ("crls", Any),
            ("haveNo", Any),
            ("url", Any),
        ]),
    ),
    ("crls", Any),
    ("testKeys", Any),
    (
        "source",
        Object(&[("tool", Any), ("file", Any), ("entry", Any)]),
    ),
    ("decision", Object(&[("verdict", Any), ("reason", Any)])),
    ("expect", Strict(EXPECT)),
];

/// Findings of a walk through a document.
pub(super) struct Walked {
    /// Members that no recording has; none when the text is no JSON at all.
    pub(super) foreign: Vec<ForeignMember>,
    /// The first array that stands for an object.
    pub(super) misshapen: Option<Misshapen>,
}

/// An array in the place of an object, with its path. Readers of JSON that know the members of an
/// object take an array's items for them, in an order that nobody wrote down.
pub(super) struct Misshapen {
    pub(super) error: serde_json::Error,
    pub(super) path: String,
}

impl Walked {
    pub(super) fn through(document: &str) -> Self {
        let (walk, end) = Walk::through(document);
        let misshapen = end.err().filter(serde_json::Error::is_data);
        Self {
            misshapen: misshapen.map(|error| Misshapen {
                error,
                path: walk.place(),
            }),
            foreign: walk.found,
        }
    }
}

struct Walk<'a> {
    document: &'a str,
    path: Vec<Segment>,
    found: Vec<ForeignMember>,
}

#[derive(Clone, Copy)]
enum Segment {
    Name(&'static str),
    Index(usize),
}

impl<'a> Walk<'a> {
    fn through(document: &'a str) -> (Self, Result<(), serde_json::Error>) {
        let mut walk = Walk {
            document,
            path: Vec::new(),
            found: Vec::new(),
        };
        let mut source = serde_json::Deserializer::from_str(document);
        let whole = Place {
            walk: &mut walk,
            shape: Object(RECORDING),
        };
        let end = whole.deserialize(&mut source);
        (walk, end)
    }

    fn place(&self) -> String {
        let mut path = String::new();
        for segment in &self.path {
            match segment {
                Segment::Name(name) if path.is_empty() => path.push_str(name),
                Segment::Name(name) => path.extend([".", name]),
                Segment::Index(at) => path.push_str(&format!("[{at}]")),
            }
        }
        path
    }

    fn note(&mut self, name: &str, known: &[(&'static str, Shape)], fatal: bool) {
        let mut path = self.place();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let start = name
            .as_ptr()
            .addr()
            .checked_sub(self.document.as_ptr().addr());
        self.found.push(ForeignMember {
            path,
            offset: start.filter(|start| start + name.len() <= self.document.len()),
            length: name.len(),
            fatal,
            suggestion: nearest(name, known),
        });
    }
}

fn nearest(name: &str, known: &[(&'static str, Shape)]) -> Option<&'static str> {
    let limit = (name.len() / 3).clamp(1, 3);
    known
        .iter()
        .map(|(candidate, _)| (distance(name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance, letters of either case alike.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(&b));
            diagonal = *cell;
            before = replaced.min(diagonal + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or(left.len())
}

struct Place<'w, 'a> {
    walk: &'w mut Walk<'a>,
    shape: Shape,
}

impl<'de> DeserializeSeed<'de> for Place<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        match self.shape {
            Any => source.deserialize_ignored_any(IgnoredAny).map(drop),
            _ => source.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Place<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (known, fatal) = match self.shape {
            Object(known) | List(known) | Body(known) => (known, false),
            Strict(known) => (known, true),
            Any => (Default::default(), false),
        };
        while let Some(Key(key)) = map.next_key()? {
            match known.iter().find(|(name, _)| *name == key) {
                Some((_, Any)) => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(&(name, shape)) => {
                    self.walk.path.push(Segment::Name(name));
                    map.next_value_seed(Place {
                        walk: &mut *self.walk,
                        shape,
                    })?;
                    self.walk.path.pop();
                }
                None => {
                    self.walk.note(&key, known, fatal);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let shape = match self.shape {
            List(known) => Object(known),
            Object(_) | Strict(_) => {
                return Err(A::Error::invalid_type(Unexpected::Seq, &"an object"));
            }
            Any | Body(_) => Any,
        };
        for at in 0.. {
            self.walk.path.push(Segment::Index(at));
            let next = seq.next_element_seed(Place {
                walk: &mut *self.walk,
                shape,
            })?;
            self.walk.path.pop();
            if next.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key, borrowed from the document where it has no escapes.
pub(super) struct Key<'de>(pub(super) Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        source.deserialize_str(KeyVisitor)
    }
}
