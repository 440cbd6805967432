use ciborium::Value;
use fidoscope_authenticator::{
    AaguidExtension, AuthorityOptions, CertificateExtension, Finish, Identity, LeafOptions, Seed,
    SignatureKind, TestKey, TestPki, Validity, crl_pem, pem,
};
use fidoscope_recording::{LegacyPolicy, Recording};
use fidoscope_verifier::{Context, Status, Trace, Verdict, verify};
use fidoscope_webauthn::Aaguid;

use crate::android_key::{pki, validity};
use crate::fixture::{AAGUID, RP_ID, Registration, compare, compare_stricter, sha256, status_of};
use crate::ledger;

pub(crate) fn leaf() -> LeafOptions {
    LeafOptions::new("Some Key", Aaguid(AAGUID), validity())
}

/// A packed statement of an identity, judged under anchors.
pub(crate) fn attested(identity: Identity, anchors: &[&[u8]]) -> Registration {
    let mut registration = Registration::new();
    registration.format = "packed".into();
    let anchors: Vec<String> = anchors.iter().map(|der| pem(der)).collect();
    registration.around(move |r| r.policy.anchors = anchors);
    registration.attest = Some(Box::new(move |_, signed| {
        let x5c = identity.x5c.into_iter().map(Value::Bytes).collect();
        Value::Map(vec![
            ("alg".into(), (-7).into()),
            ("sig".into(), Value::Bytes(identity.key.sign_der(signed))),
            ("x5c".into(), Value::Array(x5c)),
        ])
    }));
    registration
}

#[track_caller]
fn check(identity: Identity, anchors: &[&[u8]], step: &str) {
    compare(&attested(identity, anchors).build(), step, "");
}

fn issue(pki: &TestPki, edit: impl FnOnce(&mut LeafOptions)) -> Identity {
    let mut options = leaf();
    edit(&mut options);
    pki.attestation("leaf", &options).unwrap()
}

/// Below an intermediate that `edit` may change.
fn below(edit: impl FnOnce(&mut AuthorityOptions)) -> TestPki {
    let mut options = AuthorityOptions::new("intermediate", validity());
    edit(&mut options);
    pki("root").with_authority(&options).unwrap()
}

fn past() -> Validity {
    Validity {
        not_before: "2024-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2025-01-01T00:00:00Z".parse().unwrap(),
    }
}

#[test]
fn intermediates() {
    let root = pki("root");
    let under = |edit: fn(&mut AuthorityOptions), step| {
        check(issue(&below(edit), |_| {}), &[root.root_der()], step);
    };
    under(|_| {}, "accept");
    under(|o| o.validity = past(), "chain.validity");
    under(|o| o.ca = Some(false), "chain.ca");
    under(|o| o.ca = None, "chain.ca");
    under(|o| o.may_sign = false, "chain.ca");
    under(|o| o.path_length = Some(0), "accept");
    under(
        |o| o.finish.issuer_name = Some("nobody".to_owned()),
        "chain.name-sig",
    );
    under(
        |o| o.finish.signature = SignatureKind::BitFlipped,
        "chain.name-sig",
    );
    under(
        |o| o.extensions.push(CertificateExtension::unknown_critical()),
        "chain.build",
    );
}

#[test]
fn path_length() {
    let root = pki("root");
    let limited = |length| {
        let mut upper = AuthorityOptions::new("upper", validity());
        upper.path_length = Some(length);
        let lower = AuthorityOptions::new("lower", validity());
        let pki = pki("root").with_authority(&upper).unwrap();
        pki.with_authority(&lower).unwrap()
    };
    check(issue(&limited(0), |_| {}), &[root.root_der()], "chain.ca");
    check(issue(&limited(1), |_| {}), &[root.root_der()], "accept");
}

#[test]
fn leaves() {
    let root = pki("root");
    let with = |edit: fn(&mut LeafOptions), step| {
        check(issue(&root, edit), &[root.root_der()], step);
    };
    with(|o| o.finish.version = 1, "att.packed.cert.version");
    with(|o| o.finish.version = 2, "att.packed.cert.version");
    with(
        |o| o.finish.signature = SignatureKind::BitFlipped,
        "chain.name-sig",
    );
    with(
        |o| o.finish.issuer_name = Some("nobody".to_owned()),
        "chain.name-sig",
    );
    let twice = CertificateExtension {
        oid: vec![2, 5, 29, 14],
        critical: false,
        value: vec![4, 1, 7],
    };
    let mut identity = leaf();
    identity.extensions = vec![twice.clone(), twice];
    let identity = root.attestation("leaf", &identity).unwrap();
    check(identity, &[root.root_der()], "chain.build");
}

