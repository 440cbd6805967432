//! Lints of recorded options: told, all of them, and never a failure.

use fidoscope_recording::{
    AuthenticatorSelection, CeremonyOptions, CredentialDescriptor, CredentialParameter, Recording,
    RelyingPartyEntity, UserEntity,
};
use fidoscope_verifier::{Context, Status, verify};
use fidoscope_webauthn::base64url;

use crate::fixture::{Assertion, Registration, compare_stricter};

/// Options that nothing is to be said about.
fn good(options: &mut CeremonyOptions) {
    options.pub_key_cred_params = Some([-8, -7, -257].map(parameter).to_vec());
    options.timeout = Some(300_000);
    options.attestation = Some("direct".to_owned());
    options.hints = vec!["security-key".to_owned()];
    options.user = Some(user(b"\x07\x91\x1c"));
    options.authenticator_selection = Some(AuthenticatorSelection {
        resident_key: Some("required".to_owned()),
        require_resident_key: Some(true),
        user_verification: Some("preferred".to_owned()),
        authenticator_attachment: Some("platform".to_owned()),
    });
}

fn parameter(alg: i64) -> CredentialParameter {
    CredentialParameter {
        kind: "public-key".to_owned(),
        alg,
    }
}

fn user(id: &[u8]) -> UserEntity {
    UserEntity {
        id: base64url::encode(id),
        ..UserEntity::default()
    }
}

#[track_caller]
fn told(recording: &Recording, step: &str, expected: &str) {
    let trace = verify(recording, &Context::default());
    let outcome = trace.outcome(step).unwrap();
    assert_eq!(outcome.note().unwrap_or_default(), expected);
    let status = match expected {
        "" => Status::Pass,
        _ => Status::Observation,
    };
    assert_eq!(outcome.l3, status);
    assert_eq!(outcome.strict, status, "a lint of class LINT never fails");
}

#[track_caller]
fn creation(edit: impl FnOnce(&mut CeremonyOptions) + 'static, expected: &str) {
    let mut registration = Registration::new();
    registration.around(|r| good(&mut r.options));
    registration.around(|r| edit(&mut r.options));
    told(&registration.build(), "reg.options", expected);
}

#[track_caller]
fn around(edit: impl FnOnce(&mut Recording) + 'static, expected: &str) {
    let mut assertion = Assertion::new();
    assertion.around(edit);
    told(&assertion.build(), "auth.options", expected);
}

#[test]
fn good_options() {
    creation(|_| {}, "");
    around(|_| {}, "");
    let mut registration = Registration::new();
    registration.around(|r| good(&mut r.options));
    compare_stricter(&registration.build(), "accept", "accept");
}

#[test]
fn challenges() {
    creation(
        |o| o.challenge = base64url::encode(&[1; 15]),
        "challenge: 15 bytes, fewer than 16 can be guessed",
    );
    creation(
        |o| o.challenge = "a+b".to_owned(),
        "challenge: `+` of the standard base64 alphabet at offset 1",
    );
}

#[test]
fn rp_ids_cover_their_origins() {
    around(
        |r| r.rp.origins = vec!["https://login.example.org:8443".to_owned()],
        "",
    );
    around(
        |r| r.rp.origins.push("https://evil-example.org".to_owned()),
        "rp.id: \"example.org\" does not cover https://evil-example.org",
    );
    around(
        |r| r.rp.origins = vec!["https://Example.org/".to_owned()],
        "origins: no client sends \"https://Example.org/\"",
    );
    around(
        |r| r.rp.origins.push("android:apk-key-hash:AAAA".to_owned()),
        "",
    );
    let id = |id: &'static str, host: &'static str, expected: &str| {
        around(
            move |r| {
                r.rp.id = Some(id.to_owned());
                r.rp.origins = vec![format!("https://{host}")];
            },
            expected,
        );
    };
    id("localhost", "localhost", "");
    id("org", "example.org", "rp.id: \"org\" is a public suffix");
    id(
        "127.0.0.1",
        "127.0.0.1",
        "rp.id: \"127.0.0.1\" is no domain",
    );
    id(
        "Example.org",
        "example.org",
        "rp.id: \"Example.org\" is no domain; rp.id: \"Example.org\" does not cover https://example.org",
    );
    around(
        |r| r.options.rp_id = Some("example.com".to_owned()),
        "rp.id: \"example.com\" was sent, \"example.org\" is expected; rp.id: \"example.com\" does \
         not cover https://example.org",
    );
    creation(
        |o| {
            o.rp = Some(RelyingPartyEntity {
                id: Some("example.org".to_owned()),
                name: None,
            });
        },
        "",
    );
}

