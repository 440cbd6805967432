//! The credential public key: `cose.*` and its form, `cbor.*`.

use std::ops::RangeInclusive;

use fidoscope_webauthn::CoseKey;
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::cose::label;

use crate::facts::cose::{
    AKP, AKP_PUB, EC2, ED448, ED25519, OKP, RSA, curve, parameter_set, public_key,
};
use crate::facts::edwards::{self, Point};
use crate::facts::rsa;
use crate::facts::signature::PublicKey;
use crate::verdict::judge::{Judge, Levels};
use crate::verdict::registry as step;

/// A key type, the labels of a public key, and those that only a private key has.
type Parameters = (i64, &'static [i64], RangeInclusive<i64>);

/// Labels that a key type defines beside `kty` and `alg`. OKP and EC2: RFC 9053 §7; RSA: RFC 8230 §4, `d` to `t_i`; AKP: ML-DSA for JOSE
/// and COSE, §4.
static PARAMETERS: [Parameters; 4] = [
    (EC2, &[label::CRV, label::X, label::Y], label::D..=label::D),
    (OKP, &[label::CRV, label::X], label::D..=label::D),
    (RSA, &[label::N, label::E], -12..=-3),
    (AKP, &[AKP_PUB], -2..=-2),
];

/// Key type and curve that an algorithm demands (`WebAuthn L3 §5.8.5`, RFC 9864).
fn demands(algorithm: i64) -> Option<(i64, Option<i64>)> {
    Some(match algorithm {
        -7 | -9 => (EC2, Some(1)),
        -35 | -51 => (EC2, Some(2)),
        -36 | -52 => (EC2, Some(3)),
        -47 => (EC2, Some(8)),
        -8 | -19 => (OKP, Some(ED25519)),
        -53 => (OKP, Some(ED448)),
        -257 | -258 | -259 | -37 | -38 | -39 | -65535 => (RSA, None),
        -50..=-48 => (AKP, None),
        _ => return None,
    })
}

/// Judges a key in attested credential data, in reading order; stops where a part is missing.
pub(crate) fn judge(judge: &mut Judge, key: &CoseKey<'_>) {
    let mark = judge.mark();
    if !key.has_integer_labels() {
        let found = key.item().value.kind();
        judge.fail(&step::COSE_MAP, "a map with integer labels", found);
        return;
    }
    judge.pass(&step::COSE_MAP);
    required(judge, key);
    optional(judge, key);
    form(judge, key);
    if judge
        .failed_since(mark)
        .is_some_and(|id| id == step::COSE_REQUIRED.id)
    {
        return;
    }
    algorithm(judge, key);
    if judge.failed_since(mark).is_none() {
        point(judge, key);
    }
}

fn required(judge: &mut Judge, key: &CoseKey<'_>) {
    match missing(key) {
        None => judge.pass(&step::COSE_REQUIRED),
        Some((expected, label)) => {
            let found = key.parameter(label).map_or("missing", Value::kind);
            judge.fail(&step::COSE_REQUIRED, expected, found);
        }
    }
}

fn missing(key: &CoseKey<'_>) -> Option<(&'static str, i64)> {
    let Some(key_type) = key.key_type() else {
        return Some(("kty (1), an integer", label::KTY));
    };
    if key.algorithm().is_none() {
        return Some(("alg (3), an integer", label::ALG));
    }
    let integer = |label| key.parameter(label).and_then(Value::as_i64).is_some();
    let bytes = |label| key.bytes(label).is_some();
    match key_type {
        EC2 if !integer(label::CRV) => Some(("crv (-1), an integer", label::CRV)),
        EC2 | OKP if !bytes(label::X) && key_type == EC2 => {
            Some(("x (-2), a byte string", label::X))
        }
        EC2 if !bytes(label::Y) && !matches!(key.parameter(label::Y), Some(Value::Bool(_))) => {
            Some(("y (-3), a byte string", label::Y))
        }
        OKP if !integer(label::CRV) => Some(("crv (-1), an integer", label::CRV)),
        OKP if !bytes(label::X) => Some(("x (-2), a byte string", label::X)),
        RSA if !bytes(label::N) => Some(("n (-1), a byte string", label::N)),
        RSA if !bytes(label::E) => Some(("e (-2), a byte string", label::E)),
        AKP if !bytes(AKP_PUB) => Some(("pub (-1), a byte string", AKP_PUB)),
        _ => None,
    }
}

/// `WebAuthn L3 §6.5.1` (L2 §6.5.1): `alg`, what the key type and the algorithm require, and no other
/// parameter. One that nobody has defined is as foreign there as one that RFC 9052 calls optional: a
/// relying party stores the key as it came, and another reader may find a meaning in it.
fn optional(judge: &mut Judge, key: &CoseKey<'_>) {
    let private = key
        .key_type()
        .and_then(parameters)
        .map(|(.., private)| private);
    let is_private = |label: &i64| private.is_some_and(|private| private.contains(label));
    if let Some(label) = key.labels().find(is_private) {
        let found = format!("private part ({label})");
        return judge.fail(&step::COSE_OPTIONAL, "public parameters only", found);
    }
    match foreign_label(key) {
        None => judge.pass(&step::COSE_OPTIONAL),
        Some(label) => {
            let found = match label.as_i64() {
                Some(label::KID | label::KEY_OPS | label::BASE_IV) => "optional",
                _ => "unknown",
            };
            let found = format!("{found} parameter ({})", number(label));
            judge.fail(&step::COSE_OPTIONAL, "required parameters only", found);
        }
    }
}

fn parameters(key_type: i64) -> Option<&'static Parameters> {
    PARAMETERS.iter().find(|(known, ..)| *known == key_type)
}

