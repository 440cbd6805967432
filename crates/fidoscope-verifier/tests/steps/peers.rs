//! Ceremonies that other relying parties accepted, or refused, by mistake. Those about origins
//! stand in `peers_origin`.

use fidoscope_recording::{
    AuthenticatorResponse, BackupPolicy, Member, Recording, ResponseBody, SignCountPolicy,
};
use fidoscope_verifier::{Context, Status, Verdict, verify};
use fidoscope_webauthn::{Aaguid, base64url};
use serde_json::json;

use crate::fixture::{
    AAGUID, Assertion, Registration, compare, compare_stricter, sha256, status_of,
};
use crate::packed::{Pki, attested, self_attested};

fn inner(recording: &mut Recording) -> &mut AuthenticatorResponse {
    match &mut recording.response.credential_mut().unwrap().response {
        ResponseBody::Object(response) => response,
        _ => panic!(),
    }
}

#[track_caller]
fn assertion(edit: impl FnOnce(&mut Assertion), l3: &str, l2: &str) {
    let mut assertion = Assertion::new();
    edit(&mut assertion);
    compare(&assertion.build(), l3, l2);
}

#[track_caller]
fn registration(edit: impl FnOnce(&mut Registration), l3: &str, l2: &str) {
    let mut registration = Registration::new();
    edit(&mut registration);
    compare(&registration.build(), l3, l2);
}

/// An account was named at the beginning; the credential is another account's.
#[test]
fn n01_the_named_user_owns_the_credential() {
    let handle = || Some(base64url::encode(b"attacker"));
    let owned_by_another = move |a: &mut Assertion| {
        a.record(move |record| record.user_handle = handle());
        a.around(|r| inner(r).user_handle = Member::Text(base64url::encode(b"attacker")));
    };
    assertion(owned_by_another, "auth.user", "");
    let silent = move |a: &mut Assertion| {
        a.record(move |record| record.user_handle = handle());
        a.around(|r| inner(r).user_handle = Member::Missing);
    };
    assertion(silent, "auth.user", "");
    // The named user has no credentials: there is no record to judge by.
    assertion(
        |a| a.around(|r| r.record = None),
        "open: auth.credential-key",
        "open: auth.user",
    );
}

#[test]
fn n08_ids_are_one_id() {
    let swapped = |r: &mut Recording| {
        r.response.credential_mut().unwrap().id = base64url::encode(&[2; 32]).into();
    };
    registration(|r| r.around(swapped), "env.id", "");
    assertion(|a| a.around(swapped), "env.id", "");
    let both = |r: &mut Recording| {
        let credential = r.response.credential_mut().unwrap();
        credential.id = base64url::encode(&[2; 32]).into();
        credential.raw_id = base64url::encode(&[2; 32]).into();
    };
    let mut attested_id = Registration::new();
    attested_id.around(both);
    compare_stricter(&attested_id.build(), "accept", "env.id-vs-authdata");
    for garbage in [json!(7), json!(true), json!(["AAAA"]), json!({})] {
        let mut number = Registration::new();
        number.around(move |r| {
            inner(r).attestation_object = Member::Other(garbage);
        });
        compare(&number.build(), "env.response", "");
    }
}

/// The RP ID is that of the options, and a sign-in without a named user needs a user handle.
#[test]
fn n09_the_rp_id_of_the_ceremony_and_discoverable_sign_in() {
    let other = |r: &mut Recording| {
        r.rp.id = None;
        r.options.rp_id = Some("login.example.org".to_owned());
    };
    assertion(|a| a.around(other), "auth.rp-id-hash", "");
    let unknown = |r: &mut Recording| {
        r.user = None;
        r.record.as_mut().unwrap().user_handle = None;
        inner(r).user_handle = Member::Missing;
    };
    assertion(|a| a.around(unknown), "accept", "");
    let nobody = |r: &mut Recording| {
        r.user = Some(fidoscope_recording::User {
            known: Some(false),
            handle: None,
        });
        inner(r).user_handle = Member::Missing;
    };
    assertion(|a| a.around(nobody), "auth.user", "");
}

