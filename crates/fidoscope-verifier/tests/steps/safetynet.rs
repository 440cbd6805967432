use ciborium::Value;
use fidoscope_authenticator::{SAFETYNET_HOST, SafetynetDraft, SignatureKind, Validity};
use fidoscope_verifier::Status;
use serde_json::json;

use crate::android_key::{pki, validity};
use crate::fixture::{Registration, compare, compare_stricter, status_of};

/// A response of the service, made a second before the judgement, as `edit` leaves it.
pub(crate) fn attest(kind: SignatureKind, edit: impl FnOnce(&mut SafetynetDraft)) -> Registration {
    let web = pki("web");
    let identity = web.server(SAFETYNET_HOST, validity()).unwrap();
    let made_at = "2026-10-01T11:59:59Z".parse().unwrap();
    let mut draft = SafetynetDraft::new(identity, made_at);
    edit(&mut draft);
    let mut registration = Registration::new();
    registration.format = "android-safetynet".into();
    registration.around(move |r| {
        r.policy.anchors = vec![web.root_pem()];
        r.policy.safetynet = Some(true);
    });
    registration.attest = Some(Box::new(move |_, signed| {
        let (data, hash) = signed.split_at(signed.len() - 32);
        draft
            .statement(data, hash.try_into().unwrap(), kind)
            .unwrap()
    }));
    registration
}

#[track_caller]
fn check(edit: impl FnOnce(&mut SafetynetDraft), step: &str) {
    compare(&attest(SignatureKind::Genuine, edit).build(), step, "");
}

#[test]
fn the_policy_must_enable_it() {
    check(|_| {}, "accept");
    for choice in [None, Some(false)] {
        let mut registration = attest(SignatureKind::Genuine, |_| {});
        registration.around(move |r| r.policy.safetynet = choice);
        compare(&registration.build(), "reg.fmt", "");
    }
}

#[test]
fn statement_faults() {
    let step = "att.safetynet.syntax";
    check(|draft| draft.version = String::new(), step);
    check(|draft| draft.response = Some(vec![]), step);
    check(
        |draft| draft.response = Some(b"two.segments".to_vec()),
        step,
    );
    check(|draft| draft.response = Some(b"{}".to_vec()), step);
    check(|draft| draft.identity.x5c.clear(), step);
    check(|draft| draft.identity.x5c = vec![vec![1, 2, 3]], step);
    check(
        |draft| drop(draft.header.insert("x5c".to_owned(), json!("text"))),
        step,
    );
    let mut registration = attest(SignatureKind::Genuine, |_| {});
    registration.attest = Some(Box::new(|_, _| Value::Map(vec![("ver".into(), 1.into())])));
    compare(&registration.build(), step, "");
    registration = attest(SignatureKind::Genuine, |_| {});
    registration.attest = Some(Box::new(|_, _| {
        Value::Map(vec![("ver".into(), "1".into())])
    }));
    compare(&registration.build(), step, "");
}

#[test]
fn the_nonce_binds_it_to_the_ceremony() {
    let step = "att.safetynet.nonce";
    let nonce = |value| {
        move |draft: &mut SafetynetDraft| drop(draft.payload.insert("nonce".to_owned(), value))
    };
    check(nonce(json!("AAAA")), step);
    check(nonce(json!(null)), step);
}

#[test]
fn the_service_signed_it() {
    let step = "att.safetynet.source";
    compare(&attest(SignatureKind::BitFlipped, |_| {}).build(), step, "");
    let other = pki("web")
        .server("attest.android.com.example", validity())
        .unwrap();
    check(|draft| draft.identity = other, step);
    check(
        |draft| drop(draft.header.insert("alg".to_owned(), json!("HS256"))),
        step,
    );
    check(|draft| drop(draft.header.remove("alg")), step);
    let past = Validity {
        not_before: "2024-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2025-01-01T00:00:00Z".parse().unwrap(),
    };
    let expired = pki("web").server(SAFETYNET_HOST, past).unwrap();
    check(|draft| draft.identity = expired, step);
    check(
        |draft| draft.identity.x5c.push(pki("stranger").root_der().to_vec()),
        step,
    );
    let mut timeless = attest(SignatureKind::Genuine, |_| {});
    timeless.around(|r| r.now = None);
    compare(&timeless.build(), &format!("open: {step}"), "");
}

/// Rules of the FIDO server requirements only.
#[test]
fn integrity_and_freshness() {
    let check = |edit: &dyn Fn(&mut SafetynetDraft), fido: &str| {
        let recording = attest(SignatureKind::Genuine, edit).build();
        compare(&recording, "accept", "");
        compare_stricter(&recording, fido, "accept");
        let status = if fido == "accept" {
            Status::Pass
        } else {
            Status::Observation
        };
        status_of(&recording, "att.safetynet.cts", status);
    };
    let set = |name: &'static str, value: serde_json::Value| {
        move |draft: &mut SafetynetDraft| {
            draft.payload.insert(name.to_owned(), value.clone());
        }
    };
    let step = "att.safetynet.cts";
    check(&|_| {}, "accept");
    check(&set("ctsProfileMatch", json!(false)), step);
    check(&|draft| drop(draft.payload.remove("ctsProfileMatch")), step);
    check(&|draft| drop(draft.payload.remove("timestampMs")), step);
    let now = chrono::DateTime::parse_from_rfc3339("2026-10-01T12:00:00Z").unwrap();
    let made = |seconds: i64| {
        set(
            "timestampMs",
            json!(now.timestamp_millis() + seconds * 1000),
        )
    };
    check(&made(0), "accept");
    check(&made(-60), "accept");
    check(&made(-61), step);
    check(&made(1), step);
    check(&set("timestampMs", json!(i64::MAX)), step);
}

#[test]
fn another_anchor_does_not_help() {
    let mut registration = attest(SignatureKind::Genuine, |_| {});
    registration.around(|r| r.policy.anchors = vec![pki("stranger").root_pem()]);
    compare(&registration.build(), "chain.build", "");
}
