//! The test instrument and the verifier must agree about every ceremony the instrument makes.

use chrono::{DateTime, Utc};
use fidoscope_conformance::{
    LoadedRecording, Settings, SummaryOutcome, explain, replay, summarize,
};
use fidoscope_recording::Profile;
use fidoscope_webauthn::Aaguid;

fn now() -> DateTime<Utc> {
    "2026-10-01T12:00:00Z".parse().expect("an instant")
}

#[track_caller]
fn check(profile: Profile) {
    let recordings: Vec<LoadedRecording> =
        fidoscope_authenticator::ceremonies(7, "example.org", now())
            .expect("the instrument works")
            .into_iter()
            .map(|recording| LoadedRecording {
                file: recording.id.clone(),
                recording,
            })
            .collect();
    let settings = Settings {
        now: None,
        otherwise_now: now(),
        anchors: &[],
        metadata: None,
        metadata_steps: &[],
        profile: Some(profile),
        past: None,
    };
    let replays = replay(&recordings, &settings);
    let wrong: Vec<String> = replays
        .iter()
        .filter(|replay| replay.ok != Some(true))
        .map(explain)
        .collect();
    assert_eq!(wrong.join("\n"), "");
    assert_eq!(summarize(&replays).outcome(), SummaryOutcome::Fine);
}

#[test]
fn every_ceremony_comes_out_as_expected_in_level_3() {
    check(Profile::WebauthnL3);
}

#[test]
fn every_ceremony_comes_out_as_expected_in_level_2() {
    check(Profile::WebauthnL2);
}

/// Every fault the instrument knows, on every model that it applies to.
#[test]
fn every_fault_is_named_at_its_step_in_both_levels() {
    use fidoscope_authenticator::{
        AuthenticationFault, Model, RegistrationFault, TestBench, models,
    };
    let bench = TestBench::new(3, "example.org", now()).unwrap();
    let mut recordings = Vec::new();
    let platforms = [
        Model::computer,
        Model::apple_device,
        Model::android_phone,
        Model::compound_key,
    ];
    let platforms = platforms.map(|make| make(Aaguid([7; 16]), "Some Model"));
    for (seed, model) in (1_u64..).zip(models().into_iter().chain(platforms)) {
        let faults = RegistrationFault::ALL
            .into_iter()
            .filter(|f| f.applies_to(model.format));
        for fault in faults {
            let mut authenticator = bench.authenticator(model.clone(), seed).unwrap();
            let id = format!("{}-{}", model.format.identifier(), fault.name());
            recordings.push(
                bench
                    .registration(&id, &mut authenticator, Some(fault))
                    .unwrap()
                    .1,
            );
        }
        for fault in AuthenticationFault::ALL {
            let mut authenticator = bench.authenticator(model.clone(), seed).unwrap();
            let (created, registered) = bench
                .registration("good", &mut authenticator, None)
                .unwrap();
            let id = format!("{}-{}", model.format.identifier(), fault.name());
            let used =
                bench.authentication(&id, &mut authenticator, &registered, &created, Some(fault));
            recordings.push(used.unwrap().1);
        }
    }
    assert!(recordings.len() > 200);
    let mut wrong = Vec::new();
    for profile in [Profile::WebauthnL3, Profile::WebauthnL2] {
        for recording in &recordings {
            let loaded = LoadedRecording {
                file: "-".to_owned(),
                recording: recording.clone(),
            };
            let settings = Settings {
                now: None,
                otherwise_now: now(),
                anchors: &[],
                metadata: None,
                metadata_steps: &[],
                profile: Some(profile),
                past: None,
            };
            let replay = fidoscope_conformance::replay_one(&loaded, &settings);
            if replay.ok != Some(true) {
                wrong.push(explain(&replay));
            }
        }
    }
    assert_eq!(wrong.join("\n"), "");
}

/// Without anchors of its own a certified registration is open; a BLOB that lists the model closes
/// it, and the root says that it was made for tests.
#[test]
fn metadata_brings_the_anchors_of_a_model() {
    let payload = fidoscope_authenticator::metadata(7, "example.org", now()).unwrap();
    let signer = fidoscope_authenticator::MetadataSigner::new(7, now()).unwrap();
    let blob = fidoscope_metadata::Blob::open(&signer.sign(&payload).unwrap()).unwrap();
    let mut recordings = fidoscope_authenticator::ceremonies(7, "example.org", now())
        .unwrap()
        .into_iter();
    let mut recording = recordings.find(|r| r.id == "registration-packed").unwrap();
    recording.policy.anchors.clear();
    let loaded = LoadedRecording {
        file: "-".to_owned(),
        recording,
    };
    let judge = |metadata| {
        let settings = Settings {
            now: None,
            otherwise_now: now(),
            anchors: &[],
            metadata,
            metadata_steps: &[],
            profile: None,
            past: None,
        };
        fidoscope_conformance::replay_one(&loaded, &settings)
    };
    let (without, with) = (judge(None), judge(Some(&blob)));
    assert_eq!(without.verdict, fidoscope_report::Verdict::Indeterminate);
    assert_eq!(without.step.as_deref(), Some("reg.trust-anchors"));
    assert!(
        explain(&without).contains("because   no trust anchor is known"),
        "{}",
        explain(&without)
    );
    assert_eq!(with.verdict, fidoscope_report::Verdict::Accept);
    assert!(with.test_root);
}
