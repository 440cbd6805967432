//! Rules about client data, the same in both ceremonies (`WebAuthn L3 §7.1 steps 5-11`,
//! `§7.2 steps 8-14`).

use fidoscope_webauthn::{ClientData, ClientDataText, Field, Recording};
use serde_json::Value;

use crate::judge::Judge;
use crate::registry as step;
use crate::registry::StepInfo;

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
        None => judge.pass(steps.json),
        Some(name) => judge.observe(steps.json, format!("member `{name}` came twice")),
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

/// `WebAuthn L3 §7.1 step 9`, `§7.2 step 12`.
fn origin(judge: &mut Judge, data: &ClientData<'_>, recording: &Recording, steps: &'static Steps) {
    let allowed = &recording.rp.origins;
    match data.origin.text() {
        Some(found) if allowed.iter().any(|origin| origin == found) => {
            judge.pass_with(steps.origin, found.to_owned());
        }
        _ if allowed.is_empty() => judge.open(steps.origin, "the recording names no origin"),
        _ => judge.fail(steps.origin, one_of(allowed), data.origin.to_string()),
    }
}

/// `WebAuthn L2 §7.1 step 10`, `§7.2 step 14`; Level 3 reserves the member.
fn token_binding(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    let binding = match &data.token_binding {
        Field::Missing => return judge.pass(steps.token_binding),
        Field::Other(Value::Object(binding)) => binding,
        other => {
            return judge.fail(
                steps.token_binding,
                "an object with a status",
                other.to_string(),
            );
        }
    };
    let connection = recording.rp.token_binding.as_deref();
    match binding.get("status").and_then(Value::as_str) {
        Some("supported" | "not-supported") => judge.pass(steps.token_binding),
        Some("present") if connection.is_some() => {
            let id = binding.get("id").and_then(Value::as_str);
            if id == connection {
                judge.pass(steps.token_binding);
            } else {
                let found = id.map_or_else(|| "no id".to_owned(), |id| format!("{id:?}"));
                judge.fail(
                    steps.token_binding,
                    "the id of the connection's binding",
                    found,
                );
            }
        }
        Some("present") => {
            judge.fail(
                steps.token_binding,
                "no token binding, as on the connection",
                "present",
            );
        }
        Some(other) => {
            judge.fail(
                steps.token_binding,
                "present or supported",
                format!("{other:?}"),
            );
        }
        None => judge.fail(steps.token_binding, "a status that is text", "none"),
    }
}

/// `WebAuthn L3 §7.1 step 10`, `§7.2 step 13`.
fn cross_origin(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    match &data.cross_origin {
        Field::Bool(true) if !recording.rp.allow_cross_origin => {
            judge.fail(
                steps.cross_origin,
                "no use in a cross-origin frame",
                "crossOrigin: true",
            );
        }
        Field::Missing | Field::Bool(_) => judge.pass(steps.cross_origin),
        other => judge.lint(
            steps.cross_origin,
            "crossOrigin, a boolean",
            other.to_string(),
        ),
    }
}

/// `WebAuthn L3 §7.1 step 11`, `§7.2 step 14`; counts even when `crossOrigin` is false.
fn top_origin(
    judge: &mut Judge,
    data: &ClientData<'_>,
    recording: &Recording,
    steps: &'static Steps,
) {
    if data.top_origin.is_missing() {
        return judge.not_applicable(steps.top_origin, "no topOrigin");
    }
    if !recording.rp.allow_cross_origin {
        let found = data.top_origin.to_string();
        return judge.fail(steps.top_origin, "no use in a cross-origin frame", found);
    }
    let allowed = &recording.rp.top_origins;
    match data.top_origin.text() {
        Some(found) if allowed.iter().any(|origin| origin == found) => {
            judge.pass_with(steps.top_origin, found.to_owned());
        }
        _ => judge.fail(
            steps.top_origin,
            one_of(allowed),
            data.top_origin.to_string(),
        ),
    }
}

fn one_of(allowed: &[String]) -> String {
    match allowed {
        [] => "none is allowed".to_owned(),
        [only] => format!("{only:?}"),
        several => format!("one of {several:?}"),
    }
}
