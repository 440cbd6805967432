//! Credential public keys in the form that verifies signatures.

use std::borrow::Cow;

use fidoscope_webauthn::CoseKey;
use fidoscope_webauthn::cose::label;

use super::rsa;
use super::signature::{self, Curve, KeyKind, MlDsa, PublicKey};

pub(crate) const OKP: i64 = 1;
pub(crate) const EC2: i64 = 2;
pub(crate) const RSA: i64 = 3;
pub(crate) const AKP: i64 = 7;
pub(crate) const ED25519: i64 = 6;
pub(crate) const ED448: i64 = 7;
/// The public key of an AKP key (ML-DSA for JOSE and COSE, §4).
pub(crate) const AKP_PUB: i64 = -1;

/// The key in a form that verifies signatures; `None` when its parts do not make one.
pub(crate) fn public_key<'k>(key: &'k CoseKey<'_>) -> Option<PublicKey<'k>> {
    match key.key_type()? {
        EC2 => {
            let curve = curve(key.curve()?)?;
            let (x, y) = (key.bytes(label::X)?, key.bytes(label::Y)?);
            let length = curve.field_len();
            let mut point = Vec::with_capacity(1 + 2 * length);
            point.push(4);
            point.extend_from_slice(x);
            point.extend_from_slice(y);
            let fits = x.len() == length && y.len() == length;
            fits.then_some(PublicKey::Ec {
                curve,
                point: Cow::Owned(point),
            })
        }
        OKP if key.curve() == Some(ED25519) => key.bytes(label::X).map(PublicKey::Ed25519),
        OKP if key.curve() == Some(ED448) => key.bytes(label::X).map(PublicKey::Ed448),
        // Superfluous zeros are `cose.rsa`'s matter; the number is the same.
        RSA => Some(PublicKey::Rsa {
            n: rsa::significant(key.bytes(label::N)?),
            e: rsa::significant(key.bytes(label::E)?),
        }),
        AKP => Some(PublicKey::MlDsa {
            set: parameter_set(key)?,
            bytes: key.bytes(AKP_PUB)?,
        }),
        _ => None,
    }
}

/// A key for ES256 in the one form that CTAP 2.1 §8 allows, which most stored keys are. `None` leaves
/// it to a reader of CBOR.
pub(crate) fn es256(bytes: &[u8]) -> Option<PublicKey<'static>> {
    // kty 2, alg -7, crv 1, x of 32 bytes; then y of 32 bytes.
    let rest = bytes.strip_prefix(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32])?;
    let (x, rest) = rest.split_first_chunk::<32>()?;
    let y = rest.strip_prefix(&[0x22, 0x58, 32])?;
    (y.len() == 32).then(|| PublicKey::Ec {
        curve: Curve::P256,
        point: Cow::Owned([&[4], x.as_slice(), y].concat()),
    })
}

/// An AKP key's algorithm is its parameter set.
pub(crate) fn parameter_set(key: &CoseKey<'_>) -> Option<MlDsa> {
    match signature::algorithm(key.algorithm()?)?.key {
        KeyKind::MlDsa(set) => Some(set),
        _ => None,
    }
}

/// A curve by its number (RFC 9053 §7.1).
pub(crate) fn curve(number: i64) -> Option<Curve> {
    match number {
        1 => Some(Curve::P256),
        2 => Some(Curve::P384),
        3 => Some(Curve::P521),
        8 => Some(Curve::Secp256k1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_and_the_long_one_agree(
            x in any::<[u8; 32]>(),
            y in any::<[u8; 32]>(),
            at in 0_usize..77,
            byte in any::<u8>(),
        ) {
            let head = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
            let mut bytes = [&head[..], &x, &[0x22, 0x58, 32], &y].concat();
            prop_assert!(es256(&bytes).is_some());
            bytes[at] = byte;
            if let Some(short) = es256(&bytes) {
                let key = CoseKey::decode(&bytes).unwrap();
                prop_assert_eq!(key.algorithm(), Some(-7));
                prop_assert_eq!(public_key(&key), Some(short));
            }
        }
    }
}
