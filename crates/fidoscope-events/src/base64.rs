//! Base64 in the spellings of logs.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_encode_padding(false);
const URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);
const STD: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// Bytes of short base64 text in either alphabet, and how many they are; `None` also when there are
/// more than fit.
pub(crate) fn decode_short<const N: usize>(text: &str) -> Option<([u8; N], usize)> {
    let mut bytes = [0; N];
    let length = (URL.decode_slice(text, &mut bytes))
        .or_else(|_| STD.decode_slice(text, &mut bytes))
        .ok()?;
    Some((bytes, length))
}

/// Bytes of base64 text in either alphabet, padded or not.
pub(crate) fn decode_any(text: &str) -> Option<Vec<u8>> {
    URL.decode(text).or_else(|_| STD.decode(text)).ok()
}

/// Base64url text without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    URL.encode(bytes)
}
