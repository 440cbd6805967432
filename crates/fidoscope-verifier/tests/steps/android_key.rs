use ciborium::Value;
use fidoscope_authenticator::{
    AndroidKeyDraft, AuthorizationDraft as A, KeyDescriptionDraft, Seed, SignatureKind, TestPki,
    Validity,
};
use fidoscope_recording::AndroidKeyPolicy;
use fidoscope_verifier::Status;

use crate::fixture::{Registration, cbor, compare, compare_stricter, key, put, remove, status_of};
use crate::packed::pem;

pub(crate) fn validity() -> Validity {
    Validity {
        not_before: "2024-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2034-01-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn pki(name: &str) -> TestPki {
    TestPki::new(&Seed::new(1, "steps"), name, validity()).unwrap()
}

/// A statement of a key store below an intermediate, as `edit` leaves it.
pub(crate) fn attest(edit: impl FnOnce(&mut AndroidKeyDraft)) -> Registration {
    let google = pki("keystore").with_intermediate(validity()).unwrap();
    let mut draft = AndroidKeyDraft::new(google.clone());
    edit(&mut draft);
    let mut registration = Registration::new();
    registration.format = "android-key".into();
    registration.around(move |r| r.policy.anchors = vec![google.root_pem()]);
    registration.attest = Some(Box::new(move |_, signed| {
        let (data, hash) = signed.split_at(signed.len() - 32);
        let hash = hash.try_into().unwrap();
        draft
            .statement(&key("credential"), data, hash, SignatureKind::Genuine)
            .unwrap()
    }));
    registration
}

#[track_caller]
fn check(edit: impl FnOnce(&mut AndroidKeyDraft), step: &str) {
    compare(&attest(edit).build(), step, "");
}

/// The same about what the key store says.
#[track_caller]
fn said(edit: impl FnOnce(&mut KeyDescriptionDraft), step: &str) {
    check(|draft| edit(draft.description.as_mut().unwrap()), step);
}

/// A statement whose members are changed after it was signed.
#[track_caller]
fn members(edit: impl FnOnce(&mut Vec<(Value, Value)>) + 'static, step: &str) {
    let mut registration = attest(|_| {});
    let attest = registration.attest.take().unwrap();
    registration.attest = Some(Box::new(move |r, signed| {
        let mut members = attest(r, signed).into_map().unwrap();
        edit(&mut members);
        Value::Map(members)
    }));
    compare(&registration.build(), step, "");
}

#[test]
fn statement_faults() {
    members(|_| {}, "accept");
    let syntax = "att.android-key.syntax";
    members(|m| remove(m, "x5c"), syntax);
    members(|m| put(m, "x5c", Value::Array(vec![])), syntax);
    members(|m| remove(m, "alg"), syntax);
    members(|m| remove(m, "sig"), syntax);
    let other = key("credential").sign_der(b"other bytes");
    members(
        |m| put(m, "sig", Value::Bytes(other)),
        "att.android-key.sig",
    );
    members(|m| put(m, "alg", -257), "att.android-key.sig");
    members(|m| put(m, "alg", -70_000), "open: att.android-key.sig");
    members(
        |m| {
            let x5c = m.iter_mut().find(|(name, _)| *name == "x5c".into());
            x5c.unwrap().1.as_array_mut().unwrap().reverse();
        },
        "att.android-key.sig",
    );
}

#[test]
fn the_certified_key_is_the_credentials() {
    check(
        |draft| draft.subject = Some(key("another")),
        "att.android-key.pub-key",
    );
}

#[test]
fn key_descriptions() {
    check(|draft| draft.description = None, "att.android-key.kd");
    said(|text| text.levels_as_integers = true, "att.android-key.kd");
    said(|text| text.attestation_security_level = 0, "accept");
    said(|text| text.tee.push(A::origin(0)), "att.android-key.kd");
    let broken = attest(|draft| {
        let text = draft.description.as_mut().unwrap();
        text.software.push(A {
            tag: 702,
            value: vec![5, 0],
        });
    })
    .build();
    compare(&broken, "att.android-key.kd", "");
    for step in ["challenge", "all-apps", "origin", "purpose"] {
        status_of(
            &broken,
            &format!("att.android-key.{step}"),
            Status::NotEvaluated,
        );
    }
}

#[test]
fn the_challenge_is_the_hash_of_the_client_data() {
    let step = "att.android-key.challenge";
    said(|text| text.challenge = Some(vec![7; 32]), step);
    said(|text| text.challenge = Some(vec![]), step);
}

#[test]
fn no_list_may_admit_all_applications() {
    let step = "att.android-key.all-apps";
    said(|text| text.tee.insert(1, A::all_applications()), step);
    said(|text| text.software.push(A::all_applications()), step);
}

#[test]
fn origins() {
    let step = "att.android-key.origin";
    said(|text| text.tee[1] = A::origin(2), step);
    said(|text| drop(text.tee.pop()), step);
    let in_software = |draft: &mut AndroidKeyDraft| {
        let text = draft.description.as_mut().unwrap();
        text.software = std::mem::take(&mut text.tee);
    };
    check(in_software, step);
    let union = |edit: &dyn Fn(&mut AndroidKeyDraft), step| {
        let mut registration = attest(edit);
        registration.around(|r| r.policy.android_key = Some(AndroidKeyPolicy::Union));
        compare(&registration.build(), step, "");
    };
    union(&in_software, "accept");
    union(
        &|draft| {
            let text = draft.description.as_mut().unwrap();
            text.software.push(A::origin(2));
        },
        step,
    );
    union(
        &|draft| draft.description.as_mut().unwrap().tee.clear(),
        step,
    );
}

/// In each profile: accepted by the levels, and by the stricter ones.
#[track_caller]
fn strict(edit: impl FnOnce(&mut KeyDescriptionDraft), step: &str) {
    let recording = attest(|draft| edit(draft.description.as_mut().unwrap())).build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "accept", step);
    let expected = if step == "accept" {
        Status::Pass
    } else {
        Status::Observation
    };
    status_of(&recording, "att.android-key.origin", Status::Pass);
    if step != "accept" {
        status_of(&recording, step, expected);
    }
}

