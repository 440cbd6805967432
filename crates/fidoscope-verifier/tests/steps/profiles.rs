//! Rules that only the profiles `fido-server` and `strict` make decisive.

use ciborium::Value;
use fidoscope_authenticator::{SignatureKind, TpmDraft};
use fidoscope_recording::Profile;
use fidoscope_recording::{AuthenticatorResponse, Member, Recording, ResponseBody};
use fidoscope_verifier::{Context, Status, Verdict};
use fidoscope_webauthn::base64url;

use crate::compound::Part;
use crate::fixture::{Assertion, Registration, cbor, compare, compare_stricter, verify};
use crate::packed::{Pki, attested};

/// A registration that both levels accept.
#[track_caller]
fn registration(edit: impl FnOnce(&mut Registration), fido_server: &str, strict: &str) {
    let mut registration = Registration::new();
    edit(&mut registration);
    let recording = registration.build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, fido_server, strict);
}

/// An assertion that both levels accept.
#[track_caller]
fn assertion(edit: impl FnOnce(&mut Assertion), fido_server: &str, strict: &str) {
    let mut assertion = Assertion::new();
    edit(&mut assertion);
    let recording = assertion.build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, fido_server, strict);
}

fn inner(recording: &mut Recording) -> &mut AuthenticatorResponse {
    match &mut recording.response.credential_mut().unwrap().response {
        ResponseBody::Object(response) => response,
        _ => panic!(),
    }
}

#[test]
fn what_every_profile_accepts() {
    registration(|_| {}, "accept", "accept");
    assertion(|_| {}, "accept", "accept");
}

/// Verified although the policy asks for more than the options did, and an id that is new.
#[test]
fn conditions_that_hold() {
    registration(
        |r| {
            r.around(|r| {
                r.policy.require_uv = Some(true);
                r.state = Some(fidoscope_recording::State {
                    registered_ids: Some(vec!["AAAA".to_owned()]),
                });
            });
        },
        "accept",
        "accept",
    );
    assertion(
        |a| a.around(|r| r.options.user_verification = Some("required".to_owned())),
        "accept",
        "accept",
    );
}

#[test]
fn strict_lints_of_authenticator_data() {
    registration(|r| r.flags = 0x47, "accept", "ad.rfu");
    registration(|r| r.flags = 0x65, "accept", "ad.rfu");
    assertion(|a| a.flags = 0x25, "accept", "ad.rfu");
    registration(
        |r| {
            r.flags = 0xc5;
            r.after_key = cbor(&Value::Map(vec![]));
        },
        "accept",
        "ad.ext.empty",
    );
    registration(|r| r.credential_id = vec![], "accept", "ad.acd.id-empty");
    registration(
        |r| r.credential_id = vec![7; 15],
        "accept",
        "ad.acd.id-empty",
    );
    let twice = || (Value::from("credProtect"), Value::from(2));
    registration(
        move |r| {
            r.flags = 0xc5;
            r.after_key = cbor(&Value::Map(vec![twice(), twice()]));
        },
        "accept",
        "ad.ext.dup-key",
    );
}

#[test]
fn strict_lints_of_the_attestation_object() {
    registration(
        |r| r.object = vec![("epAtt", Some(Value::Bool(true)))],
        "accept",
        "att-obj.trailing",
    );
}

#[test]
fn strict_lints_of_the_envelope() {
    registration(
        |r| {
            r.around(|r| {
                let credential = r.response.credential_mut().unwrap();
                credential.id = base64url::encode(&[9; 32]).into();
                credential.raw_id = base64url::encode(&[9; 32]).into();
            });
        },
        "accept",
        "env.id-vs-authdata",
    );
    registration(
        |r| r.around(|r| inner(r).public_key_algorithm = Some((-257).into())),
        "accept",
        "env.copies",
    );
    assertion(
        |a| {
            let long = || base64url::encode(&[b'u'; 65]);
            a.record(move |record| record.user_handle = Some(long()));
            a.around(move |r| {
                r.user.as_mut().unwrap().handle = Some(long());
                inner(r).user_handle = Member::Text(long());
            });
        },
        "accept",
        "env.user-handle",
    );
}

#[test]
fn strict_lints_of_client_data() {
    registration(
        |r| r.client_data.splice(..0, *b"\xef\xbb\xbf").for_each(drop),
        "accept",
        "reg.client-data.utf8",
    );
    registration(
        |r| r.client_data("\"crossOrigin\":false", "\"crossOrigin\":\"true\""),
        "accept",
        "reg.cross-origin",
    );
    registration(
        |r| r.client_data("{", "{\"challenge\":\"AAAA\","),
        "accept",
        "reg.challenge",
    );
    assertion(
        |a| a.client_data("{", "{\"origin\":\"https://evil.test\","),
        "accept",
        "auth.origin",
    );
}

