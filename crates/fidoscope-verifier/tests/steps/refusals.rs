//! Ceremonies that the client did not complete end at step 2 (`WebAuthn L3 §7.1`, `§7.2`).

use fidoscope_recording::CredentialBody;
use fidoscope_verifier::{Context, Status};
use serde_json::{Value, json};

use crate::fixture::{Assertion, Registration, compare, compare_stricter, verify};

/// What the client answered, in both ceremonies; `found` is empty where a credential is meant.
#[track_caller]
fn check(answer: &Value, found: &str, otherwise: &str) {
    let body = || serde_json::from_value::<CredentialBody>(answer.clone()).unwrap();
    let mut made = Registration::new();
    let created = body();
    made.around(move |r| r.response = created);
    let mut used = Assertion::new();
    let got = body();
    used.around(move |r| r.response = got);
    for (step, recording) in [("reg.create", made.build()), ("auth.get", used.build())] {
        let expected = if found.is_empty() { otherwise } else { step };
        compare(&recording, expected, "");
        compare_stricter(&recording, expected, expected);
        let trace = verify(&recording, &Context::default());
        let said = trace.outcome(step).unwrap();
        let told = (!found.is_empty()).then(|| format!("the client refused: {found}"));
        assert_eq!(said.found(), told.as_deref());
        if told.is_some() {
            // The ceremony ends there: nothing is said of a credential that is not there.
            let failed = trace.steps.iter().filter(|said| said.l3 == Status::Fail);
            assert_eq!(failed.count(), 1);
            assert!(trace.outcome("env.json").is_none());
        }
    }
}

#[test]
fn the_client_refused() {
    check(&Value::Null, "no credential", "");
    let text = "NotAllowedError: The operation either timed out or was not allowed.";
    check(&json!({ "error": text }), "NotAllowedError", "");
    check(&json!(text), "NotAllowedError", "");
    let exception = json!({ "name": "InvalidStateError", "message": "registered", "code": 11 });
    check(&exception, "InvalidStateError", "");
    check(&json!({ "error": exception }), "InvalidStateError", "");
    check(&json!({ "error": "cancelled" }), "cancelled", "");
}

#[test]
fn a_broken_credential_is_no_refusal() {
    check(&json!([]), "", "env.json");
    check(&json!("credential"), "", "env.json");
    check(&json!({}), "", "env.type");
    let response = json!({ "response": {}, "error": "NotAllowedError" });
    check(&response, "", "env.type");
}