/// Names prove nothing, and what the client sends is no anchor.
#[test]
fn anchors_are_the_relying_partys() {
    let forged = TestPki::new(&Seed::new(666, "attacker"), "root", validity()).unwrap();
    let root = pki("root");
    assert_eq!(
        forged.root_pem().len(),
        root.root_pem().len(),
        "the same name, another key"
    );
    let mut identity = issue(&forged, |_| {});
    check(identity.clone(), &[root.root_der()], "chain.name-sig");
    identity.x5c.push(forged.root_der().to_vec());
    check(identity, &[root.root_der()], "chain.name-sig");
    let mut stranger = issue(&pki("stranger"), |_| {});
    stranger.x5c.push(pki("stranger").root_der().to_vec());
    check(stranger, &[root.root_der()], "chain.build");
}

#[test]
fn the_path_is_searched() {
    let (old, new) = (pki("old root"), below(|_| {}));
    let cross = new.cross_signed_by(&old, validity()).unwrap().unwrap();
    let mut identity = issue(&new, |_| {});
    identity.x5c.insert(1, cross.clone());
    identity.x5c.push(cross);
    identity.x5c.push(identity.x5c[0].clone());
    for anchor in [old.root_der(), new.root_der()] {
        check(identity.clone(), &[anchor], "accept");
    }
    // The root, certified by another one, at the end of the list.
    let bridge = old.cross_sign(&new, validity()).unwrap();
    let mut identity = issue(&new, |_| {});
    identity.x5c.push(bridge);
    for anchor in [old.root_der(), new.root_der()] {
        check(identity.clone(), &[anchor], "accept");
    }
    let mut swapped = issue(&below(|_| {}), |_| {});
    swapped.x5c.push(new.root_der().to_vec());
    swapped.x5c.swap(1, 2);
    let recording = attested(swapped, &[new.root_der()]).build();
    compare(&recording, "accept", "");
    compare_stricter(&recording, "chain.root-included", "chain.order");
}

/// An intermediate or the certificate itself may be what is trusted.
#[test]
fn anchors_that_are_no_roots() {
    let pki = below(|_| {});
    let identity = issue(&pki, |_| {});
    let [own, intermediate] = [&identity.x5c[0], &identity.x5c[1]].map(Clone::clone);
    check(identity.clone(), &[&intermediate], "accept");
    check(identity.clone(), &[&own], "accept");
    let mut other = leaf();
    other.common_name = Some("its successor".to_owned());
    let other = pki.attestation("leaf", &other).unwrap();
    check(other, &[&own], "chain.leaf-anchor");
    // A pinned attestation certificate certifies nobody else.
    let mut edit = AuthorityOptions::new("intermediate", validity());
    edit.ca = Some(false);
    let no_ca = self::pki("root").with_authority(&edit).unwrap();
    let identity = issue(&no_ca, |_| {});
    let anchor = identity.x5c[1].clone();
    check(identity, &[&anchor], "chain.ca");
}

#[track_caller]
fn judged(recording: &Recording, step: &str, status: Status, says: &str) -> Trace {
    let trace = verify(recording, &Context::default());
    ledger::note(&trace);
    let outcome = trace.outcome(step).unwrap();
    let said = [outcome.expected(), outcome.found(), outcome.note()];
    let said = said.map(|text| text.unwrap_or_default()).join(" | ");
    assert_eq!(outcome.l3, status, "{step}: {said}");
    assert!(said.contains(says), "{said}");
    trace
}

/// Lists of the root and the intermediate that revoke some keys, as PEM.
fn lists(pki: &TestPki, revoked: &[&TestKey], validity: Validity) -> Vec<String> {
    let lists = pki.revocation_lists(revoked, validity).unwrap();
    lists.iter().map(|der| crl_pem(der)).collect()
}

fn with_lists(pki: &TestPki, crls: Vec<String>) -> Recording {
    let mut registration = attested(issue(pki, |_| {}), &[pki.root_der()]);
    registration.around(move |r| r.crls = crls);
    registration.build()
}

