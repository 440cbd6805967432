//! Packed attestation (`WebAuthn L3 §8.2`), with certificate and self.

use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::der::element;

use super::{Attestation, Statement, judge_signature};
use crate::facts::certificate::{self, Attribute, Certificate};
use crate::facts::cose;
use crate::facts::signature;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let syntax = match Syntax::read(statement.value) {
        Ok(syntax) => syntax,
        Err((expected, found)) => {
            judge.fail(&step::ATT_PACKED_SYNTAX, expected, found);
            return None;
        }
    };
    judge.pass(&step::ATT_PACKED_SYNTAX);
    let message = statement.signed_bytes();
    let Some(leaf) = syntax.certificates.first() else {
        self_attestation(judge, statement, &syntax, &message);
        return Some(Attestation::SelfSigned);
    };
    match leaf.key() {
        Some(key) => judge_signature(
            judge,
            &step::ATT_PACKED_SIG,
            syntax.algorithm,
            &key,
            &message,
            syntax.signature,
        ),
        None => judge.open(
            &step::ATT_PACKED_SIG,
            "the certificate's key is of an unsupported kind",
        ),
    }
    certificate(judge, leaf, statement);
    Some(Attestation::Packed(syntax.certificates))
}

/// The members of a statement with `alg`, `sig` and maybe `x5c`.
pub(super) struct Syntax<'s> {
    pub(super) algorithm: i64,
    pub(super) signature: &'s [u8],
    pub(super) certificates: Vec<Certificate<'s>>,
}

impl<'s> Syntax<'s> {
    pub(super) fn read(statement: &'s Value<'s>) -> Result<Self, (&'static str, String)> {
        if statement.as_map().is_none() {
            return Err(("a map", statement.kind().to_owned()));
        }
        let kind = |name| {
            statement
                .member(name)
                .map_or("missing", Value::kind)
                .to_owned()
        };
        let algorithm = statement.member("alg").and_then(Value::as_i64);
        let signature = statement.member("sig").and_then(Value::as_bytes);
        Ok(Self {
            algorithm: algorithm.ok_or_else(|| ("alg, an integer", kind("alg")))?,
            signature: signature.ok_or_else(|| ("sig, a byte string", kind("sig")))?,
            certificates: match statement.member("x5c") {
                None => Vec::new(),
                Some(list) => certificates(list)?,
            },
        })
    }
}

/// The certificates of an `x5c` member: at least one, each a byte string.
pub(super) fn certificates<'s>(
    list: &'s Value<'s>,
) -> Result<Vec<Certificate<'s>>, (&'static str, String)> {
    certificates_by(list, Certificate::parse)
}

/// The same, read in a way that suits the format.
pub(super) fn certificates_by<'s>(
    list: &'s Value<'s>,
    read: fn(&'s [u8]) -> Result<Certificate<'s>, String>,
) -> Result<Vec<Certificate<'s>>, (&'static str, String)> {
    let wanted = "x5c, an array of certificates";
    let items = list
        .as_array()
        .ok_or_else(|| (wanted, list.kind().to_owned()))?;
    if items.is_empty() {
        return Err((wanted, "an empty array".to_owned()));
    }
    let parse = |(at, item): (usize, &'s Value<'s>)| {
        let der = item
            .as_bytes()
            .ok_or_else(|| (wanted, format!("x5c[{at}]: {}", item.kind())))?;
        read(der).map_err(|error| (wanted, format!("x5c[{at}]: {error}")))
    };
    items.iter().enumerate().map(parse).collect()
}

/// `WebAuthn L3 §8.2 (3)`: without certificates the credential key itself has signed.
fn self_attestation(
    judge: &mut Judge,
    statement: &Statement<'_>,
    syntax: &Syntax<'_>,
    message: &[u8],
) {
    let key = statement.attested.key.as_ref();
    let of_credential = key.and_then(fidoscope_webauthn::CoseKey::algorithm);
    if of_credential != Some(syntax.algorithm) {
        let expected = match of_credential {
            Some(number) => format!("alg {number}, as the credential key"),
            None => "the credential key's alg".to_owned(),
        };
        let found = format!("alg {}", syntax.algorithm);
        judge.fail(&step::ATT_PACKED_SELF_ALG, expected, found);
        judge.skip(&step::ATT_PACKED_SELF_SIG, "att.packed.self.alg failed");
        return;
    }
    judge.pass(&step::ATT_PACKED_SELF_ALG);
    if signature::algorithm(syntax.algorithm).is_none() {
        let note = format!("unsupported algorithm {}", syntax.algorithm);
        return judge.open(&step::ATT_PACKED_SELF_SIG, note);
    }
    match key.and_then(cose::public_key) {
        Some(key) => judge_signature(
            judge,
            &step::ATT_PACKED_SELF_SIG,
            syntax.algorithm,
            &key,
            message,
            syntax.signature,
        ),
        None => judge.skip(
            &step::ATT_PACKED_SELF_SIG,
            "the credential key is not usable",
        ),
    }
}

