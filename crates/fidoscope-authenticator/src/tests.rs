use crate::*;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use chrono::{DateTime, Utc};
use fidoscope_recording::Kind;
use fidoscope_webauthn::Aaguid;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

fn now() -> DateTime<Utc> {
    "2026-10-01T12:00:00Z".parse().unwrap()
}

fn bench() -> TestBench {
    TestBench::new(7, "login.example.org", now()).unwrap()
}

fn member<'a>(value: &'a ciborium::Value, key: &str) -> &'a ciborium::Value {
    let map = value.as_map().unwrap();
    &map.iter()
        .find(|(k, _)| k.as_text() == Some(key))
        .unwrap()
        .1
}

/// Verifies the statement with an implementation that did not make it.
#[track_caller]
fn check_registration(model: Model, expected_flags: u8) {
    let bench = bench();
    let format = model.format;
    let mut authenticator = bench.authenticator(model, 1).unwrap();
    let (created, recording) = bench.registration("r", &mut authenticator, None).unwrap();
    assert_eq!(recording.kind, Kind::Registration);
    assert_eq!(created.authenticator_data[32], expected_flags);
    let object: ciborium::Value = ciborium::from_reader(&created.attestation_object[..]).unwrap();
    assert_eq!(member(&object, "fmt").as_text(), Some(format.identifier()));
    assert_eq!(
        member(&object, "authData").as_bytes(),
        Some(&created.authenticator_data)
    );
    let statement = member(&object, "attStmt");
    let hash = Sha256::digest(&created.client_data_json);
    let cose: ciborium::Value = ciborium::from_reader(&created.public_key[..]).unwrap();
    let point: Vec<u8> = [
        &[4][..],
        &cose.as_map().unwrap()[3].1.as_bytes().unwrap()[..],
    ]
    .concat()
    .into_iter()
    .chain(cose.as_map().unwrap()[4].1.as_bytes().unwrap().clone())
    .collect();
    let (key, message) = match format {
        Format::None => {
            assert!(statement.as_map().unwrap().is_empty());
            return;
        }
        Format::PackedSelf => (point, [&created.authenticator_data[..], &hash[..]].concat()),
        Format::AndroidSafetynet | Format::Apple | Format::Compound => {
            panic!("it has no `sig` of its own")
        }
        Format::Tpm => {
            let info = member(statement, "certInfo").as_bytes().unwrap().clone();
            (leaf_key(statement), info)
        }
        Format::PackedX5c | Format::AndroidKey => (
            leaf_key(statement),
            [&created.authenticator_data[..], &hash[..]].concat(),
        ),
        Format::FidoU2f => {
            let mut message = vec![0];
            message.extend(&created.authenticator_data[..32]);
            message.extend(&hash[..]);
            message.extend(&created.credential_id);
            message.extend(point);
            (leaf_key(statement), message)
        }
    };
    let signature = member(statement, "sig").as_bytes().unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(&message, signature)
        .unwrap();
}

fn leaf_key(statement: &ciborium::Value) -> Vec<u8> {
    let der = member(statement, "x5c").as_array().unwrap()[0]
        .as_bytes()
        .unwrap()
        .clone();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    certificate.public_key().subject_public_key.data.to_vec()
}

#[test]
fn every_format_is_signed_as_its_section_says() {
    let [key, provider, phone, u2f] = models();
    check_registration(key, 0x45);
    check_registration(provider, 0x5d);
    check_registration(phone, 0x45);
    check_registration(u2f, 0x41);
    check_registration(Model::computer(Aaguid([4; 16]), "Some Computer"), 0x45);
}

