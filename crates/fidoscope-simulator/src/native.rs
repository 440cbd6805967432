//! Log lines of `fidoscope.event.v1`: keys are the names of the event's columns.

use crate::act::{Act, Ending, Reason, What};
use crate::fleet::Segment;
use crate::json::{Object, uuid};
use crate::log::Shape;

/// The native shape.
pub(crate) struct Native;

/// The identifier of an event: its act and which of its lines it is.
pub(crate) fn event_id(act: u64, part: u8) -> String {
    format!("{act:016x}-{part}")
}

impl Shape for Native {
    fn lines(&mut self, act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>)) {
        match act.what {
            What::SignIn(ending) => {
                if act.started {
                    emit(act.at, start(act, "authentication.started", "get"));
                }
                if let Some(line) = sign_in(act, ending) {
                    emit(act.end(), line);
                }
            }
            What::PageLoad => emit(act.at, start(act, "authentication.started", "get")),
            What::Registration(ending) => {
                emit(act.at, start(act, "registration.started", "create"));
                registration(act, ending, emit);
            }
            What::Recovery(after) => recovery(act, after, emit),
            What::Removal => emit(act.at, removal(act)),
            What::Fallback(method) => {
                let mut line = head(act, 0, act.at, "fallback.used", "success", "none");
                line.text("fallback_method", method);
                emit(act.at, tail(line, act));
            }
            What::SyncSignal => {
                let mut line = head(act, 0, act.at, "sync.signal", "success", "none");
                line.text("method_raw", "signalUnknownCredential")
                    .binary("credential_id", &act.credential.id);
                emit(act.at, tail(line, act));
            }
            What::Ticket => {
                let mut line = head(act, 0, act.at, "support.ticket", "unknown", "none");
                line.text("ticket_id", &format!("SUP-{}", act.id % 90_000 + 10_000))
                    .text("ticket_category", "lost_credential");
                emit(act.at, tail(line, act));
            }
            What::PromptSkipped | What::Unrelated(_) => {
                let line = head(act, 0, act.at, "prompt.skipped", "unknown", "none");
                emit(act.at, tail(line, act));
            }
        }
    }
}

/// What every line begins with.
fn head(act: &Act, part: u8, at: i64, kind: &str, outcome: &str, ceremony: &str) -> Object {
    let mut line = Object::new();
    line.instant("ts", at)
        .text("event_id", &event_id(act.id, part))
        .text("kind", kind)
        .text("outcome", outcome)
        .text("ceremony", ceremony);
    line
}

/// Who and where, with which every line ends.
fn tail(mut line: Object, act: &Act) -> Vec<u8> {
    if act.what != What::PageLoad {
        line.text("user_id", &user_id(act));
        line.text("user_segment", act.segment.name());
    }
    let rp_id = rp_id(act.segment);
    line.text("rp_id", rp_id);
    line.text("client_ip", &address(act))
        .number("asn", i64::from(act.place.asn))
        .text("geo_country", act.place.country)
        .text("browser", act.device.browser)
        .text("os", act.device.os);
    // A few servers were built with a release that adds keys nobody has agreed upon.
    if act.id.is_multiple_of(97) {
        line.text("edge_pop", "lej-2").number("retry", 0);
    }
    line.finish()
}

fn start(act: &Act, kind: &str, ceremony: &str) -> Vec<u8> {
    let mut line = head(act, 0, act.at, kind, "challenge", ceremony);
    ceremony_of(&mut line, act);
    line.text(
        "uv_required",
        if act.segment == Segment::Consumer {
            "preferred"
        } else {
            "required"
        },
    )
    .number("ceremony_timeout_ms", 300_000);
    if ceremony == "get" {
        line.boolean(
            "conditional_ui",
            act.conditional || act.what == What::PageLoad,
        );
    }
    tail(line, act)
}

fn ceremony_of(line: &mut Object, act: &Act) {
    line.text("ceremony_id", &format!("c{:016x}", act.ceremony))
        .binary("challenge_hash", &act.challenge);
}

fn sign_in(act: &Act, ending: Ending) -> Option<Vec<u8>> {
    let (kind, outcome, reason) = match ending {
        Ending::Success => ("authentication.completed", "success", None),
        Ending::Failure(reason) | Ending::Rejection(reason) => {
            ("authentication.failed", "failure", Some(reason))
        }
        Ending::Silence => return None,
    };
    let mut line = head(act, 1, act.end(), kind, outcome, "get");
    ceremony_of(&mut line, act);
    line.instant("challenge_issued_ts", act.issued);
    if let Some(reason) = reason {
        failure(&mut line, reason);
    }
    // When the client gives up there is no assertion to speak of.
    if reason.is_none_or(|reason| reason.side != "client") {
        credential(&mut line, act);
        let verified = match reason.map(|reason| reason.code) {
            None => Some(true),
            Some("signature_invalid") => Some(false),
            Some(_) => None,
        };
        if let Some(verified) = verified {
            line.boolean("signature_verified", verified);
        }
        line.thousandths("server_ms", act.server_us);
    }
    line.number("ceremony_ms", i64::from(act.took_ms))
        .text("origin", origin(act, reason));
    if act.conditional {
        line.boolean("conditional_ui", true);
    }
    Some(tail(line, act))
}

