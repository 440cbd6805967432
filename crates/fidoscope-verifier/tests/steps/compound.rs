//! `att.compound.*`: parts are judged alone, the policy says how many must hold.

use std::num::NonZeroU8;

use ciborium::Value;
use fidoscope_authenticator::{SignatureKind, TpmDraft};
use fidoscope_recording::Profile;
use fidoscope_recording::{CompoundPolicy, Recording, UntrustedPolicy};
use fidoscope_verifier::{Context, Status, verify};

use crate::fixture::{Registration, compare, compare_stricter, status_of, under};
use crate::packed::Pki;
use crate::tpm::{identity, pki};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    /// Signed by the credential key.
    Own,
    /// The same with a wrong signature.
    BadOwn,
    /// Packed, with a certificate below [`Pki`].
    Certified,
    /// By a TPM, with a certificate below [`pki`].
    Tpm,
    /// The same with a manufacturer that only WebAuthn accepts.
    OddTpm,
    None,
    Compound,
    Unknown,
}

impl Part {
    fn make(self, registration: &Registration, signed: &[u8]) -> Value {
        let signature = |key: &str| {
            let mut signature = crate::fixture::key(key).sign_der(signed);
            if self == Self::BadOwn {
                *signature.last_mut().unwrap() ^= 1;
            }
            ("sig".into(), Value::Bytes(signature))
        };
        let alg = ("alg".into(), Value::from(-7));
        let (format, statement) = match self {
            Self::Own | Self::BadOwn => ("packed", Value::Map(vec![alg, signature("credential")])),
            Self::Certified => {
                let leaf = Value::Bytes(Pki::new().leaf(&|_| {}));
                let x5c = ("x5c".into(), Value::Array(vec![leaf]));
                (
                    "packed",
                    Value::Map(vec![alg, signature("attestation"), x5c]),
                )
            }
            Self::Tpm | Self::OddTpm => {
                let (data, hash) = signed.split_last_chunk().unwrap();
                let mut tpm = TpmDraft::new(identity(|_| {}));
                if self == Self::OddTpm {
                    tpm.attest.trailing = vec![0];
                }
                let cose = registration.key_bytes();
                let made = tpm.statement(&cose, data, hash, SignatureKind::Genuine);
                ("tpm", made.unwrap())
            }
            Self::None => ("none", Value::Map(vec![])),
            Self::Compound => ("compound", Value::Array(vec![])),
            Self::Unknown => ("nobody's", Value::Map(vec![])),
        };
        Value::Map(vec![
            ("fmt".into(), format.into()),
            ("attStmt".into(), statement),
        ])
    }
}

fn at_least(count: u8) -> CompoundPolicy {
    CompoundPolicy::AtLeast(NonZeroU8::new(count).unwrap())
}

pub(crate) fn attested(parts: &[Part], policy: Option<CompoundPolicy>) -> Registration {
    let parts = parts.to_vec();
    let mut registration = Registration::new();
    registration.format = "compound".into();
    registration.around(move |r| {
        r.policy.compound = policy;
        r.policy.anchors = vec![Pki::new().root_pem(), pki().root_pem()];
    });
    registration.attest = Some(Box::new(move |registration, signed| {
        let parts = parts.iter().map(|part| part.make(registration, signed));
        Value::Array(parts.collect())
    }));
    registration
}

/// Level 2 has no such statement, so it fails the array.
#[track_caller]
fn check(parts: &[Part], policy: Option<CompoundPolicy>, step: &str) -> Recording {
    let recording = attested(parts, policy).build();
    compare(&recording, step, "att-obj.att-stmt");
    recording
}

use CompoundPolicy::{All, Any};
use Part::{BadOwn, Certified, Compound, None as Bare, OddTpm, Own, Tpm, Unknown};

/// What would tell whether the parts are trusted may be missing where the policy does without.
#[test]
fn downgraded_whether_trusted_or_not() {
    let downgraded = |edit: fn(&mut Recording), step: &str| {
        let mut made = attested(&[Own, Certified], None);
        made.around(move |r| {
            r.policy.untrusted = Some(UntrustedPolicy::Downgrade);
            edit(r);
        });
        compare(&made.build(), step, "att-obj.att-stmt");
    };
    downgraded(|_| {}, "accept");
    downgraded(|r| r.policy.anchors.clear(), "accept");
    downgraded(|r| r.now = None, "accept");
    downgraded(
        |r| r.policy.anchors = vec![Pki::named("another").root_pem()],
        "accept",
    );
    downgraded(
        |r| {
            r.policy.anchors.clear();
            r.policy.require_attestation = Some(true);
        },
        "open: reg.trust",
    );
}

#[test]
fn sound_parts_are_accepted_and_each_is_judged() {
    let recording = check(&[Own, Certified, Tpm], None, "accept");
    for (step, status) in [
        ("att.compound.syntax", Status::Pass),
        ("att.compound.nested", Status::Pass),
        ("att.compound.sub", Status::Pass),
        ("att.compound.enough", Status::Pass),
        ("att.compound.sub[0].att.packed.self.sig", Status::Pass),
        ("att.compound.sub[1].att.packed.sig", Status::Pass),
        ("att.compound.sub[1].chain.build", Status::Pass),
        ("att.compound.sub[2].att.tpm.name", Status::Pass),
        ("att.compound.sub[2].chain.validity", Status::Pass),
        ("reg.trust", Status::Pass),
    ] {
        status_of(&recording, step, status);
    }
    let trace = verify(&recording, &Context::default());
    let echo = trace.outcome("att.compound.enough").unwrap().found();
    assert_eq!(echo, Some("3 of 3 parts; policy: all"));
    assert_eq!(trace.outcome("att.packed.sig"), None);
    let names: Vec<_> = trace.steps.iter().map(|outcome| outcome.name()).collect();
    let part = |index: usize| {
        let prefix = format!("att.compound.sub[{index}].");
        names.iter().position(|name| name.starts_with(&prefix))
    };
    assert!(part(0) < part(1) && part(1) < part(2), "part by part");
}