#[test]
fn purposes() {
    let step = "att.android-key.purpose";
    said(|text| text.tee[0] = A::purpose(&[1]), step);
    said(|text| text.tee[0] = A::purpose(&[]), step);
    said(|text| drop(text.tee.remove(0)), step);
    strict(|_| {}, "accept");
    strict(|text| text.tee[0] = A::purpose(&[2, 3]), step);
}

/// A reader that stops at what it does not know would lose the origin behind it.
#[test]
fn unknown_tags_hide_nothing() {
    let step = "att.android-key.kd";
    strict(|text| text.tee.insert(1, A::null(699)), step);
    strict(|text| text.tee.reverse(), step);
    said(
        |text| {
            text.tee.insert(1, A::null(699));
            text.tee[2] = A::origin(2);
        },
        "att.android-key.origin",
    );
    said(
        |text| text.software = vec![A::null(10_000), A::all_applications()],
        "att.android-key.all-apps",
    );
}

/// Two anchors, and an x5c without its root, as since remote key provisioning.
#[test]
fn chains_with_and_without_root() {
    for with_root in [false, true] {
        let mut registration = attest(|draft| draft.with_root = with_root);
        let older = pki("older keystore").root_pem();
        registration.around(move |r| r.policy.anchors.insert(0, older));
        compare(&registration.build(), "accept", "");
    }
    let mut registration = attest(|draft| draft.with_root = true);
    let stranger = pem(pki("stranger").root_der());
    registration.around(move |r| r.policy.anchors = vec![stranger]);
    compare(&registration.build(), "chain.build", "");
}

/// The certificate's key may be of another kind than the credential's.
#[test]
fn an_rsa_credential_key_is_compared_by_its_parts() {
    let mut registration = attest(|_| {});
    let rsa = vec![
        (1.into(), 3.into()),
        (3.into(), Value::from(-257)),
        (Value::from(-1), Value::Bytes(vec![0xc1; 256])),
        (Value::from(-2), Value::Bytes(vec![1, 0, 1])),
    ];
    registration.key_item = Some(cbor(&Value::Map(rsa)));
    registration.around(|r| {
        r.options.pub_key_cred_params.as_mut().unwrap()[0].alg = -257;
    });
    compare(&registration.build(), "att.android-key.pub-key", "");
}