#[test]
fn an_assertion_verifies_with_the_registered_key() {
    let bench = bench();
    let [model, ..] = models();
    let mut authenticator = bench.authenticator(model, 1).unwrap();
    let (created, registered) = bench.registration("r", &mut authenticator, None).unwrap();
    let (asserted, recording) = bench
        .authentication("a", &mut authenticator, &registered, &created, None)
        .unwrap();
    let mut message = asserted.authenticator_data.clone();
    message.extend(Sha256::digest(&asserted.client_data_json));
    let key = TestKey::derive(&Seed::new(1, "authenticator"), "credential/0");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.point())
        .verify(&message, &asserted.signature)
        .unwrap();
    assert_eq!(recording.record.unwrap().sign_count, Some(0));
    assert_eq!(asserted.sign_count, 1);
}

#[test]
fn the_attestation_certificate_is_what_8_2_1_asks_for() {
    let bench = bench();
    let aaguid: Aaguid = "f1d05c0e-e57a-41d0-9a11-6669646f7301".parse().unwrap();
    let validity = Validity {
        not_before: now(),
        not_after: now() + chrono::TimeDelta::days(1),
    };
    let options = LeafOptions::new("Juniper Key 2", aaguid, validity);
    let identity = bench.pki().attestation("Juniper Key 2", &options).unwrap();
    let (_, leaf) = X509Certificate::from_der(&identity.x5c[0]).unwrap();
    let (_, root) = X509Certificate::from_der(bench.pki().root_der()).unwrap();
    assert_eq!(
        leaf.subject().to_string(),
        "C=AA, O=fidoscope test, OU=Authenticator Attestation, CN=Juniper Key 2 attestation"
    );
    assert_eq!(leaf.version().0, 2);
    assert!(!leaf.basic_constraints().unwrap().unwrap().value.ca);
    assert_eq!(leaf.issuer(), root.subject());
    let extension = leaf
        .extensions()
        .iter()
        .find(|e| e.oid.to_id_string() == "1.3.6.1.4.1.45724.1.1.4");
    let extension = extension.unwrap();
    assert!(!extension.critical);
    assert_eq!(extension.value, [&[4, 16][..], &aaguid.0[..]].concat());
    let tbs: &[u8] = leaf.tbs_certificate.as_ref();
    let key = &root.public_key().subject_public_key.data;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(tbs, &leaf.signature_value.data)
        .unwrap();
}

#[track_caller]
fn check_counters(counter: Counter, expected: [u32; 4]) {
    let bench = bench();
    let [mut model, ..] = models();
    model.counter = counter;
    let mut original = bench.authenticator(model, 1).unwrap();
    let created = original.create(&bench.create_options("u")).unwrap();
    let request = bench.get_options("g", &created.credential_id);
    let first = original.get(&request).unwrap().sign_count;
    let mut clone = original.duplicate();
    let second = original.get(&request).unwrap().sign_count;
    let of_clone = clone.get(&request).unwrap().sign_count;
    assert_eq!([created.sign_count, first, second, of_clone], expected);
}

