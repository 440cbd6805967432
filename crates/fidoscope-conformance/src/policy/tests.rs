use fidoscope_recording::{BackupPolicy, OriginMatching};

use super::*;

const GOOD: &str = "\
name: mine
description: What we decide.
policy:
  profile: strict
  requireAttestation: true
  acceptedModels: [2fc0579f-8113-47ea-b116-bb5a8db9202a]
  originMatching: exact
  relatedOrigins: ['https://example.co.uk', 'https://xn--bcher-kva.example:8443']
  backup: {eligible: false}
  compound: all
";

fn told(yaml: &str) -> String {
    let problems = match PolicyFile::parse(yaml, "mine.yaml") {
        Ok(file) => file.lints,
        Err(problems) => problems,
    };
    let lines = problems.iter().map(|problem| {
        let at = &problem.at;
        let place = format!("{}:{}", at.line.unwrap_or(0), at.column.unwrap_or(0));
        let help = problem.help.as_deref().unwrap_or("-");
        format!("{} {place} {} ({help})", problem.code, problem.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from));
    assert_eq!(told(&GOOD.replacen(from, to, 1)), expected);
}

#[test]
fn a_policy_of_the_users_own() {
    let file = PolicyFile::parse(GOOD, "mine.yaml").unwrap();
    assert_eq!(
        (file.name.as_str(), file.policy.profile.as_deref()),
        ("mine", Some("strict"))
    );
    assert_eq!(file.policy.origin_matching, Some(OriginMatching::Exact));
    assert_eq!(file.policy.accepted_models.unwrap().len(), 1);
    assert_eq!(file.lints, []);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    check(
        "acceptedModels",
        "acceptedModel",
        "FS-P002 6:3 unknown key `acceptedModel` (did you mean `acceptedModels`?)",
    );
    check(
        "exact",
        "suffix",
        "FS-P003 7:19 unknown word `suffix` (expected one of: exact, subdomains)",
    );
    check(
        "name: mine\n",
        "",
        "FS-P004 2:1 the key `name` is missing (-)",
    );
    check(
        "compound: all",
        "compound: some",
        "FS-P008 10:13 `some` does not say how many statements must verify (write `all`, `any` or \
         a number of 1 or more, in quotes)",
    );
    check(
        "profile: strict",
        "profile: stric",
        "FS-P007 4:12 no profile is called `stric` (did you mean `strict`?)",
    );
    check(
        "name: mine",
        "name: My Own",
        "FS-P006 1:7 `My Own` is not a name of a policy (use lower-case letters, digits and `-`, \
         e.g. `enterprise`)",
    );
    check(
        "  requireAttestation: true\n",
        "",
        "FS-P010 5:19 a list of models proves nothing where attestation is not required (add \
         `requireAttestation: true` and `acceptSelf: false`)",
    );
}

#[test]
fn an_origin_is_written_as_clients_send_it() {
    let faults = [
        "https://example.co.uk/",
        "https://Example.co.uk",
        "https://example.co.uk:443",
        "https://user@example.co.uk",
        "https://b\u{fc}cher.example",
        "example.co.uk",
        "https://example.co.uk:99999",
    ];
    for fault in faults {
        let told = told(&GOOD.replacen("https://example.co.uk", fault, 1));
        let start = format!("FS-P009 8:20 `{fault}` can equal no origin");
        assert!(told.starts_with(&start), "{told}");
    }
}

#[test]
fn the_policies_of_the_program_are_sound() {
    let files = PolicyFile::builtin().unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "webauthn-l3",
            "webauthn-l2",
            "fido-server",
            "strict",
            "enterprise"
        ]
    );
    for file in &files {
        assert_eq!(file.lints, [], "{}", file.name);
        let profile = file.policy.profile.as_deref();
        assert!(profile == Some(&file.name) || file.name == "enterprise");
    }
}

#[test]
fn what_a_recording_says_itself_counts_first() {
    let file = PolicyFile::parse(GOOD, "mine.yaml").unwrap();
    let mut own = Policy {
        require_attestation: Some(false),
        backup: Some(BackupPolicy {
            unchanged: Some(true),
            ..BackupPolicy::default()
        }),
        related_origins: vec!["https://own.example".to_owned()],
        ..Policy::default()
    };
    own.complete(&file.policy);
    assert_eq!(own.require_attestation, Some(false));
    assert_eq!(own.profile.as_deref(), Some("strict"));
    assert_eq!(own.related_origins, ["https://own.example"]);
    let backup = own.backup.unwrap();
    assert_eq!(
        (backup.eligible, backup.unchanged),
        (Some(false), Some(true))
    );
}

/// Each policy of the program over the accepted ceremonies of the instrument.
#[test]
fn a_policy_file_decides() {
    let now = "2026-10-01T12:00:00Z".parse().unwrap();
    let accepted: Vec<Recording> = fidoscope_authenticator::ceremonies(7, "example.org", now)
        .unwrap()
        .into_iter()
        .filter(|recording| {
            let context = fidoscope_verifier::Context::default();
            let trace = fidoscope_verifier::verify(recording, &context);
            trace.verdict == fidoscope_verifier::Verdict::Accept
                && recording.kind == fidoscope_recording::Kind::Registration
        })
        .collect();
    let outcomes = |name: &str| {
        let files = PolicyFile::builtin().unwrap();
        let file = files.into_iter().find(|file| file.name == name).unwrap();
        let profile = file.policy.profile.as_deref().unwrap().parse().unwrap();
        let judged = accepted.iter().map(|recording| {
            let mut recording = recording.clone();
            file.apply(&mut recording);
            let context = fidoscope_verifier::Context {
                profile,
                ..fidoscope_verifier::Context::default()
            };
            let trace = fidoscope_verifier::verify(&recording, &context);
            trace.first_failed_of(profile)
        });
        judged.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(outcomes("webauthn-l3"), [None].into());
    // A conditional creation without a gesture, which Level 2 does not know.
    assert_eq!(outcomes("webauthn-l2"), [None, Some("reg.up")].into());
    // None of the test models is on the company's list.
    assert!(!outcomes("enterprise").contains(&None));
}
