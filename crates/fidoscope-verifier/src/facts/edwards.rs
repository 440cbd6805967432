//! Points of the Edwards curves, and Ed448, which the backend lacks (RFC 8032).

use curve25519_dalek::edwards::CompressedEdwardsY as Compressed25519;
use ed448_goldilocks_plus::{CompressedEdwardsY as Compressed448, EdwardsPoint};
use ed448_goldilocks_plus::{Signature, VerifyingKey};

/// Bytes of an Ed448 signature.
pub(crate) const ED448_SIGNATURE: usize = 114;

/// What a public key is, once its bytes are a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// As every key that was made from a secret.
    Usual,
    /// One of the few points that a small number of additions leads to zero: no secret belongs to
    /// it, and signatures under it can be made by anybody.
    SmallOrder,
}

/// Decodes an Ed25519 key (RFC 8032 §5.1.3); `None` when the bytes encode no point.
pub(crate) fn ed25519(bytes: &[u8]) -> Option<Point> {
    let encoded = Compressed25519::from_slice(bytes).ok()?;
    let point = encoded.decompress()?;
    // Writing it again finds a y that is not reduced and a sign of x = 0.
    (point.compress() == encoded).then_some(if point.is_small_order() {
        Point::SmallOrder
    } else {
        Point::Usual
    })
}

/// Decodes an Ed448 key (RFC 8032 §5.2.3); `None` when the bytes encode no point.
pub(crate) fn ed448(bytes: &[u8]) -> Option<Point> {
    let point = decode_ed448(bytes)?;
    // The cofactor is 4.
    Some(if point.double().double() == EdwardsPoint::IDENTITY {
        Point::SmallOrder
    } else {
        Point::Usual
    })
}

fn decode_ed448(bytes: &[u8]) -> Option<EdwardsPoint> {
    let encoded = Compressed448(bytes.try_into().ok()?);
    let point = Option::<EdwardsPoint>::from(encoded.decompress_unchecked())?;
    (point.compress().as_bytes() == encoded.as_bytes()).then_some(point)
}

/// Why an Ed448 signature was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ed448Error {
    /// The key is a point that the backend does not work with: one of small order, or with a part
    /// of small order.
    Key,
    /// The signature does not verify, or the key is no point.
    Invalid,
}

/// Verifies an Ed448 signature (RFC 8032 §5.2.7), without context. The backend refuses S >= L; what
/// it leaves open is an R that is not reduced.
pub(crate) fn verify_ed448(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), Ed448Error> {
    let invalid = Ed448Error::Invalid;
    let bytes = key.try_into().map_err(|_| invalid)?;
    let Ok(key) = VerifyingKey::from_bytes(bytes) else {
        return Err(ed448(bytes).map_or(invalid, |_| Ed448Error::Key));
    };
    let signature = Signature::from_slice(signature).map_err(|_| invalid)?;
    decode_ed448(signature.r_bytes()).ok_or(invalid)?;
    key.verify_raw(&signature, message).map_err(|_| invalid)
}