#[test]
fn a_clone_counts_on_its_own() {
    check_counters(Counter::Zero, [0, 0, 0, 0]);
    check_counters(Counter::PlusOne, [0, 1, 2, 2]);
    check_counters(Counter::Global, [1, 2, 3, 3]);
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let text = |seed| {
        let all = ceremonies(seed, "login.example.org", now()).unwrap();
        serde_json::to_string(&all).unwrap()
    };
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn the_catalogue_has_thirty_ceremonies_with_an_expectation() {
    let all = ceremonies(1, "login.example.org", now()).unwrap();
    assert_eq!(all.len(), 30);
    let mut ids: Vec<_> = all.iter().map(|r| r.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 30, "identifiers repeat");
    assert!(all.iter().all(|r| r.expect.is_some()));
}

#[test]
fn a_model_that_attests_needs_a_certificate() {
    let [model, ..] = models();
    let error = SoftwareAuthenticator::new(model, 1).create(&bench().create_options("u"));
    assert_eq!(
        error.unwrap_err().to_string(),
        "model `Juniper Key 2` attests with a certificate; give it one with `with_attestation`"
    );
}

#[test]
fn an_authenticator_answers_only_for_what_it_holds() {
    let bench = bench();
    let [_, model, ..] = models();
    let mut authenticator = bench.authenticator(model, 1).unwrap();
    let error = authenticator
        .get(&bench.get_options("g", b"unknown"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no credential for `login.example.org` among the 0 this authenticator holds"
    );
}

mod metadata_signer {
    use super::*;
    use fidoscope_metadata::{Anchors, Blob, Options, Outcome};

    const RP: &str = "login.example.org";

    fn signer() -> MetadataSigner {
        MetadataSigner::new(1, now()).unwrap()
    }

    fn anchors() -> Anchors {
        Anchors::from_pem(signer().root_pem().as_bytes()).unwrap()
    }

    #[test]
    fn a_signed_blob_verifies_under_its_test_root_only() {
        let bytes = signer().sign(&metadata(1, RP, now()).unwrap()).unwrap();
        let blob = Blob::open(&bytes).unwrap();
        assert!(blob.problems().is_empty(), "{:?}", blob.problems());
        let verdict = blob.verify(&anchors(), now(), &Options::default());
        assert!(verdict.accepted(), "{:#?}", verdict.first_failed());
        assert!(verdict.test_root);
        assert_eq!(
            verdict.anchor.unwrap().path,
            [
                "mds.fidoalliance.org",
                "fidoscope test metadata intermediate",
                "fidoscope test metadata root",
            ]
        );
        let real = blob.verify(&Anchors::builtin(), now(), &Options::default());
        assert_eq!(real.first_failed().unwrap().id, "mds.jws.chain");
        assert!(!real.test_root);
    }

    #[test]
    fn each_fault_fails_at_its_step_first() {
        let payload = metadata(1, RP, now()).unwrap();
        for fault in MetadataFault::ALL {
            let blob = Blob::open(&signer().sign_faulty(&payload, fault).unwrap()).unwrap();
            let verdict = blob.verify(&anchors(), now(), &Options::default());
            let failed: Vec<_> = verdict
                .steps
                .iter()
                .filter(|s| s.outcome == Outcome::Fail)
                .map(|s| s.id)
                .collect();
            assert_eq!(failed, [fault.expected()], "{fault:?}");
        }
    }

    #[test]
    fn rollback_and_staleness_are_judged_against_what_is_given() {
        let blob = Blob::open(&signer().sign(&metadata(1, RP, now()).unwrap()).unwrap()).unwrap();
        for (cached_no, expected) in [
            (None, Outcome::NotEvaluated),
            (Some(41), Outcome::Pass),
            (Some(42), Outcome::Fail),
            (Some(43), Outcome::Fail),
        ] {
            let options = Options {
                cached_no,
                ..Options::default()
            };
            let verdict = blob.verify(&anchors(), now(), &options);
            assert_eq!(verdict.step("mds.no-rollback").unwrap().outcome, expected);
        }
        let later = now() + chrono::TimeDelta::days(40);
        let stale = blob.verify(&anchors(), later, &Options::default());
        assert!(stale.accepted(), "stale is a warning");
        let step = stale.step("mds.next-update").unwrap();
        assert_eq!(
            (step.outcome, step.note.as_deref()),
            (Outcome::Warn, Some("stale for 10 days"))
        );
    }

    /// Lists as `who signs: whose certificates are on them`, valid for so many days around now.
    #[track_caller]
    fn check_lists(lists: &[Vec<u8>], expected: Outcome, words: &str) {
        let blob = Blob::open(&signer().sign(&metadata(1, RP, now()).unwrap()).unwrap()).unwrap();
        let options = Options {
            crls: lists.iter().map(|der| crl_pem(der).into_bytes()).collect(),
            ..Options::default()
        };
        let verdict = blob.verify(&anchors(), now(), &options);
        let step = verdict.step("mds.jws.chain-revoked").unwrap();
        let said = step.found.as_deref().or(step.note.as_deref()).unwrap();
        assert_eq!((step.outcome, said), (expected, words));
    }

    #[test]
    fn revocation_lists_are_verified_before_they_count() {
        let around = |from, until| Validity {
            not_before: now() + chrono::TimeDelta::days(from),
            not_after: now() + chrono::TimeDelta::days(until),
        };
        let signer = signer();
        let (pki, leaf) = (signer.pki(), &signer.leaf().key);
        let good = pki.revocation_lists(&[], around(-1, 1)).unwrap();
        check_lists(
            &good,
            Outcome::Pass,
            "no certificate of the path is on a list",
        );
        let unknown = "no list covers every certificate of the path";
        check_lists(&good[..1], Outcome::NotEvaluated, unknown);
        let old = pki.revocation_lists(&[], around(-9, -1)).unwrap();
        check_lists(
            &old,
            Outcome::NotEvaluated,
            "a revocation list is out of date",
        );
        let revoked = "a certificate of the path is revoked";
        let on_list = pki.revocation_lists(&[leaf], around(-9, -1)).unwrap();
        check_lists(&on_list, Outcome::Fail, revoked);
        check_lists(&on_list[1..], Outcome::Fail, revoked);
        let mut forged = on_list.clone();
        for list in &mut forged {
            *list.last_mut().unwrap() ^= 1;
        }
        let words = "a revocation list is not signed by its issuer";
        check_lists(&forged, Outcome::NotEvaluated, words);
    }

    #[test]
    fn the_metadata_knows_the_models_of_the_ceremonies() {
        let blob = Blob::open(&signer().sign(&metadata(1, RP, now()).unwrap()).unwrap()).unwrap();
        let bench = TestBench::new(1, RP, now()).unwrap();
        let [key, _, _, u2f] = models();
        let entry = blob.model(&key.aaguid).unwrap().first();
        assert_eq!(entry.description(), "Juniper Key 2");
        assert_eq!(entry.attestation_roots(), [bench.pki().root_der().to_vec()]);
        assert_eq!(entry.level(now().date_naive()).unwrap().to_string(), "L2");
        let identity = bench.attestation_identity(&u2f).unwrap();
        let entry = blob
            .model_by_key_identifier(&key_identifier(identity.key.point()))
            .unwrap();
        assert_eq!(entry.description(), "Juniper Key U2F");
        let undesired: Vec<_> = blob
            .entries()
            .iter()
            .filter(|entry| entry.undesired(now().date_naive()).next().is_some())
            .map(|entry| entry.description())
            .collect();
        assert_eq!(undesired, ["Rowan Tag"]);
    }

    #[test]
    fn the_same_entries_make_the_same_bytes() {
        let sign = || signer().sign(&metadata(1, RP, now()).unwrap()).unwrap();
        assert_eq!(sign(), sign());
    }

    /// One changed symbol anywhere: header, certificates, payload or signature.
    #[test]
    fn no_changed_symbol_is_accepted() {
        let bytes = signer().sign(&metadata(1, RP, now()).unwrap()).unwrap();
        for at in (0..bytes.len()).step_by(131) {
            let mut changed = bytes.clone();
            changed[at] = if changed[at] == b'Q' { b'R' } else { b'Q' };
            if let Ok(blob) = Blob::open(&changed) {
                let verdict = blob.verify(&anchors(), now(), &Options::default());
                assert!(
                    !verdict.accepted(),
                    "symbol {at} of {} may be changed",
                    bytes.len()
                );
            }
        }
    }

    fn year() -> Validity {
        Validity {
            not_before: now() - chrono::TimeDelta::days(100),
            not_after: now() + chrono::TimeDelta::days(265),
        }
    }

    #[track_caller]
    fn check_chain(bytes: &[u8], root: &TestPki, expected: Option<&str>) {
        let anchors = Anchors::from_pem(root.root_pem().as_bytes()).unwrap();
        let verdict = Blob::open(bytes)
            .unwrap()
            .verify(&anchors, now(), &Options::default());
        assert_eq!(
            verdict.anchor.map(|a| a.path.join(" < ")).as_deref(),
            expected
        );
    }

    /// The shapes of 21 and 31 August 2026: a new root in `x5c`, then cross-signed by the old one.
    #[test]
    fn a_path_is_found_to_the_old_root_and_to_the_new_one() {
        let signer = signer();
        let payload = metadata(1, RP, now()).unwrap();
        let (new, old) = (
            signer.pki(),
            TestPki::new(&Seed::new(1, "x"), "old", year()).unwrap(),
        );
        let with = |extra: Vec<u8>| {
            let mut x5c = signer.leaf().x5c.clone();
            x5c.push(extra);
            signer.sign_with_chain(&payload, x5c).unwrap()
        };
        let short = "mds.fidoalliance.org < fidoscope test metadata intermediate";
        let to_new = format!("{short} < fidoscope test metadata root");
        let to_old = format!("{to_new} < old root");
        let self_signed = with(new.root_der().to_vec());
        check_chain(&self_signed, new, Some(&to_new));
        check_chain(&self_signed, &old, None);
        let cross_signed = with(old.cross_sign(new, year()).unwrap());
        check_chain(&cross_signed, new, Some(&to_new));
        check_chain(&cross_signed, &old, Some(&to_old));
    }

    #[track_caller]
    fn check_revocation(revoked: &[&TestKey], expected: Outcome) {
        let signer = signer();
        let blob = Blob::open(&signer.sign(&metadata(1, RP, now()).unwrap()).unwrap()).unwrap();
        let crls = signer.pki().revocation_lists(revoked, year()).unwrap();
        let options = Options {
            crls,
            ..Options::default()
        };
        let verdict = blob.verify(&anchors(), now(), &options);
        let step = verdict.step("mds.jws.chain-revoked").unwrap();
        assert_eq!(step.outcome, expected, "{step:?}");
        assert_eq!(verdict.accepted(), expected != Outcome::Fail);
    }

    #[test]
    fn revocation_lists_are_heeded() {
        let signer = signer();
        check_revocation(&[], Outcome::Pass);
        check_revocation(&[&signer.leaf().key], Outcome::Fail);
        check_revocation(&[signer.pki().intermediate_key().unwrap()], Outcome::Fail);
    }

    #[test]
    fn a_list_of_another_authority_says_nothing() {
        let signer = signer();
        let blob = Blob::open(&signer.sign(&metadata(1, RP, now()).unwrap()).unwrap()).unwrap();
        let other = TestPki::new(&Seed::new(1, "x"), "other", year()).unwrap();
        for crls in [
            other.revocation_lists(&[], year()).unwrap(),
            vec![b"no list".to_vec()],
        ] {
            let options = Options {
                crls,
                ..Options::default()
            };
            let verdict = blob.verify(&anchors(), now(), &options);
            let step = verdict.step("mds.jws.chain-revoked").unwrap();
            assert_eq!(step.outcome, Outcome::NotEvaluated, "{step:?}");
        }
    }
}

/// `X.690 §11.6`: the members of a SET stand in the order of their bytes, so the version, which is
/// shorter than the manufacturer, comes first.
#[test]
fn names_of_a_tpm_in_one_relative_name_are_in_order() {
    let names = TpmNames {
        together: true,
        ..TpmNames::default()
    };
    let bytes = names.extension().value;
    let at = |attribute: u8| {
        let oid = [0x67, 0x81, 0x05, 2, attribute];
        let mut windows = bytes.windows(oid.len());
        windows.position(|window| window == oid).unwrap()
    };
    assert!(at(3) < at(1) && at(1) < at(2), "{bytes:02x?}");
}
