//! Forms in which the same bytes are written: two texts may say the same and yet be unequal.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use fidoscope_webauthn::base64url;

/// One of the forms that implementers mix up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Base64url without padding, as WebAuthn has it.
    Plain,
    /// Base64url with `=` at its end.
    Padded,
    /// Base64 with `+` and `/`, padded or not.
    Standard,
    /// Hexadecimal digits.
    Hex,
    /// Base64url of a text that was base64url already.
    Twice,
}

impl Form {
    /// The form in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Plain => "unpadded base64url",
            Self::Padded => "base64url with padding",
            Self::Standard => "standard base64 (+ and / instead of - and _)",
            Self::Hex => "hexadecimal",
            Self::Twice => "base64url of a text that is base64url already",
        }
    }
}

/// The form that a text has when it stands for these bytes.
pub(super) fn of(text: &str, bytes: &[u8]) -> Option<Form> {
    let is = |form: &Form| decoded(text, *form).is_some_and(|found| found == bytes);
    let all = [
        Form::Plain,
        Form::Padded,
        Form::Standard,
        Form::Hex,
        Form::Twice,
    ];
    all.into_iter().find(is)
}

/// The bytes of a text that can be read in one form only, and that form. Digits that could be
/// either are base64url.
pub(super) fn read(text: &str) -> Option<(Form, Vec<u8>)> {
    [Form::Plain, Form::Padded, Form::Standard]
        .into_iter()
        .find_map(|form| Some((form, decoded(text, form)?)))
}

fn decoded(text: &str, form: Form) -> Option<Vec<u8>> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    match form {
        Form::Plain => base64url::decode(text).ok(),
        Form::Padded => GeneralPurpose::new(&URL_SAFE, lenient).decode(text).ok(),
        Form::Standard => GeneralPurpose::new(&STANDARD, lenient).decode(text).ok(),
        Form::Hex => unhex(text),
        Form::Twice => {
            let inner = base64url::decode(text).ok()?;
            base64url::decode(str::from_utf8(&inner).ok()?).ok()
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let pair = |pair: &[u8; 2]| {
        let digits = str::from_utf8(pair).ok()?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| plain)
    };
    let bytes = pairs.iter().map(pair).collect();
    if rest.is_empty() { bytes } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_to_be_the_same_bytes_in_another_form() {
        let bytes = [0xfb, 0xef, 0xff, 0x00];
        for (text, expected) in [
            ("--__AA", Some(Form::Plain)),
            ("--__AA==", Some(Form::Padded)),
            ("++//AA==", Some(Form::Standard)),
            ("++//AA", Some(Form::Standard)),
            ("fbefff00", Some(Form::Hex)),
            ("FBEFFF00", Some(Form::Hex)),
            ("LS1fX0FB", Some(Form::Twice)),
            ("--__AB", None),
            ("fbefff0", None),
            ("+1", None),
            ("", None),
        ] {
            assert_eq!(of(text, &bytes), expected, "{text}");
        }
    }
}
