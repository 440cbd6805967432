//! Registering a new credential (`WebAuthn L3 §7.1`).

use aws_lc_rs::digest::{SHA256, digest};
use fidoscope_recording::{Kind, Recording};
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::{
    AttestationObject, AttestedCredentialData, AuthenticatorData, Flags, base64url,
};

use crate::attestation::{self, Statement, Support};
use crate::envelope::Envelope;
use crate::judge::{Judge, Levels};
use crate::registry as step;
use crate::trust::{Basis, Supplied};
use crate::{
    Context, client_data, copies, data, envelope, extensions, metadata, models, options, trust,
};

/// Judges every step.
pub(crate) fn run(recording: &Recording, context: &Context<'_>) -> Judge {
    let mut judge = Judge::new(Kind::Registration, context.profile);
    options::judge(&mut judge, recording, &step::REG_OPTIONS);
    if envelope::is_refusal(&mut judge, recording, &step::REG_CREATE) {
        return judge;
    }
    let envelope = envelope::open(&mut judge, &recording.response, Kind::Registration);
    let (Some(credential), Some(response)) = (envelope.credential, envelope.response) else {
        return judge;
    };
    if envelope::is_assertion(response) {
        judge.fail(
            &step::REG_RESPONSE_TYPE,
            "an attestation response",
            "an assertion response",
        );
        return judge;
    }
    judge.pass(&step::REG_RESPONSE_TYPE);
    extensions::results(&mut judge, credential, &step::REG_CLIENT_EXT_RESULTS);
    if let Some(bytes) = &envelope.client_data {
        client_data::judge(&mut judge, bytes, recording, &client_data::REGISTRATION);
        judge.pass(&step::REG_CLIENT_DATA_HASH);
    }
    if let Some(bytes) = &envelope.attestation_object {
        attestation_object(&mut judge, bytes, recording, context, &envelope);
    }
    judge
}

fn attestation_object(
    judge: &mut Judge,
    bytes: &[u8],
    recording: &Recording,
    context: &Context<'_>,
    envelope: &Envelope<'_>,
) {
    let mark = judge.mark();
    let object = match AttestationObject::decode(bytes) {
        Ok(object) => object,
        Err(error) => {
            judge.fail(
                &step::CBOR_WELLFORMED,
                "well-formed CBOR",
                error.to_string(),
            );
            judge.sum_up(&step::REG_ATT_OBJ, mark);
            return;
        }
    };
    let parts = members(judge, &object);
    let data = parts.data.map(AuthenticatorData::decode);
    if let Some(data) = &data {
        data::judge(judge, data, Kind::Registration);
        compare_ids(judge, data, envelope);
        if let Some(response) = envelope.response {
            copies::judge(judge, data, response);
        }
    }
    if judge
        .failed_since(mark)
        .is_none_or(|id| id != step::CBOR_WELLFORMED.id)
    {
        judge.pass(&step::CBOR_WELLFORMED);
    }
    judge.sum_up(&step::REG_ATT_OBJ, mark);
    let Some(data) = &data else { return };
    authenticator_data(judge, data, recording);
    if let Some(attested) = &data.attested {
        algorithm(judge, attested, recording);
        statement(judge, &parts, data, attested, recording, context, envelope);
        credential_id(judge, attested, recording);
    }
    finish(judge, data, recording, envelope);
}

/// What the attestation object carries; a member of another type is absent.
pub(crate) struct Parts<'o> {
    pub(crate) format: Option<&'o str>,
    pub(crate) statement: Option<&'o Value<'o>>,
    pub(crate) data: Option<&'o [u8]>,
}

