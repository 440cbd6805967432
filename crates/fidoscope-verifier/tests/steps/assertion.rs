use fidoscope_authenticator::TestKey;
use fidoscope_recording::{
    BackupPolicy, CredentialDescriptor, Member, Recording, ResponseBody, SignCountPolicy,
};
use fidoscope_verifier::Status;
use fidoscope_webauthn::base64url;

use crate::fixture::{Assertion, compare, key, put, sha256, status_of};

#[track_caller]
fn check(edit: impl FnOnce(&mut Assertion), l3: &str, l2: &str) {
    let mut assertion = Assertion::new();
    edit(&mut assertion);
    compare(&assertion.build(), l3, l2);
}

fn inner(recording: &mut Recording) -> &mut fidoscope_recording::AuthenticatorResponse {
    let credential = recording.response.credential_mut().unwrap();
    let ResponseBody::Object(response) = &mut credential.response else {
        panic!()
    };
    response
}

#[test]
fn a_good_assertion_is_accepted_with_all_its_steps() {
    let recording = Assertion::new().build();
    compare(&recording, "accept", "");
    let trace = fidoscope_verifier::verify(&recording, &fidoscope_verifier::Context::default());
    let steps = trace
        .steps
        .iter()
        .filter(|outcome| outcome.step.id.starts_with("auth."));
    assert_eq!(steps.count(), 27);
}

#[test]
fn envelope_faults() {
    let fault = |edit: fn(&mut Recording), step: &str| check(|a| a.around(edit), step, "");
    fault(
        |r| inner(r).authenticator_data = Member::Missing,
        "env.response",
    );
    fault(
        |r| inner(r).authenticator_data = "a=".into(),
        "env.response",
    );
    fault(|r| inner(r).signature = Member::Missing, "env.response");
    fault(|r| inner(r).signature = "".into(), "env.response");
    fault(
        |r| inner(r).user_handle = Member::Other(7.into()),
        "env.user-handle",
    );
    fault(
        |r| inner(r).attestation_object = "AAAA".into(),
        "auth.response-type",
    );
}

#[test]
fn whose_credential_it_is() {
    let descriptor = |id: &[u8]| CredentialDescriptor {
        id: base64url::encode(id),
        kind: "public-key".to_owned(),
        transports: vec![],
    };
    let (other, same) = (descriptor(&[1; 32]), descriptor(&[0xc1; 32]));
    check(
        |a| a.around(|r| r.options.allow_credentials = vec![other]),
        "auth.allow-credentials",
        "",
    );
    check(
        |a| a.around(|r| r.options.allow_credentials = vec![same]),
        "accept",
        "",
    );
    check(
        |a| a.record(|record| record.id = "AAAA".to_owned()),
        "auth.user",
        "",
    );
    check(
        |a| a.record(|record| record.user_handle = Some("AAAA".to_owned())),
        "auth.user",
        "",
    );
    check(
        |a| a.around(|r| inner(r).user_handle = "AAAA".into()),
        "auth.user",
        "",
    );
    let unknown = |edit: fn(&mut Recording), step: &str| {
        check(
            |a| {
                a.around(|r| r.user.as_mut().unwrap().known = Some(false));
                a.around(edit);
            },
            step,
            "",
        );
    };
    unknown(|_| {}, "accept");
    unknown(|r| inner(r).user_handle = Member::Missing, "auth.user");
    unknown(|r| inner(r).user_handle = "AAAA".into(), "auth.user");
    check(
        |a| a.around(|r| r.record = None),
        "open: auth.credential-key",
        "open: auth.user",
    );
}

#[test]
fn client_data_faults() {
    let fault = |from: &'static str, to: &'static str, l3: &str, l2: &str| {
        check(|a| a.client_data(from, to), l3, l2);
    };
    check(
        |a| a.client_data = b"not json".to_vec(),
        "auth.client-data.json",
        "",
    );
    fault("webauthn.get", "webauthn.create", "auth.type", "");
    fault(
        "\"challenge\":\"Y",
        "\"challenge\":\"Z",
        "auth.challenge",
        "",
    );
    fault("https://", "http://", "auth.origin", "");
    fault(
        "\"crossOrigin\":false",
        "\"crossOrigin\":true",
        "auth.cross-origin",
        "accept",
    );
    let top = "\"crossOrigin\":false,\"topOrigin\":7";
    fault("\"crossOrigin\":false", top, "auth.top-origin", "accept");
    let token = "\"crossOrigin\":false,\"tokenBinding\":{\"status\":\"present\"}";
    fault(
        "\"crossOrigin\":false",
        token,
        "accept",
        "auth.token-binding",
    );
}

