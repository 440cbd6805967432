//! `att.apple.*`.

use ciborium::Value;
use fidoscope_authenticator::{AppleDraft, NonceForm, Seed, TestKey};
use fidoscope_verifier::Status;

use crate::fixture::{Registration, compare, key, status_of};
use crate::tpm::pki;

pub(crate) fn attested(edit: impl FnOnce(&mut AppleDraft)) -> Registration {
    let mut apple = AppleDraft::new(pki());
    edit(&mut apple);
    let mut registration = Registration::new();
    registration.format = "apple".into();
    let root = pki().root_pem();
    registration.around(move |r| r.policy.anchors = vec![root]);
    registration.attest = Some(Box::new(move |_, signed| {
        let (data, hash) = signed.split_last_chunk().unwrap();
        apple.statement(&key("credential"), data, hash).unwrap()
    }));
    registration
}

#[track_caller]
fn check(edit: impl FnOnce(&mut AppleDraft), step: &str) {
    compare(&attested(edit).build(), step, "");
}

#[track_caller]
fn statement(value: Value, step: &str, l2: &str) {
    let mut registration = attested(|_| {});
    registration.object = vec![("attStmt", Some(value))];
    compare(&registration.build(), step, l2);
}

#[test]
fn a_sound_statement_is_accepted() {
    let recording = attested(|_| {}).build();
    compare(&recording, "accept", "");
    for step in ["syntax", "nonce", "pub-key"] {
        status_of(&recording, &format!("att.apple.{step}"), Status::Pass);
    }
    status_of(&recording, "reg.trust", Status::Pass);
}

#[test]
fn members_of_the_statement() {
    check(|apple| apple.certified = false, "att.apple.syntax");
    let entry = |value| Value::Map(vec![("x5c".into(), value)]);
    statement(entry(Value::Array(vec![])), "att.apple.syntax", "");
    statement(entry(Value::Bytes(vec![])), "att.apple.syntax", "");
    statement(Value::Array(vec![]), "att.apple.syntax", "att-obj.att-stmt");
}

#[test]
fn the_nonce_binds_the_certificate_to_the_ceremony() {
    check(
        |apple| apple.nonce = Some(vec![0xee; 32]),
        "att.apple.nonce",
    );
    check(|apple| apple.nonce = Some(vec![]), "att.apple.nonce");
    check(|apple| apple.form = NonceForm::Absent, "att.apple.nonce");
    check(|apple| apple.form = NonceForm::Bare, "att.apple.nonce");
    check(|apple| apple.form = NonceForm::Untagged, "att.apple.nonce");
}

#[test]
fn the_certificate_is_about_the_credential_key() {
    let other = TestKey::derive(&Seed::new(1, "steps"), "another");
    check(|apple| apple.subject = Some(other), "att.apple.pub-key");
}