#[test]
fn revocation_lists() {
    let pki = below(|_| {});
    let step = "chain.revoked";
    let check = |crls, status, says: String| judged(&with_lists(&pki, crls), step, status, &says);
    let intermediate = pki.intermediate_key().unwrap().clone();
    let attestation = issue(&pki, |_| {}).key;
    let good = lists(&pki, &[], validity());
    check(
        good.clone(),
        Status::Pass,
        "2 certificates on no list".to_owned(),
    );
    for key in [&intermediate, &attestation] {
        let trace = check(
            lists(&pki, &[key], validity()),
            Status::Fail,
            TestPki::serial_hex(key),
        );
        assert_eq!(trace.first_failed.l3, Some(step));
        assert_eq!(trace.first_failed.l2, Some(step));
    }
    let named = lists(&pki, &[&intermediate], validity());
    check(
        named,
        Status::Fail,
        "on the list of `O=fidoscope test, CN=root root`".to_owned(),
    );
    // What only the attestation certificate lacks is told; an intermediate must have a list.
    check(
        good[..1].to_vec(),
        Status::Pass,
        "no list is about".to_owned(),
    );
    check(
        good[1..].to_vec(),
        Status::NotEvaluated,
        "no list is about".to_owned(),
    );
    check(
        vec![],
        Status::NotEvaluated,
        "no revocation lists given".to_owned(),
    );
}

#[test]
fn revocation_lists_that_do_not_count() {
    let pki = below(|_| {});
    let step = "chain.revoked";
    let open = |crls, says| {
        let trace = judged(&with_lists(&pki, crls), step, Status::NotEvaluated, says);
        assert_eq!(trace.verdict, Verdict::Indeterminate);
    };
    open(lists(&pki, &[], past()), "out of date since");
    let later = Validity {
        not_before: "2030-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2031-01-01T00:00:00Z".parse().unwrap(),
    };
    open(lists(&pki, &[], later), "of a later time");
    let attacker = TestPki::new(&Seed::new(666, "attacker"), "root", validity()).unwrap();
    open(lists(&attacker, &[], validity()), "did not sign it");
    open(vec!["nonsense".to_owned()], "no revocation list");
    open(vec![String::new()], "there is no revocation list");
    open(vec![pki.root_pem()], "not an X509 CRL");
    open(vec!["{\"entries\": 1}".to_owned()], "no status list");
    let mut timeless = with_lists(&pki, lists(&pki, &[], validity()));
    timeless.now = None;
    judged(&timeless, step, Status::NotEvaluated, "no instant given");
}

/// A path without a revoked certificate is as good as any other.
#[test]
fn a_revoked_cross_certificate_is_avoided() {
    let (old, new) = (pki("old root"), pki("new root"));
    let bridge = old.cross_sign(&new, validity()).unwrap();
    let mut identity = issue(&new, |_| {});
    identity.x5c.push(bridge);
    let revoked = lists(&old, &[], validity());
    let mut registration = attested(identity, &[new.root_der(), old.root_der()]);
    registration.around(move |r| r.crls = revoked);
    judged(&registration.build(), "chain.build", Status::Pass, "");
}

#[test]
fn android_status_lists() {
    let pki = below(|_| {});
    let step = "chain.revoked";
    let serial = TestPki::serial_hex(pki.intermediate_key().unwrap());
    let status = |serial: &str, word: &str| {
        let entry = format!("{{\"status\":\"{word}\",\"reason\":\"KEY_COMPROMISE\"}}");
        vec![format!("{{\"entries\":{{\"{serial}\":{entry}}}}}")]
    };
    let short = serial.trim_start_matches('0');
    for listed in [serial.as_str(), short, &serial.to_uppercase()] {
        for word in ["REVOKED", "SUSPENDED"] {
            judged(
                &with_lists(&pki, status(listed, word)),
                step,
                Status::Fail,
                &serial,
            );
        }
    }
    let other = with_lists(&pki, status("abc", "REVOKED"));
    judged(&other, step, Status::Pass, "2 certificates on no list");
    // A replay may bring one as well.
    let context = [status(short, "REVOKED")[0].clone().into_bytes()];
    let recording = with_lists(&pki, vec![]);
    let context = Context {
        crls: &context,
        ..Context::default()
    };
    assert_eq!(verify(&recording, &context).first_failed.l3, Some(step));
    let der = pki
        .revocation_lists(&[pki.intermediate_key().unwrap()], validity())
        .unwrap();
    let context = Context {
        crls: &der,
        ..Context::default()
    };
    assert_eq!(verify(&recording, &context).first_failed.l3, Some(step));
}

