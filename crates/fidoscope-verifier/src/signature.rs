//! Signatures of every algorithm in scope, and the form of ECDSA signatures.

use std::borrow::Cow;

use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use fidoscope_webauthn::der::Elements;

/// A public key, ready to verify with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey<'a> {
    /// An elliptic-curve point, uncompressed.
    Ec { curve: Curve, point: Cow<'a, [u8]> },
    /// An Ed25519 key.
    Ed25519(&'a [u8]),
    /// Modulus and exponent.
    Rsa { n: &'a [u8], e: &'a [u8] },
    /// An `RSAPublicKey` as in a certificate.
    RsaDer(&'a [u8]),
}

/// A curve for ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    Secp256k1,
}

impl Curve {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// Length of a coordinate in bytes.
    pub(crate) fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The order of the base point.
    fn order(self) -> &'static [u8] {
        match self {
            Self::P256 => &P256_ORDER,
            Self::P384 => &P384_ORDER,
            Self::P521 => &P521_ORDER,
            Self::Secp256k1 => &SECP256K1_ORDER,
        }
    }

    fn point_check(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::P256 => &lc::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &lc::ECDSA_P384_SHA384_ASN1,
            Self::P521 => &lc::ECDSA_P521_SHA512_ASN1,
            Self::Secp256k1 => &lc::ECDSA_P256K1_SHA256_ASN1,
        }
    }

    /// True when the bytes are an uncompressed point of the curve other than infinity.
    pub(crate) fn contains(self, point: &[u8]) -> bool {
        UnparsedPublicKey::new(self.point_check(), point)
            .parse()
            .is_ok()
    }
}

/// A signature algorithm by its COSE number.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    pub(crate) key: KeyKind,
}

/// The kind of key that an algorithm takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Ec(Curve, &'static lc::EcdsaVerificationAlgorithm),
    Ed25519,
    Rsa(&'static lc::RsaParameters),
}

/// Why a signature was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    /// The algorithm is not among those that this crate verifies.
    Unsupported(i64),
    /// The key is of another kind than the algorithm needs.
    KeyMismatch(String),
    /// The ECDSA signature is not strict DER in range.
    Der(&'static str),
    /// The signature does not verify.
    Invalid,
}

