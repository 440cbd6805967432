//! The curves of ECDSA keys.

use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};

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
    pub(crate) fn order(self) -> &'static [u8] {
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
        self.with_key(point, |key| {
            UnparsedPublicKey::new(self.point_check(), key)
                .parse()
                .is_ok()
        })
    }

    /// Hands over a point as the backend likes it best: in a `SubjectPublicKeyInfo` (RFC 5480 §2).
    /// A bare point it takes too, but checks once more whether it is on the curve.
    pub(crate) fn with_key<T>(self, point: &[u8], take: impl FnOnce(&[u8]) -> T) -> T {
        let head = self.info_head();
        let is_uncompressed = point.first() == Some(&4) && point.len() == 1 + 2 * self.field_len();
        let mut room = [0; LONGEST_INFO];
        match room.get_mut(..head.len() + point.len()) {
            Some(info) if is_uncompressed => {
                let (before, after) = info.split_at_mut(head.len());
                before.copy_from_slice(head);
                after.copy_from_slice(point);
                take(info)
            }
            _ => take(point),
        }
    }

    /// What stands in a `SubjectPublicKeyInfo` before an uncompressed point.
    fn info_head(self) -> &'static [u8] {
        match self {
            Self::P256 => &P256_INFO,
            Self::P384 => &P384_INFO,
            Self::P521 => &P521_INFO,
            Self::Secp256k1 => &SECP256K1_INFO,
        }
    }
}

const LONGEST_INFO: usize = P521_INFO.len() + 133;
const P256_INFO: [u8; 26] = hex(b"3059301306072a8648ce3d020106082a8648ce3d030107034200");
const P384_INFO: [u8; 23] = hex(b"3076301006072a8648ce3d020106052b81040022036200");
const P521_INFO: [u8; 25] = hex(b"30819b301006072a8648ce3d020106052b8104002303818600");
const SECP256K1_INFO: [u8; 23] = hex(b"3056301006072a8648ce3d020106052b8104000a034200");

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
