//! Recordings through the verifier.

use serde_json::Value;

use crate::support::{Bench, dataset};

#[test]
fn every_recording_of_the_datasets_comes_out_as_it_says() {
    let bench = Bench::new();
    let ceremonies = dataset("ceremonies");
    for profile in ["webauthn-l3", "webauthn-l2"] {
        let run = bench.run(&format!(
            "replay --profile {profile} --format json {}",
            ceremonies.display()
        ));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let replays = document["replays"].as_array().unwrap();
        assert_eq!(replays.len(), 30);
        assert!(
            replays.iter().all(|replay| replay["ok"] == true),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("TEST ROOT"), "{}", run.stderr);
    }
}

/// Rejected, but at another step than expected, is a mismatch.
#[test]
fn another_step_than_expected_fails() {
    let bench = Bench::new();
    let faulty = std::fs::read_to_string(dataset("ceremonies/faulty.jsonl")).unwrap();
    let line = faulty
        .lines()
        .find(|line| line.contains("\"reg.challenge\""))
        .unwrap();
    bench.file(
        "other-step.jsonl",
        line.replace("\"reg.challenge\"", "\"reg.origin\""),
    );
    let run = bench.run("replay --format table other-step.jsonl");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(run.stdout.contains("reg.challenge"), "{}", run.stdout);
    assert!(run.stdout.contains("reg.origin"), "{}", run.stdout);
}

#[test]
fn unknown_members_warn_and_in_a_policy_they_stop() {
    let bench = Bench::new();
    let file = dataset("ceremonies/registration-none.json");
    let mut recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    recording["colour"] = "green".into();
    bench.file("odd.json", recording.to_string());
    let run = bench.run("replay odd.json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr.contains("warning") && run.stderr.contains("colour"),
        "{}",
        run.stderr
    );
    recording["policy"]["requireUvv"] = true.into();
    bench.file("wrong.json", recording.to_string());
    let run = bench.run("replay wrong.json");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("requireUvv"), "{}", run.stderr);
    let run = bench.run("replay --profile webauthn-l4 odd.json");
    assert_eq!(run.code, Some(2), "{}", run.whole());
}

#[test]
fn the_published_schemas_are_printed() {
    let bench = Bench::new();
    for (name, id) in [
        ("ceremony", "fidoscope.ceremony/1"),
        ("event", "fidoscope.event.v1"),
    ] {
        let run = bench.run(&format!("schema {name}"));
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.contains(id), "{name}");
        serde_json::from_str::<Value>(&run.stdout).unwrap();
    }
}

/// The recordings as one line each.
fn lines() -> String {
    let faulty = std::fs::read_to_string(dataset("ceremonies/faulty.jsonl")).unwrap();
    let one = |name: &str| {
        let file = dataset(&format!("ceremonies/{name}.json"));
        let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        format!("{recording}\n")
    };
    faulty + &one("registration-none") + &one("authentication-none")
}

/// A ceremony with what the relying party decided, without an expectation.
fn decided(name: &str, decision: &str) -> String {
    let text = lines();
    let line = text.lines().find(|line| line.contains(name)).unwrap();
    let mut recording: Value = serde_json::from_str(line).unwrap();
    recording.as_object_mut().unwrap().remove("expect");
    recording["decision"] = serde_json::json!({ "verdict": decision, "reason": "HTTP 200" });
    format!("{recording}\n")
}

#[test]
fn what_the_relying_party_decided_otherwise_is_a_mismatch_of_its_own() {
    let bench = Bench::new();
    bench.file(
        "d.jsonl",
        decided("authentication-packed-wrong-origin", "accept"),
    );
    let run = bench.run("replay --format table --explain d.jsonl");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    for word in [
        "the relying party accepted what WebAuthn L3 7.2 step 12 rejects (HTTP 200)",
        "https://www.w3.org/TR/webauthn-3/#rp-op-verifying-assertion-step-origin",
        "^^^^^^",
        "why",
        "help",
    ] {
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
    let run = bench.run("replay --format json d.jsonl");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["replays"][0]["mismatches"][0], "rp-accepted");
    bench.file(
        "same.jsonl",
        decided("authentication-packed-wrong-origin", "reject"),
    );
    assert_eq!(bench.run("replay same.jsonl").code, Some(0));
}

