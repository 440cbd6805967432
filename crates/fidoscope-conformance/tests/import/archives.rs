//! HTTP archives: what becomes a ceremony of them, and what is not kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_recording::redact;
use serde_json::json;

use super::fixture::*;

#[test]
fn a_har_becomes_ceremonies_however_bytes_are_written() {
    check(|text| json!(text));
    check(|text| json!(STANDARD.encode(bytes(text))));
    check(|text| json!(bytes(text)));
    check(|text| json!({ "type": "Buffer", "data": bytes(text) }));
    check(|text| {
        let hex: String = bytes(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        json!(hex)
    });
    check(|text| {
        let members = bytes(text).into_iter().enumerate();
        members
            .map(|(at, byte)| (at.to_string(), json!(byte)))
            .collect()
    });
}

#[test]
fn nothing_personal_is_kept() {
    let mut imported = import("t.har", &archive(|text| json!(text), [200, 400]));
    for recording in &imported.recordings {
        let text = serde_json::to_string(recording).unwrap();
        for secret in ["SECRET", "alice", "Alice", "session"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let (before, verdict) = (
        imported.recordings[1].clone(),
        judged(&imported.recordings[1]),
    );
    redact(&mut imported.recordings[1]);
    let after = &imported.recordings[1];
    assert_ne!(
        after.record.as_ref().unwrap().user_handle,
        before.record.unwrap().user_handle
    );
    assert_eq!(after.decision.as_ref().unwrap().reason, None);
    assert_eq!(after.source, None);
    assert_eq!(judged(after), verdict);
}

#[test]
fn the_answer_of_the_relying_party_is_its_decision() {
    let imported = import("t.har", &archive(|text| json!(text), [200, 400]));
    let decision = imported.recordings[1].decision.clone().unwrap();
    assert_eq!(
        decision.verdict,
        fidoscope_recording::DecisionVerdict::Reject
    );
    assert_eq!(decision.reason.as_deref(), Some("HTTP 400: bad origin"));
    assert_eq!(judged(&imported.recordings[1]), "accept rp-rejected");
}

#[test]
fn an_authentication_gets_the_record_of_the_registration_before_it() {
    let imported = import("t.har", &archive(|text| json!(text), [200, 200]));
    let record = imported.recordings[1].record.as_ref().unwrap();
    let id = imported.recordings[0]
        .response
        .credential()
        .unwrap()
        .raw_id
        .text();
    assert_eq!(Some(record.id.as_str()), id);
    // A registration that the relying party refused leaves no record.
    let imported = import("t.har", &archive(|text| json!(text), [403, 200]));
    assert_eq!(imported.recordings[1].record, None);
}
