//! The rules of the metadata service, in a registration that is judged by a BLOB.

use fidoscope_authenticator::{
    BlobDraft, CertificateExtension, LeafOptions, MetadataSigner, Seed, TestPki, Validity, crl_pem,
};
use fidoscope_metadata::MetadataPolicy;
use fidoscope_metadata::{Anchors, Attested, Blob, BlobVerdict, Options, Outcome};
use fidoscope_mutations::{bases, mutants};
use fidoscope_recording::Profile;
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Trace, Verdict, verify};
use fidoscope_webauthn::Aaguid;
use serde_json::{Value, json};

use crate::ledger;

/// A packed registration with certificates, judged on 2026-10-01.
fn registration() -> Recording {
    let bases = bases().unwrap();
    bases.into_iter().find(|base| base.id == "V7").unwrap()
}

fn aaguid(recording: &Recording) -> Aaguid {
    let mutants = mutants(&|id| id == "md-01").unwrap();
    let blob = Blob::open(mutants.mutants[0].blob.as_ref().unwrap()).unwrap();
    assert_eq!(recording.id, mutants.mutants[0].base);
    blob.entries()[0].aaguid.unwrap()
}

fn signer(recording: &Recording) -> MetadataSigner {
    MetadataSigner::new(1, recording.now.unwrap()).unwrap()
}

/// A BLOB with an entry of the registration's model.
fn payload(recording: &Recording) -> Value {
    let aaguid = aaguid(recording);
    json!({"legalHeader": "terms", "no": 42, "nextUpdate": "2026-11-01", "entries": [{
        "aaguid": aaguid,
        "metadataStatement": {
            "aaguid": aaguid, "description": "Juniper Key 2", "authenticatorVersion": 1,
            "protocolFamily": "fido2", "attestationTypes": ["basic_full"],
            "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"],
            "attestationRootCertificates": [],
        },
        "statusReports": [{
            "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-10",
            "certificateNumber": "FIDO20020240110001",
        }],
        "timeOfLastStatusChange": "2026-09-01",
    }]})
}

fn judged(recording: &Recording, draft: &BlobDraft, options: &Options<'_>) -> Trace {
    let blob = Blob::open(&draft.sign().unwrap());
    let anchors = Anchors::from_pem(signer(recording).root_pem().as_bytes()).unwrap();
    let steps = match &blob {
        Ok(blob) => blob.verify(&anchors, recording.now.unwrap(), options).steps,
        Err(error) => BlobVerdict::unopened(error).steps,
    };
    let trace = verify(
        recording,
        &Context {
            metadata: blob.as_ref().ok(),
            metadata_steps: &steps,
            ..Context::default()
        },
    );
    ledger::note(&trace);
    trace
}

/// What a change of the model's entry leads to, at this step.
#[track_caller]
fn check(pointer: &str, member: &str, value: Value, id: &str, expected: &str) {
    let recording = registration();
    let mut payload = payload(&recording);
    let members = payload.pointer_mut(pointer).unwrap().as_object_mut();
    members.unwrap().insert(member.to_owned(), value);
    let identity = signer(&recording).leaf().clone();
    let draft = BlobDraft::new(serde_json::to_vec(&payload).unwrap(), identity);
    let trace = judged(&recording, &draft, &Options::default());
    let outcome = trace.outcome(id).unwrap();
    let words = Profile::ALL.map(|profile| format!("{:?}", outcome.status(profile)));
    let found = match words.iter().all(|word| *word == words[0]) {
        true => words[0].clone(),
        false => words.join(" "),
    };
    assert_eq!(found, expected, "{outcome:#?}");
}

const ENTRY: &str = "/entries/0";
const STATEMENT: &str = "/entries/0/metadataStatement";

