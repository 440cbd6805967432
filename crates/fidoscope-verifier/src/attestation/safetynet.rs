//! Android SafetyNet attestation (`WebAuthn L3 §8.5`, deprecated there): a JWS that the SafetyNet
//! service signed. The service is gone, so this is for archived ceremonies.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_metadata::{BlobError, Envelope};
use fidoscope_webauthn::cbor::Value;

use super::{Attestation, Statement};
use crate::facts::certificate::Certificate;
use crate::path::chain::{self, Break};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

type Json = serde_json::Map<String, serde_json::Value>;

/// Host that the leaf certificate must name.
const HOST: &str = "attest.android.com";
/// How old a response may be.
const WINDOW: TimeDelta = TimeDelta::seconds(60);

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let parsed = match Syntax::read(statement.value) {
        Ok(parsed) => parsed,
        Err((expected, found)) => {
            judge.fail(&step::ATT_SAFETYNET_SYNTAX, expected, found);
            return None;
        }
    };
    let ders = parsed.response.header().x5c.clone();
    let certificates: Result<Vec<_>, _> = ders.iter().map(|der| Certificate::parse(der)).collect();
    let sent = match certificates {
        Ok(sent) if !sent.is_empty() => sent,
        Ok(_) => {
            let expected = "x5c in the header of the response";
            judge.fail(&step::ATT_SAFETYNET_SYNTAX, expected, "no certificates");
            return None;
        }
        Err(error) => {
            let expected = "certificates in the header of the response";
            judge.fail(&step::ATT_SAFETYNET_SYNTAX, expected, error);
            return None;
        }
    };
    judge.pass_with(
        &step::ATT_SAFETYNET_SYNTAX,
        format!("version {}", parsed.version),
    );
    nonce(judge, &parsed.payload, statement);
    source(judge, &parsed.response, &sent, statement.now);
    integrity(judge, &parsed.payload, statement.now);
    drop(sent);
    Some(Attestation::Encoded(ders))
}

struct Syntax<'s> {
    version: &'s str,
    response: Envelope,
    payload: Json,
}

impl<'s> Syntax<'s> {
    fn read(statement: &'s Value<'s>) -> Result<Self, (&'static str, String)> {
        if statement.as_map().is_none() {
            return Err(("a map", statement.kind().to_owned()));
        }
        let kind = |name| statement.member(name).map_or("missing", Value::kind);
        let version = statement.member("ver").and_then(Value::as_text);
        let version = version.ok_or_else(|| ("ver, a text", kind("ver").to_owned()))?;
        if version.is_empty() {
            return Err(("ver, the service's version", "an empty text".to_owned()));
        }
        let response = statement.member("response").and_then(Value::as_bytes);
        let response =
            response.ok_or_else(|| ("response, a byte string", kind("response").to_owned()))?;
        let response = Envelope::open(response).map_err(|error| {
            let found = match error {
                BlobError::Empty => "no bytes".to_owned(),
                BlobError::Html | BlobError::PlainJson => "no compact JWS".to_owned(),
                other => other.to_string(),
            };
            ("response, a compact JWS", found)
        })?;
        if let Some(critical) = response.header().critical() {
            return Err(("a JWS without extensions (RFC 7515 §4.1.11)", critical));
        }
        let payload = serde_json::from_slice(response.payload());
        let payload = payload.map_err(|error| ("a JSON object as payload", error.to_string()))?;
        Ok(Self {
            version,
            response,
            payload,
        })
    }
}

/// The nonce is base64 of SHA-256 over `authData || hash`, compared as text.
fn nonce(judge: &mut Judge, payload: &Json, statement: &Statement<'_>) {
    let expected = STANDARD.encode(digest(&SHA256, &statement.signed_bytes()));
    let found = payload.get("nonce");
    if found.and_then(serde_json::Value::as_str) == Some(&expected) {
        judge.pass(&step::ATT_SAFETYNET_NONCE);
    } else {
        let found = found.map_or_else(|| "no nonce".to_owned(), ToString::to_string);
        judge.fail(&step::ATT_SAFETYNET_NONCE, expected, found);
    }
}

/// The response came from the service: its certificates follow each other and are valid, the first
/// one is for its host, and its key signed. Whether the last one is trusted is `chain.*`.
fn source(
    judge: &mut Judge,
    response: &Envelope,
    sent: &[Certificate<'_>],
    now: Option<DateTime<Utc>>,
) {
    let step = &step::ATT_SAFETYNET_SOURCE;
    let Some(leaf) = sent.first() else { return };
    match response.is_signed_by(leaf.parts.key.bits) {
        Some(true) => {}
        Some(false) => {
            let expected = format!("a signature by `{}`", leaf.subject());
            return judge.fail(step, expected, "one that does not verify");
        }
        None => {
            let found = response.header().alg.clone();
            let found = found.unwrap_or_else(|| "no alg".to_owned());
            return judge.fail(step, "an asymmetric signature algorithm", found);
        }
    }
    let hosts = leaf.hosts();
    if !hosts.iter().any(|host| host.eq_ignore_ascii_case(HOST)) {
        let expected = format!("a certificate for {HOST}");
        return judge.fail(step, expected, hosts.join(", "));
    }
    match chain::first_break(sent, now) {
        Some(Break::Known(expected, found)) => return judge.fail(step, expected, found),
        Some(Break::Unknown(note)) => return judge.open(step, note),
        None => {}
    }
    if now.is_some() {
        judge.pass_with(step, HOST);
    } else {
        judge.open(step, "no instant given");
    }
}

/// A rule of the FIDO server requirements: the device is a compatible one, and the response fresh.
fn integrity(judge: &mut Judge, payload: &Json, now: Option<DateTime<Utc>>) {
    let step = &step::ATT_SAFETYNET_CTS;
    let matches = payload.get("ctsProfileMatch");
    if matches != Some(&serde_json::Value::Bool(true)) {
        let found = matches.map_or_else(|| "missing".to_owned(), ToString::to_string);
        return judge.lint(step, "ctsProfileMatch true", found);
    }
    let made = payload
        .get("timestampMs")
        .and_then(serde_json::Value::as_i64)
        .and_then(DateTime::from_timestamp_millis);
    match (made, now) {
        (None, _) => judge.lint(step, "timestampMs", "missing"),
        (Some(_), None) => judge.skip(step, "no instant given"),
        (Some(made), Some(now)) if made <= now && now - made <= WINDOW => judge.pass(step),
        (Some(made), Some(now)) => {
            let expected = format!("made within a minute before {}", now.to_rfc3339());
            judge.lint(step, expected, made.to_rfc3339());
        }
    }
}
