//! Logs into the store: once, whatever happens.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::support::{Bench, dataset, native_log};

#[test]
fn a_second_ingest_adds_nothing() {
    let bench = Bench::new();
    bench.file("log.ndjson", native_log(1, 2_000));
    let first = bench.run("ingest --store store log.ndjson");
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let once = bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events");
    let second = bench.run("ingest --store store log.ndjson");
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert!(
        second.stderr.starts_with("0 events stored"),
        "{}",
        second.stderr
    );
    assert_eq!(
        bench.ask("SELECT count(*), count(DISTINCT event_id) FROM events"),
        once
    );
}

#[test]
fn a_log_that_has_grown_adds_its_tail() {
    let bench = Bench::new();
    let log = native_log(2, 1_000);
    let half = log[..log.len() / 2].rfind('\n').unwrap() + 1;
    bench.file("log.ndjson", &log[..half]);
    assert_eq!(bench.run("ingest --store store log.ndjson").code, Some(0));
    bench.file("log.ndjson", &log);
    assert_eq!(bench.run("ingest --store store log.ndjson").code, Some(0));
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "1000");
    assert_eq!(
        bench.ask("SELECT count(DISTINCT event_id) FROM events"),
        "1000"
    );
}

#[test]
fn the_compressed_copy_of_a_log_is_the_same_input() {
    let bench = Bench::new();
    let log = native_log(3, 500);
    bench.file("log.ndjson", &log);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(log.as_bytes()).unwrap();
    bench.file("log.ndjson.gz", packed.finish().unwrap());
    bench.file(
        "log.ndjson.zst",
        zstd::encode_all(log.as_bytes(), 3).unwrap(),
    );
    for name in ["log.ndjson.gz", "log.ndjson", "log.ndjson.zst"] {
        let run = bench.run(&format!("ingest --store store {name}"));
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        assert_eq!(bench.ask("SELECT count(*) FROM events"), "500", "{name}");
    }
}

#[test]
fn a_folder_is_read_in_the_order_of_its_names() {
    let bench = Bench::new();
    let logs = dataset("logs");
    let run = bench.run(&format!("ingest --store store {}", logs.display()));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let sources = bench.ask("SELECT source FROM events GROUP BY source ORDER BY source");
    assert_eq!(sources, "keycloak\nnative\nokta");
    // Every unreadable line is kept with its bytes and its place.
    let kept =
        "SELECT count(*) FROM quarantine WHERE raw IS NOT NULL AND line > 0 AND message <> ''";
    assert_eq!(bench.ask(kept), "112");
}

/// The program is killed at each stage of a commit, several commits deep; the next run completes.
#[test]
fn a_killed_ingest_loses_and_repeats_nothing() {
    for stage in [
        "files written",
        "position announced",
        "quarantine committed",
        "events committed",
    ] {
        for commits in [1, 2] {
            killed_at(stage, commits);
        }
    }
}

/// The batch of a diagnostic setting in which one record has no time, and a file of CloudTrail in which
/// one is of somebody else.
#[test]
fn a_bad_record_of_a_batch_costs_no_other() {
    let bench = Bench::new();
    let record = |id: &str, time: &str| {
        format!(
            r#"{{"time":"{time}","resourceId":"/tenants/t/providers/Microsoft.aadiam","category":"SignInLogs","properties":{{"id":"{id}","createdDateTime":"{time}","userId":"u","status":{{"errorCode":0}},"authenticationDetails":[{{"authenticationMethod":"FIDO2 security key","succeeded":true}}]}}}}"#
        )
    };
    let day = "2026-11-18T08:00:00Z";
    let bad = record("3", "no time");
    let records = [
        record("1", day),
        record("2", day),
        bad.clone(),
        record("4", day),
    ];
    bench.file(
        "entra.ndjson",
        format!("{{\"records\": [{}]}}\n", records.join(", ")),
    );
    let trail = |event: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventSource":"signin.amazonaws.com","eventName":"CredentialVerification","eventTime":"{day}","eventID":"{event}","userIdentity":{{"onBehalfOf":{{"userId":"u"}}}},"additionalEventData":{{"CredentialType":"WEB_AUTHN_FIDO"}},"serviceEventDetails":{{"CredentialVerification":"Success"}}}}"#
        )
    };
    let file = format!(r#"{{"Records":[{},7,{}]}}"#, trail("a"), trail("b"));
    bench.file("trail.json", file);
    let command = "ingest --now 2026-11-20 --store store --max-rejected 30 entra.ndjson trail.json";
    let run = bench.run(command);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(
        run.stderr.contains("2 records quarantined"),
        "{}",
        run.stderr
    );
    let kept = "SELECT record, reason, CAST(raw AS VARCHAR) FROM quarantine ORDER BY record";
    let raw = bad.replace('"', "\"\"");
    let expected = format!("Records[1],not_this_source,7\nrecords[2],bad_time,\"{raw}\"");
    assert_eq!(bench.ask(kept), expected);
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "5");
    let run = bench.run("sources test entra_id entra.ndjson --max-rejected 30 --format ndjson");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let tried: serde_json::Value =
        serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(tried["events"].as_array().unwrap().len(), 3);
    assert_eq!(tried["records"][0]["record"], "records[2]");
}