#[test]
fn the_form_of_the_statement() {
    check(&[Own], None, "att.compound.syntax");
    check(&[], None, "att.compound.syntax");
    let mut map = attested(&[Own, Own], None);
    map.object = vec![("attStmt", Some(Value::Map(vec![])))];
    compare(&map.build(), "att.compound.syntax", "reg.fmt");
    for odd in [
        Value::Null,
        Value::Map(vec![("fmt".into(), "none".into())]),
        Value::Map(vec![("attStmt".into(), Value::Map(vec![]))]),
    ] {
        let mut registration = attested(&[], None);
        registration.attest = Some(Box::new(move |registration, signed| {
            Value::Array(vec![Own.make(registration, signed), odd])
        }));
        compare(
            &registration.build(),
            "att.compound.syntax",
            "att-obj.att-stmt",
        );
    }
    check(&[Own, Compound], None, "att.compound.nested");
    check(&[Own, Compound], Some(Any), "att.compound.nested");
}

#[test]
fn the_policy_says_how_many_must_verify() {
    check(&[Own, BadOwn], None, "att.compound.sub");
    check(&[Own, BadOwn], Some(All), "att.compound.sub");
    check(&[Own, Unknown], None, "att.compound.sub");
    let tolerated = check(&[Own, BadOwn], Some(Any), "accept");
    let inner = "att.compound.sub[1].att.packed.self.sig";
    status_of(&tolerated, inner, Status::Warn);
    status_of(&tolerated, "att.compound.sub", Status::Warn);
    check(&[BadOwn, BadOwn], Some(Any), "att.compound.enough");
    check(
        &[BadOwn, Own, BadOwn],
        Some(at_least(2)),
        "att.compound.enough",
    );
    check(&[Own, Own, BadOwn], Some(at_least(2)), "accept");
    check(&[Own, Own], Some(at_least(3)), "att.compound.enough");
}

#[test]
fn what_failed_in_a_part_is_there_to_read() {
    let recording = check(&[Own, BadOwn], None, "att.compound.sub");
    let trace = verify(&recording, &Context::default());
    let inner = trace.outcome("att.compound.sub[1].att.packed.self.sig");
    assert_eq!(inner.map(|outcome| outcome.l3), Some(Status::Fail));
    assert_eq!(inner.map(|outcome| outcome.l2), Some(Status::NotApplicable));
    let decided = trace.outcome("att.compound.sub").unwrap();
    assert_eq!(decided.found(), Some("sub[1]: att.packed.self.sig"));
}

/// A part that cannot be judged leaves the verdict open only where it could change it.
#[test]
fn a_part_without_input() {
    let unsupported = |policy| {
        let mut registration = attested(&[], policy);
        registration.attest = Some(Box::new(|registration, signed| {
            let mut odd = Certified.make(registration, signed);
            let (_, statement) = odd.as_map_mut().unwrap().last_mut().unwrap();
            statement.as_map_mut().unwrap()[0].1 = Value::from(-65_000);
            Value::Array(vec![Own.make(registration, signed), odd])
        }));
        registration.build()
    };
    let second = "att-obj.att-stmt";
    compare(&unsupported(None), "open: att.compound.sub", second);
    compare(&unsupported(Some(Any)), "accept", second);
    let two = Some(at_least(2));
    compare(&unsupported(two), "open: att.compound.enough", second);
}

#[test]
fn many_parts_are_not_judged() {
    check(&[Bare; 16], None, "accept");
    check(&[Bare; 17], None, "open: att.compound.sub");
}

#[test]
fn trust_is_judged_for_the_parts() {
    let without = |parts: &[Part], policy, pems: Vec<String>| {
        let mut registration = attested(parts, policy);
        registration.around(move |r| r.policy.anchors = pems);
        registration.build()
    };
    let second = "att-obj.att-stmt";
    let only_packed = vec![Pki::new().root_pem()];
    let recording = without(&[Certified, Tpm], None, only_packed.clone());
    compare(&recording, "reg.trust", second);
    let inner = "att.compound.sub[1].chain.build";
    status_of(&recording, inner, Status::Fail);
    let recording = without(&[Certified, Tpm], Some(Any), only_packed);
    compare(&recording, "accept", second);
    status_of(&recording, inner, Status::Warn);
    compare(
        &without(&[Own, Tpm], None, vec![]),
        "open: reg.trust",
        second,
    );
    compare(&without(&[Own, Tpm], Some(Any), vec![]), "accept", second);
    let refuse_self = |policy| {
        let mut registration = attested(&[Own, Tpm], policy);
        registration.around(|r| r.policy.accept_self = Some(false));
        registration.build()
    };
    compare(&refuse_self(None), "reg.trust", second);
    compare(&refuse_self(Some(Any)), "accept", second);
    let mut bare = attested(&[Bare, Tpm], None);
    bare.around(|r| r.policy.require_attestation = Some(true));
    compare(&bare.build(), "reg.trust", second);
}

/// A lint inside a part counts where it would count outside.
#[test]
fn stricter_profiles_look_into_parts() {
    let recording = check(&[Own, OddTpm], None, "accept");
    compare_stricter(&recording, "accept", "att.compound.sub");
    let recording = check(&[Own, OddTpm], Some(Any), "accept");
    assert_eq!(under(Profile::Strict, &recording), "accept");
}