/// The first label that neither the key type nor the one that the algorithm demands defines: a key
/// of one type for an algorithm of another is `cose.alg-kty`'s matter, whatever it has of either.
fn foreign_label<'k>(key: &'k CoseKey<'_>) -> Option<&'k Value<'k>> {
    let own = key.key_type().and_then(parameters);
    let wanted = key.algorithm().and_then(demands);
    let wanted = wanted.and_then(|(key_type, _)| parameters(key_type));
    let is_defined = |label: i64| {
        let mut both = own.into_iter().chain(wanted);
        both.any(|(_, public, _)| public.contains(&label))
    };
    let is_foreign = |label: &Value<'_>| match label.as_i64() {
        Some(label::KTY | label::ALG) => false,
        // What a negative label means is for the key type to say, which may be none of ours.
        Some(label) => !is_defined(label) && (own.is_some() || label >= 0),
        None => true,
    };
    let entries = key.item().value.as_map().unwrap_or_default();
    let mut labels = entries.iter().map(|entry| &entry.key);
    labels.find(|label| is_foreign(label))
}

/// A label in words; it may have 65 bits.
fn number(label: &Value<'_>) -> String {
    match label {
        Value::Integer(number) => number.to_string(),
        other => other.kind().to_owned(),
    }
}

/// The key is in CTAP2 canonical form and has no label twice.
fn form(judge: &mut Judge, key: &CoseKey<'_>) {
    match key.item().duplicate_key() {
        None => judge.pass(&step::CBOR_DUP_KEY),
        Some(fault) => {
            let found = format!("{} at offset {} of authData", fault.kind, fault.offset);
            judge.fail(&step::CBOR_DUP_KEY, "every label once", found);
        }
    }
    match key.item().not_canonical() {
        None => judge.pass(&step::CBOR_CANONICAL),
        Some(fault) => {
            let found = format!("{} at offset {} of authData", fault.kind, fault.offset);
            judge.fail(&step::CBOR_CANONICAL, "CTAP2 canonical CBOR", found);
        }
    }
}

fn algorithm(judge: &mut Judge, key: &CoseKey<'_>) {
    let (Some(key_type), Some(algorithm)) = (key.key_type(), key.algorithm()) else {
        return;
    };
    let Some((wanted_type, wanted_curve)) = demands(algorithm) else {
        judge.open(
            &step::COSE_ALG_KTY,
            format!("unsupported algorithm {algorithm}"),
        );
        return;
    };
    if key_type != wanted_type {
        let expected = format!("kty {wanted_type} for alg {algorithm}");
        judge.fail(&step::COSE_ALG_KTY, expected, format!("kty {key_type}"));
        return;
    }
    judge.pass(&step::COSE_ALG_KTY);
    match (wanted_curve, key.curve()) {
        (None, _) => judge.not_applicable(&step::COSE_CRV, "a key without a curve"),
        (Some(wanted), Some(found)) if wanted == found => judge.pass(&step::COSE_CRV),
        (Some(wanted), found) => {
            let expected = format!("crv {wanted} for alg {algorithm}");
            let found = found.map_or_else(|| "no crv".to_owned(), |crv| format!("crv {crv}"));
            judge.fail(&step::COSE_CRV, expected, found);
        }
    }
}

fn point(judge: &mut Judge, key: &CoseKey<'_>) {
    match key.key_type() {
        Some(EC2) => ec_point(judge, key),
        Some(OKP) => okp_point(judge, key),
        Some(RSA) => rsa(judge, key),
        Some(AKP) => akp(judge, key),
        _ => judge.open(&step::COSE_ON_CURVE, "unsupported key type"),
    }
}