fn registration(act: &Act, ending: Ending, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let (kind, outcome, reason) = match ending {
        Ending::Success => ("registration.completed", "success", None),
        Ending::Failure(reason) => ("registration.failed", "failure", Some(reason)),
        Ending::Rejection(reason) => {
            emit(
                act.end(),
                attested(act, 1, "attestation.rejected", "failure", Some(reason)),
            );
            ("registration.failed", "failure", Some(reason))
        }
        Ending::Silence => return,
    };
    let part = if matches!(ending, Ending::Rejection(_)) {
        2
    } else {
        1
    };
    emit(act.end(), attested(act, part, kind, outcome, reason));
}

/// The end of a registration, or what was thought of its attestation.
fn attested(act: &Act, part: u8, kind: &str, outcome: &str, reason: Option<&Reason>) -> Vec<u8> {
    let mut line = head(act, part, act.end(), kind, outcome, "create");
    ceremony_of(&mut line, act);
    line.instant("challenge_issued_ts", act.issued);
    if let Some(reason) = reason {
        failure(&mut line, reason);
    }
    let model = act.credential.model;
    if reason.is_none_or(|reason| reason.side != "client") {
        credential(&mut line, act);
        line.text("credential_kind", model.kind)
            .text("attachment", model.attachment)
            .text("attestation_fmt", model.format)
            .text("attestation_type", model.attestation)
            .text("attestation_trust", trust(act, reason))
            .number("public_key_alg", i64::from(model.algorithm))
            .thousandths("server_ms", act.server_us);
    }
    line.number("ceremony_ms", i64::from(act.took_ms))
        .text("origin", origin(act, reason));
    tail(line, act)
}

fn trust(act: &Act, reason: Option<&Reason>) -> &'static str {
    match reason {
        Some(reason) if reason.side == "policy" => "rejected",
        _ if act.credential.model.attestation == "none" => "not_checked",
        _ => "trusted",
    }
}

fn failure(line: &mut Object, reason: &Reason) {
    line.text("failure_reason", reason.code)
        .text("failure_raw", reason.words)
        .text("failure_side", reason.side);
}

fn credential(line: &mut Object, act: &Act) {
    let model = act.credential.model;
    line.binary("credential_id", &act.credential.id)
        .text("aaguid", &uuid(&model.aaguid))
        .texts("transports", &[act.transport])
        .object("flags", |flags| {
            flags
                .boolean("up", true)
                .boolean("uv", act.user_verified)
                .boolean("be", model.synced)
                .boolean("bs", model.synced);
        })
        .number("sign_count", i64::from(act.count));
    if act.stored > 0 {
        line.number("stored_sign_count", i64::from(act.stored));
    }
}

fn recovery(act: &Act, after: Option<u32>, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    emit(
        act.at,
        tail(
            head(act, 0, act.at, "recovery.requested", "success", "none"),
            act,
        ),
    );
    if let Some(after) = after {
        let done = act.at + i64::from(after);
        let mut line = head(act, 1, done, "recovery.completed", "success", "none");
        line.text("fallback_method", "email");
        emit(done, tail(line, act));
    }
}

fn removal(act: &Act) -> Vec<u8> {
    let mut line = head(act, 0, act.at, "credential.removed", "success", "none");
    line.binary("credential_id", &act.credential.id)
        .text("aaguid", &uuid(&act.credential.model.aaguid));
    tail(line, act)
}

fn rp_id(segment: Segment) -> &'static str {
    match segment {
        Segment::Consumer => "shop.example",
        Segment::Admin | Segment::Workforce => "desk.shop.example",
    }
}

fn origin(act: &Act, reason: Option<&Reason>) -> &'static str {
    match (reason.map(|reason| reason.code), act.segment) {
        (Some("origin_mismatch"), _) => "https://preview.shop.example",
        (_, Segment::Consumer) => "https://shop.example",
        _ => "https://desk.shop.example",
    }
}

fn user_id(act: &Act) -> String {
    let [a, b, c, d, ..] = act.user;
    format!("usr-{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// The client's address; phones have version 6 (RFC 3849).
pub(crate) fn address(act: &Act) -> String {
    if act.device.class == "mobile" {
        return format!("2001:db8:{:x}::{:x}", act.place.asn % 1000, act.host);
    }
    format!("{}{}", act.place.prefix, act.host)
}
