//! Extension outputs: tolerated, refused by policy, or not what their extension defines.

use ciborium::Value;
use fidoscope_recording::{ExtensionPolicy, Recording};
use fidoscope_verifier::{Context, Status, verify};
use fidoscope_webauthn::base64url;
use serde_json::json;

use crate::fixture::{Assertion, Registration, cbor, compare, compare_stricter};

/// A ceremony with these inputs and outputs.
struct Ceremony {
    inputs: serde_json::Value,
    client: serde_json::Value,
    authenticator: Option<Vec<(Value, Value)>>,
}

fn ceremony(inputs: serde_json::Value, client: serde_json::Value) -> Ceremony {
    Ceremony {
        inputs,
        client,
        authenticator: None,
    }
}

impl Ceremony {
    /// Outputs in the authenticator data.
    fn and(mut self, outputs: &[(&str, Value)]) -> Self {
        let entry = |(name, value): &(&str, Value)| (Value::from(*name), value.clone());
        self.authenticator = Some(outputs.iter().map(entry).collect());
        self
    }

    fn around(
        inputs: serde_json::Value,
        client: serde_json::Value,
        policy: Option<ExtensionPolicy>,
    ) -> impl FnOnce(&mut Recording) + 'static {
        move |r| {
            r.options.extensions = inputs.as_object().cloned();
            let credential = r.response.credential_mut().unwrap();
            credential.client_extension_results = Some(client);
            r.policy.extensions = policy;
        }
    }

    fn registration(self, policy: Option<ExtensionPolicy>) -> Recording {
        let mut registration = Registration::new();
        if let Some(outputs) = self.authenticator {
            registration.flags |= 0x80;
            registration.after_key = cbor(&Value::Map(outputs));
        }
        registration.around(Self::around(self.inputs, self.client, policy));
        registration.build()
    }

    fn authentication(self, policy: Option<ExtensionPolicy>) -> Recording {
        let mut assertion = Assertion::new();
        if let Some(outputs) = self.authenticator {
            assertion.flags |= 0x80;
            assertion.after = cbor(&Value::Map(outputs));
        }
        assertion.around(Self::around(self.inputs, self.client, policy));
        assertion.build()
    }
}

/// The step's status in Level 3 and what it says.
#[track_caller]
fn said(recording: &Recording, step: &str, status: Status, expected: &str) {
    let trace = verify(recording, &Context::default());
    let outcome = trace.outcome(step).unwrap();
    let text = outcome.note().or(outcome.found()).unwrap_or_default();
    assert_eq!((outcome.l3, text), (status, expected));
}

#[track_caller]
fn created(ceremony: Ceremony, expected: &str) {
    let recording = ceremony.registration(Some(ExtensionPolicy::RejectUnsolicited));
    shape(&recording, "reg.ext", expected);
}

#[track_caller]
fn used(ceremony: Ceremony, expected: &str) {
    let recording = ceremony.authentication(Some(ExtensionPolicy::RejectUnsolicited));
    shape(&recording, "auth.ext", expected);
}

/// A strict lint, or nothing.
#[track_caller]
fn shape(recording: &Recording, step: &str, expected: &str) {
    compare(recording, "accept", "");
    if expected.is_empty() {
        said(recording, step, Status::Pass, "");
        compare_stricter(recording, "accept", "accept");
    } else {
        said(recording, step, Status::Observation, expected);
        compare_stricter(recording, "accept", step);
    }
}

#[test]
fn outputs_that_nobody_asked_for() {
    let unsolicited = || ceremony(json!({}), json!({"credProps": {"rk": true}}));
    let tolerated = unsolicited().registration(None);
    compare(&tolerated, "accept", "");
    said(
        &tolerated,
        "reg.ext",
        Status::Observation,
        "nobody asked for credProps",
    );
    let reject = Some(ExtensionPolicy::RejectUnsolicited);
    compare(&unsolicited().registration(reject), "reg.ext", "");
    let in_data = || ceremony(json!({}), json!({})).and(&[("credProtect", 2.into())]);
    compare(&in_data().registration(None), "accept", "");
    compare(&in_data().registration(reject), "reg.ext", "");
    compare(&in_data().authentication(reject), "auth.ext", "");
    // A missing output is no fault.
    compare(
        &ceremony(json!({"credProps": true}), json!({})).registration(reject),
        "accept",
        "",
    );
}

#[test]
fn an_output_may_have_an_input_of_another_name() {
    created(
        ceremony(json!({"prf": {}}), json!({"prf": {"enabled": true}}))
            .and(&[("hmac-secret", true.into())]),
        "",
    );
    created(
        ceremony(
            json!({"credentialProtectionPolicy": "userVerificationRequired"}),
            json!({}),
        )
        .and(&[("credProtect", 3.into())]),
        "",
    );
    created(
        ceremony(json!({"minPinLength": true}), json!({})).and(&[("minPinLength", 6.into())]),
        "",
    );
}

