//! Trust paths beside a web PKI validator: what it accepts is accepted here, and what is accepted
//! here it accepts.

use std::time::Duration;

use fidoscope_authenticator::{
    AuthorityOptions, Format, Identity, LeafOptions, Model, Seed, SignatureKind, TestBench,
    TestPki, Validity,
};
use fidoscope_verifier::{Context, Status, verify};
use fidoscope_webauthn::Aaguid;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

const NOW: &str = "2026-10-01T12:00:00Z";

fn from_to(from: &str, to: &str) -> Validity {
    Validity {
        not_before: from.parse().unwrap(),
        not_after: to.parse().unwrap(),
    }
}

fn validity() -> Validity {
    from_to("2024-01-01T00:00:00Z", "2034-01-01T00:00:00Z")
}

fn web(identity: &Identity, anchor: &[u8]) -> bool {
    let ders: Vec<CertificateDer<'_>> = identity
        .x5c
        .iter()
        .map(|der| der.as_slice().into())
        .collect();
    let anchor = CertificateDer::from(anchor);
    let anchors = [anchor_from_trusted_cert(&anchor).unwrap()];
    let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    let seconds = u64::try_from(now.timestamp()).unwrap();
    let Ok(leaf) = EndEntityCert::try_from(&ders[0]) else {
        return false;
    };
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &ders[1..],
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        KeyUsage::client_auth(),
        None,
        None,
    )
    .is_ok()
}

fn ours(identity: &Identity, anchor: &[u8]) -> bool {
    let now = NOW.parse().unwrap();
    let bench = TestBench::new(1, "example.org", now).unwrap();
    let model = Model::security_key(Aaguid(*b"fidoscope-models"), "Some Key");
    assert_eq!(model.format, Format::PackedX5c);
    let mut authenticator = bench.authenticator(model, 1).unwrap();
    let (_, mut recording) = bench.registration("one", &mut authenticator, None).unwrap();
    let mut draft = authenticator
        .draft_create(&bench.create_options("one"))
        .unwrap();
    draft.attest_with(identity.clone());
    let created = draft.seal().unwrap();
    recording.response = fidoscope_recording::CredentialBody::Object(Box::new(created.response));
    recording.policy.anchors = vec![fidoscope_authenticator::pem(anchor)];
    let trace = verify(&recording, &Context::default());
    let steps = [
        "chain.build",
        "chain.name-sig",
        "chain.validity",
        "chain.ca",
    ];
    steps.iter().all(|id| {
        let outcome = trace.outcome(id);
        outcome.is_some_and(|outcome| matches!(outcome.l3, Status::Pass | Status::Warn))
    })
}

#[test]
fn both_accept_the_same_paths() {
    let root = |name| TestPki::new(&Seed::new(1, "webpki"), name, validity()).unwrap();
    let past = from_to("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
    let authorities: [fn(&mut AuthorityOptions, Validity); 7] = [
        |_, _| {},
        |o, past| o.validity = past,
        |o, _| o.ca = Some(false),
        |o, _| o.ca = None,
        |o, _| o.path_length = Some(0),
        |o, _| o.finish.signature = SignatureKind::BitFlipped,
        |o, _| o.finish.issuer_name = Some("nobody".to_owned()),
    ];
    let leaves: [fn(&mut LeafOptions, Validity); 4] = [
        |_, _| {},
        |o, past| o.validity = past,
        |o, _| o.finish.signature = SignatureKind::BitFlipped,
        |o, _| o.finish.issuer_name = Some("nobody".to_owned()),
    ];
    let (mut accepted, mut refused) = (0, 0);
    for authority in authorities {
        for leaf in leaves {
            let mut upper = AuthorityOptions::new("intermediate", validity());
            authority(&mut upper, past);
            let pki = root("root").with_authority(&upper).unwrap();
            let mut options =
                LeafOptions::new("Some Key", Aaguid(*b"fidoscope-models"), validity());
            leaf(&mut options, past);
            let mut identity = pki.attestation("leaf", &options).unwrap();
            let cross = pki
                .cross_signed_by(&root("other"), validity())
                .unwrap()
                .unwrap();
            identity.x5c.push(cross);
            for anchor in [root("root"), root("other"), root("stranger")] {
                let (ours, web) = (
                    ours(&identity, anchor.root_der()),
                    web(&identity, anchor.root_der()),
                );
                assert_eq!(ours, web, "{upper:?} {options:?}");
                if ours { accepted += 1 } else { refused += 1 }
            }
        }
    }
    assert!(accepted > 5 && refused > 50, "{accepted} {refused}");
}