fn ec_point(judge: &mut Judge, key: &CoseKey<'_>) {
    if let Some(Value::Bool(_)) = key.parameter(label::Y) {
        // Level 2 knows the rule for -7, -35 and -36 only.
        let levels = match key.algorithm() {
            Some(-7 | -35 | -36) => Levels::Both,
            _ => Levels::OnlyL3,
        };
        judge.fail_in(
            levels,
            &step::COSE_POINT_FORM,
            "y as a byte string",
            "compressed form",
        );
        return;
    }
    judge.pass(&step::COSE_POINT_FORM);
    let Some(curve) = key.curve().and_then(curve) else {
        return;
    };
    for (name, label) in [("x", label::X), ("y", label::Y)] {
        let length = key.bytes(label).map_or(0, <[u8]>::len);
        if length != curve.field_len() {
            let expected = format!("{} bytes for {}", curve.field_len(), curve.name());
            judge.fail(
                &step::COSE_COORD_LEN,
                expected,
                format!("{name} of {length} bytes"),
            );
            return;
        }
    }
    judge.pass(&step::COSE_COORD_LEN);
    match public_key(key) {
        Some(PublicKey::Ec { curve, point }) if !curve.contains(&point) => {
            let expected = format!("a point of {}", curve.name());
            judge.fail(
                &step::COSE_ON_CURVE,
                expected,
                "x and y satisfy no curve equation",
            );
        }
        _ => judge.pass(&step::COSE_ON_CURVE),
    }
}

/// RFC 8032 §5.1.3 and §5.2.3. That the point is not one of the few of small order is a lint of
/// ours: no rule of `WebAuthn` asks for it.
fn okp_point(judge: &mut Judge, key: &CoseKey<'_>) {
    let is_448 = key.curve() == Some(ED448);
    let (name, wanted) = if is_448 {
        ("Ed448", 57)
    } else {
        ("Ed25519", 32)
    };
    let x = key.bytes(label::X).unwrap_or_default();
    if x.len() != wanted {
        let found = format!("x of {} bytes", x.len());
        judge.fail(&step::COSE_COORD_LEN, format!("{wanted} bytes"), found);
        return;
    }
    judge.pass(&step::COSE_COORD_LEN);
    let point = if is_448 {
        edwards::ed448(x)
    } else {
        edwards::ed25519(x)
    };
    match point {
        Some(Point::Usual) => judge.pass(&step::COSE_ON_CURVE),
        Some(Point::SmallOrder) => judge.lint(
            &step::COSE_ON_CURVE,
            "a point of large order",
            "a point of small order, which no secret key belongs to",
        ),
        None => judge.fail(
            &step::COSE_ON_CURVE,
            format!("the encoding of a point of {name}"),
            "x encodes no point",
        ),
    }
}

/// The length of an ML-DSA key follows from its algorithm (FIPS 204 §4).
fn akp(judge: &mut Judge, key: &CoseKey<'_>) {
    let Some(set) = parameter_set(key) else {
        return;
    };
    let length = key.bytes(AKP_PUB).map_or(0, <[u8]>::len);
    if length == set.key_len() {
        judge.pass(&step::COSE_COORD_LEN);
        judge.not_applicable(&step::COSE_ON_CURVE, "a key without a curve");
    } else {
        let expected = format!("{} bytes", set.key_len());
        judge.fail(
            &step::COSE_COORD_LEN,
            expected,
            format!("pub of {length} bytes"),
        );
    }
}

/// RFC 8230 §4 calls the parameters the modulus and the public exponent of an RSA public key, and RFC
/// 8017 §3.1 says what those are. Numbers that are none make no credential public key
/// (`WebAuthn L3 §6.5.1`): with an exponent of 1 anybody can sign, and with no modulus nobody. The
/// size of the modulus is a lint of ours.
fn rsa(judge: &mut Judge, key: &CoseKey<'_>) {
    let (Some(n), Some(e)) = (key.bytes(label::N), key.bytes(label::E)) else {
        return;
    };
    if let Some((expected, found)) = rsa::fault(n, e) {
        return judge.fail(&step::COSE_RSA_KEY, expected, found);
    }
    judge.pass(&step::COSE_RSA_KEY);
    match rsa::remark(n, e) {
        None => judge.pass(&step::COSE_RSA),
        Some((expected, found)) => judge.lint(&step::COSE_RSA, expected, found),
    }
}
