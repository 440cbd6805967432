//! Which decoded part a step looked at, and how it is drawn.

use std::ops::Range;

use fidoscope_recording::{AuthenticatorResponse, Kind, Member, Recording};
use fidoscope_report::Excerpt;
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::{
    AttestationObject, AuthenticatorData, ClientDataText, DataProblem, base64url,
};

use super::hexdump::hexdump;
use super::text;
use fidoscope_inspect::fields::{self, Field};

/// The part of the recording that a step looked at, when it is one of bytes.
pub(super) fn excerpt(recording: &Recording, step: &str) -> Option<Excerpt> {
    let rest = step.split_once('.').map_or(step, |(_, rest)| rest);
    match step.split('.').next()? {
        "env" => envelope(recording, rest),
        "cose" => key(recording, rest),
        "ad" | "cbor" => authenticator_data(recording, step, None),
        "att-obj" => attestation_object(recording, step),
        "att" | "chain" => statement(recording, step),
        "sig" => signature(recording),
        _ => of_ceremony(recording, step, rest),
    }
}

fn of_ceremony(recording: &Recording, step: &str, rest: &str) -> Option<Excerpt> {
    let field = match rest {
        "client-data.json" | "client-data.utf8" => return client_data(recording, None),
        "type" => return client_data(recording, Some("type")),
        "challenge" => return client_data(recording, Some("challenge")),
        "origin" => return client_data(recording, Some("origin")),
        "cross-origin" => return client_data(recording, Some("crossOrigin")),
        "top-origin" => return client_data(recording, Some("topOrigin")),
        "token-binding" => return client_data(recording, Some("tokenBinding")),
        "alg" => return key(recording, "alg"),
        "fmt" | "att-obj" => return attestation_object(recording, step),
        "att-stmt" | "trust" | "trust-anchors" | "trust.untrusted" => {
            return statement(recording, step);
        }
        "signature" => return signature(recording),
        "user" => return member(recording, "userHandle", |response| &response.user_handle),
        "allow-credentials" => return envelope(recording, "id"),
        "rp-id-hash" => "rpIdHash",
        "up" | "uv" | "be-bs" | "be-policy" | "bs-policy" | "backup-state" => "flags",
        "sign-count" => "signCount",
        "cred-id-len" | "cred-id-unique" => "credentialId",
        "ext" => "extensions",
        _ => return None,
    };
    authenticator_data(recording, step, Some(field))
}

fn response(recording: &Recording) -> Option<&AuthenticatorResponse> {
    recording.response.credential()?.authenticator_response()
}

fn decoded(member: &Member) -> Option<Vec<u8>> {
    base64url::decode(member.text()?).ok()
}