#[test]
fn outputs_of_a_registration_have_their_types() {
    let props = |output| ceremony(json!({"credProps": true}), json!({"credProps": output}));
    created(props(json!({})), "");
    created(props(json!({"rk": false})), "");
    created(
        props(json!({"rk": "yes"})),
        "ext.credProps.type: {\"rk\":\"yes\"}, not an object with a boolean rk or none",
    );
    created(
        props(json!(true)),
        "ext.credProps.type: true, not an object with a boolean rk or none",
    );
    let exclude = |output| {
        ceremony(
            json!({"appidExclude": "https://example.org"}),
            json!({"appidExclude": output}),
        )
    };
    created(exclude(json!(true)), "");
    created(
        exclude(json!(false)),
        "ext.appidExclude.type: false, not true",
    );
    let blob = |output| {
        ceremony(
            json!({"largeBlob": {"support": "required"}}),
            json!({"largeBlob": output}),
        )
    };
    created(blob(json!({"supported": true})), "");
    created(
        blob(json!({})),
        "ext.largeBlob.type: {}, not an object with a boolean supported",
    );
    let protect = |level: u8| {
        ceremony(json!({"credentialProtectionPolicy": "x"}), json!({}))
            .and(&[("credProtect", level.into())])
    };
    created(protect(1), "");
    created(
        protect(4),
        "ext.credProtect.type: integer in the authenticator data, not 1, 2 or 3",
    );
    let secret = |output: Value| {
        ceremony(
            json!({"hmacCreateSecret": true}),
            json!({"hmacCreateSecret": true}),
        )
        .and(&[("hmac-secret", output)])
    };
    created(secret(true.into()), "");
    created(
        secret(7.into()),
        "ext.hmac-secret.type: integer in the authenticator data, not a boolean",
    );
    created(
        ceremony(json!({"minPinLength": true}), json!({})).and(&[("minPinLength", 3.into())]),
        "ext.minPinLength.type: integer in the authenticator data, not a number from 4 to 63",
    );
    let long = "x".repeat(33);
    created(
        ceremony(json!({&long: true}), json!({&long: true})),
        &format!("{long:?} is no identifier"),
    );
}

#[test]
fn outputs_of_an_authentication_have_their_types() {
    let first = base64url::encode(&[7; 32]);
    let prf = |output| ceremony(json!({"prf": {}}), json!({"prf": output}));
    used(
        prf(json!({"results": {"first": first, "second": first}})),
        "",
    );
    used(
        prf(json!({"results": {"second": "AAAA"}})),
        "ext.prf.type: {\"results\":{\"second\":\"AAAA\"}}, not enabled and 32-byte results",
    );
    used(
        ceremony(json!({"prf": {}}), json!({})).and(&[("prf", Value::Bytes(vec![7; 32]))]),
        "ext.prf.type: byte string in the authenticator data, not hmac-secret, which is encrypted",
    );
    let blob = |output| ceremony(json!({"largeBlob": {}}), json!({"largeBlob": output}));
    used(blob(json!({"blob": "AAAA"})), "");
    used(blob(json!({"written": true})), "");
    used(
        blob(json!({"written": 1})),
        "ext.largeBlob.type: {\"written\":1}, not an object with a blob or a boolean written",
    );
    let uvm = |output| {
        ceremony(json!({"uvm": true}), json!({"uvm": output})).and(&[(
            "uvm",
            Value::Array(vec![Value::Array(vec![2.into(), 4.into(), 2.into()])]),
        )])
    };
    used(uvm(json!([[2, 4, 2]])), "");
    used(
        uvm(json!([[2, 4]])),
        "ext.uvm.type: [[2,4]], not one to three lists of three numbers",
    );
    let secret = |length| {
        ceremony(json!({"prf": {}}), json!({}))
            .and(&[("hmac-secret", Value::Bytes(vec![1; length]))])
    };
    used(secret(48), "");
    used(
        secret(5),
        "ext.hmac-secret.type: byte string in the authenticator data, not 32 or 64 encrypted bytes",
    );
    used(
        ceremony(json!({"credProps": true}), json!({"credProps": {}})),
        "ext.credProps.type: {}, not an output of a registration only",
    );
}

#[test]
fn a_claim_that_the_authenticator_does_not_bear_out() {
    let claimed =
        ceremony(json!({"prf": {}}), json!({"prf": {"enabled": true}})).registration(None);
    compare(&claimed, "accept", "");
    compare_stricter(&claimed, "accept", "accept");
    said(
        &claimed,
        "reg.ext",
        Status::Observation,
        "ext.inconsistent: prf.enabled is claimed, but the authenticator data has no hmac-secret",
    );
}

#[test]
fn results_that_are_no_object() {
    let odd = ceremony(json!({}), json!([1])).registration(None);
    compare(&odd, "accept", "");
    said(
        &odd,
        "reg.client-ext-results",
        Status::Observation,
        "clientExtensionResults is no object",
    );
}