#[test]
fn a_model_that_its_publisher_describes_badly_is_not_accepted() {
    check(ENTRY, "x", json!(1), "mds.entry.identity", "Pass");
    check(
        ENTRY,
        "x",
        json!(1),
        "mds.stmt.unknown-fields",
        "Observation",
    );
    check(
        STATEMENT,
        "protocolFamily",
        json!("u2f"),
        "mds.entry.identity",
        "Fail",
    );
    let id = "mds.entry.status-change";
    check(ENTRY, "timeOfLastStatusChange", json!("soon"), id, "Fail");
    check(
        STATEMENT,
        "description",
        json!(7),
        "mds.entry.statement",
        "Fail",
    );
    check(
        ENTRY,
        "statusReports",
        json!([]),
        "mds.status.latest",
        "Fail",
    );
    let never = json!([{
        "status": "FIDO_CERTIFIED", "effectiveDate": "2026-02-01", "sunsetDate": "2026-01-01",
    }]);
    check(
        ENTRY,
        "statusReports",
        never,
        "mds.status.effective",
        "Fail",
    );
    check(
        ENTRY,
        "statusReports",
        json!([{}]),
        "mds.status.unknown",
        "Fail",
    );
    let fips = json!([{
        "status": "FIPS140_CERTIFIED_L2", "effectiveDate": "2026-02-01",
        "fipsRevision": 3, "fipsPhysicalSecurityLevel": 3,
    }]);
    check(ENTRY, "statusReports", fips, "mds.status.fips", "Pass");
    let roots = json!(["AAAA"]);
    check(
        STATEMENT,
        "attestationRootCertificates",
        roots,
        "mds.stmt.roots",
        "Fail",
    );
    let support = "multiDeviceCredentialSupport";
    let id = "mds.stmt.multi-device";
    check(
        STATEMENT,
        support,
        json!("unsupported"),
        id,
        "Warn Warn Warn Fail",
    );
    check(STATEMENT, support, json!("implicit"), id, "Pass");
}

#[test]
fn a_blob_is_judged_with_what_the_caller_has() {
    let recording = registration();
    let signer = signer(&recording);
    let payload = serde_json::to_vec(&payload(&recording)).unwrap();
    let mut draft = BlobDraft::new(payload, signer.leaf().clone());
    let year = Validity {
        not_before: recording.now.unwrap() - chrono::TimeDelta::days(9),
        not_after: recording.now.unwrap() + chrono::TimeDelta::days(9),
    };
    let lists = signer.pki().revocation_lists(&[], year).unwrap();
    let options = Options {
        crls: lists.iter().map(|der| crl_pem(der).into_bytes()).collect(),
        cached_no: Some(41),
        blob_url: Some("https://mds.example/blob".to_owned()),
        ..Options::default()
    };
    draft.x5u = Some("https://mds.example/chain.pem".to_owned());
    let trace = judged(&recording, &draft, &options);
    assert_eq!(trace.verdict, Verdict::Accept, "{:?}", trace.first_failed);
    for step in ["x5u-origin", "chain-revoked"] {
        let outcome = trace.outcome(&format!("mds.jws.{step}")).unwrap();
        assert_eq!(format!("{:?}", outcome.l3), "Pass", "{outcome:#?}");
    }
    draft.x5u = None;
    draft.identity.x5c.clear();
    let trace = judged(&recording, &draft, &options);
    assert_eq!(trace.first_failed.l3, Some("mds.jws.chain-source"));
}

#[test]
fn reports_that_the_policy_does_not_count_do_not_reject() {
    let mutants = mutants(&|id| id == "md-20").unwrap();
    let mutant = &mutants.mutants[0];
    let mut recording: Recording = serde_json::from_str(&mutant.json).unwrap();
    let blob = Blob::open(mutant.blob.as_ref().unwrap()).unwrap();
    let context = Context {
        metadata: Some(&blob),
        ..Context::default()
    };
    let trace = verify(&recording, &context);
    assert_eq!(trace.first_failed.l3, Some("mds.status.retired"));
    recording.policy.metadata = Some(MetadataPolicy {
        accept_retired: Some(true),
        ..MetadataPolicy::default()
    });
    assert_eq!(verify(&recording, &context).verdict, Verdict::Accept);
    recording.now = None;
    let timeless = verify(&recording, &context);
    let outcome = timeless.outcome("mds.status.effective").unwrap();
    assert!(
        outcome.note().unwrap().contains("no instant"),
        "{outcome:#?}"
    );
}

