//! Rules about client data, the same in both ceremonies (`WebAuthn L3 §7.1 steps 5-11`,
//! `§7.2 steps 8-14`).

use fidoscope_recording::{OriginMatching, Recording};
use fidoscope_webauthn::{ClientData, ClientDataText, Field};
use serde_json::Value;

use crate::ceremony::{limited, origin};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;
use crate::verdict::trace::Status;
use fidoscope_recording::Profile;

/// The steps of one ceremony.
pub(crate) struct Steps {
    utf8: &'static StepInfo,
    json: &'static StepInfo,
    kind: &'static StepInfo,
    challenge: &'static StepInfo,
    origin: &'static StepInfo,
    token_binding: &'static StepInfo,
    cross_origin: &'static StepInfo,
    top_origin: &'static StepInfo,
    expected_type: &'static str,
    wanted_type: &'static str,
}

pub(crate) static REGISTRATION: Steps = Steps {
    utf8: &step::REG_CLIENT_DATA_UTF8,
    json: &step::REG_CLIENT_DATA_JSON,
    kind: &step::REG_TYPE,
    challenge: &step::REG_CHALLENGE,
    origin: &step::REG_ORIGIN,
    token_binding: &step::REG_TOKEN_BINDING,
    cross_origin: &step::REG_CROSS_ORIGIN,
    top_origin: &step::REG_TOP_ORIGIN,
    expected_type: "webauthn.create",
    wanted_type: "\"webauthn.create\"",
};

pub(crate) static AUTHENTICATION: Steps = Steps {
    utf8: &step::AUTH_CLIENT_DATA_UTF8,
    json: &step::AUTH_CLIENT_DATA_JSON,
    kind: &step::AUTH_TYPE,
    challenge: &step::AUTH_CHALLENGE,
    origin: &step::AUTH_ORIGIN,
    token_binding: &step::AUTH_TOKEN_BINDING,
    cross_origin: &step::AUTH_CROSS_ORIGIN,
    top_origin: &step::AUTH_TOP_ORIGIN,
    expected_type: "webauthn.get",
    wanted_type: "\"webauthn.get\"",
};

/// Judges the client data of a ceremony.
pub(crate) fn judge(judge: &mut Judge, bytes: &[u8], recording: &Recording, steps: &'static Steps) {
    let text = ClientDataText::decode(bytes);
    match (text.ill_formed_at, text.byte_order_mark) {
        (Some(at), _) => {
            let found = format!("an ill-formed sequence at byte {at}");
            judge.lint(steps.utf8, "well-formed UTF-8", found);
        }
        (None, true) => judge.lint(steps.utf8, "no byte order mark", "one, which is stripped"),
        (None, false) => judge.pass(steps.utf8),
    }
    let data = match text.parse() {
        Ok(data) => data,
        Err(error) => {
            judge.fail(steps.json, "a JSON object", error.to_string());
            return;
        }
    };
    match data.duplicates.first() {
        Some(name) => judge.observe(steps.json, format!("member `{name}` came twice")),
        None => match limited::departure(bytes, &data) {
            None => judge.pass(steps.json),
            Some(at) => {
                let note = format!("client-data.non-canonical: other bytes from offset {at}");
                judge.observe(steps.json, note);
            }
        },
    }
    kind(judge, &data, steps);
    challenge(judge, &data, recording, steps);
    origin(judge, &data, recording, steps);
    cross_origin(judge, &data, recording, steps);
    token_binding(judge, &data, recording, steps);
    top_origin(judge, &data, recording, steps);
    for name in &data.duplicates {
        let step = match name.as_str() {
            "type" => steps.kind,
            "challenge" => steps.challenge,
            "origin" => steps.origin,
            "crossOrigin" => steps.cross_origin,
            "topOrigin" => steps.top_origin,
            _ => steps.token_binding,
        };
        let expected = format!("`{name}` once");
        judge.lint_passed(step, expected, "twice; the last one counts");
    }
}

/// `WebAuthn L3 §7.1 step 7`, `§7.2 step 10`.
fn kind(judge: &mut Judge, data: &ClientData<'_>, steps: &'static Steps) {
    if data.kind.text() == Some(steps.expected_type) {
        judge.pass_with(steps.kind, steps.wanted_type);
    } else {
        judge.fail(steps.kind, steps.wanted_type, data.kind.to_string());
    }
}

/// `WebAuthn L3 §7.1 step 8`, `§7.2 step 11`: the texts are compared, so another encoding of the
/// same bytes fails.
fn challenge(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    let wanted = recording.options.challenge.as_str();
    if data.challenge.text() == Some(wanted) {
        judge.pass(steps.challenge);
    } else {
        judge.fail(
            steps.challenge,
            format!("{wanted:?}"),
            data.challenge.to_string(),
        );
    }
}