/// `WebAuthn L3 §7.1 step 13`: `att-obj.*`.
pub(crate) fn members<'o>(judge: &mut Judge, object: &'o AttestationObject<'o>) -> Parts<'o> {
    let mut parts = Parts {
        format: None,
        statement: None,
        data: None,
    };
    if object.item.value.as_map().is_none() {
        judge.fail(&step::ATT_OBJ_MAP, "a map", object.item.value.kind());
        return parts;
    }
    judge.pass(&step::ATT_OBJ_MAP);
    let kind = |value: Option<&Value<'_>>| value.map_or("missing", Value::kind);
    parts.format = object.format().and_then(Value::as_text);
    match parts.format {
        Some(format) => judge.pass_with(&step::ATT_OBJ_FMT, format.to_owned()),
        None => judge.fail(&step::ATT_OBJ_FMT, "fmt, a text", kind(object.format())),
    }
    match object.statement() {
        Some(Value::Map(_)) => judge.pass(&step::ATT_OBJ_ATT_STMT),
        Some(Value::Array(_)) => {
            // Level 3 lets the compound format have one; what other formats make of it is theirs.
            judge.fail_in(
                Levels::OnlyL2,
                &step::ATT_OBJ_ATT_STMT,
                "attStmt, a map",
                "array",
            );
        }
        other => judge.fail(&step::ATT_OBJ_ATT_STMT, "attStmt, a map", kind(other)),
    }
    parts.statement = object
        .statement()
        .filter(|value| matches!(value, Value::Map(_) | Value::Array(_)));
    parts.data = object.authenticator_data().and_then(Value::as_bytes);
    match parts.data {
        Some(_) => judge.pass(&step::ATT_OBJ_AUTH_DATA),
        None => {
            let found = kind(object.authenticator_data());
            judge.fail(&step::ATT_OBJ_AUTH_DATA, "authData, a byte string", found);
        }
    }
    lints(judge, object);
    parts
}

fn lints(judge: &mut Judge, object: &AttestationObject<'_>) {
    match (object.foreign_keys().first(), object.trailing()) {
        (None, 0) => judge.pass(&step::ATT_OBJ_TRAILING),
        (Some((name, offset)), _) => {
            let found = format!("unknown key {name} at offset {offset}");
            judge.lint(&step::ATT_OBJ_TRAILING, "fmt, attStmt and authData", found);
        }
        (None, count) => {
            let found = format!("{count} bytes after the map");
            judge.lint(&step::ATT_OBJ_TRAILING, "a map and nothing else", found);
        }
    }
    // The form of the key, of the extensions and of client data is for other steps to say.
    match object.item.not_canonical() {
        None => judge.pass(&step::ATT_OBJ_CANONICAL),
        Some(fault) => {
            let found = format!("{} at offset {}", fault.kind, fault.offset);
            judge.lint(&step::ATT_OBJ_CANONICAL, "CTAP2 canonical CBOR", found);
        }
    }
    if let Some(fault) = object.item.duplicate_key() {
        let found = format!("{} at offset {}", fault.kind, fault.offset);
        judge.fail(&step::CBOR_DUP_KEY, "every key once", found);
    }
}

fn compare_ids(judge: &mut Judge, data: &AuthenticatorData<'_>, envelope: &Envelope<'_>) {
    let signed = data
        .attested
        .as_ref()
        .and_then(|attested| attested.credential_id);
    if let (Some(signed), Some(raw)) = (signed, envelope.raw_id) {
        if base64url::encode(signed) == raw {
            judge.pass(&step::ENV_ID_VS_AUTHDATA);
        } else {
            let expected = format!("the attested credential id {}", base64url::encode(signed));
            judge.lint(&step::ENV_ID_VS_AUTHDATA, expected, raw.to_owned());
        }
    }
}

/// The RP ID of a recording: given, in the options, or the first origin's host.
pub(crate) fn rp_id(recording: &Recording) -> Option<&str> {
    let options = &recording.options;
    let in_options = options.rp.as_ref().and_then(|rp| rp.id.as_deref());
    let host = || recording.rp.origins.first().and_then(|origin| host(origin));
    recording
        .rp
        .id
        .as_deref()
        .or(in_options)
        .or(options.rp_id.as_deref())
        .or_else(host)
}

fn host(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once("://")?;
    rest.split([':', '/']).next()
}

