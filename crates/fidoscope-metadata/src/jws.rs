//! The envelope: a compact JWS with its certificates (RFC 7515 §7.1).

use crate::error::{BlobError, Segment};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_webauthn::base64url::{self, Base64UrlError};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The header of the JWS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// `alg`, as it is written.
    pub alg: Option<String>,
    /// `typ`.
    pub typ: Option<String>,
    /// `x5u`.
    pub x5u: Option<String>,
    /// `x5c`, decoded, leaf first.
    pub x5c: Vec<Vec<u8>>,
    /// Every other member.
    pub extra: Map<String, Value>,
}

impl Header {
    /// What the header says must be understood: `crit`, or nothing. No extension of JWS is known
    /// here, so a JWS that names one is invalid, as is one whose list is empty or none (RFC 7515
    /// §4.1.11); what it means may change which bytes are signed (RFC 7797).
    #[must_use]
    pub fn critical(&self) -> Option<String> {
        let found = self.extra.get("crit")?;
        let found = crate::members::shortened(&found.to_string());
        Some(format!("crit {found}"))
    }
}

/// The envelope, opened. The bytes that were signed are kept as a digest only, so that the
/// twelve megabytes of a BLOB need not stay in memory.
#[derive(Debug)]
pub struct Envelope {
    pub(crate) header: Header,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// Digest of the signed bytes, by the hash of `alg`; absent when `alg` is not on the list.
    pub(crate) signed: Option<Digest>,
}

/// A signature algorithm on the list (MDS 3.1.7 closes no set; these are asymmetric and in use).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
}

impl Algorithm {
    pub(crate) const LIST: &'static str =
        "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or ES512";

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "ES512" => Self::Es512,
            _ => return None,
        })
    }

    /// Whether `key` made `signature` over the bytes of `digest`.
    pub(crate) fn verifies(self, key: &[u8], digest: &Digest, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.verification(), key)
            .verify_digest(digest, signature)
            .is_ok()
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Self::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Self::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Self::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            Self::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => &digest::SHA256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Ps512 | Self::Es512 => &digest::SHA512,
        }
    }
}

impl Envelope {
    /// Opens a compact JWS.
    ///
    /// # Errors
    /// When it has not three segments of base64url, the first a JSON object.
    pub fn open(bytes: &[u8]) -> Result<Self, BlobError> {
        let text = bytes.trim_ascii();
        refuse_other_formats(text)?;
        let mut segments = text.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        ) else {
            return Err(BlobError::Segments {
                found: text.split(|byte| *byte == b'.').count(),
            });
        };
        let header = parse_header(&decode(header, Segment::Header)?)?;
        let signed_length = text.len().saturating_sub(signature.len()).saturating_sub(1);
        let signed = header
            .alg
            .as_deref()
            .and_then(Algorithm::parse)
            .and_then(|algorithm| {
                text.get(..signed_length)
                    .map(|signed| digest::digest(algorithm.hash(), signed))
            });
        Ok(Self {
            header,
            payload: decode(payload, Segment::Payload)?,
            signature: decode(signature, Segment::Signature)?,
            signed,
        })
    }

    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its payload, decoded.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether a key, given as `subjectPublicKey` carries it, signed the segments as they came;
    /// `None` when `alg` is none of the asymmetric algorithms on the list.
    #[must_use]
    pub fn is_signed_by(&self, key: &[u8]) -> Option<bool> {
        let algorithm = self.header.alg.as_deref().and_then(Algorithm::parse)?;
        let digest = self.signed.as_ref()?;
        Some(algorithm.verifies(key, digest, &self.signature))
    }
}

fn refuse_other_formats(text: &[u8]) -> Result<(), BlobError> {
    match text.first() {
        None => Err(BlobError::Empty),
        Some(b'<') => Err(BlobError::Html),
        Some(b'{' | b'[') => Err(BlobError::PlainJson),
        Some(_) => Ok(()),
    }
}

fn decode(segment: &[u8], name: Segment) -> Result<Vec<u8>, BlobError> {
    if segment.is_empty() {
        return Err(BlobError::EmptySegment { segment: name });
    }
    let text = str::from_utf8(segment).map_err(|error| {
        let offset = error.valid_up_to();
        let byte = segment.get(offset).copied().unwrap_or_default();
        Base64UrlError::Symbol { offset, byte }
    });
    text.and_then(base64url::decode)
        .map_err(|source| BlobError::Base64Url {
            segment: name,
            source,
        })
}

fn parse_header(json: &[u8]) -> Result<Header, BlobError> {
    let not_an_object = |source| BlobError::Json {
        segment: Segment::Header,
        source,
    };
    let mut members: Map<String, Value> = serde_json::from_slice(json).map_err(not_an_object)?;
    let mut text = |name: &str| match members.remove(name) {
        Some(Value::String(text)) => Ok(Some(text)),
        None => Ok(None),
        Some(_) => Err(BlobError::HeaderMember {
            member: name.to_owned(),
        }),
    };
    let (alg, typ, x5u) = (text("alg")?, text("typ")?, text("x5u")?);
    let x5c = match members.remove("x5c") {
        None => Vec::new(),
        Some(Value::Array(items)) => certificates(&items)?,
        Some(_) => {
            return Err(BlobError::HeaderMember {
                member: "x5c".to_owned(),
            });
        }
    };
    Ok(Header {
        alg,
        typ,
        x5u,
        x5c,
        extra: members,
    })
}

fn certificates(items: &[Value]) -> Result<Vec<Vec<u8>>, BlobError> {
    let decode = |(index, item): (usize, &Value)| {
        let text = item.as_str().map(without_whitespace);
        text.and_then(|text| STANDARD.decode(text.as_bytes()).ok())
            .ok_or(BlobError::HeaderCertificate { index })
    };
    items.iter().enumerate().map(decode).collect()
}

/// The text without the white space that some BLOBs have inside base64.
pub(crate) fn without_whitespace(text: &str) -> Cow<'_, str> {
    without(text, |byte| byte.is_ascii_whitespace())
}

/// The text without some ASCII characters.
pub(crate) fn without(text: &str, is_left_out: fn(u8) -> bool) -> Cow<'_, str> {
    if !text.bytes().any(is_left_out) {
        return text.into();
    }
    let is_kept =
        |c: &char| !u8::try_from(*c).is_ok_and(|byte| byte.is_ascii() && is_left_out(byte));
    text.chars().filter(is_kept).collect::<String>().into()
}