/// What the client refused is no credential with a fault, and what decides under Level 2 is cited there.
#[test]
fn a_refusal_of_the_client_ends_the_ceremony_in_either_level() {
    let bench = Bench::new();
    let text = lines();
    let line = text.lines().last().unwrap();
    let mut recording: Value = serde_json::from_str(line).unwrap();
    recording.as_object_mut().unwrap().remove("expect");
    recording["response"] = serde_json::json!({ "error": "NotAllowedError: timed out" });
    bench.file("refused.json", recording.to_string());
    for (profile, level) in [("webauthn-l3", 3), ("webauthn-l2", 2)] {
        let shown = format!("replay --profile {profile} --format table --explain refused.json");
        let run = bench.run(&shown);
        let link = format!("https://www.w3.org/TR/webauthn-{level}/#sctn-verifying-assertion");
        let step = format!("auth.get (WebAuthn L{level} 7.2 step 2), MUST");
        for word in ["the client refused: NotAllowedError", &link, &step] {
            assert!(run.stdout.contains(word), "{word}: {}", run.whole());
        }
        assert!(!run.stdout.contains("env."), "{}", run.stdout);
    }
}

#[test]
fn reports_for_ci_take_their_format_from_the_file_name() {
    let bench = Bench::new();
    let ceremonies = dataset("ceremonies");
    for (name, beginning) in [
        ("report.xml", "<?xml"),
        (
            "report.sarif",
            "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\"",
        ),
        ("report.tap", "TAP version 14\n"),
        ("report.md", "## fidoscope replay"),
    ] {
        let run = bench.run(&format!("replay {} --out {name}", ceremonies.display()));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert_eq!(run.stdout, "");
        let report = std::fs::read_to_string(bench.path(name)).unwrap();
        assert!(report.starts_with(beginning), "{name}: {report:.200}");
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let bench = Bench::new();
    bench.file("many.jsonl", lines().repeat(40));
    let run = |jobs| bench.run(&format!("replay many.jsonl --jobs {jobs} --format ndjson"));
    let one = run(1);
    assert_eq!(one.stdout.lines().count(), 22 * 40);
    assert_eq!(run(3).stdout, one.stdout);
}

/// A stream without end is judged as it comes: memory does not grow with it.
#[test]
fn a_long_stream_takes_little_memory() {
    use std::io::{Read as _, Write as _};
    let bench = Bench::new();
    let mut child = bench
        .command("replay - --format tap --jobs 2")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        text
    });
    let lines = lines();
    let mut early = 0;
    for round in 0..400 {
        input.write_all(lines.as_bytes()).unwrap();
        if round == 100 {
            early = resident(child.id());
        }
    }
    let late = resident(child.id());
    drop(input);
    assert!(child.wait().unwrap().success());
    let text = reader.join().unwrap();
    assert!(
        text.ends_with("1..8800\n# 8800 replayed: 8800 as expected\n"),
        "{}",
        &text[text.len() - 200..]
    );
    assert!(late < early + (24 << 10), "{early} KiB, then {late} KiB");
}

/// Resident memory of a process, in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let bench = Bench::new();
    bench.file("in/a.jsonl", lines());
    bench.file("in/b.json", "{\"schema\":\"other/1\"}");
    std::os::unix::fs::symlink("nowhere", bench.path("in/c.json")).unwrap();
    bench.file("in/notes.txt", "no recording");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines().as_bytes()).unwrap();
    bench.file("in/d.jsonl.gz", packed.finish().unwrap());
    let run = bench.run("replay in --format ndjson");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert_eq!(run.stdout.lines().count(), 44);
    for word in ["in/c.json", "in/b.json", "not a recording"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("notes.txt"), "{}", run.stderr);
}