fn killed_at(stage: &str, commits: usize) {
    let bench = Bench::new();
    // About 3.5 MB in commits of 1 MiB; every hundredth line cannot be read.
    let mut log = String::new();
    for (at, line) in native_log(4, 6_000).lines().enumerate() {
        log.push_str(if at % 100 == 99 { "{\"ts\":" } else { line });
        log.push('\n');
    }
    bench.file("log.ndjson", &log);
    let arguments = "ingest --store store --commit-every 1 --max-rejected 5 --verbose log.ndjson";
    let mut child = bench
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let talk = BufReader::new(child.stderr.take().unwrap());
    let reached = talk
        .lines()
        .filter(|line| line.as_ref().unwrap() == stage)
        .nth(commits - 1);
    assert!(reached.is_some(), "{stage} was not reached {commits} times");
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());

    let again = bench.run(arguments);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let place = format!("killed at {stage}, commit {commits}");
    let events = "SELECT count(*), count(DISTINCT event_id) FROM events";
    assert_eq!(bench.ask(events), "5940,5940", "{place}");
    let quarantine = "SELECT count(*), count(DISTINCT line) FROM quarantine";
    assert_eq!(bench.ask(quarantine), "60,60", "{place}");
}

#[test]
fn user_identifiers_are_pseudonyms_under_a_key_that_only_the_owner_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-01T08:00:00Z","kind":"authentication.completed","outcome":"success","user_id":"mary@example.com"}"#;
    bench.file("log.ndjson", format!("{line}\n"));
    assert_eq!(
        bench
            .run("ingest --now 2026-11-02 --store store log.ndjson")
            .code,
        Some(0)
    );
    assert_eq!(
        bench.ask("SELECT count(*) FROM events WHERE user_id LIKE '%mary%'"),
        "0"
    );
    assert_eq!(
        bench.ask("SELECT count(*) FROM events WHERE user_id IS NOT NULL"),
        "1"
    );
    let key = std::fs::metadata(bench.path("store/pseudonym.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_store_holds_of_people_what_was_chosen_at_its_first_event() {
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-01T10:00:00Z","kind":"authentication.completed","outcome":"success","user_id":"ada","client_ip":"198.51.100.7"}"#;
    bench.file("log.ndjson", format!("{line}\n"));
    let ingest = "ingest --now 2026-11-20T15:00:00Z --store store log.ndjson";
    let run = bench.run(&format!("{ingest} --pii keep --ip truncate"));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let people = "SELECT user_id, client_ip FROM events";
    assert_eq!(bench.ask(people), "ada,198.51.100.0");
    let run = bench.run(ingest);
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let run = bench.run(&format!("{ingest} --pii hash"));
    assert_eq!(run.code, Some(2), "{}", run.whole());
    assert!(
        run.stderr
            .contains("user identifiers and truncated addresses"),
        "{}",
        run.stderr
    );
}

/// An export of a help desk, as a spreadsheet writes it: titles, quotation marks, lines in a cell.
const TICKETS: &str = "Ticket ID;Created at;Category;User ID;Subject\r
7;2026-11-01T10:00:00Z;lost_key;u-1;\"Lost my key,\nboth of them\"\r
8;2026-11-01 11:30:00;lockout;u-2;\"\"\"cannot\"\" sign in\"\r
9;2026-11-01T12:00:00Z;lockout;u-2;one;cell too many\r
";

#[test]
fn a_table_is_read_record_by_record() {
    let bench = Bench::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(TICKETS.as_bytes()).unwrap();
    bench.file("tickets.csv", TICKETS);
    bench.file("tickets.csv.gz", packed.finish().unwrap());
    let command = "ingest --max-rejected 50 --store store";
    for input in ["tickets.csv", "tickets.csv.gz"] {
        let run = bench.run(&format!("{command} {input}"));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    let events = "SELECT ts, ticket_id, ticket_category FROM events ORDER BY ts";
    assert_eq!(
        bench.ask(events),
        "2026-11-01T10:00:00Z,7,lost_key\n2026-11-01T11:30:00Z,8,lockout"
    );
    // The third record has lost its columns; which they are is for a person to say.
    let kept = "SELECT line, CAST(raw AS VARCHAR) FROM quarantine";
    assert_eq!(
        bench.ask(kept),
        r#"3,"[""9"",""2026-11-01T12:00:00Z"",""lockout"",""u-2"",""one"",""cell too many""]""#
    );
    let table = std::fs::File::open(bench.path("tickets.csv")).unwrap();
    let mut piped = bench.command("ingest --max-rejected 50 --store piped --csv -");
    let piped = piped.stdin(table).output().unwrap();
    assert_eq!(piped.status.code(), Some(0), "{piped:?}");
    let run = bench.run("sources detect tickets.csv --format json");
    assert!(run.stdout.contains("support_tickets"), "{}", run.stdout);
}

#[test]
fn a_file_that_grows_without_end_is_stopped() {
    let bench = Bench::new();
    let log = native_log(5, 100);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(log.as_bytes()).unwrap();
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..20 {
        packed.write_all(&zeros).unwrap();
    }
    bench.file("bomb.gz", packed.finish().unwrap());
    let run = bench.run("ingest --store store bomb.gz");
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(run.stderr.contains("--max-expansion"), "{}", run.stderr);
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "100");
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
    // Who knows the file reads it to its end.
    let run = bench.run("ingest --store store --max-expansion 0 --max-rejected 100 bomb.gz");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "100");
    assert_eq!(bench.ask("SELECT reason FROM quarantine"), "line_too_long");
}