/// Group M of the catalogue; what comes of each row is checked where recordings are replayed.
#[test]
fn every_mutant_of_a_blob_says_what_it_says() {
    for mutant in mutants(&|id| id.starts_with("md-")).unwrap().mutants {
        let recording: Recording = serde_json::from_str(&mutant.json).unwrap();
        let reference = recording.mds_blob.as_ref().unwrap();
        let opened = Blob::open(mutant.blob.as_ref().unwrap());
        let anchors = Anchors::from_pem(reference.anchors.join("").as_bytes()).unwrap();
        let options = Options {
            crls: reference
                .crls
                .iter()
                .map(|list| list.clone().into())
                .collect(),
            cached_no: reference.have_no,
            reject_stale: recording.policy.metadata.is_some(),
            ..Options::default()
        };
        let steps = match &opened {
            Ok(blob) => {
                blob.verify(&anchors, recording.now.unwrap(), &options)
                    .steps
            }
            Err(error) => BlobVerdict::unopened(error).steps,
        };
        let context = Context {
            metadata: opened.as_ref().ok(),
            metadata_steps: &steps,
            ..Context::default()
        };
        let trace = verify(&recording, &context);
        ledger::note(&trace);
        let said = trace
            .steps
            .iter()
            .filter(|o| o.step.id.starts_with("mds."))
            .count();
        assert!([12, 39].contains(&said), "{}: {said} steps", mutant.id);
    }
}

/// Firmware versions are in certificates of a kind that no base has.
#[test]
fn the_firmware_of_the_certificate_is_not_below_the_lowest_trustworthy_one() {
    let recording = registration();
    let mut blob = payload(&recording);
    blob["entries"][0]["metadataStatement"]["authenticatorVersion"] = json!(5);
    let draft = BlobDraft::new(
        serde_json::to_vec(&blob).unwrap(),
        signer(&recording).leaf().clone(),
    );
    let blob = Blob::open(&draft.sign().unwrap()).unwrap();
    let now = recording.now.unwrap();
    let valid = Validity {
        not_before: now,
        not_after: now + chrono::TimeDelta::days(9),
    };
    let pki = TestPki::new(&Seed::new(1, "firmware"), "fidoscope test", valid).unwrap();
    let aaguid = aaguid(&recording);
    for (firmware, expected) in [(4, Outcome::Fail), (5, Outcome::Pass), (6, Outcome::Pass)] {
        let mut leaf = LeafOptions::new("Juniper", aaguid, valid);
        leaf.extensions.push(CertificateExtension {
            oid: vec![1, 3, 6, 1, 4, 1, 45724, 1, 1, 5],
            critical: false,
            value: vec![2, 1, firmware],
        });
        let identity = pki.attestation("Juniper", &leaf).unwrap();
        let chain: Vec<&[u8]> = identity.x5c.iter().map(Vec::as_slice).collect();
        let attested = Attested {
            aaguid: Some(aaguid),
            chain: &chain,
            ..Attested::default()
        };
        let policy = MetadataPolicy::default();
        let verdict = blob.judge_model(&attested, now.date_naive(), &policy);
        let step = verdict
            .steps
            .iter()
            .find(|step| step.id == "mds.stmt.version")
            .unwrap();
        let strict = step.outcome_in(fidoscope_metadata::Strictness::Strict);
        assert_eq!(strict, expected, "{step:#?}");
        ledger::note_words("mds.stmt.version", &format!("{expected:?}"));
    }
}
