//! The receiver: what was answered with 200 is in the store, once, whatever happens.

use std::fs;
use std::io::Write as _;

use crate::server::{Server, check, json, json_record, protobuf, protobuf_record};
use crate::support::{Bench, native_log};

const EVENTS: &str = "SELECT count(*), count(DISTINCT event_id) FROM events";

/// One log record as OTLP/JSON, over several lines.
const LOGS: &str = r#"{
  "resourceLogs": [{"scopeLogs": [{"logRecords": [{
    "timeUnixNano": "1793523600000000000",
    "eventName": "webauthn.authentication.completed",
    "attributes": [{"key": "webauthn.outcome", "value": {"stringValue": "success"}}]
  }]}]}]
}"#;

#[test]
fn telemetry_and_lines_are_stored() {
    let server = Server::start(Bench::new(), "");
    check(
        &server.post("/v1/logs", "application/json", LOGS.as_bytes()),
        "200",
        "{}",
    );
    let answer = server.post(
        "/v1/logs",
        "application/x-protobuf",
        &protobuf(&[protobuf_record(60, "1")]),
    );
    check(&answer, "200", "content-length: 0");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(native_log(31, 100).as_bytes()).unwrap();
    let head =
        "POST /v1/events HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nContent-Encoding: gzip";
    check(
        &server.send(head, &packed.finish().unwrap()),
        "200",
        r#"{"accepted":100}"#,
    );
    // Nothing to store is no mistake.
    check(
        &server.post("/v1/traces", "application/json", b"{}"),
        "200",
        "{}",
    );
    let (talk, bench) = server.stop();
    assert!(
        talk.contains("102 events stored, 0 records quarantined"),
        "{talk}"
    );
    assert_eq!(bench.ask(EVENTS), "102,102");
    let otlp = "SELECT outcome, count(*) FROM events WHERE source = 'otlp' GROUP BY 1";
    assert_eq!(bench.ask(otlp), "success,2");
    assert_eq!(bench.run("store check --store store").code, Some(0));
}