/// `appid: true` without an input changes nothing about the hash that is expected.
#[test]
fn n18_a_client_cannot_bring_its_own_appid() {
    let claim = |r: &mut Recording| {
        r.response
            .credential_mut()
            .unwrap()
            .client_extension_results = Some(json!({"appid": true}));
    };
    let with_hash_of = |text: &'static str, edit: fn(&mut Recording), expected: &str| {
        assertion(
            |a| {
                a.rp_id_hash = sha256(text.as_bytes());
                a.around(edit);
            },
            expected,
            "",
        );
    };
    with_hash_of("", claim, "auth.rp-id-hash");
    with_hash_of("https://example.org/appid", claim, "auth.rp-id-hash");
    with_hash_of("example.org", claim, "accept");
    let asked = |r: &mut Recording| {
        r.options.extensions = json!({"appid": "https://example.org/appid"})
            .as_object()
            .cloned();
    };
    let used = |r: &mut Recording| {
        r.options.extensions = json!({"appid": "https://example.org/appid"})
            .as_object()
            .cloned();
        r.response
            .credential_mut()
            .unwrap()
            .client_extension_results = Some(json!({"appid": true}));
    };
    with_hash_of("https://example.org/appid", used, "accept");
    with_hash_of("example.org", used, "auth.rp-id-hash");
    with_hash_of("example.org", asked, "accept");
    with_hash_of("https://evil.example/appid", asked, "auth.rp-id-hash");
}

#[test]
fn n20_user_presence_is_checked() {
    registration(|r| r.flags = 0x44, "reg.up", "");
    assertion(|a| a.flags = 0x04, "auth.up", "");
}

/// The flags of this ceremony are compared with each other, not with the stored BE.
#[test]
fn n21_backed_up_without_being_eligible() {
    registration(|r| r.flags = 0x55, "reg.be-bs", "accept");
    assertion(|a| a.flags = 0x15, "auth.be-bs", "accept");
    assertion(
        |a| {
            a.flags = 0x15;
            a.record(|record| record.backup_eligible = Some(true));
        },
        "auth.be-bs",
        "accept",
    );
}

/// A flip is told apart from a record that never knew.
#[test]
fn n22_be_that_changed_since_registration() {
    let flipped = |policy: Option<BackupPolicy>, stored: Option<bool>| {
        let mut assertion = Assertion::new();
        assertion.flags = 0x0d;
        assertion.record(move |record| record.backup_eligible = stored);
        assertion.around(move |r| r.policy.backup = policy);
        assertion.build()
    };
    let strict = || {
        Some(BackupPolicy {
            unchanged: Some(true),
            ..BackupPolicy::default()
        })
    };
    compare(&flipped(None, Some(false)), "accept", "");
    status_of(
        &flipped(None, Some(false)),
        "auth.backup-state",
        Status::Observation,
    );
    compare(
        &flipped(strict(), Some(false)),
        "auth.backup-state",
        "accept",
    );
    compare(&flipped(strict(), Some(true)), "accept", "");
    status_of(
        &flipped(strict(), None),
        "auth.backup-state",
        Status::NotEvaluated,
    );
}

#[test]
fn n23_a_counter_that_went_back_is_a_sign_and_zero_twice_is_none() {
    let counter = |stored: u32, new: u32, policy: Option<SignCountPolicy>| {
        let mut assertion = Assertion::new();
        assertion.sign_count = new;
        assertion.record(move |record| record.sign_count = Some(stored));
        assertion.around(move |r| r.policy.sign_count = policy);
        assertion.build()
    };
    for (stored, new) in [(10, 0), (10, 10), (10, 9), (u32::MAX, 0)] {
        status_of(&counter(stored, new, None), "auth.sign-count", Status::Warn);
        compare(&counter(stored, new, None), "accept", "");
        let reject = Some(SignCountPolicy::Reject);
        compare(&counter(stored, new, reject), "auth.sign-count", "");
    }
    let zero = counter(0, 0, Some(SignCountPolicy::Reject));
    status_of(&zero, "auth.sign-count", Status::NotApplicable);
    compare(&zero, "accept", "");
    compare(&counter(0, 1, None), "accept", "");
}