#[test]
fn a_counter_that_did_not_increase_fails_where_fido_says_so() {
    for (before, now) in [(10, 10), (11, 10), (u32::MAX, 0), (7, 0)] {
        assertion(
            |a| {
                a.sign_count = now;
                a.record(move |record| record.sign_count = Some(before));
            },
            "auth.sign-count",
            "accept",
        );
    }
    assertion(
        |a| {
            a.sign_count = 0;
            a.record(|record| record.sign_count = Some(0));
        },
        "accept",
        "accept",
    );
}

#[test]
fn u2f_models_have_no_aaguid() {
    let mut zeros = crate::u2f::attest(|_| {});
    zeros.aaguid = [0; 16];
    compare_stricter(&zeros.build(), "accept", "accept");
    let model = crate::u2f::attest(|_| {}).build();
    compare(&model, "accept", "");
    compare_stricter(&model, "att.u2f.aaguid-zero", "accept");
}

#[test]
fn the_list_of_certificates() {
    let pki = Pki::new();
    let list = |more: Vec<Vec<u8>>, fido_server: &str, strict: &str| {
        let x5c = [vec![pki.leaf(&|_| {})], more].concat();
        let recording = attested(x5c, |_| {}).build();
        compare(&recording, "accept", "");
        compare_stricter(&recording, fido_server, strict);
    };
    list(vec![], "accept", "accept");
    list(vec![pki.root()], "chain.root-included", "accept");
    list(vec![pki.leaf(&|_| {})], "chain.order", "chain.order");
}

/// That the root is left out is a rule of FIDO's about packed attestation only (suite Resp-5, F-10).
#[test]
fn the_root_in_lists_of_other_formats() {
    let accepted = |made: Registration| {
        let recording = made.build();
        compare(&recording, "accept", "");
        compare_stricter(&recording, "accept", "accept");
        let step = "chain.root-included";
        crate::fixture::status_of(&recording, step, Status::NotApplicable);
    };
    accepted(crate::android_key::attest(|draft| draft.with_root = true));
    let root = crate::tpm::pki().root_der().to_vec();
    let mut identity = crate::tpm::identity(|_| {});
    identity.x5c.push(root);
    let tpm = TpmDraft::new(identity);
    accepted(crate::tpm::attested(tpm, SignatureKind::Genuine, |_| {}));
    let mut apple = crate::apple::attested(|_| {});
    let attest = apple.attest.take().unwrap();
    apple.attest = Some(Box::new(move |registration, signed| {
        let mut statement = attest(registration, signed);
        let (_, x5c) = &mut statement.as_map_mut().unwrap()[0];
        let root = crate::tpm::pki().root_der().to_vec();
        x5c.as_array_mut().unwrap().push(Value::Bytes(root));
        statement
    }));
    accepted(apple);
    accepted(crate::safetynet::attest(SignatureKind::Genuine, |draft| {
        let root = crate::android_key::pki("web").root_der().to_vec();
        draft.identity.x5c.push(root);
    }));
    // In a part of a compound statement the rule of its format holds.
    let part = |pki: &Pki| [pki.leaf(&|_| {}), pki.root()].map(Value::Bytes).to_vec();
    let mut compound = crate::compound::attested(&[Part::Certified, Part::Own], None);
    let attest = compound.attest.take().unwrap();
    compound.attest = Some(Box::new(move |registration, signed| {
        let mut statement = attest(registration, signed);
        let first = &mut statement.as_array_mut().unwrap()[0];
        let (_, packed) = &mut first.as_map_mut().unwrap()[1];
        let (_, x5c) = &mut packed.as_map_mut().unwrap()[2];
        *x5c = Value::Array(part(&Pki::new()));
        statement
    }));
    let recording = compound.build();
    compare(&recording, "accept", "att-obj.att-stmt");
    compare_stricter(&recording, "reg.trust", "accept");
}

#[test]
fn what_decides_elsewhere_is_told_everywhere() {
    let mut registration = Registration::new();
    registration.flags = 0x47;
    let trace = verify(&registration.build(), &Context::default());
    let step = trace.outcome("ad.rfu").unwrap();
    assert_eq!(
        (step.l2, step.l3, step.fido_server, step.strict),
        (
            Status::Observation,
            Status::Observation,
            Status::Observation,
            Status::Fail
        )
    );
    assert_eq!(
        trace.outcome("reg.finish").unwrap().strict,
        Status::NotEvaluated
    );
    assert_eq!(trace.verdict_of(Profile::WebauthnL3), Verdict::Accept);
    assert_eq!(trace.verdict_of(Profile::FidoServer), Verdict::Accept);
    assert_eq!(trace.verdict_of(Profile::Strict), Verdict::Reject);
}
