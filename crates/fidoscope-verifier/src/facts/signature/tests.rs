use super::*;
use proptest::prelude::*;

const NUMBERS: [i64; 20] = [
    -7, -9, -35, -51, -36, -52, -47, -8, -19, -53, -257, -258, -259, -37, -38, -39, -65535, -48,
    -49, -50,
];

/// A key of the kind that an algorithm takes, whatever its bytes.
fn key<'k>(kind: KeyKind, bytes: &'k [u8], more: &'k [u8]) -> PublicKey<'k> {
    match kind {
        KeyKind::Ec(curve, ..) => PublicKey::Ec {
            curve,
            point: Cow::Borrowed(bytes),
        },
        KeyKind::Ed25519 => PublicKey::Ed25519(bytes),
        KeyKind::Ed448 => PublicKey::Ed448(bytes),
        KeyKind::Rsa(_) => PublicKey::Rsa { n: bytes, e: more },
        KeyKind::MlDsa(set) => PublicKey::MlDsa { set, bytes },
    }
}

proptest! {
    /// Whatever key and signature are, there is an answer, and it is no.
    #[test]
    fn no_bytes_verify_by_chance(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            prop::collection::vec(any::<u8>(), 32..33),
            prop::collection::vec(any::<u8>(), 57..58),
            prop::collection::vec(any::<u8>(), 250..260),
        ],
        exponent in prop::collection::vec(any::<u8>(), 0..6),
        signature in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            prop::collection::vec(any::<u8>(), 114..115),
            prop::collection::vec(any::<u8>(), 250..260),
        ],
    ) {
        for number in NUMBERS {
            let kind = algorithm(number).unwrap().key;
            let key = key(kind, &bytes, rsa::significant(&exponent));
            prop_assert!(verify(number, &key, b"message", &signature).is_err());
        }
        let _ = rsa::parts(&bytes);
        let _ = rsa::remark(&bytes, &exponent);
    }

    /// Points are decoded or refused, and small order is rare.
    #[test]
    fn bytes_are_points_or_not(bytes in prop::array::uniform32(any::<u8>()), last in any::<u8>()) {
        prop_assert_ne!(edwards::ed25519(&bytes), Some(edwards::Point::SmallOrder));
        let mut wide = [0; 57];
        wide[..32].copy_from_slice(&bytes);
        wide[24..56].copy_from_slice(&bytes);
        wide[56] = last;
        let point = edwards::ed448(&wide);
        prop_assert!(point.is_none() || last & 0x7f == 0);
    }
}

#[test]
fn unknown_numbers_are_unsupported() {
    let key = PublicKey::Ed25519(&[7; 32]);
    for number in [0, 7, -6, -10, -65534, i64::MIN, i64::MAX] {
        let found = verify(number, &key, b"message", &[1; 64]);
        assert_eq!(found, Err(SignatureError::Unsupported(number)));
    }
}