#[test]
fn authenticator_data_faults() {
    check(|a| a.cut = 1, "ad.len", "");
    check(|a| a.after = vec![0], "ad.trailing", "");
    check(|a| a.flags = 0x45, "ad.at-forbidden", "");
    check(|a| a.flags = 0x85, "ad.ext.missing", "");
    check(
        |a| {
            a.flags = 0x85;
            a.after = vec![0xa1, 0x61, b'a', 0xf5];
        },
        "accept",
        "",
    );
    check(|a| a.rp_id_hash[0] ^= 1, "auth.rp-id-hash", "");
    check(|a| a.flags = 0x04, "auth.up", "");
    check(|a| a.flags = 0x01, "accept", "");
    check(
        |a| {
            a.flags = 0x01;
            a.around(|r| r.options.user_verification = Some("required".to_owned()));
        },
        "auth.uv",
        "",
    );
    check(|a| a.flags = 0x15, "auth.be-bs", "accept");
    check(|a| a.flags = 0x0d, "accept", "");
    check(
        |a| {
            a.flags = 0x0d;
            let policy = BackupPolicy {
                unchanged: Some(true),
                ..BackupPolicy::default()
            };
            a.around(|r| r.policy.backup = Some(policy));
        },
        "auth.backup-state",
        "accept",
    );
}

#[test]
fn appid_changes_what_the_hash_must_be() {
    let appid = "https://example.org/appid.json";
    let check_with = |asked: bool, used: bool, hash: &[u8], step: &str| {
        check(
            |a| {
                a.rp_id_hash = sha256(hash);
                a.around(move |r| {
                    if asked {
                        let input = serde_json::json!({ "appid": appid });
                        r.options.extensions = input.as_object().cloned();
                    }
                    let results = serde_json::json!({ "appid": used });
                    let credential = r.response.credential_mut().unwrap();
                    credential.client_extension_results = Some(results);
                });
            },
            step,
            "",
        );
    };
    check_with(true, true, appid.as_bytes(), "accept");
    check_with(true, false, b"example.org", "accept");
    check_with(false, false, appid.as_bytes(), "auth.rp-id-hash");
    check_with(true, true, b"example.org", "auth.rp-id-hash");
}

#[test]
fn signature_faults() {
    let signed = |sign: fn(&TestKey, &[u8]) -> Vec<u8>, step: &str| {
        check(
            |a| a.signature = Box::new(move |m| sign(&key("credential"), &m)),
            step,
            "",
        );
    };
    signed(|key, message| key.sign_fixed(message), "sig.der");
    signed(
        |key, message| [key.sign_der(message), vec![0]].concat(),
        "sig.der",
    );
    signed(|_, _| vec![0x30, 6, 2, 1, 0, 2, 1, 1], "sig.der");
    signed(|_, _| vec![0x30, 6, 2, 1, 0xff, 2, 1, 1], "sig.der");
    signed(|_, _| vec![0x30, 7, 2, 2, 0, 1, 2, 1, 1], "sig.der");
    signed(|_, _| vec![0x30, 6, 2, 1, 1, 2, 1, 1], "auth.signature");
    signed(|key, _| key.sign_der(b"something else"), "auth.signature");
    check(
        |a| a.signature = Box::new(|message| key("another").sign_der(&message)),
        "auth.signature",
        "",
    );
    let stored = |label: i64, value: i64, step: &str| {
        check(
            |a| {
                a.record(move |record| {
                    let mut map = crate::fixture::cose_key(&key("credential"));
                    put(&mut map, label, value);
                    let bytes = crate::fixture::cbor(&ciborium::Value::Map(map));
                    record.public_key = base64url::encode(&bytes);
                });
            },
            step,
            "",
        );
    };
    stored(3, -35, "auth.signature");
    stored(3, -70_000, "open: auth.signature");
}

#[test]
fn a_counter_that_stands_still_is_a_signal() {
    let mut assertion = Assertion::new();
    assertion.sign_count = 9;
    let recording = assertion.build();
    compare(&recording, "accept", "");
    status_of(&recording, "auth.sign-count", Status::Warn);
    let mut strict = recording;
    strict.policy.sign_count = Some(SignCountPolicy::Reject);
    compare(&strict, "auth.sign-count", "");
    check(
        |a| {
            a.sign_count = 0;
            a.record(|record| record.sign_count = Some(0));
        },
        "accept",
        "",
    );
}

#[test]
fn unsolicited_extensions_and_a_bad_signature_are_ordered_by_each_level() {
    check(
        |a| {
            a.flags = 0x85;
            a.after = vec![0xa1, 0x61, b'a', 0xf5];
            a.signature = Box::new(|_| key("credential").sign_der(b"something else"));
            a.around(|r| {
                r.policy.extensions = Some(fidoscope_recording::ExtensionPolicy::RejectUnsolicited);
            });
        },
        "auth.signature",
        "auth.ext",
    );
}

/// Every bit of the authenticator data matters, and each has its step.
#[test]
fn no_flipped_bit_passes() {
    let good = Assertion::new().build();
    let data = good
        .response
        .credential()
        .unwrap()
        .authenticator_response()
        .unwrap();
    let data = base64url::decode(data.authenticator_data.text().unwrap()).unwrap();
    for bit in 0..data.len() * 8 {
        let mut flipped = data.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut recording = good.clone();
        inner(&mut recording).authenticator_data = base64url::encode(&flipped).into();
        let step = match bit {
            0..256 => "auth.rp-id-hash",
            256 => "auth.up",
            260 => "auth.be-bs",
            262 => "ad.at-forbidden",
            263 => "ad.ext.missing",
            _ => "auth.signature",
        };
        let l2 = if bit == 260 { "auth.signature" } else { step };
        compare(&recording, step, l2);
    }
}