/// The algorithm with this COSE number, when signatures of it can be verified here.
pub(crate) fn algorithm(number: i64) -> Option<Algorithm> {
    use KeyKind::{Ec, Ed25519, Rsa};
    let (name, key) = match number {
        -7 => ("ES256", Ec(Curve::P256, &lc::ECDSA_P256_SHA256_ASN1)),
        -9 => ("ESP256", Ec(Curve::P256, &lc::ECDSA_P256_SHA256_ASN1)),
        -35 => ("ES384", Ec(Curve::P384, &lc::ECDSA_P384_SHA384_ASN1)),
        -51 => ("ESP384", Ec(Curve::P384, &lc::ECDSA_P384_SHA384_ASN1)),
        -36 => ("ES512", Ec(Curve::P521, &lc::ECDSA_P521_SHA512_ASN1)),
        -52 => ("ESP512", Ec(Curve::P521, &lc::ECDSA_P521_SHA512_ASN1)),
        -47 => (
            "ES256K",
            Ec(Curve::Secp256k1, &lc::ECDSA_P256K1_SHA256_ASN1),
        ),
        -8 => ("EdDSA", Ed25519),
        -19 => ("Ed25519", Ed25519),
        -257 => (
            "RS256",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        ),
        -258 => ("RS384", Rsa(&lc::RSA_PKCS1_2048_8192_SHA384)),
        -259 => (
            "RS512",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        ),
        -37 => ("PS256", Rsa(&lc::RSA_PSS_2048_8192_SHA256)),
        -38 => ("PS384", Rsa(&lc::RSA_PSS_2048_8192_SHA384)),
        -39 => ("PS512", Rsa(&lc::RSA_PSS_2048_8192_SHA512)),
        -65535 => (
            "RS1",
            Rsa(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        ),
        _ => return None,
    };
    Some(Algorithm { name, key })
}

/// Verifies a signature over `message` by the COSE number of its algorithm.
pub(crate) fn verify(
    number: i64,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<&'static str, SignatureError> {
    let algorithm = algorithm(number).ok_or(SignatureError::Unsupported(number))?;
    verify_with(algorithm, key, message, signature)
}

/// Verifies a signature over `message`.
pub(crate) fn verify_with(
    algorithm: Algorithm,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<&'static str, SignatureError> {
    let verified = match (algorithm.key, key) {
        (KeyKind::Ec(wanted, with), PublicKey::Ec { curve, point }) if wanted == *curve => {
            check_der(signature, wanted)?;
            UnparsedPublicKey::new(with, point).verify(message, signature)
        }
        (KeyKind::Ed25519, PublicKey::Ed25519(bytes)) => {
            UnparsedPublicKey::new(&lc::ED25519, bytes).verify(message, signature)
        }
        (KeyKind::Rsa(with), PublicKey::Rsa { n, e }) => {
            RsaPublicKeyComponents { n, e }.verify(with, message, signature)
        }
        (KeyKind::Rsa(with), PublicKey::RsaDer(der)) => {
            UnparsedPublicKey::new(with, der).verify(message, signature)
        }
        _ => {
            let found = describe(key);
            return Err(SignatureError::KeyMismatch(format!(
                "{found} for {}",
                algorithm.name
            )));
        }
    };
    verified
        .map(|()| algorithm.name)
        .map_err(|_| SignatureError::Invalid)
}

/// What a key is, for people.
pub(crate) fn describe(key: &PublicKey<'_>) -> &'static str {
    match key {
        PublicKey::Ec { curve, .. } => match curve {
            Curve::P256 => "P-256 key",
            Curve::P384 => "P-384 key",
            Curve::P521 => "P-521 key",
            Curve::Secp256k1 => "secp256k1 key",
        },
        PublicKey::Ed25519(_) => "Ed25519 key",
        PublicKey::Rsa { .. } | PublicKey::RsaDer(_) => "RSA key",
    }
}

/// Whether two keys are the same, however their parts are written.
pub(crate) fn same_key(left: &PublicKey<'_>, right: &PublicKey<'_>) -> bool {
    match (rsa_parts(left), rsa_parts(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => left == right,
        _ => false,
    }
}

/// Modulus and exponent of an RSA key, without leading zeros.
pub(crate) fn rsa_parts<'k>(key: &'k PublicKey<'_>) -> Option<(&'k [u8], &'k [u8])> {
    let trimmed = |bytes: &'k [u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).unwrap_or_default()
    };
    match key {
        PublicKey::Rsa { n, e } => Some((trimmed(n), trimmed(e))),
        PublicKey::RsaDer(der) => {
            let sequence = Elements::new(der).read().ok()??;
            let mut numbers = sequence.elements();
            let n = numbers.read().ok()??;
            let e = numbers.read().ok()??;
            Some((trimmed(n.contents), trimmed(e.contents)))
        }
        PublicKey::Ec { .. } | PublicKey::Ed25519(_) => None,
    }
}

/// Strict DER of an `Ecdsa-Sig-Value` with both numbers in `1..n`; high S is allowed
/// (`WebAuthn L3 §6.5.5`). An empty signature is no matter of form.
fn check_der(signature: &[u8], curve: Curve) -> Result<(), SignatureError> {
    if signature.is_empty() {
        return Err(SignatureError::Invalid);
    }
    let fault = SignatureError::Der;
    let (body, rest) = element(signature, 0x30).ok_or(fault("no DER SEQUENCE"))?;
    if !rest.is_empty() {
        return Err(fault("bytes after the SEQUENCE"));
    }
    let (r, rest) = element(body, 0x02).ok_or(fault("no DER INTEGER r"))?;
    let (s, rest) = element(rest, 0x02).ok_or(fault("no DER INTEGER s"))?;
    if !rest.is_empty() {
        return Err(fault("bytes after s"));
    }
    for number in [r, s] {
        check_scalar(number, curve.order())?;
    }
    Ok(())
}

fn check_scalar(number: &[u8], order: &[u8]) -> Result<(), SignatureError> {
    let fault = SignatureError::Der;
    let digits = match number {
        [] => return Err(fault("an INTEGER without bytes")),
        [first, ..] if *first >= 0x80 => return Err(fault("a negative INTEGER")),
        [0] => return Err(fault("r or s is zero")),
        [0, second, ..] if *second < 0x80 => return Err(fault("a superfluous leading zero")),
        [0, rest @ ..] => rest,
        whole => whole,
    };
    // Both are without leading zeros, so the longer one is the greater one.
    let below = digits
        .len()
        .cmp(&order.len())
        .then_with(|| digits.cmp(order))
        .is_lt();
    if below {
        Ok(())
    } else {
        Err(fault("r or s is not below the order of the curve"))
    }
}

/// Splits the contents of one DER element from what follows it.
pub(crate) fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            // Lengths below 128 have a shorter form.
            (usize::from(length).checked_sub(0x80)? + 0x80, rest)
        }
        _ => return None,
    };
    (found == tag).then_some(())?;
    rest.split_at_checked(length)
}

/// The DER of an ECDSA signature from its two numbers; `None` when they are longer than any curve's.
pub(crate) fn ecdsa_der(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let mut digits = number.get(zeros..)?.to_vec();
        if digits.first().is_none_or(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        body.push(0x02);
        body.push(u8::try_from(digits.len()).ok().filter(|l| *l < 0x80)?);
        body.append(&mut digits);
    }
    let mut der = vec![0x30];
    if body.len() >= 0x80 {
        der.push(0x81);
    }
    der.push(u8::try_from(body.len()).ok()?);
    der.append(&mut body);
    Some(der)
}

const P256_ORDER: [u8; 32] =
    hex(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P384_ORDER: [u8; 48] = hex(
    b"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
);
const P521_ORDER: [u8; 66] = hex(
    b"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
);
const SECP256K1_ORDER: [u8; 32] =
    hex(b"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn hex<const N: usize>(text: &[u8]) -> [u8; N] {
    assert!(text.len() == 2 * N);
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = digit(text[2 * at]) << 4 | digit(text[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn digit(letter: u8) -> u8 {
    match letter {
        b'0'..=b'9' => letter - b'0',
        _ => letter - b'a' + 10,
    }
}
