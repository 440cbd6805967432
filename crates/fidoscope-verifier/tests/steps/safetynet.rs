use ciborium::Value;
use fidoscope_authenticator::{
    Algorithm, Identity, SAFETYNET_HOST, SafetynetDraft, SignatureKind, Validity,
};
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

/// Level 2 has it like any other format (L2 §8.5); Level 3 deprecates it, so there a policy must want
/// it. What a policy says holds in both.
#[test]
fn whether_it_is_supported() {
    let under = |choice: Option<bool>, edit: fn(&mut SafetynetDraft), l3: &str, l2: &str| {
        let mut registration = attest(SignatureKind::Genuine, edit);
        registration.around(move |r| r.policy.safetynet = choice);
        let recording = registration.build();
        compare(&recording, l3, l2);
        let stricter = match choice {
            Some(true) => "accept",
            _ => "reg.fmt",
        };
        if l2 == "accept" || l2.is_empty() {
            compare_stricter(&recording, stricter, stricter);
        }
    };
    under(Some(true), |_| {}, "accept", "");
    under(Some(false), |_| {}, "reg.fmt", "");
    under(None, |_| {}, "reg.fmt", "accept");
    // Under Level 2 it is judged, not waved through.
    let nonce = |draft: &mut SafetynetDraft| {
        draft.payload.insert("nonce".to_owned(), json!("AAAA"));
    };
    under(None, nonce, "reg.fmt", "att.safetynet.nonce");
    let host = |draft: &mut SafetynetDraft| {
        let other = pki("web").server("attest.example", validity());
        draft.identity = other.unwrap();
    };
    under(None, host, "reg.fmt", "att.safetynet.source");
    let mut stranger = attest(SignatureKind::Genuine, |_| {});
    stranger.around(|r| {
        r.policy.safetynet = None;
        r.policy.anchors = vec![pki("stranger").root_pem()];
    });
    compare(&stranger.build(), "reg.fmt", "chain.build");
}

/// The service's certificate, signed in a way that is not verified here: nothing is known to be wrong.
#[test]
fn a_link_that_cannot_be_verified_is_not_broken() {
    let root = crate::algorithms::pki(Algorithm::Es384);
    let identity = |host: &str, edit: fn(&mut Vec<u8>)| {
        let mut identity = root.server(host, validity()).unwrap();
        edit(&mut identity.x5c[0]);
        identity.x5c.push(root.root_der().to_vec());
        identity
    };
    // ecdsa-with-SHA384 becomes ecdsa-with-SHA224.
    let unknown = |der: &mut Vec<u8>| {
        const ECDSA_SHA384: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x03";
        while let Some(at) = der.windows(8).position(|part| part == ECDSA_SHA384) {
            der[at + 7] = 1;
        }
    };
    let check = |identity: Identity, step: &str| {
        let mut made = attest(SignatureKind::Genuine, |draft| draft.identity = identity);
        let anchor = root.root_pem();
        made.around(move |r| r.policy.anchors = vec![anchor]);
        compare(&made.build(), step, "");
    };
    let step = "att.safetynet.source";
    check(identity(SAFETYNET_HOST, |_| {}), "accept");
    check(identity(SAFETYNET_HOST, unknown), &format!("open: {step}"));
    check(identity("attest.example", unknown), step);
    // A link that is known to be broken counts, whichever comes first.
    let mut broken = identity(SAFETYNET_HOST, unknown);
    broken.x5c.push(pki("stranger").root_der().to_vec());
    check(broken, step);
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