/// The text of the client data, marked at a member's value.
fn client_data(recording: &Recording, name: Option<&str>) -> Option<Excerpt> {
    let bytes = decoded(&response(recording)?.client_data_json)?;
    let decoded = ClientDataText::decode(&bytes);
    let json = decoded.as_str();
    let marked = name.and_then(|name| text::member(json, name));
    // With replaced bytes or a stripped mark, places in the text are none of the bytes.
    let same = json.len() == bytes.len();
    let mut lines = text::excerpt(json, marked.clone().unwrap_or(0..0));
    match (name, &marked) {
        (Some(name), None) => lines.push(format!("there is no member {name}")),
        // Plain text says it all; letters that only look alike are told by their bytes.
        (_, Some(range)) if same && json.get(range.clone()).is_some_and(is_plain) => {}
        (_, Some(range)) if same => lines.extend(hexdump(&bytes, range.clone())),
        _ => lines.extend(hexdump(
            &bytes,
            decoded.ill_formed_at.map_or(0..0, |at| at..at + 1),
        )),
    }
    Some(Excerpt {
        title: format!("clientDataJSON, {} bytes", bytes.len()),
        pointer: "/response/response/clientDataJSON".to_owned(),
        field: name.map(str::to_owned),
        bytes: marked
            .filter(|_| same)
            .map(|range| (range.start, range.end)),
        lines,
    })
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Runs `draw` with the authenticator data of either ceremony, and where it stands.
fn with_data<T>(
    recording: &Recording,
    draw: impl FnOnce(&AuthenticatorData<'_>, &str) -> Option<T>,
) -> Option<T> {
    let response = response(recording)?;
    if recording.kind == Kind::Authentication {
        let bytes = decoded(&response.authenticator_data)?;
        let pointer = "/response/response/authenticatorData";
        return draw(&AuthenticatorData::decode(&bytes), pointer);
    }
    let bytes = decoded(&response.attestation_object)?;
    let object = AttestationObject::decode(&bytes).ok()?;
    let data = object.authenticator_data()?.as_bytes()?;
    let pointer = "/response/response/attestationObject, authData";
    draw(&AuthenticatorData::decode(data), pointer)
}

/// The map of fields and the bytes of the one that matters.
fn authenticator_data(recording: &Recording, step: &str, field: Option<&str>) -> Option<Excerpt> {
    let drawn = with_data(recording, |data, pointer| {
        let fields = fields::of_authenticator_data(data);
        let named = field.or_else(|| field_of(step));
        let fault = data
            .problems
            .first()
            .map(|problem| place(problem, data.bytes.len()));
        let odd = odd_place(data).filter(|_| step.starts_with("cbor."));
        let bytes = named.and_then(|name| range_of(&fields, name));
        let marked = bytes.clone().or(fault).or(odd);
        let mut lines = fields::lines(&fields, named);
        lines.push(String::new());
        lines.extend(hexdump(data.bytes, marked.clone().unwrap_or(0..0)));
        Some(Excerpt {
            title: format!("authenticator data, {} bytes", data.bytes.len()),
            pointer: pointer.to_owned(),
            field: named.map(str::to_owned),
            bytes: marked.map(|range| (range.start, range.end)),
            lines,
        })
    });
    // CBOR that cannot be read at all is the attestation object's.
    drawn.or_else(|| attestation_object(recording, step))
}

fn field_of(step: &str) -> Option<&'static str> {
    Some(match step {
        "ad.rfu" | "ad.at-required" | "ad.at-forbidden" => "flags",
        "ad.acd.id-empty" | "ad.acd.id-len" => "credentialIdLength",
        "ad.ext.map" | "ad.ext.empty" | "ad.ext.dup-key" | "ad.ext.canonical" => "extensions",
        "ad.trailing" => "(rest)",
        "cbor.dup-key" | "cbor.canonical" => "credentialPublicKey",
        _ => return None,
    })
}

fn range_of(fields: &[Field], name: &str) -> Option<Range<usize>> {
    let field = fields.iter().find(|field| field.name == name)?;
    Some(field.bytes.clone())
}

/// Where a problem of authenticator data is.
fn place(problem: &DataProblem, length: usize) -> Range<usize> {
    match problem {
        DataProblem::AttestedTruncated { offset, .. } => *offset..length.max(*offset),
        DataProblem::Key { error } | DataProblem::Extensions { error } => {
            error.offset..error.offset + 1
        }
        DataProblem::Trailing { offset, count } => *offset..offset + count,
        _ => length.saturating_sub(1)..length,
    }
}

/// The first place of the key that canonical CBOR does not allow.
fn odd_place(data: &AuthenticatorData<'_>) -> Option<Range<usize>> {
    let item = data.attested.as_ref()?.key.as_ref()?.item();
    let first = item.duplicate_key().or_else(|| item.not_canonical())?;
    Some(first.offset..first.offset + 1)
}

/// The parameters of the credential public key.
fn key(recording: &Recording, rest: &str) -> Option<Excerpt> {
    with_data(recording, |data, pointer| {
        let key = data.attested.as_ref()?.key.as_ref()?;
        let fields = fields::of_key(key);
        let wanted = match rest {
            "alg" | "alg-kty" => "3 alg",
            "crv" => "-1 crv",
            "point-form" => "-3 y",
            "coord-len" | "on-curve" => "-2 x",
            "rsa" | "rsa-key" => "-1 n",
            _ => "",
        };
        let marked = range_of(&fields, wanted);
        let whole = key.offset()..key.offset() + key.item().consumed;
        let mut lines = fields::lines(&fields, Some(wanted));
        lines.push(String::new());
        lines.extend(hexdump(data.bytes, marked.clone().unwrap_or(whole)));
        Some(Excerpt {
            title: "credential public key (COSE)".to_owned(),
            pointer: format!("{pointer}, credentialPublicKey"),
            field: Some(wanted.to_owned()).filter(|name| !name.is_empty()),
            bytes: marked.map(|range| (range.start, range.end)),
            lines,
        })
    })
}

fn attestation_object(recording: &Recording, step: &str) -> Option<Excerpt> {
    let bytes = decoded(&response(recording)?.attestation_object)?;
    let wanted = match step {
        "att-obj.fmt" | "reg.fmt" => Some("fmt"),
        "att-obj.att-stmt" => Some("attStmt"),
        "att-obj.auth-data" => Some("authData"),
        _ => None,
    };
    let (fields, marked) = match AttestationObject::decode(&bytes) {
        Ok(object) => {
            let fields = fields::of_map(&object.item.value, object.item.consumed);
            let end = object.item.consumed;
            let marked = match wanted.and_then(|name| range_of(&fields, name)) {
                Some(range) => Some(range),
                None if step == "att-obj.trailing" => Some(end..bytes.len()),
                None => None,
            };
            (fields, marked)
        }
        Err(error) => (Vec::new(), Some(error.offset..error.offset + 1)),
    };
    let mut lines = fields::lines(&fields, wanted);
    lines.push(String::new());
    lines.extend(hexdump(&bytes, marked.clone().unwrap_or(0..0)));
    Some(Excerpt {
        title: format!("attestationObject, {} bytes", bytes.len()),
        pointer: "/response/response/attestationObject".to_owned(),
        field: wanted.map(str::to_owned),
        bytes: marked.map(|range| (range.start, range.end)),
        lines,
    })
}

/// The members of the attestation statement.
fn statement(recording: &Recording, step: &str) -> Option<Excerpt> {
    let bytes = decoded(&response(recording)?.attestation_object)?;
    let object = AttestationObject::decode(&bytes).ok()?;
    let statement = object.statement()?;
    let outer = fields::of_map(&object.item.value, object.item.consumed);
    let end = range_of(&outer, "attStmt").map_or(bytes.len(), |range| range.end);
    let fields = fields::of_map(statement, end);
    let wanted = statement_member(step);
    let marked = wanted.and_then(|name| range_of(&fields, name));
    let whole = range_of(&outer, "attStmt");
    let format = object.format().and_then(Value::as_text).unwrap_or("?");
    let mut lines = fields::lines(&fields, wanted);
    let around = marked.clone().or(whole).unwrap_or(0..0);
    lines.push(String::new());
    lines.extend(hexdump(&bytes, around));
    Some(Excerpt {
        title: format!("attestation statement, format {format:?}"),
        pointer: "/response/response/attestationObject, attStmt".to_owned(),
        field: wanted.map(str::to_owned),
        bytes: marked.map(|range| (range.start, range.end)),
        lines,
    })
}

fn statement_member(step: &str) -> Option<&'static str> {
    let last = step.rsplit('.').next()?;
    let certificate =
        step.contains(".cert.") || step.starts_with("chain.") || step.starts_with("reg.");
    Some(match last {
        _ if certificate => "x5c",
        "sig" => "sig",
        "alg" => "alg",
        "ver" => "ver",
        "pub-area" | "pub-key" if step.starts_with("att.tpm.") => "pubArea",
        "magic" | "type" | "extra-data" | "name" | "cert-info" => "certInfo",
        "x5c" | "x5c-one" | "cert-p256" | "aaguid-match" | "nonce" | "kd" | "challenge"
        | "all-apps" | "origin" | "purpose" | "pub-key" => "x5c",
        _ => return None,
    })
}