/// `WebAuthn L3 §7.1 steps 14-19`.
fn authenticator_data(judge: &mut Judge, data: &AuthenticatorData<'_>, recording: &Recording) {
    if let Some(found) = data.rp_id_hash {
        match rp_id(recording) {
            Some(id) if digest(&SHA256, id.as_bytes()).as_ref() == found => {
                judge.pass_with(&step::REG_RP_ID_HASH, id.to_owned());
            }
            Some(id) => {
                let expected = format!("SHA-256 of {id:?}");
                judge.fail(&step::REG_RP_ID_HASH, expected, hex(found));
            }
            None => judge.open(&step::REG_RP_ID_HASH, "the recording names no RP ID"),
        }
    }
    let Some(flags) = data.flags.filter(|_| data.bytes.len() >= 37) else {
        return;
    };
    presence(judge, flags, recording);
    let selection = recording.options.authenticator_selection.as_ref();
    let asked = selection.and_then(|selection| selection.user_verification.as_deref());
    verification(judge, flags, asked, recording, &step::REG_UV);
    backup(judge, flags, &step::REG_BE_BS);
    let policy = recording.policy.backup.clone().unwrap_or_default();
    flag_policy(
        judge,
        policy.eligible,
        flags.be(),
        "BE",
        &step::REG_BE_POLICY,
    );
    flag_policy(judge, policy.state, flags.bs(), "BS", &step::REG_BS_POLICY);
}

/// `WebAuthn L3 §7.1 step 15`: conditional create needs no gesture; Level 2 knows no exemption.
fn presence(judge: &mut Judge, flags: Flags, recording: &Recording) {
    let conditional = recording.mediation.as_deref() == Some("conditional");
    match (flags.up(), conditional) {
        (true, _) => judge.pass(&step::REG_UP),
        (false, true) => judge.fail_in(Levels::OnlyL2, &step::REG_UP, "UP=1", "UP=0"),
        (false, false) => judge.fail(&step::REG_UP, "UP=1", "UP=0"),
    }
}

/// `WebAuthn L3 §7.1 step 16`, `§7.2 step 17`.
pub(crate) fn verification(
    judge: &mut Judge,
    flags: Flags,
    asked: Option<&str>,
    recording: &Recording,
    step: &'static crate::registry::StepInfo,
) {
    let required = recording
        .policy
        .require_uv
        .unwrap_or(asked == Some("required"));
    match (required, flags.uv()) {
        (true, false) => judge.fail(step, "UV=1", "UV=0"),
        (true, true) => judge.pass(step),
        (false, _) => judge.not_applicable(step, "user verification is not required"),
    }
}

/// `WebAuthn L3 §7.1 step 17`, `§7.2 step 18`.
pub(crate) fn backup(judge: &mut Judge, flags: Flags, step: &'static crate::registry::StepInfo) {
    if flags.bs() && !flags.be() {
        judge.fail(step, "BS=0, as BE=0", "BS=1");
    } else {
        judge.pass(step);
    }
}

pub(crate) fn flag_policy(
    judge: &mut Judge,
    wanted: Option<bool>,
    found: bool,
    name: &str,
    step: &'static crate::registry::StepInfo,
) {
    match wanted {
        None => judge.not_applicable(step, "the policy does not use it"),
        Some(wanted) if wanted == found => judge.pass(step),
        Some(wanted) => {
            let expected = format!("{name}={}", u8::from(wanted));
            judge.fail(step, expected, format!("{name}={}", u8::from(found)));
        }
    }
}

/// `WebAuthn L3 §7.1 step 20`: the exact number, not one that means the same.
fn algorithm(judge: &mut Judge, attested: &AttestedCredentialData<'_>, recording: &Recording) {
    let key = attested.key.as_ref();
    let Some(found) = key.and_then(fidoscope_webauthn::CoseKey::algorithm) else {
        return;
    };
    let Some(offered) = &recording.options.pub_key_cred_params else {
        return judge.open(&step::REG_ALG, "the recording has no pubKeyCredParams");
    };
    if offered.iter().any(|offer| offer.alg == found) {
        judge.pass(&step::REG_ALG);
    } else {
        let numbers: Vec<String> = offered.iter().map(|offer| offer.alg.to_string()).collect();
        judge.fail(
            &step::REG_ALG,
            format!("one of {}", numbers.join(", ")),
            found.to_string(),
        );
    }
}

