//! Certificates as `x509-parser` reads them: those that are not written as DER or RFC 5280 want it,
//! and what is asked of a certificate in words. Both are rare.

use std::borrow::Cow;

use fidoscope_webauthn::certificate::{
    AlgorithmIdentifier, Attribute, Certificate, Extension, SubjectKey,
};
use fidoscope_webauthn::der::{DerError, Element, Elements, tag};
use x509_parser::asn1_rs;
use x509_parser::certificate::TbsCertificateParser;
use x509_parser::error::X509Error;
use x509_parser::nom;
use x509_parser::nom::Parser as _;
use x509_parser::prelude::{FromDer as _, TbsCertificate};
use x509_parser::{x509, x509::AttributeTypeAndValue};

/// Reads a certificate; bytes after it are not allowed.
pub(super) fn read(der: &[u8]) -> Result<Certificate<'_>, String> {
    let no_der = |error: DerError| format!("no certificate: {error}");
    let mut outer = Elements::new(der);
    let whole = outer.read().map_err(no_der)?;
    let whole = whole.filter(|whole| whole.is(tag::SEQUENCE));
    let whole = whole.ok_or("no certificate: no SEQUENCE")?;
    let rest = der.len().saturating_sub(outer.offset());
    if rest > 0 {
        return Err(format!("{rest} bytes after the certificate"));
    }
    let (rest, parsed) = tbs(whole.contents)?;
    let (after, algorithm) = x509::AlgorithmIdentifier::from_der(rest)
        .map_err(|error| format!("no certificate: {}", fault_in_words(error)))?;
    let mut last = Elements::new(after);
    let bits = last.read().map_err(no_der)?;
    let bits = bits.filter(|bits| bits.is(tag::BIT_STRING) && last.offset() == after.len());
    let (unused_bits, signature) = bits
        .and_then(|bits| bits.contents.split_first())
        .ok_or("no certificate: no BIT STRING as signature")?;
    frame(der).ok_or("no certificate: what surrounds the signed part is not DER")?;
    let algorithm = AlgorithmIdentifier {
        der: before(rest, after),
        kind: borrowed(algorithm.algorithm.into_cow()),
        parameters: algorithm.parameters.map(|parameters| parameters.data),
    };
    Ok(Certificate {
        algorithm,
        signature,
        unused_bits: *unused_bits,
        ..parts(before(whole.contents, rest), &parsed, algorithm)
    })
}

/// The parts of what is signed.
fn parts<'a>(
    signed: &'a [u8],
    parsed: &TbsCertificate<'a>,
    algorithm: AlgorithmIdentifier<'a>,
) -> Certificate<'a> {
    let validity = &parsed.validity;
    let attribute = |attribute: &AttributeTypeAndValue<'a>| Attribute {
        kind: borrowed(attribute.attr_type().clone().into_cow()),
        // One that is not text counts as empty.
        text: attribute.as_str().unwrap_or_default(),
    };
    let extension = |extension: &x509_parser::extensions::X509Extension<'a>| Extension {
        kind: borrowed(extension.oid.clone().into_cow()),
        critical: extension.critical,
        value: extension.value,
    };
    let info = &parsed.subject_pki;
    let parameters = info.algorithm.parameters.as_ref();
    Certificate {
        signed,
        version: parsed.version.0,
        serial: parsed.raw_serial(),
        issuer: parsed.issuer.as_raw(),
        not_before: validity.not_before.timestamp(),
        not_after: validity.not_after.timestamp(),
        subject: parsed.subject.as_raw(),
        attributes: parsed.subject.iter_attributes().map(attribute).collect(),
        key: SubjectKey {
            der: info.raw,
            algorithm: borrowed(info.algorithm.algorithm.clone().into_cow()),
            parameters: parameters.map(|parameters| parameters.data),
            bits: borrowed(info.subject_public_key.data.clone()),
        },
        extensions: parsed.extensions().iter().map(extension).collect(),
        algorithm,
        signature: &[],
        unused_bits: 0,
    }
}