#[test]
fn related_origins_have_few_labels() {
    let origins = |names: &'static [&'static str], expected: &str| {
        around(
            |r| {
                let origins = names.iter().map(|name| format!("https://{name}"));
                r.policy.related_origins = origins.collect();
            },
            expected,
        );
    };
    origins(
        &[
            "example.com",
            "example.co.uk",
            "www.example.de",
            "a.de",
            "b.de",
            "c.de",
            "d.de",
        ],
        "",
    );
    origins(
        &["example.com", "a.de", "b.de", "c.de", "d.co.uk", "e.de"],
        "relatedOrigins: 6 labels, clients need not follow more than 5",
    );
}

#[test]
fn users_are_bytes_that_tell_nothing() {
    creation(
        |o| o.user = Some(user(b"anna@example.org")),
        "user.id: an e-mail address",
    );
    creation(|o| o.user = Some(user(b"@")), "");
    creation(
        |o| o.user = Some(user(&[1; 65])),
        "user.id: 65 bytes, not 1 to 64",
    );
    creation(
        |o| o.user = Some(user(b"")),
        "user.id: 0 bytes, not 1 to 64",
    );
}

#[test]
fn algorithms_that_reach_every_authenticator() {
    creation(
        |o| o.pub_key_cred_params = Some(vec![parameter(-257)]),
        "pubKeyCredParams: -7 is not offered",
    );
    creation(
        |o| o.pub_key_cred_params = Some([-7, -9, -257].map(parameter).to_vec()),
        "pubKeyCredParams: -9 is not recommended, -7 means the same",
    );
    creation(|o| o.pub_key_cred_params = Some(vec![]), "");
    creation(|o| o.pub_key_cred_params = None, "");
}

#[test]
fn words_that_clients_know() {
    creation(
        |o| o.attestation = Some("Direct".to_owned()),
        "attestation: unknown value \"Direct\"",
    );
    creation(
        |o| o.hints = vec!["phone".to_owned()],
        "hints: unknown value \"phone\"",
    );
    creation(
        |o| o.attestation_formats = vec!["packd".to_owned()],
        "attestationFormats: unknown value \"packd\"",
    );
    creation(
        |o| o.authenticator_selection.as_mut().unwrap().resident_key = Some("preferred".to_owned()),
        "requireResidentKey: true beside residentKey \"preferred\"",
    );
    around(
        |r| r.options.user_verification = Some("yes".to_owned()),
        "userVerification: unknown value \"yes\"",
    );
    around(
        |r| r.mediation = Some("conditonal".to_owned()),
        "mediation: unknown value \"conditonal\"",
    );
    around(
        |r| {
            r.options.allow_credentials = vec![CredentialDescriptor {
                id: base64url::encode(&[0xc1; 32]),
                kind: "public-key".to_owned(),
                transports: vec!["usb".to_owned(), "wifi".to_owned()],
            }];
        },
        "allowCredentials: unknown value \"wifi\"",
    );
}

#[test]
fn several_lints_are_all_told() {
    creation(
        |o| {
            o.challenge = "AAAA".to_owned();
            o.timeout = Some(1000);
            o.user = Some(user(b"anna@example.org"));
            o.pub_key_cred_params = Some(vec![parameter(-19)]);
        },
        "challenge: 3 bytes, fewer than 16 can be guessed; timeout: 1000 ms, 300000 to 600000 are \
         recommended; user.id: an e-mail address; pubKeyCredParams: -7 is not offered; \
         pubKeyCredParams: -257 is not offered; pubKeyCredParams: -19 is not recommended, -8 means \
         the same",
    );
}