#[test]
fn nothing_to_judge_is_neither_fine_nor_a_failure() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("empty")).unwrap();
    let run = bench.run("replay empty");
    assert_eq!(run.code, Some(3), "{}", run.whole());
    assert!(run.stderr.contains("no recordings"), "{}", run.stderr);
    let run = bench.run("replay nowhere.json");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("nowhere.json"), "{}", run.stderr);
}

#[test]
fn two_recordings_of_one_name_are_told() {
    let bench = Bench::new();
    bench.file("twice.jsonl", lines().repeat(2));
    let run = bench.run("replay twice.jsonl");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr
            .contains("twice.jsonl:43: the id `registration-none` is also that of twice.jsonl:21"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_thousand_duplicates_are_counted_not_told_one_by_one() {
    let bench = Bench::new();
    bench.file("many.jsonl", lines().repeat(100));
    let run = bench.run("replay many.jsonl --format tap");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr.contains("more messages about recordings"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.lines().count() < 60, "{}", run.stderr);
}

#[test]
fn a_report_for_a_pipe_goes_through_it() {
    let bench = Bench::new();
    bench.file("in.jsonl", lines());
    let run = bench.run("replay in.jsonl --format tap --out /dev/stdout");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(run.stdout.starts_with("TAP version 14"), "{}", run.stdout);
}

/// An archive of a registration, as a browser saves it.
fn archive(status: u16) -> String {
    let file = dataset("ceremonies/registration-none.json");
    let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let entry = |sent: Option<&Value>, status: u16, answer: &Value| {
        serde_json::json!({
            "startedDateTime": "2026-11-20T15:00:00Z",
            "request": {
                "method": "POST", "url": "https://shop.example/api",
                "cookies": [{ "name": "session", "value": "SECRET" }],
                "headers": [{ "name": "Origin", "value": "https://shop.example" }],
                "postData": sent.map(|body| serde_json::json!({ "text": body.to_string() })),
            },
            "response": { "status": status, "content": { "text": answer.to_string() } },
        })
    };
    let options = serde_json::json!({ "publicKey": recording["options"] });
    let entries = [
        entry(None, 200, &options),
        entry(Some(&recording["response"]), status, &serde_json::json!({})),
        entry(None, 200, &serde_json::json!({ "cart": [] })),
    ];
    serde_json::json!({ "log": { "version": "1.2", "entries": entries } }).to_string()
}

#[test]
fn an_archive_is_replayed_with_the_relying_partys_answers() {
    let bench = Bench::new();
    bench.file("good.har", archive(200));
    let run = bench.run("replay good.har --format ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr.contains("1 ceremonies, 1 other entries"),
        "{}",
        run.stderr
    );
    bench.file("strict.har", archive(403));
    let run = bench.run("replay strict.har --format ndjson");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(
        run.stdout.contains("\"mismatches\":[\"rp-rejected\"]"),
        "{}",
        run.stdout
    );
    let run = bench.run("replay good.har --origin https://other.example --format ndjson");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(
        run.stdout.contains("\"step\":\"reg.origin\""),
        "{}",
        run.stdout
    );
}

#[test]
fn an_imported_archive_is_a_recording_without_secrets() {
    let bench = Bench::new();
    bench.file("good.har", archive(200));
    let run = bench.run("import good.har --redact --out good.jsonl");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let text = std::fs::read_to_string(bench.path("good.jsonl")).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
    assert_eq!(bench.run("replay good.jsonl").code, Some(0));
    bench.file("empty.har", "{\"log\":{\"entries\":[]}}");
    assert_eq!(bench.run("import empty.har").code, Some(3));
    bench.file("broken.har", "{\"log\":");
    assert_eq!(bench.run("import broken.har").code, Some(4));
}

#[test]
fn a_policy_says_what_recordings_leave_open() {
    let bench = Bench::new();
    bench.file("r.jsonl", lines());
    let run = bench.run("replay r.jsonl --policy webauthn-l2 --format ndjson");
    assert!(
        run.stdout.contains("\"profile\":\"webauthn-l2\""),
        "{}",
        run.whole()
    );
    let run = bench.run("replay r.jsonl --policy nonsense");
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(run.stderr.contains("webauthn-l3"), "{}", run.stderr);
    bench.file(
        "p.yaml",
        "name: p\ndescription: d\npolicy:\n  requireUvv: true\n",
    );
    let run = bench.run("replay r.jsonl --policy p.yaml");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("requireUvv"), "{}", run.stderr);
}

/// A BLOB that a recording names must be a file beside it.
#[test]
fn a_recording_opens_no_file_outside_its_folder() {
    let bench = Bench::new();
    let file = dataset("ceremonies/registration-none.json");
    let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    bench.file("secret.jwt", "the digest of this is nobody's business");
    let refused = |path: &str, expected: &str| {
        let mut recording = recording.clone();
        recording["mdsBlob"] = serde_json::json!({ "path": path, "sha256": "00" });
        bench.file("in/r.json", recording.to_string());
        let run = bench.run("replay in/r.json");
        assert_eq!(run.code, Some(4), "{}", run.whole());
        let expected = format!("mdsBlob {path}: {expected}");
        assert!(run.stderr.contains(&expected), "{}", run.stderr);
        let words = run.stderr.split(|c: char| !c.is_ascii_hexdigit());
        assert!(words.clone().all(|word| word.len() < 32), "{}", run.stderr);
    };
    let outside = "the path must name a file in the folder of the recording or below";
    refused("/dev/zero", outside);
    refused("../secret.jwt", outside);
    std::os::unix::fs::symlink("../secret.jwt", bench.path("in/link.jwt")).unwrap();
    refused(
        "link.jwt",
        "a link leads out of the folder of the recording",
    );
    bench.file("in/other.jwt", "another file");
    refused("other.jwt", "not the file that the recording means");
}

/// Options, responses and origins as test suites write them: a list, lines, or a file each.
#[test]
fn pairs_are_replayed_each_with_its_origin() {
    let bench = Bench::new();
    let pair = |name: &str| {
        let file = dataset(&format!("ceremonies/{name}.json"));
        let recording: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        serde_json::json!({ "options": recording["options"], "response": recording["response"],
            "origin": recording["rp"]["origins"][0], "now": recording["now"] })
    };
    let (registered, used) = (pair("registration-none"), pair("authentication-none"));
    bench.file("pairs.jsonl", format!("{registered}\n{used}\n"));
    bench.file(
        "pairs.json",
        serde_json::json!([registered, used]).to_string(),
    );
    bench.file("apart/1-sign-in.json", used.to_string());
    bench.file("apart/2-registration.json", registered.to_string());
    for what in [
        "pairs.jsonl",
        "pairs.json",
        "apart",
        "apart/2-registration.json apart/1-sign-in.json",
    ] {
        let run = bench.run(&format!("replay {what} --format csv"));
        assert_eq!(run.code, Some(0), "{what}: {}", run.whole());
        assert!(
            run.stderr.contains("2 ceremonies"),
            "{what}: {}",
            run.stderr
        );
        assert_eq!(
            run.stdout.matches(",accept,").count(),
            2,
            "{what}: {}",
            run.stdout
        );
    }
    for what in ["pairs.jsonl", "pairs.json"] {
        let run = bench.run(&format!("import {what}"));
        let origins = run.stdout.matches(r#""origins":["https://shop.example"]"#);
        assert_eq!(origins.count(), 2, "{}", run.whole());
    }
}

#[test]
fn an_array_is_no_recording() {
    let bench = Bench::new();
    let array =
        r#"["fidoscope.ceremony/1","x","registration",null,{"challenge":"AAAA"},null,{},{}]"#;
    bench.file("array.json", array);
    let run = bench.run("replay array.json");
    assert_eq!(run.code, Some(4), "{}", run.whole());
    assert!(run.stderr.contains("expected an object"), "{}", run.stderr);
}