/// `WebAuthn L3 §8.2.1`.
fn certificate(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    if leaf.is_version_3() {
        judge.pass(&step::ATT_PACKED_CERT_VERSION);
    } else {
        let found = format!("version {}", leaf.version());
        judge.fail(&step::ATT_PACKED_CERT_VERSION, "version 3", found);
    }
    subject(judge, leaf);
    match leaf.basic_constraints() {
        Ok(Some((false, _))) => judge.pass(&step::ATT_PACKED_CERT_CA),
        Ok(Some((true, _))) => judge.fail(&step::ATT_PACKED_CERT_CA, "CA=false", "CA=true"),
        Ok(None) => judge.fail(
            &step::ATT_PACKED_CERT_CA,
            "CA=false",
            "no basic constraints",
        ),
        Err(error) => judge.fail(&step::ATT_PACKED_CERT_CA, "CA=false", error),
    }
    aaguid(judge, leaf, statement);
    firmware_version(judge, leaf);
    serial_number(judge, leaf, statement);
}

fn subject(judge: &mut Judge, leaf: &Certificate<'_>) {
    let mut rule = |step: &'static StepInfo, attribute, expected, holds: fn(&str) -> bool| {
        if leaf.subject_values(attribute).any(holds) {
            judge.pass(step);
        } else {
            let values: Vec<&str> = leaf.subject_values(attribute).collect();
            let found = if values.is_empty() {
                "none".to_owned()
            } else {
                format!("{values:?}")
            };
            judge.fail(step, expected, found);
        }
    };
    rule(
        &step::ATT_PACKED_CERT_SUBJECT_C,
        Attribute::Country,
        "C, a country code",
        |value| value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()),
    );
    rule(
        &step::ATT_PACKED_CERT_SUBJECT_O,
        Attribute::Organization,
        "O, the vendor",
        |value| !value.is_empty(),
    );
    let expected = "OU \"Authenticator Attestation\"";
    rule(
        &step::ATT_PACKED_CERT_SUBJECT_OU,
        Attribute::OrganizationalUnit,
        expected,
        |value| value == "Authenticator Attestation",
    );
    rule(
        &step::ATT_PACKED_CERT_SUBJECT_CN,
        Attribute::CommonName,
        "CN",
        |value| !value.is_empty(),
    );
}

fn aaguid(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    let Some(extension) = leaf.extension(certificate::AAGUID) else {
        judge.not_applicable(
            &step::ATT_PACKED_AAGUID_MATCH,
            "no AAGUID in the certificate",
        );
        return;
    };
    if extension.critical {
        judge.fail(
            &step::ATT_PACKED_CERT_AAGUID_CRITICAL,
            "not critical",
            "critical",
        );
    } else {
        judge.pass(&step::ATT_PACKED_CERT_AAGUID_CRITICAL);
    }
    let inner = element(extension.value, 4);
    let Some((&value, [])) = inner
        .map(|(value, rest)| (<&[u8; 16]>::try_from(value), rest))
        .and_then(|(value, rest)| value.ok().map(|value| (value, rest)))
    else {
        let expected = "16 bytes in an OCTET STRING";
        let found = format!("{} bytes of extension value", extension.value.len());
        judge.fail(&step::ATT_PACKED_CERT_AAGUID_ENCODING, expected, found);
        return;
    };
    judge.pass(&step::ATT_PACKED_CERT_AAGUID_ENCODING);
    let of_certificate = fidoscope_webauthn::Aaguid(value);
    if of_certificate == statement.attested.aaguid {
        judge.pass(&step::ATT_PACKED_AAGUID_MATCH);
    } else {
        let expected = format!("{} as in the authenticator data", statement.attested.aaguid);
        judge.fail(
            &step::ATT_PACKED_AAGUID_MATCH,
            expected,
            of_certificate.to_string(),
        );
    }
}

/// Level 3 only: a non-negative INTEGER, not critical.
fn firmware_version(judge: &mut Judge, leaf: &Certificate<'_>) {
    let Some(extension) = leaf.extension(certificate::FIRMWARE_VERSION) else {
        return;
    };
    let number = element(extension.value, 2);
    let non_negative = matches!(number, Some(([first, ..], [])) if *first < 0x80);
    match (extension.critical, non_negative) {
        (false, true) => judge.pass(&step::ATT_PACKED_CERT_FW_VERSION),
        (true, _) => judge.fail(
            &step::ATT_PACKED_CERT_FW_VERSION,
            "not critical",
            "critical",
        ),
        (false, false) => {
            let expected = "a non-negative INTEGER";
            judge.fail(&step::ATT_PACKED_CERT_FW_VERSION, expected, "another value");
        }
    }
}

/// Level 3 only (`§8.2.2`): an OCTET STRING, not critical, and only in enterprise attestation.
fn serial_number(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    let Some(extension) = leaf.extension(certificate::SERIAL_NUMBER) else {
        return;
    };
    let step = &step::ATT_PACKED_CERT_SERNUM;
    let octets = matches!(element(extension.value, 4), Some((_, [])));
    if !statement.enterprise {
        judge.fail(
            step,
            "no serial number outside enterprise attestation",
            "a serial number",
        );
    } else if extension.critical {
        judge.fail(step, "not critical", "critical");
    } else if octets {
        judge.pass(step);
    } else {
        judge.fail(step, "an OCTET STRING", "another value");
    }
}