#[test]
fn n24_flags_that_announce_something_else() {
    for reserved in [0x02, 0x20] {
        let mut flagged = Registration::new();
        flagged.flags |= reserved;
        let recording = flagged.build();
        compare(&recording, "accept", "");
        compare_stricter(&recording, "accept", "ad.rfu");
    }
    assertion(|a| a.flags |= 0x40, "ad.at-forbidden", "");
    assertion(|a| a.flags |= 0x80, "ad.ext.missing", "");
    registration(|r| r.flags |= 0x80, "ad.ext.missing", "");
    registration(|r| r.flags &= !0x40, "ad.at-required", "");
}

#[test]
fn n31_token_binding_is_an_object_with_a_status() {
    let member = |text: &'static str, l2: &str, fido_server: &str| {
        let mut bound = Registration::new();
        let member = format!("\"crossOrigin\":false,\"tokenBinding\":{text}");
        bound.client_data("\"crossOrigin\":false", &member);
        let recording = bound.build();
        compare(&recording, "accept", l2);
        compare_stricter(&recording, fido_server, "accept");
    };
    let (step, fine) = ("reg.token-binding", "accept");
    member("{\"status\":\"supported\"}", fine, fine);
    member("{\"status\":\"not-supported\"}", fine, fine);
    member("\"unused\"", step, fine);
    member("null", step, fine);
    member("{}", step, fine);
    member("{\"status\":7}", step, fine);
    // L2 §5.8.1: what is not in the list counts as if it were not there; FIDO has the list.
    member("{\"status\":\"notSupported\"}", fine, step);
    member("{\"status\":\"\"}", fine, step);
    member("{\"status\":\"present \",\"id\":\"AAAA\"}", fine, step);
    member("{\"status\":\"present\",\"id\":\"AAAA\"}", step, fine);
}

#[test]
fn n31_token_binding_is_that_of_the_connection() {
    let member = |text: &'static str, l2: &str| {
        let mut bound = Assertion::new();
        bound.client_data(
            "\"crossOrigin\":false",
            &format!("\"crossOrigin\":false{text}"),
        );
        bound.around(|r| r.rp.token_binding = Some("AAAA".to_owned()));
        compare(&bound.build(), "accept", l2);
    };
    let step = "auth.token-binding";
    member(
        ",\"tokenBinding\":{\"status\":\"present\",\"id\":\"AAAA\"}",
        "accept",
    );
    member(
        ",\"tokenBinding\":{\"status\":\"present\",\"id\":\"BBBB\"}",
        step,
    );
    member(",\"tokenBinding\":{\"status\":\"present\"}", step);
    member(",\"tokenBinding\":{\"status\":\"supported\"}", step);
    // Absent is not enough where the connection has one.
    member(",\"tokenBinding\":{\"status\":\"bogus\"}", step);
    member("", step);
}

