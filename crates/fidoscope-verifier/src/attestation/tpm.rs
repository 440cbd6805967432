//! TPM attestation (`WebAuthn L3 §8.3`): a TPM says with an attestation key that it holds the
//! credential key.

mod certificate;
mod signed;
mod vendor;

use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::cose::label;
use fidoscope_webauthn::tpm::{TpmKey, TpmPublic};

use super::{Attestation, Statement, packed};
use crate::facts::certificate::Certificate;
use crate::facts::cose;
use crate::facts::signature::{Curve, PublicKey};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let syntax = match Syntax::read(statement.value) {
        Ok(syntax) => syntax,
        Err((expected, found)) => {
            judge.fail(&step::ATT_TPM_SYNTAX, expected, found);
            return None;
        }
    };
    judge.pass(&step::ATT_TPM_SYNTAX);
    if syntax.version == "2.0" {
        judge.pass(&step::ATT_TPM_VER);
    } else {
        let found = format!("{:?}", syntax.version);
        judge.fail(&step::ATT_TPM_VER, "\"2.0\"", found);
    }
    let public = TpmPublic::decode(syntax.public_area);
    public_area(judge, &public);
    public_key(judge, &public, statement);
    signed::judge(judge, &syntax, &public, statement);
    let Some(leaf) = syntax.certificates.first() else {
        judge.fail(&step::ATT_TPM_X5C, "x5c, at least one certificate", "none");
        judge.skip(&step::ATT_TPM_SIG, "att.tpm.x5c failed");
        return None;
    };
    let count = format!("{} certificates", syntax.certificates.len());
    judge.pass_with(&step::ATT_TPM_X5C, count);
    certificate::judge(judge, leaf, statement);
    signed::signature(judge, &syntax, leaf);
    Some(Attestation::Certified(syntax.certificates))
}

struct Syntax<'s> {
    version: &'s str,
    algorithm: i64,
    signature: &'s [u8],
    /// Empty when `x5c` is missing or empty, which is a step of its own.
    certificates: Vec<Certificate<'s>>,
    attest: &'s [u8],
    public_area: &'s [u8],
}

impl<'s> Syntax<'s> {
    fn read(statement: &'s Value<'s>) -> Result<Self, (&'static str, String)> {
        if statement.as_map().is_none() {
            return Err(("a map", statement.kind().to_owned()));
        }
        let fault = |name, wanted| {
            let found = statement.member(name).map_or("missing", Value::kind);
            (wanted, found.to_owned())
        };
        let bytes = |name, wanted| {
            let found = statement.member(name).and_then(Value::as_bytes);
            found.ok_or_else(|| fault(name, wanted))
        };
        let version = statement.member("ver").and_then(Value::as_text);
        let algorithm = statement.member("alg").and_then(Value::as_i64);
        Ok(Self {
            version: version.ok_or_else(|| fault("ver", "ver, a text"))?,
            algorithm: algorithm.ok_or_else(|| fault("alg", "alg, an integer"))?,
            signature: bytes("sig", "sig, a byte string")?,
            certificates: match statement.member("x5c") {
                None => Vec::new(),
                Some(Value::Array(items)) if items.is_empty() => Vec::new(),
                Some(list) => packed::certificates(list)?,
            },
            attest: bytes("certInfo", "certInfo, a byte string")?,
            public_area: bytes("pubArea", "pubArea, a byte string")?,
        })
    }
}

/// A `TPMT_PUBLIC` and nothing else; a `TPM2B_PUBLIC` has its length in front.
fn public_area(judge: &mut Judge, public: &TpmPublic<'_>) {
    match (&public.key, &public.problem) {
        (Some(key), None) => judge.pass_with(&step::ATT_TPM_PUB_AREA, key.to_string()),
        (_, problem) => {
            let found = problem.map_or_else(String::new, |problem| problem.to_string());
            judge.fail(
                &step::ATT_TPM_PUB_AREA,
                "a TPMT_PUBLIC of RSA or ECC",
                found,
            );
        }
    }
}

/// `parameters` and `unique` are the credential public key.
fn public_key(judge: &mut Judge, public: &TpmPublic<'_>, statement: &Statement<'_>) {
    let Some(found) = &public.key else {
        return judge.skip(&step::ATT_TPM_PUB_KEY, "att.tpm.pub-area failed");
    };
    let key = statement.attested.key.as_ref();
    let Some(key) = key.and_then(|key| Some((key, cose::public_key(key)?))) else {
        return judge.skip(&step::ATT_TPM_PUB_KEY, "the credential key is not usable");
    };
    let difference = match (found, key.1) {
        (TpmKey::Ecc { curve, x, y, .. }, PublicKey::Ec { curve: wanted, .. }) => {
            let length = wanted.field_len();
            let same = |name, label| {
                let wanted = key.0.bytes(label).unwrap_or_default();
                let found: &[u8] = if name == "x" { x } else { y };
                if stripped(wanted) == stripped(found) {
                    return None;
                }
                differ(name, &padded(wanted, length), &padded(found, length))
            };
            differ_in_curve(*curve, wanted)
                .or_else(|| same("x", label::X))
                .or_else(|| same("y", label::Y))
        }
        (
            TpmKey::Rsa {
                exponent, modulus, ..
            },
            PublicKey::Rsa { n, e },
        ) => {
            // An exponent of 0 stands for the usual one (TPM 2.0 Library Part 2 §12.2.3.5).
            let exponent = if *exponent == 0 { 65537 } else { *exponent };
            let exponent = exponent.to_be_bytes();
            differ("exponent", stripped(e), stripped(&exponent))
                .or_else(|| differ("modulus", stripped(n), stripped(modulus)))
        }
        (_, key) => {
            let kind = crate::facts::signature::describe(&key);
            Some((format!("the credential's {kind}"), found.to_string()))
        }
    };
    match difference {
        None => judge.pass(&step::ATT_TPM_PUB_KEY),
        Some((expected, found)) => judge.fail(&step::ATT_TPM_PUB_KEY, expected, found),
    }
}

type Difference = Option<(String, String)>;

fn differ_in_curve(found: u16, wanted: Curve) -> Difference {
    let number = match wanted {
        Curve::P256 => Some(3),
        Curve::P384 => Some(4),
        Curve::P521 => Some(5),
        Curve::Secp256k1 => None,
    };
    if number == Some(found) {
        return None;
    }
    let number = number.map_or_else(|| "none".to_owned(), |number| format!("0x{number:04x}"));
    let expected = format!("curve {number}, {} as the credential's", wanted.name());
    Some((expected, format!("curve 0x{found:04x}")))
}

fn differ(name: &str, wanted: &[u8], found: &[u8]) -> Difference {
    if wanted == found {
        return None;
    }
    let wanted = format!("{name} {} as the credential's", hex::encode(wanted));
    Some((wanted, hex::encode(found)))
}

/// A number without leading zeros.
fn stripped(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// A number with leading zeros up to a length; one that does not fit stays as it is.
fn padded(number: &[u8], length: usize) -> Vec<u8> {
    let digits = stripped(number);
    let mut padded = vec![0; length.saturating_sub(digits.len())];
    padded.extend_from_slice(digits);
    padded
}