/// `WebAuthn L3 §7.1 step 9`, `§7.2 step 12`: the text as the client sent it, byte by byte, unless
/// the policy also expects what lies below an origin.
fn origin(judge: &mut Judge, data: &ClientData<'_>, recording: &Recording, steps: &'static Steps) {
    let own = &recording.rp.origins;
    let related = &recording.policy.related_origins;
    if own.is_empty() && related.is_empty() {
        return judge.open(steps.origin, "the recording names no origin");
    }
    let below = recording.policy.origin_matching == Some(OriginMatching::Subdomains);
    match data.origin.text() {
        // One of several may be less trusted than the one that the ceremony began at.
        Some(found) if own.iter().any(|origin| origin == found) => match own.len() {
            1 => judge.pass_with(steps.origin, found.to_owned()),
            count => judge.pass_with(steps.origin, format!("{found}, one of {count} expected")),
        },
        Some(found) if related.iter().any(|origin| origin == found) => {
            judge.pass_with(steps.origin, format!("{found}, a related origin"));
        }
        Some(found) if below && own.iter().any(|origin| origin::is_below(found, origin)) => {
            judge.pass_with(steps.origin, format!("{found}, a subdomain by policy"));
        }
        _ => {
            let expected = one_of(own.iter().chain(related));
            judge.fail(steps.origin, expected, data.origin.to_string());
        }
    }
}

/// `WebAuthn L2 §7.1 step 10`, `§7.2 step 14`: status and id are those of the connection. Level 3
/// reserves the member; the FIDO server requirements keep the list of its statuses.
fn token_binding(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    let step = steps.token_binding;
    let connection = recording.rp.token_binding.as_deref();
    let binding = match (&data.token_binding, connection) {
        (Field::Missing, None) => return judge.pass(step),
        (Field::Missing, Some(_)) => {
            return judge.fail(step, "the connection's token binding", "no tokenBinding");
        }
        (Field::Other(Value::Object(binding)), _) => binding,
        (other, _) => {
            return judge.fail(step, "an object with a status", other.to_string());
        }
    };
    let id = binding.get("id").and_then(Value::as_str);
    match (binding.get("status").and_then(Value::as_str), connection) {
        // Level 1 could say that it does not support token binding.
        (Some("supported" | "not-supported"), None) => judge.pass(step),
        (Some("present"), Some(connection)) if id == Some(connection) => judge.pass(step),
        (Some("present"), Some(_)) => {
            let found = id.map_or_else(|| "no id".to_owned(), |id| format!("{id:?}"));
            judge.fail(step, "the id of the connection's binding", found);
        }
        (Some("present"), None) => {
            judge.fail(step, "no token binding, as on the connection", "present");
        }
        (Some(status @ ("supported" | "not-supported")), Some(_)) => {
            judge.fail(step, "present, as on the connection", status.to_owned());
        }
        (Some(other), _) => unknown_status(judge, other, connection, step),
        (None, _) => judge.fail(step, "a status that is text", "none"),
    }
}

/// `WebAuthn L2 §5.8.1`: with a status that is not in its list the member counts as absent; Level 3 has
/// reserved it. The FIDO server requirements alone refuse such a status.
fn unknown_status(
    judge: &mut Judge,
    status: &str,
    connection: Option<&str>,
    step: &'static StepInfo,
) {
    let found = format!("{status:?}");
    if connection.is_some() {
        let found = format!("{found}, which counts as no tokenBinding");
        judge.fail(step, "the connection's token binding", found);
    } else {
        judge.fail(step, "the status present or supported", found);
        judge.differ(|_| Status::Observation);
    }
    judge.fails_also_in(Profile::FidoServer);
}

/// Whether the relying party expects to be used in a frame of another origin.
fn framed(recording: &Recording) -> bool {
    recording.rp.allow_cross_origin || recording.policy.cross_origin == Some(true)
}

/// `WebAuthn L3 §7.1 step 10`, `§7.2 step 13`.
fn cross_origin(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    let step = steps.cross_origin;
    match &data.cross_origin {
        Field::Bool(true) if !framed(recording) => {
            let expected = "no use in a cross-origin frame";
            judge.fail(step, expected, "crossOrigin: true");
        }
        Field::Missing | Field::Bool(_) => judge.pass(step),
        other => judge.lint(step, "crossOrigin, a boolean", other.to_string()),
    }
}

/// `WebAuthn L3 §7.1 step 11`, `§7.2 step 14`; counts even when `crossOrigin` is false, though no
/// client has a top origin then (`§5.8.1`).
fn top_origin(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    let step = steps.top_origin;
    if data.top_origin.is_missing() {
        return judge.not_applicable(step, "no topOrigin");
    }
    if !framed(recording) {
        let found = data.top_origin.to_string();
        return judge.fail(step, "no use in a cross-origin frame", found);
    }
    let (own, general) = (&recording.rp.top_origins, &recording.policy.top_origins);
    let mut allowed = own.iter().chain(general);
    match data.top_origin.text() {
        Some(found) if allowed.any(|origin| origin == found) => match data.cross_origin {
            Field::Bool(true) => judge.pass_with(step, found.to_owned()),
            _ => judge.lint(
                step,
                "crossOrigin: true beside a topOrigin",
                "another value",
            ),
        },
        _ => {
            let expected = one_of(own.iter().chain(general));
            judge.fail(step, expected, data.top_origin.to_string());
        }
    }
}

fn one_of<'o>(allowed: impl Iterator<Item = &'o String>) -> String {
    let allowed: Vec<&String> = allowed.collect();
    match allowed.as_slice() {
        [] => "none is allowed".to_owned(),
        [only] => format!("{only:?}"),
        several => format!("one of {several:?}"),
    }
}