#[test]
fn n32_client_data_that_is_odd() {
    let odd = |from: &str, to: &str, l3: &str, strict: &str| {
        let mut odd = Registration::new();
        odd.client_data(from, to);
        let recording = odd.build();
        compare(&recording, l3, "");
        compare_stricter(&recording, l3, strict);
    };
    let challenge = "\"challenge\":";
    odd("{", "\u{feff}{", "accept", "reg.client-data.utf8");
    odd("}", ",\"other\":[1,{}]}", "accept", "accept");
    odd(
        challenge,
        "\"challenge\":\"AAAA\",\"challenge\":",
        "accept",
        "reg.challenge",
    );
    odd(challenge, "\"chalenge\":", "reg.challenge", "reg.challenge");
    odd(
        "\",\"origin\"",
        "==\",\"origin\"",
        "reg.challenge",
        "reg.challenge",
    );
    odd("false", "\"true\"", "accept", "reg.cross-origin");
    odd("false", "\"false\"", "accept", "reg.cross-origin");
    let mut ill_formed = Registration::new();
    let end = ill_formed.client_data.len() - 1;
    let member = b",\"other\":\"\xff\"".to_vec();
    ill_formed.client_data.splice(end..end, member);
    let recording = ill_formed.build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "accept", "reg.client-data.utf8");
}

/// Good then bad: the last one counts, whichever parser is asked.
#[test]
fn n32_the_last_of_two_challenges_counts() {
    registration(
        |r| r.client_data(",\"origin\"", ",\"challenge\":\"AAAA\",\"origin\""),
        "reg.challenge",
        "",
    );
}

/// The trust step of a registration in Level 3.
#[track_caller]
fn trust(recording: &Recording, status: Status, found: &str) {
    let trace = verify(recording, &Context::default());
    let outcome = trace.outcome("reg.trust").unwrap();
    assert_eq!(
        (outcome.l3, outcome.found().unwrap_or_default()),
        (status, found)
    );
}

#[test]
fn n41_attestation_that_is_demanded_and_missing() {
    let demanded = |r: &mut Recording| r.policy.require_attestation = Some(true);
    registration(|r| r.around(demanded), "reg.trust", "");
    let own = |accept| {
        let mut own = self_attested(|_| {});
        own.around(move |r| r.policy.accept_self = Some(accept));
        own.build()
    };
    compare(&own(true), "accept", "");
    compare(&own(false), "reg.trust", "");
}

/// A list of models without attestation proves nothing.
#[test]
fn n41_models_are_claims_until_they_are_attested() {
    let list = |models: &[[u8; 16]]| {
        let models: Vec<Aaguid> = models.iter().copied().map(Aaguid).collect();
        move |r: &mut Recording| r.policy.accepted_models = Some(models)
    };
    let claimed = |models: &[[u8; 16]]| {
        let mut claimed = Registration::new();
        claimed.around(list(models));
        claimed.build()
    };
    let text = "6669646f-7363-6f70-652d-6d6f64656c73";
    compare(&claimed(&[AAGUID]), "accept", "");
    trust(
        &claimed(&[AAGUID]),
        Status::Observation,
        &format!("{text}, which anyone can claim"),
    );
    compare(&claimed(&[[7; 16]]), "reg.trust", "");
    trust(&claimed(&[[7; 16]]), Status::Fail, text);
    let proven = |models: &[[u8; 16]]| {
        let mut proven = attested(vec![Pki::new().leaf(&|_| {})], |_| {});
        proven.around(list(models));
        proven.build()
    };
    compare(&proven(&[[7; 16], AAGUID]), "accept", "");
    trust(&proven(&[AAGUID]), Status::Pass, "");
    compare(&proven(&[]), "reg.trust", "");
}

/// Without anchors a certificate path is not assessed, and nothing says that it is valid.
#[test]
fn n43_no_anchors_is_no_trust() {
    let mut unanchored = attested(vec![Pki::new().leaf(&|_| {})], |_| {});
    unanchored.around(|r| r.policy.anchors.clear());
    let recording = unanchored.build();
    compare(&recording, "open: reg.trust-anchors", "");
    compare_stricter(
        &recording,
        "open: reg.trust-anchors",
        "open: reg.trust-anchors",
    );
    let trace = verify(&recording, &Context::default());
    assert_eq!(trace.verdict, Verdict::Indeterminate);
    for step in ["reg.trust", "reg.record", "reg.finish"] {
        assert_eq!(
            trace.outcome(step).unwrap().l3,
            Status::NotEvaluated,
            "{step}"
        );
    }
}