/// What of a certificate is asked for in words; `None` for bytes that are no certificate.
pub(super) fn in_words<T>(der: &[u8], ask: impl FnOnce(&TbsCertificate<'_>) -> T) -> Option<T> {
    let whole = Elements::new(der).read().ok()??;
    let (_, parsed) = tbs(whole.contents).ok()?;
    Some(ask(&parsed))
}

fn tbs(contents: &[u8]) -> Result<(&[u8], TbsCertificate<'_>), String> {
    // Of the extensions few are asked for; those are read then.
    let mut parser = TbsCertificateParser::new().with_deep_parse_extensions(false);
    let read = parser.parse(contents);
    read.map_err(|error| format!("no certificate: {}", fault_in_words(error)))
}

/// What keeps bytes from being a certificate, in words; the parser's own text shows its types.
fn fault_in_words(error: nom::Err<X509Error>) -> String {
    let words = match X509Error::from(error) {
        X509Error::Der(error) => return der_fault(&error),
        X509Error::NomError(_) | X509Error::Generic => "its parts are not those of a certificate",
        other => return other.to_string(),
    };
    words.to_owned()
}

fn der_fault(error: &asn1_rs::Error) -> String {
    use asn1_rs::Error;
    let words = match error {
        Error::UnexpectedTag { expected, actual } => {
            let expected =
                expected.map_or_else(|| "another type".to_owned(), |tag| tag.to_string());
            return format!("{actual} where {expected} should stand");
        }
        Error::UnexpectedClass { .. } | Error::InvalidTag | Error::UnknownTag(_) => {
            "a tag of another class or number than should stand there"
        }
        Error::Incomplete(_) | Error::InvalidLength => "a length that does not fit the bytes",
        Error::IndefiniteLengthUnexpected => "a length that is not DER",
        Error::InvalidDateTime => "a date that cannot be read",
        Error::StringInvalidCharset => "text in another alphabet than its type has",
        Error::IntegerTooLarge | Error::IntegerNegative => "a number that is out of range",
        _ => "a value that is not DER",
    };
    words.to_owned()
}

/// What stands before the rest of some bytes.
fn before<'a>(bytes: &'a [u8], rest: &[u8]) -> &'a [u8] {
    let length = bytes.len().saturating_sub(rest.len());
    bytes.get(..length).unwrap_or_default()
}

/// The parser borrows whatever it reads.
fn borrowed(bytes: Cow<'_, [u8]>) -> &[u8] {
    match bytes {
        Cow::Borrowed(bytes) => bytes,
        Cow::Owned(_) => &[],
    }
}

/// `RFC 5280 §4.1`: a sequence of the signed part, an algorithm and a signature. Nobody signs the
/// sequence and the algorithm, so they must have their one form: tags of DER, and the algorithm
/// as in the signed part, byte by byte (`§4.1.1.2`).
fn frame(bytes: &[u8]) -> Option<()> {
    let whole = next(&mut Elements::new(bytes), tag::SEQUENCE)?;
    let mut parts = whole.elements();
    let mut signed = next(&mut parts, tag::SEQUENCE)?.elements();
    let algorithm = next(&mut parts, tag::SEQUENCE)?;
    next(&mut parts, tag::BIT_STRING)?;
    // An optional version, then the serial number, then the algorithm.
    let first = signed.read().ok()??;
    if !first.is(tag::INTEGER) {
        next(&mut signed, tag::INTEGER)?;
    }
    let same = next(&mut signed, tag::SEQUENCE)?;
    (algorithm.contents == same.contents).then_some(())
}

fn next<'d>(elements: &mut Elements<'d>, number: u32) -> Option<Element<'d>> {
    elements.read().ok()?.filter(|element| element.is(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_the_parser_are_told_in_words() {
        let inputs: [&[u8]; 4] = [
            &[0x18, 0x00],
            &[0x30, 0x7f, 0x02],
            &[0x30, 0x03, 0x02, 0x01, 0x05],
            &[],
        ];
        let told = inputs.map(|contents| tbs(contents).err().unwrap());
        let expected = [
            "no certificate: GeneralizedTime where Sequence should stand",
            "no certificate: its parts are not those of a certificate",
            "no certificate: a length that does not fit the bytes",
            "no certificate: a length that does not fit the bytes",
        ];
        assert_eq!(told, expected);
    }
}