/// Notes of the inputs of an ingest of one native log, and the exit code.
#[track_caller]
fn noted(bench: &Bench, source: &str, log: &str) -> String {
    bench.file("log.ndjson", log);
    let run = bench.run(&format!(
        "ingest --now 2026-12-01 --store store --source {source} --format json --max-rejected 100 log.ndjson"
    ));
    assert_eq!(run.code, Some(0), "{}", run.whole());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let note = &document["inputs"][0]["note"];
    note.as_str().unwrap_or_default().to_owned()
}

/// A native sign-in with these members.
fn sign_in(members: &str) -> String {
    format!(
        r#"{{"ts":"2026-11-30T17:00:00Z","kind":"authentication.completed","outcome":"success",{members}}}"#
    ) + "\n"
}

/// An identifier of 32 bytes in base64url, another for each number.
fn identifier(number: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = number * 7_919 + 17;
    let mut letter = |step: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 58).unwrap();
        char::from(LETTERS[at - at % step])
    };
    // The last of 43 letters holds four bits.
    let mut id: String = (0..42).map(|_| letter(1)).collect();
    id.push(letter(4));
    id
}

/// Clients write identifiers in base64url, databases often in the other alphabet: the same keys.
#[test]
fn credential_identifiers_are_read_in_both_alphabets() {
    let standard = |id: &str| id.replace('-', "+").replace('_', "/") + "=";
    type Write<'a> = &'a dyn Fn(&str) -> String;
    let write: [(&str, Write<'_>); 3] = [
        ("url", &str::to_owned),
        ("padded", &|id| format!("{id}=")),
        ("standard", &standard),
    ];
    let ids: Vec<String> = (0..100).map(identifier).collect();
    assert!(ids.iter().any(|id| id.contains('-')) && ids.iter().any(|id| id.contains('_')));
    for (name, write) in write {
        let bench = Bench::new();
        let log: String = (ids.iter())
            .flat_map(|id| [(id, 5), (id, 3)])
            .enumerate()
            .map(|(at, (id, count))| {
                format!(
                    r#"{{"ts":"2026-11-30T16:{:02}:{:02}Z","kind":"authentication.completed","outcome":"success","credential_id":"{}","sign_count":{count},"signature_verified":true}}"#,
                    at / 60,
                    at % 60,
                    write(id)
                ) + "\n"
            })
            .collect();
        assert_eq!(noted(&bench, "native", &log), "", "{name}");
        let run = bench.run("detect --store store --format ndjson");
        assert_eq!(run.stdout.lines().count(), 100, "{name}: {}", run.stderr);
        assert_eq!(
            bench.ask("SELECT count(DISTINCT credential_id), count(credential_ref) FROM events"),
            "100,0",
            "{name}"
        );
    }
    // Challenges, hashes and raw bytes are written by the same hands.
    let bench = Bench::new();
    let log = sign_in(
        r#""challenge_hash":"++++AAAAAAAAAAAAAAAAAA==","authenticator_data":"v6vDdEKVjQYzYNOtZGHJxHNa5/jt1GWSpeDwFFKy5LUFAAAAAQ==""#,
    );
    noted(&bench, "native", &log);
    assert_eq!(
        bench.ask("SELECT count(challenge_hash), max(sign_count) FROM events"),
        "1,1"
    );
}

/// What is stored and will not be found is said.
#[test]
fn what_a_newcomer_guesses_wrong_is_pointed_out() {
    let check = |members: &str, expected: &str| {
        assert_eq!(noted(&Bench::new(), "native", &sign_in(members)), expected);
    };
    check(
        r#""credential_id":"977198 0ae94b""#,
        "1 credential_id is no base64 and is kept as credential_ref",
    );
    check(
        r#""credential_id":"977198e94b1b920736aa86033e32a63336affbbf615715cc5e8d92396a9e2eee""#,
        "1 credential_id looks hexadecimal and was read as base64: write it in base64url",
    );
    check(
        r#""user_segment":"vip","uv_required":"require","transports":["wifi","usb"],"attachment":"phone""#,
        "unknown user_segment \"vip\", it is one of admin, workforce, consumer, service, guest, unknown; \
         unknown attachment \"phone\", it is one of platform, cross-platform; \
         unknown transports \"wifi\", it is one of usb, nfc, ble, smart-card, hybrid, internal; \
         unknown uv_required \"require\", did you mean required?",
    );
    check(
        r#""credentialId":"x","signCount":3"#,
        "2 unknown keys kept in attrs",
    );
    check(
        r#""credential_id":"AQID","user_segment":"admin","transports":["usb"]"#,
        "",
    );
    // Other open formats have the same columns, in names of their own.
    let ecs = r#"{"@timestamp":"2026-11-30T17:00:00Z","ecs":{"version":"8.11"},"event":{"action":"webauthn.authentication.failed","kind":"event","outcome":"failure"},"webauthn":{"failure_reason":"bad_signature","credential_id":"no base64!"}}"#;
    let note = noted(&Bench::new(), "ecs", ecs);
    assert!(
        note.contains("1 credential_id is no base64")
            && note.contains(
                "unknown failure_reason \"bad_signature\", did you mean signature_invalid?"
            ),
        "{note}"
    );
}

/// A record that says two things is counted as neither of them.
#[test]
fn a_record_that_contradicts_itself_is_rejected() {
    let line = |kind: &str, outcome: &str| {
        format!(r#"{{"ts":"2026-11-30T17:00:00Z","kind":"{kind}","outcome":"{outcome}"}}"#)
    };
    let check = |kind: &str, outcome: &str, message: Option<&str>| {
        let bench = Bench::new();
        noted(&bench, "native", &line(kind, outcome));
        let told = bench.ask("SELECT reason, message FROM quarantine");
        match message {
            Some(message) => assert!(
                told.contains("contradiction") && told.contains(message),
                "{told}"
            ),
            None => assert_eq!(told, "", "{kind} {outcome}"),
        }
    };
    check(
        "authentication.failed",
        "success",
        Some(
            "the kind authentication.failed and the outcome success contradict each other; it goes with failure",
        ),
    );
    check(
        "authentication.completed",
        "failure",
        Some("the kind authentication.completed and the outcome failure contradict each other"),
    );
    check("registration.completed", "abandoned", Some("contradict"));
    check("attestation.rejected", "success", Some("contradict"));
    check("ceremony.abandoned", "success", Some("contradict"));
    check("authentication.failed", "failure", None);
    check("authentication.completed", "unknown", None);
    check("recovery.completed", "failure", None);
}

/// Okta's reset of all factors names no factor: a removal, and nobody knows of which key.
#[test]
fn a_removal_that_names_no_credential_is_counted_and_said() {
    let log = concat!(
        r#"{"uuid":"1","published":"2026-10-05T09:00:00.000Z","eventType":"user.mfa.factor.activate","actor":{"id":"00u1","type":"User","alternateId":"mara@corp.example"},"outcome":{"result":"SUCCESS","reason":"User set up FIDO_WEBAUTHN factor"},"debugContext":{"debugData":{"factor":"FIDO_WEBAUTHN"}},"target":[{"id":"00u1","type":"User","alternateId":"mara@corp.example"},{"id":"fwf1","type":"AuthenticatorEnrollment","displayName":"FIDO2 (WebAuthn)"}]}"#,
        "\n",
        r#"{"uuid":"2","published":"2026-10-05T10:00:00.000Z","eventType":"user.mfa.factor.reset_all","actor":{"id":"00uA","type":"User","alternateId":"admin@corp.example"},"outcome":{"result":"SUCCESS"},"target":[{"id":"00u1","type":"User","alternateId":"mara@corp.example"}]}"#,
        "\n",
    );
    let bench = Bench::new();
    assert_eq!(
        noted(&bench, "okta", log),
        "1 removal names no credential: which key is gone is not known"
    );
    let run = bench.run("sli --store store --now 2026-10-06 --format ndjson");
    let revocations = run
        .stdout
        .lines()
        .find(|line| line.contains("\"M8\""))
        .unwrap();
    assert!(revocations.contains("\"value\":1.0"), "{revocations}");
    let posture = bench.run("posture --store store --now 2026-10-06 --format ndjson");
    let single = posture.stdout.lines().next().unwrap();
    assert!(
        single.contains("1 removal names no key: one that counts here may be gone"),
        "{single}"
    );
    // The same of native lines, and none that has a name.
    let removal = |named: &str| {
        format!(
            r#"{{"ts":"2026-11-30T17:00:00Z","kind":"credential.revoked","outcome":"success","user_id":"u"{named}}}"#
        )
    };
    assert_eq!(
        noted(&Bench::new(), "native", &format!("{}\n{0}\n", removal(""))),
        "2 removals name no credential: which keys are gone is not known"
    );
    for named in [r#","credential_id":"AQID""#, r#","credential_ref":"row 7""#] {
        assert_eq!(noted(&Bench::new(), "native", &removal(named)), "");
    }
}

#[test]
fn a_log_that_begins_with_blank_lines_is_read_by_every_command() {
    let bench = Bench::new();
    let line = r#"{"ts":"2026-11-20T10:00:01Z","event_id":"afterblank","kind":"authentication.completed","outcome":"success"}"#;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&[b'\n'; 70_000]).unwrap();
    writeln!(packed, "{line}").unwrap();
    bench.file("blank.ndjson.gz", packed.finish().unwrap());
    let run = bench.run("ingest --store store --now 2026-11-21 blank.ndjson.gz");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert_eq!(bench.ask("SELECT event_id FROM events"), "afterblank");
    let run = bench.run("sources detect blank.ndjson.gz --format json");
    assert_eq!(run.code, Some(0), "{}", run.whole());
    assert!(run.stdout.contains("native"), "{}", run.stdout);
    let run = bench.run("sources new tried blank.ndjson.gz");
    assert_eq!(run.code, Some(0), "{}", run.whole());
}

/// What pzstd and padded blocks look like, to a log and to recordings.
#[test]
fn streams_are_unpacked_in_the_shapes_that_tools_write() {
    let bench = Bench::new();
    let frame = |text: &[u8]| {
        let frame = zstd::encode_all(text, 1).unwrap();
        let size = u32::try_from(frame.len()).unwrap().to_le_bytes();
        [&[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0], &size[..], &frame].concat()
    };
    let padded = |text: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text).unwrap();
        [&*packed.finish().unwrap(), &[0; 512]].concat()
    };
    let log = native_log(9, 100);
    let half = log.len() / 2;
    let (first, second) = log.as_bytes().split_at(half);
    bench.file("a.zst", [frame(first), frame(second)].concat());
    bench.file("b.gz", padded(log.as_bytes()));
    for file in ["a.zst", "b.gz"] {
        let store = format!("store-{file}");
        let run = bench.run(&format!("ingest --store {store} --now 2030-01-01 {file}"));
        assert_eq!(run.code, Some(0), "{}", run.whole());
        assert!(
            run.stderr.starts_with("100 events stored"),
            "{}",
            run.stderr
        );
    }
    let folder = dataset("ceremonies");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    files.sort();
    let recordings = std::fs::read(&files[0]).unwrap();
    bench.file("plain.jsonl", &recordings);
    bench.file("recordings.jsonl.zst", frame(&recordings));
    bench.file("recordings.jsonl.gz", padded(&recordings));
    let plain = bench.run("replay plain.jsonl --format json");
    for packed in ["recordings.jsonl.zst", "recordings.jsonl.gz"] {
        let run = bench.run(&format!("replay {packed} --format json"));
        assert_eq!(run.code, plain.code, "{}", run.whole());
        assert_eq!(run.stdout.replace(packed, "plain.jsonl"), plain.stdout);
    }
}