/// Weak certificates are told of, and refused where the policy says so.
#[test]
fn legacy_certificates() {
    let older = |version| {
        let mut root = pki("root");
        let mut options = AuthorityOptions::new("older", validity());
        options.finish.version = version;
        root = root.with_authority(&options).unwrap();
        root
    };
    let check = |pki: &TestPki, policy, status, says| {
        // The older certificate is what the relying party trusts, as in early metadata.
        let identity = issue(pki, |_| {});
        let anchor = identity.x5c[1].clone();
        let mut registration = attested(identity, &[&anchor]);
        registration.around(move |r| r.policy.legacy_certificates = policy);
        judged(&registration.build(), "chain.build", status, says);
    };
    check(&older(3), Some(LegacyPolicy::Reject), Status::Pass, "");
    check(&older(1), None, Status::Warn, "X.509 version 1");
    check(
        &older(1),
        Some(LegacyPolicy::Warn),
        Status::Warn,
        "X.509 version 1",
    );
    check(
        &older(1),
        Some(LegacyPolicy::Reject),
        Status::Fail,
        "X.509 version 1",
    );
    // As an intermediate that has to say itself that it is a CA, it cannot.
    let identity = issue(&older(1), |_| {});
    self::check(identity, &[pki("root").root_der()], "chain.ca");
}

/// A U2F statement of an identity.
pub(crate) fn u2f(identity: Identity, anchor: &[u8]) -> Registration {
    let mut registration = attested(identity.clone(), &[anchor]);
    registration.format = "fido-u2f".into();
    registration.attest = Some(Box::new(move |r, _| {
        let message = [
            vec![0],
            sha256(RP_ID.as_bytes()),
            sha256(&r.client_data),
            r.credential_id.clone(),
            crate::fixture::key("credential").point().to_vec(),
        ];
        let signature = identity.key.sign_der(&message.concat());
        let x5c = identity.x5c.into_iter().map(Value::Bytes).collect();
        Value::Map(vec![
            ("sig".into(), Value::Bytes(signature)),
            ("x5c".into(), Value::Array(x5c)),
        ])
    }));
    registration
}

/// Early U2F certificates count the unused bits of their signature wrongly; no other format may.
#[test]
fn early_u2f_certificates() {
    let root = pki("root");
    let odd = |options: &mut LeafOptions| {
        options.aaguid = AaguidExtension::Absent;
        options.finish = Finish {
            unused_bits: 3,
            ..Finish::default()
        };
    };
    let recording = u2f(issue(&root, odd), root.root_der()).build();
    compare(&recording, "accept", "");
    judged(&recording, "chain.build", Status::Warn, "3 unused bits");
    check(issue(&root, odd), &[root.root_der()], "att.packed.syntax");
}

/// Basic constraints as BER allows, and such that say nothing.
#[test]
fn basic_constraints_that_are_not_der() {
    let root = pki("root");
    let with = |value: &[u8]| {
        let mut options = leaf();
        options.ca = None;
        options.extensions = vec![CertificateExtension {
            oid: vec![2, 5, 29, 19],
            critical: true,
            value: value.to_vec(),
        }];
        root.attestation("leaf", &options).unwrap()
    };
    let recording = attested(with(&[0x30, 3, 1, 1, 0]), &[root.root_der()]).build();
    compare(&recording, "accept", "");
    judged(&recording, "chain.build", Status::Warn, "not DER");
    status_of(&recording, "att.packed.cert.ca", Status::Pass);
    check(with(&[0x30, 0]), &[root.root_der()], "accept");
    check(
        with(&[0x30, 3, 1, 1, 1]),
        &[root.root_der()],
        "att.packed.cert.ca",
    );
    check(with(&[4, 0]), &[root.root_der()], "att.packed.cert.ca");
    check(
        with(&[0x30, 2, 1, 0]),
        &[root.root_der()],
        "att.packed.cert.ca",
    );
    let recording = u2f(
        {
            let mut identity = with(&[4, 0]);
            identity.x5c.truncate(1);
            identity
        },
        root.root_der(),
    );
    judged(
        &recording.build(),
        "chain.build",
        Status::Warn,
        "cannot be read",
    );
}
