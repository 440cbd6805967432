//! The receiver: what was answered with 200 is in the store, once, whatever happens.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use crate::support::{Bench, native_log};

/// The program, serving.
struct Server {
    child: Child,
    talk: BufReader<ChildStderr>,
    url: String,
    bench: Bench,
}

impl Server {
    fn start(bench: Bench, options: &str) -> Self {
        let arguments =
            format!("serve --store store --listen 127.0.0.1:0 --follow-every 0.1 {options}");
        let mut child = bench
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        talk.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self {
            child,
            talk,
            url,
            bench,
        }
    }

    fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// One request on a connection of its own; the whole answer.
    fn send(&self, head: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        // A body that is too large is refused before it is read.
        let _ = stream.write_all(body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn post(&self, path: &str, content_type: &str, body: &[u8]) -> String {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: {content_type}");
        self.send(&head, body)
    }

    fn events(&self, lines: &str) -> String {
        self.post("/v1/events", "application/x-ndjson", lines.as_bytes())
    }

    /// Ends it as a user would, and gives what it said.
    fn stop(mut self) -> (String, Bench) {
        let id = self.child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status();
        assert!(kill.unwrap().success());
        let mut rest = String::new();
        self.talk.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{rest}");
        (rest, self.bench)
    }
}

#[track_caller]
fn check(answer: &str, status: &str, contains: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status}")),
        "{answer}"
    );
    assert!(answer.contains(contains), "{answer}");
}

const EVENTS: &str = "SELECT count(*), count(DISTINCT event_id) FROM events";

/// One log record as OTLP/JSON, over several lines.
const LOGS: &str = r#"{
  "resourceLogs": [{"scopeLogs": [{"logRecords": [{
    "timeUnixNano": "1793523600000000000",
    "eventName": "webauthn.authentication.completed",
    "attributes": [{"key": "webauthn.outcome", "value": {"stringValue": "success"}}]
  }]}]}]
}"#;

/// The same as protobuf, a minute later.
fn protobuf() -> Vec<u8> {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        field.extend_from_slice(bytes);
        field
    }
    let value = field(2, &field(1, b"success"));
    let outcome = field(6, &[field(1, b"webauthn.outcome"), value].concat());
    let mut record = vec![1 << 3 | 1];
    record.extend_from_slice(&1_793_523_660_000_000_000_u64.to_le_bytes());
    record.extend(outcome);
    record.extend(field(12, b"webauthn.authentication.completed"));
    field(1, &field(2, &field(2, &record)))
}

#[test]
fn telemetry_and_lines_are_stored() {
    let server = Server::start(Bench::new(), "");
    check(
        &server.post("/v1/logs", "application/json", LOGS.as_bytes()),
        "200",
        "{}",
    );
    let answer = server.post("/v1/logs", "application/x-protobuf", &protobuf());
    check(&answer, "200", "Content-Length: 0");
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
        talk.contains("102 events stored, 0 lines quarantined"),
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
    let good = native_log(32, 1);
    check(
        &server.events(&format!(
            "{good}{{\"kind\":\"authentication.completed\"}}\n"
        )),
        "400",
        "line 2: ",
    );
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
        "Allow: POST",
    );
    check(&server.send("POST /v2 HTTP/1.1", b""), "404", "/v1/events");
    let (_, bench) = server.stop();
    // A body is taken as a whole or not at all.
    assert_eq!(bench.ask(EVENTS), "0,0");
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "0");
}

#[test]
fn a_full_spool_asks_to_come_back() {
    let server = Server::start(Bench::new(), "--max-pending 0");
    check(&server.events(&native_log(33, 1)), "429", "Retry-After: 5");
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