#[test]
fn the_store_holds_of_people_what_it_was_told_to() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(Bench::new(), "--pii drop --ip truncate");
    let line = r#"{"ts":"2026-11-01T08:00:00Z","kind":"authentication.completed","outcome":"success","user_id":"mary","client_ip":"203.0.113.9"}"#;
    check(&server.events(line), "200", "\"accepted\":1");
    let (_, bench) = server.stop();
    let people = "SELECT count(*), count(user_id), count(client_ip) FROM events";
    assert_eq!(bench.ask(people), "1,0,1");
    // The spool has the line as it came, for its owner.
    for entry in fs::read_dir(bench.path("store/spool")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some() {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_reason() {
    let server = Server::start(Bench::new(), "--max-body 4");
    let answer = server.events("{\"kind\":\"authentication.completed\"}\n7\n");
    check(&answer, "400", "line 1: ");
    check(&answer, "400", "line 2: ");
    check(&server.events("no json\n"), "400", "line 1: ");
    let wrong = br#"{"resourceLogs": 7}"#;
    let answer = server.post("/v1/logs", "application/json", wrong);
    check(&answer, "400", "resourceLogs: an array is expected");
    let answer = server.post("/v1/traces", "application/x-protobuf", b"\x08\x01");
    check(&answer, "400", "application/x-protobuf");
    check(
        &server.events(&" ".repeat(5000)),
        "413",
        "more than 4096 bytes",
    );
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&[b' '; 100_000]).unwrap();
    let head =
        "POST /v1/events HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nContent-Encoding: gzip";
    check(
        &server.send(head, &bomb.finish().unwrap()),
        "413",
        "unpacked",
    );
    check(
        &server.post("/v1/logs", "text/plain", b"x"),
        "415",
        "text/plain",
    );
    check(
        &server.send("GET /v1/logs HTTP/1.1", b""),
        "405",
        "allow: POST",
    );
    check(&server.send("POST /v2 HTTP/1.1", b""), "404", "/v1/events");
    let (_, bench) = server.stop();
    // Of these bodies nothing could be read.
    assert_eq!(bench.ask(EVENTS), "0,0");
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
}

#[test]
fn a_record_that_cannot_be_read_costs_no_other() {
    let server = Server::start(Bench::new(), "");
    let mut records: Vec<String> = (0..11).map(|at| json_record(at, "7")).collect();
    records[6] = json_record(6, "-1");
    let answer = server.post("/v1/logs", "application/json", &json(&records));
    check(&answer, "200", r#""rejectedLogRecords":"1""#);
    check(
        &answer,
        "200",
        "resourceLogs[0].scopeLogs[0].logRecords[6]: ",
    );
    let mut records: Vec<Vec<u8>> = (20..25).map(|at| protobuf_record(at, "7")).collect();
    records[1] = protobuf_record(21, "-1");
    // No record: its time is a varint.
    records[3] = vec![0x08, 0x01];
    let answer = server.post("/v1/logs", "application/x-protobuf", &protobuf(&records));
    check(&answer, "200", "\u{8}\u{2}");
    check(
        &answer,
        "200",
        "logRecords[3]: the record is no JSON object",
    );
    let span = |time: &str| {
        format!(
            r#"{{"name":"webauthn.authentication","startTimeUnixNano":"1793523700000000000","endTimeUnixNano":"{time}"}}"#
        )
    };
    let (good, bad) = (span("1793523700010000000"), span("soon"));
    let spans = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{good},{bad}]}}]}}]}}"#);
    let answer = server.post("/v1/traces", "application/json", spans.as_bytes());
    check(&answer, "200", r#""rejectedSpans":"1""#);
    let answer = server.events(&format!("{}{{\"kind\":7}}\n", native_log(36, 2)));
    check(&answer, "200", r#"{"accepted":2,"errorMessage":"line 3: "#);
    check(&answer, "200", r#""rejected":1}"#);
    let answer = server.post(
        "/v1/logs",
        "application/json",
        &json(&[json_record(40, "-1")]),
    );
    check(&answer, "400", "logRecords[0]: ");
    let (talk, bench) = server.stop();
    assert!(
        talk.contains("16 events stored, 5 records quarantined"),
        "{talk}"
    );
    assert_eq!(bench.ask(EVENTS), "16,16");
    let kept =
        "SELECT record, reason, CAST(raw AS VARCHAR) FROM quarantine WHERE record LIKE '%[6]'";
    let raw = json_record(6, "-1").replace('"', "\"\"");
    let path = "resourceLogs[0].scopeLogs[0].logRecords[6]";
    assert_eq!(bench.ask(kept), format!("{path},wrong_type,\"{raw}\""));
    // What is no message is kept in base64.
    let kept = "SELECT CAST(raw AS VARCHAR) FROM quarantine WHERE reason = 'not_an_object'";
    assert!(bench.ask(kept).contains("CAE="), "{}", bench.ask(kept));
}

#[test]
fn an_export_of_any_size_is_cut_between_its_records() {
    let server = Server::start(Bench::new(), "--max-body 65536 --max-pending 1024");
    // 8,000 records of 3.8 MB, one of them bad, and then 20 MB of which each record has 300 KB.
    let mut records: Vec<String> = (0..8_000).map(|at| json_record(at, "7")).collect();
    let bad = json_record(7_000, "-1");
    records[7_000].clone_from(&bad);
    let answer = server.post("/v1/logs", "application/json", &json(&records));
    check(&answer, "200", "scopeLogs[0].logRecords[7000]: ");
    let wide = |seconds, sign_count| {
        let filler = "x".repeat(300 << 10);
        let body = format!(r#"{{"body":{{"stringValue":"{filler}"}},"#);
        json_record(seconds, sign_count).replacen('{', &body, 1)
    };
    let records: Vec<String> = (10_000..10_066).map(|at| wide(at, "7")).collect();
    let answer = server.post("/v1/logs", "application/json", &json(&records));
    check(&answer, "200", "{}");
    // Longer than any line that is read: the client has it, and hears so.
    let long = format!(r#"{{"body":"{}"}}"#, "x".repeat(17 << 20));
    let answer = server.post(
        "/v1/logs",
        "application/json",
        &json(std::slice::from_ref(&long)),
    );
    check(
        &answer,
        "413",
        "logRecords[0] becomes a line of more than 16777216 bytes",
    );
    check(
        &server.events(&long),
        "413",
        "line 1 has more than 16777216 bytes",
    );
    let (_, bench) = server.stop();
    assert_eq!(bench.ask(EVENTS), "8065,8065");
    let kept = "SELECT CAST(raw AS VARCHAR) FROM quarantine";
    assert_eq!(bench.ask(kept), format!("\"{}\"", bad.replace('"', "\"\"")));
}

#[test]
fn of_what_was_accepted_every_byte_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(Bench::new(), "");
    let long = format!("{{\"kind\":7,\"x\":\"{}\"}}", "y".repeat(2 << 20));
    let answer = server.events(&format!("{}{long}\n", native_log(37, 1)));
    check(&answer, "200", r#""rejected":1"#);
    let (_, bench) = server.stop();
    let name = bench.ask("SELECT raw_file FROM quarantine");
    let file = bench.path(&format!("store/{name}"));
    assert_eq!(fs::read_to_string(&file).unwrap(), long);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(bench.run("store check --store store").code, Some(0));
    fs::remove_file(&file).unwrap();
    let run = bench.run("store check --store store");
    assert_eq!(run.code, Some(1), "{}", run.whole());
    assert!(run.whole().contains("the file is gone"), "{}", run.whole());
}

#[test]
fn a_full_spool_asks_to_come_back() {
    let server = Server::start(Bench::new(), "--max-pending 0");
    check(&server.events(&native_log(33, 1)), "429", "retry-after: 5");
    server.stop();
}

#[test]
fn killed_after_the_answer_it_loses_and_repeats_nothing() {
    let log = native_log(34, 600);
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let mut bench = Bench::new();
    for (round, part) in lines.chunks(200).enumerate() {
        let mut server = Server::start(bench, "");
        for body in part.chunks(50) {
            check(&server.events(&body.concat()), "200", "\"accepted\":50");
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        bench = server.bench;
        // A body that was cut off in the middle of writing: it was not answered.
        let spool = fs::read_dir(bench.path("store/spool")).unwrap();
        let mut segments: Vec<_> = spool
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some())
            .collect();
        segments.sort();
        let last = segments.pop().unwrap();
        let mut text = fs::read(&last).unwrap();
        text.extend_from_slice(lines[round].as_bytes());
        fs::write(&last, text).unwrap();
    }
    let (_, bench) = Server::start(bench, "").stop();
    assert_eq!(bench.ask(EVENTS), "600,600");
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
}

#[test]
fn off_loopback_a_token_is_required() {
    let bench = Bench::new();
    let run = bench.run("serve --store store --listen 0.0.0.0:0");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("--token-file"), "{}", run.stderr);
    bench.file("short", "abc");
    let run = bench.run("serve --store store --token-file short");
    assert_eq!(run.code, Some(4), "{}", run.stderr);
}

#[test]
fn a_token_over_tls() {
    let bench = Bench::new();
    bench.file("token", "a-token-of-enough-length\n");
    let data = crate::architecture::root().join("tests/data/serve");
    let (certificate, key) = (data.join("localhost.pem"), data.join("localhost.key"));
    let server = Server::start(
        bench,
        &format!(
            "--token-file token --tls-cert {} --tls-key {}",
            certificate.display(),
            key.display()
        ),
    );
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let root = reqwest::Certificate::from_pem(&fs::read(&certificate).unwrap()).unwrap();
    let client = reqwest::blocking::Client::builder()
        .tls_certs_only([root])
        .build()
        .unwrap();
    let url = format!("{}/v1/events", server.url);
    let post = |token: Option<&str>| {
        let request = client
            .post(&url)
            .header("Content-Type", "application/x-ndjson")
            .body(native_log(35, 1));
        let request = match token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
            None => request,
        };
        request.send().unwrap().status().as_u16()
    };
    assert_eq!(post(None), 401);
    assert_eq!(post(Some("a-token-of-enough-lengtH")), 401);
    assert_eq!(post(Some("a-token-of-enough-length")), 200);
    // Without TLS there is no conversation.
    assert!(!server.events("{}").contains("HTTP"));
    let (_, bench) = server.stop();
    assert_eq!(bench.ask(EVENTS), "1,1");
}