fn signature(recording: &Recording) -> Option<Excerpt> {
    if recording.kind == Kind::Registration {
        return statement(recording, "att.sig");
    }
    member(recording, "signature", |response| &response.signature)
}

/// The bytes of a member of the response.
fn member(
    recording: &Recording,
    name: &str,
    get: impl Fn(&AuthenticatorResponse) -> &Member,
) -> Option<Excerpt> {
    let bytes = decoded(get(response(recording)?))?;
    Some(Excerpt {
        title: format!("{name}, {} bytes", bytes.len()),
        pointer: format!("/response/response/{name}"),
        field: None,
        bytes: None,
        lines: hexdump(&bytes, 0..0),
    })
}

/// A member of the JSON around the bytes; where it is no base64url, the first wrong character.
fn envelope(recording: &Recording, rest: &str) -> Option<Excerpt> {
    let credential = recording.response.credential()?;
    let response = credential.authenticator_response();
    let named: Vec<(&str, &Member)> = match rest {
        "id" => vec![
            ("/response/id", &credential.id),
            ("/response/rawId", &credential.raw_id),
        ],
        "type" => vec![("/response/type", &credential.kind)],
        "user-handle" => vec![("/response/response/userHandle", &response?.user_handle)],
        "response" => members(response?, recording.kind),
        _ => return None,
    };
    let fault = |member: &Member| base64url::decode(member.text()?).err();
    let wrong = named
        .iter()
        .find(|(_, member)| member.text().is_none() || fault(member).is_some());
    let (pointer, _) = wrong.or(named.first())?;
    let mut lines = Vec::new();
    for (place, member) in &named {
        let name = place.rsplit('/').next().unwrap_or(place);
        let Some(value) = member.text() else {
            lines.push(format!("{name}: {}", member.kind()));
            continue;
        };
        let at = (rest != "type").then(|| fault(member)).flatten();
        let marked = at.and_then(|error| error.offset()).map(|at| at..at + 1);
        lines.push(format!("{name}:"));
        lines.extend(text::excerpt(value, marked.unwrap_or(0..0)));
    }
    Some(Excerpt {
        title: "the response's JSON".to_owned(),
        pointer: (*pointer).to_owned(),
        field: None,
        bytes: None,
        lines,
    })
}

fn members(response: &AuthenticatorResponse, kind: Kind) -> Vec<(&'static str, &Member)> {
    let mut named = vec![(
        "/response/response/clientDataJSON",
        &response.client_data_json,
    )];
    match kind {
        Kind::Registration => {
            named.push((
                "/response/response/attestationObject",
                &response.attestation_object,
            ));
        }
        Kind::Authentication => {
            named.push((
                "/response/response/authenticatorData",
                &response.authenticator_data,
            ));
            named.push(("/response/response/signature", &response.signature));
        }
    }
    named
}
