//! The attestation key's certificate (`WebAuthn L3 §8.3.1`).

use fidoscope_webauthn::Aaguid;
use fidoscope_webauthn::der::{Class, DerError, Element, Elements, element, tag};

use super::vendor;
use crate::attestation::Statement;
use crate::facts::certificate::{self, Certificate};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

// Identifiers as in DER, without tag and length: 2.23.133.2.1 and so on.
const MANUFACTURER: &[u8] = &[0x67, 0x81, 0x05, 2, 1];
const MODEL: &[u8] = &[0x67, 0x81, 0x05, 2, 2];
const VERSION: &[u8] = &[0x67, 0x81, 0x05, 2, 3];
/// `tcg-kp-AIKCertificate`, 2.23.133.8.3.
const AIK: &[u8] = &[0x67, 0x81, 0x05, 8, 3];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];

pub(super) fn judge(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    if leaf.is_version_3() {
        judge.pass(&step::ATT_TPM_CERT_VERSION);
    } else {
        let found = format!("version {}", leaf.version());
        judge.fail(&step::ATT_TPM_CERT_VERSION, "version 3", found);
    }
    if leaf.parts.attributes.is_empty() {
        judge.pass(&step::ATT_TPM_CERT_SUBJECT);
    } else {
        let found = format!("`{}`", leaf.subject());
        judge.fail(&step::ATT_TPM_CERT_SUBJECT, "an empty subject", found);
    }
    alternative_name(judge, leaf);
    key_usage(judge, leaf);
    match leaf.basic_constraints() {
        Ok(Some((false, _))) => judge.pass(&step::ATT_TPM_CERT_CA),
        Ok(Some((true, _))) => judge.fail(&step::ATT_TPM_CERT_CA, "CA=false", "CA=true"),
        Ok(None) => judge.fail(&step::ATT_TPM_CERT_CA, "CA=false", "no basic constraints"),
        Err(error) => judge.fail(&step::ATT_TPM_CERT_CA, "CA=false", error),
    }
    aaguid(judge, leaf, statement);
}

/// The TPM is named in a directory name of the subject alternative name (TCG EK Credential Profile
/// §3.2.9), in one relative name or in one each.
fn alternative_name(judge: &mut Judge, leaf: &Certificate<'_>) {
    let expected =
        "tpmManufacturer, tpmModel and tpmVersion in a critical subject alternative name";
    let missing = |judge: &mut Judge, found: String| {
        judge.fail(&step::ATT_TPM_CERT_SAN, expected, found);
        judge.skip(&step::ATT_TPM_CERT_VENDOR, "att.tpm.cert.san failed");
    };
    let Some(extension) = leaf.extension(SUBJECT_ALTERNATIVE_NAME) else {
        return missing(judge, "no subject alternative name".to_owned());
    };
    let attributes = directory_attributes(extension.value);
    let value = |oid: &[u8]| {
        let mut values = attributes.iter().filter(|(found, _)| *found == oid);
        values.next().map(|(_, value)| value.as_str())
    };
    let names = [
        ("tpmManufacturer", value(MANUFACTURER)),
        ("tpmModel", value(MODEL)),
        ("tpmVersion", value(VERSION)),
    ];
    if let Some((name, _)) = names.iter().find(|(_, value)| value.is_none()) {
        return missing(judge, format!("no {name}"));
    }
    let [manufacturer, model, version] = names.map(|(_, value)| value.unwrap_or_default());
    if extension.critical {
        let found = format!("{manufacturer}, {model}, {version}");
        judge.pass_with(&step::ATT_TPM_CERT_SAN, found);
    } else {
        // RFC 5280 §4.2.1.6: the subject is empty, so this names it.
        let found = "one that is not critical";
        judge.fail(&step::ATT_TPM_CERT_SAN, expected, found);
    }
    match vendor::manufacturer(manufacturer) {
        Some(name) => judge.pass_with(&step::ATT_TPM_CERT_VENDOR, name),
        None => {
            let expected = "a registered manufacturer, id:XXXXXXXX";
            let found = format!("{manufacturer:?}");
            judge.lint(&step::ATT_TPM_CERT_VENDOR, expected, found);
        }
    }
}

/// The attributes of every directory name among general names. What cannot be read ends the
/// reading of its list, and bytes after the names are tolerated: real certificates have some.
fn directory_attributes(value: &[u8]) -> Vec<(&[u8], String)> {
    let names = members(Elements::new(value).take(1), is_sequence);
    let directories = names.filter(|name| name.class == Class::Context && name.number == 4);
    directories
        .flat_map(|directory| members(directory.elements(), is_sequence))
        .filter(|relative| relative.is(tag::SET))
        .flat_map(|relative| relative.elements().map_while(Result::ok))
        .filter_map(attribute)
        .collect()
}

/// The members of those elements that are of the right kind, as far as they can be read.
fn members<'v>(
    parents: impl Iterator<Item = Result<Element<'v>, DerError>>,
    is_wanted: fn(&Element<'v>) -> bool,
) -> impl Iterator<Item = Element<'v>> {
    let parents = parents.map_while(Result::ok).filter(is_wanted);
    parents.flat_map(|parent| parent.elements().map_while(Result::ok))
}

fn is_sequence(element: &Element<'_>) -> bool {
    element.is(tag::SEQUENCE)
}

fn attribute<'v>(pair: Element<'v>) -> Option<(&'v [u8], String)> {
    const OBJECT_IDENTIFIER: u32 = 6;
    let mut parts = pair.elements();
    let oid = parts.read().ok()??;
    let value = parts.read().ok()??;
    let text = String::from_utf8_lossy(value.contents).into_owned();
    oid.is(OBJECT_IDENTIFIER).then_some((oid.contents, text))
}

fn key_usage(judge: &mut Judge, leaf: &Certificate<'_>) {
    let expected = "extended key usage tcg-kp-AIKCertificate, 2.23.133.8.3";
    let Some(extension) = leaf.extension(EXTENDED_KEY_USAGE) else {
        let found = "no extended key usage";
        return judge.fail(&step::ATT_TPM_CERT_EKU, expected, found);
    };
    let mut usages = members(Elements::new(extension.value).take(1), is_sequence);
    if usages.any(|usage| usage.contents == AIK) {
        judge.pass(&step::ATT_TPM_CERT_EKU);
    } else {
        judge.fail(&step::ATT_TPM_CERT_EKU, expected, "other usages only");
    }
}

/// `WebAuthn L3 §8.3`: a certificate that names the model names the right one.
fn aaguid(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    let Some(extension) = leaf.extension(certificate::AAGUID) else {
        let note = "no AAGUID in the certificate";
        return judge.not_applicable(&step::ATT_TPM_AAGUID_MATCH, note);
    };
    let expected = format!("{} as in the authenticator data", statement.attested.aaguid);
    let found = match element(extension.value, 4) {
        Some((value, [])) => <[u8; 16]>::try_from(value).ok().map(Aaguid),
        _ => None,
    };
    match found {
        Some(found) if found == statement.attested.aaguid => {
            judge.pass(&step::ATT_TPM_AAGUID_MATCH);
        }
        Some(found) => judge.fail(&step::ATT_TPM_AAGUID_MATCH, expected, found.to_string()),
        None => {
            let found = format!("{} bytes of extension value", extension.value.len());
            judge.fail(&step::ATT_TPM_AAGUID_MATCH, expected, found);
        }
    }
}