/// `WebAuthn L3 §7.1 steps 21-24`.
fn statement(
    judge: &mut Judge,
    parts: &Parts<'_>,
    data: &AuthenticatorData<'_>,
    attested: &AttestedCredentialData<'_>,
    recording: &Recording,
    context: &Context<'_>,
    envelope: &Envelope<'_>,
) {
    let (Some(format), Some(value)) = (parts.format, parts.statement) else {
        return;
    };
    match attestation::support(format, &recording.policy) {
        // Level 3 added the format.
        Support::Yes if format == "compound" => {
            let expected = "a format of Level 2";
            judge.fail_in(Levels::OnlyL2, &step::REG_FMT, expected, format.to_owned());
        }
        Support::Yes => judge.pass_with(&step::REG_FMT, format.to_owned()),
        // What a relying party of Level 2 makes of it is judged all the same.
        Support::Level2 => {
            let expected = "a format that the policy supports";
            let found =
                format!("{format}, which Level 3 deprecates and the policy does not enable");
            judge.fail_in(Levels::OnlyL3, &step::REG_FMT, expected, found);
        }
        Support::Refused => {
            let expected = "a format that the policy supports";
            let found = format!("{format}, which the policy does not enable");
            return judge.fail(&step::REG_FMT, expected, found);
        }
        Support::Unknown => {
            let expected = "a registered format";
            return judge.fail(&step::REG_FMT, expected, format!("{format:?}"));
        }
    }
    let Some(client_data) = &envelope.client_data else {
        return;
    };
    let hash = digest(&SHA256, client_data);
    let enterprise = recording.options.attestation.as_deref() == Some("enterprise");
    let statement = Statement {
        format,
        value,
        data,
        attested,
        client_data_hash: hash.as_ref(),
        enterprise,
        policy: &recording.policy,
        now: context.now.or(recording.now),
    };
    if let Some(found) = attestation::judge(judge, &statement) {
        metadata::judge(judge, &found, (data, attested), recording, context);
        let basis = Basis {
            recording,
            context,
            supplied: &Supplied::with(recording, context),
        };
        trust::judge(judge, &found, attested, &basis);
        models::judge(judge, &found, attested, recording);
    }
}

/// `WebAuthn L3 §7.1 steps 25-26`.
fn credential_id(judge: &mut Judge, attested: &AttestedCredentialData<'_>, recording: &Recording) {
    let Some(id) = attested.credential_id else {
        return;
    };
    if id.len() <= 1023 {
        judge.pass(&step::REG_CRED_ID_LEN);
    } else {
        let found = format!("{} bytes", id.len());
        judge.fail(&step::REG_CRED_ID_LEN, "at most 1023 bytes", found);
    }
    let registered = recording
        .state
        .as_ref()
        .and_then(|state| state.registered_ids.as_ref());
    let Some(registered) = registered else {
        return judge.skip(
            &step::REG_CRED_ID_UNIQUE,
            "the recording lists no registered ids",
        );
    };
    let id = base64url::encode(id);
    if registered.contains(&id) {
        judge.fail(
            &step::REG_CRED_ID_UNIQUE,
            "an id that is not registered",
            id,
        );
    } else {
        judge.pass(&step::REG_CRED_ID_UNIQUE);
    }
}

/// `WebAuthn L3 §7.1 steps 27-29`.
fn finish(
    judge: &mut Judge,
    data: &AuthenticatorData<'_>,
    recording: &Recording,
    envelope: &Envelope<'_>,
) {
    if let Some(credential) = envelope.credential {
        extensions::judge(judge, recording, credential, Some(data), &step::REG_EXT);
    }
    judge.conclude([&step::REG_RECORD, &step::REG_FINISH]);
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
