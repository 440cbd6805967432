//! X.509 certificates (RFC 5280).

use std::borrow::Cow;

use chrono::DateTime;
use x509_parser::prelude::{ASN1Time, FromDer as _, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::drawing::{Drawing, Window, limited};
use super::tree::Part;
use super::{der, extension, names};

/// A window that should hold one certificate.
pub(super) fn draw(
    name: impl Into<Cow<'static, str>>,
    window: Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let name = name.into();
    match X509Certificate::from_der(window.bytes()) {
        Ok((rest, certificate)) => {
            let mut part = parts(window.part(name), &certificate, &window, drawing);
            if !rest.is_empty() {
                let at = window.start + window.bytes().len() - rest.len();
                part.note(format!("{} bytes left over at offset {at}", rest.len()));
            }
            part
        }
        Err(error) => {
            let faults = drawing.faults.len();
            let part = der::draw(name.clone(), window, drawing);
            if drawing.faults.len() == faults {
                let message = format!("well-formed DER, but no certificate: {error}");
                drawing.fault(&name, &window, window.start, message);
            }
            part
        }
    }
}

/// `3 certificates`.
pub(super) fn counted(count: usize) -> String {
    format!("{count} certificate{}", if count == 1 { "" } else { "s" })
}

fn parts(
    part: Part,
    certificate: &X509Certificate<'_>,
    window: &Window<'_>,
    drawing: &mut Drawing<'_>,
) -> Part {
    let serial = certificate.raw_serial();
    let number = Part::new("serial number").placed(window.place(serial));
    let signature = certificate.signature_value.data.as_ref();
    let signature = Part::new("signature value")
        .placed(window.place(signature))
        .bytes(signature)
        .meaning(format!("{} bytes", signature.len()));
    let mut version = Part::new("version").text(format!("{}", certificate.version().0 + 1));
    if certificate.version().0 < 2 {
        version.note("before version 3: no extensions");
    }
    let part = part
        .with(version)
        .with(number.bytes(serial))
        .with(algorithm(&certificate.signature_algorithm))
        .with(name("issuer", certificate.issuer(), window))
        .with(validity(certificate))
        .with(name("subject", certificate.subject(), window))
        .with(key(certificate.public_key(), window));
    let (shown, omitted) = limited(certificate.extensions());
    let mut extensions = Part::new("extensions");
    extensions.omitted = omitted;
    for (at, one) in shown.iter().enumerate() {
        let mut drawn = extension::draw(one, window, drawing);
        if shown.iter().take(at).any(|before| before.oid == one.oid) {
            drawn.note("came before; an extension may come once only");
        }
        extensions.parts.push(drawn);
    }
    let part = match extensions.parts.is_empty() {
        true => part,
        false => part.with(extensions),
    };
    part.with(signature)
}

fn algorithm(found: &AlgorithmIdentifier<'_>) -> Part {
    let name = names::identifier_or_dotted(&found.algorithm);
    let weak = ["sha1", "md5", "md2"]
        .iter()
        .any(|hash| name.to_ascii_lowercase().contains(hash));
    let mut part = Part::new("signature algorithm").text(name);
    if weak {
        part.note("a hash that is broken for signatures");
    }
    part
}

/// A distinguished name: `CN=…, O=…`, as it stands in the certificate.
pub(super) fn name(
    label: impl Into<Cow<'static, str>>,
    found: &X509Name<'_>,
    window: &Window<'_>,
) -> Part {
    let place = window.place(found.as_raw());
    let part = Part::new(label).placed(place);
    let attributes: Vec<String> = found
        .iter_attributes()
        .map(|attribute| {
            let name = names::identifier_or_dotted(attribute.attr_type());
            let value = match attribute.as_str() {
                Ok(text) => text.to_owned(),
                Err(_) => String::from_utf8_lossy(attribute.as_slice()).into_owned(),
            };
            format!("{name}={value}")
        })
        .collect();
    match attributes.is_empty() {
        true => part.text("empty"),
        false => part.text(attributes.join(", ")),
    }
}

fn validity(certificate: &X509Certificate<'_>) -> Part {
    let validity = certificate.validity();
    let (from, to) = (validity.not_before, validity.not_after);
    let mut part = Part::new("validity").text(format!("{} to {}", instant(from), instant(to)));
    if from.timestamp() > to.timestamp() {
        part.note("ends before it begins");
    }
    part
}

fn instant(at: ASN1Time) -> String {
    let found = DateTime::from_timestamp(at.timestamp(), 0);
    found.map_or_else(
        || at.to_string(),
        |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}

fn key(info: &SubjectPublicKeyInfo<'_>, window: &Window<'_>) -> Part {
    let bits: &[u8] = info.subject_public_key.data.as_ref();
    let kind = names::identifier_or_dotted(&info.algorithm.algorithm);
    let part = Part::new("public key").placed(window.place(info.raw));
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => {
            let length = key.key_size();
            let mut modulus = Part::new("modulus").placed(window.place(key.modulus));
            if length < 2048 {
                modulus.note("shorter than 2048 bits");
            }
            let exponent = Part::new("exponent").placed(window.place(key.exponent));
            let exponent = match key.try_exponent() {
                Ok(number) => exponent.text(number.to_string()),
                Err(_) => exponent.bytes(key.exponent),
            };
            part.text(format!("{kind}, {length} bits"))
                .with(modulus.bytes(key.modulus))
                .with(exponent)
        }
        Ok(PublicKey::EC(_)) => {
            let parameters = info.algorithm.parameters.as_ref();
            let curve = parameters.and_then(|any| any.as_oid().ok());
            let curve = curve.map_or_else(
                || "explicit or missing curve".to_owned(),
                |oid| names::identifier_or_dotted(&oid),
            );
            let mut point = Part::new("point").placed(window.place(bits)).bytes(bits);
            if matches!(bits.first(), Some(2 | 3)) {
                point.note("compressed point");
            }
            part.text(format!("{kind}, {curve}")).with(point)
        }
        _ => {
            let raw = Part::new("key").placed(window.place(bits));
            part.text(kind).with(raw.bytes(bits))
        }
    }
}
