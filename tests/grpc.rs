//! OTLP over gRPC, and what the SDK of OpenTelemetry sends over both protocols.

use std::io::Write as _;
use std::process::Command;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::server::{Server, check, protobuf, protobuf_record};
use crate::support::{Bench, python};

const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// What came of a call: its status, and its message or why there is none.
#[derive(Debug)]
struct Answer {
    status: String,
    message: Vec<u8>,
    reason: String,
    details: String,
}

/// A message in the frame of gRPC.
fn frame(packed: bool, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[u8::from(packed)], &length.to_be_bytes()[..], message].concat()
}

/// One request of HTTP/2 without TLS.
fn send(
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (HeaderMap, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let shaken = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = shaken.await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::post(format!("http://{address}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let response = sender.send_request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        let mut headers = head.headers;
        headers.extend(body.trailers().cloned().unwrap_or_default());
        headers.insert("status", head.status.as_u16().into());
        (headers, body.to_bytes().to_vec())
    })
}

/// A call of gRPC.
fn call(address: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let all = [
        &[("content-type", "application/grpc"), ("te", "trailers")],
        headers,
    ]
    .concat();
    let (headers, body) = send(address, path, &all, body);
    let text = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    Answer {
        status: text("grpc-status"),
        message: body.get(5..).unwrap_or_default().to_vec(),
        // It is written as in a URI.
        reason: text("grpc-message").replace("%20", " "),
        details: text("grpc-status-details-bin"),
    }
}

fn logs(server: &Server, records: &[Vec<u8>]) -> Answer {
    call(&server.grpc, LOGS, &[], frame(false, &protobuf(records)))
}

#[test]
fn exports_are_stored() {
    let server = Server::start(Bench::new(), "--grpc 127.0.0.1:0");
    let answer = logs(&server, &[protobuf_record(0, "1"), protobuf_record(1, "2")]);
    assert_eq!(
        (&*answer.status, answer.message.len()),
        ("0", 0),
        "{answer:?}"
    );
    // A record that cannot be read costs no other, whether it is a record or none.
    let mixed = [
        protobuf_record(2, "1"),
        protobuf_record(3, "-1"),
        vec![8, 1],
    ];
    let answer = logs(&server, &mixed);
    assert_eq!(answer.status, "0", "{answer:?}");
    let message = String::from_utf8_lossy(&answer.message);
    // ExportLogsPartialSuccess: two rejected.
    assert!(message.contains("\u{8}\u{2}"), "{message}");
    assert!(
        message.contains("scopeLogs[0].logRecords[1]: "),
        "{message}"
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(&protobuf(&[protobuf_record(4, "1")]))
        .unwrap();
    let zstd = zstd::encode_all(&*protobuf(&[protobuf_record(5, "1")]), 1).unwrap();
    for (coding, packed) in [("gzip", packed.finish().unwrap()), ("zstd", zstd)] {
        let headers = [("grpc-encoding", coding)];
        let answer = call(&server.grpc, LOGS, &headers, frame(true, &packed));
        assert_eq!(answer.status, "0", "{coding}: {answer:?}");
    }
    let answer = call(&server.grpc, TRACES, &[], frame(false, &[]));
    assert_eq!(answer.status, "0", "{answer:?}");
    let text = server.get("/metrics");
    let count = r#"records_accepted_total{protocol="grpc",signal="logs"} 5"#;
    assert!(text.contains(count), "{text}");
    let (_, bench) = server.stop();
    let events = "SELECT count(*), count(DISTINCT event_id) FROM events WHERE source = 'otlp'";
    assert_eq!(bench.ask(events), "5,5");
    assert_eq!(bench.ask("SELECT count(*) FROM quarantine"), "2");
}

#[test]
fn what_is_wrong_has_the_status_by_which_senders_go() {
    let server = Server::start(Bench::new(), "--grpc 127.0.0.1:0 --max-body 4");
    let (address, good) = (
        &*server.grpc,
        frame(false, &protobuf(&[protobuf_record(0, "1")])),
    );
    let refused = |path, headers: &[(&str, &str)], body: Vec<u8>, status: &str, reason: &str| {
        let answer = call(address, path, headers, body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.reason.contains(reason), "{answer:?}");
    };
    // INVALID_ARGUMENT, which nobody repeats.
    refused(LOGS, &[], frame(false, b"\x08\x01"), "3", "");
    refused(
        LOGS,
        &[],
        frame(false, &[0; 5000]),
        "3",
        "more than 4096 bytes",
    );
    let bad = protobuf(&[protobuf_record(0, "-1")]);
    refused(LOGS, &[], frame(false, &bad), "3", "logRecords[0]: ");
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&[0; 100_000]).unwrap();
    let bomb = frame(true, &bomb.finish().unwrap());
    let gzip = [("grpc-encoding", "gzip")];
    refused(LOGS, &gzip, bomb, "3", "more than 4096 bytes");
    refused(LOGS, &gzip, frame(true, b"no gzip"), "3", "");
    refused(LOGS, &[], vec![0, 0, 0], "3", "");
    // UNIMPLEMENTED.
    refused(
        LOGS,
        &[("grpc-encoding", "br")],
        frame(true, b"x"),
        "12",
        "br",
    );
    refused("/a.B/C", &[], good.clone(), "12", "there is no /a.B/C");
    // PERMISSION_DENIED: a page of another place.
    refused(
        LOGS,
        &[("origin", "https://attacker.example")],
        good.clone(),
        "7",
        "",
    );
    // Who does not speak gRPC is told so in HTTP.
    let json = [("content-type", "application/json")];
    let (headers, body) = send(address, LOGS, &json, b"{}".to_vec());
    assert_eq!(headers["status"], "415", "{headers:?}");
    assert!(String::from_utf8_lossy(&body).contains("application/grpc"));
    let (_, bench) = server.stop();
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "0");
}

#[test]
fn who_is_to_come_back_is_told_when() {
    let server = Server::start(Bench::new(), "--grpc 127.0.0.1:0 --max-pending 0");
    let answer = logs(&server, &[protobuf_record(0, "1")]);
    assert_eq!(answer.status, "8", "{answer:?}");
    // google.rpc.RetryInfo within the Status; without it senders give up.
    let details = answer.details;
    let retry = "type.googleapis.com/google.rpc.RetryInfo";
    let decoded = base64_text(&details);
    assert!(decoded.contains(retry), "{decoded}");
    server.stop();
}

/// Base64 without its padding, as text.
fn base64_text(text: &str) -> String {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let bytes: Vec<u8> = text
        .trim_end_matches('=')
        .as_bytes()
        .chunks(4)
        .flat_map(|letters| {
            let bits = letters
                .iter()
                .fold(0_u32, |bits, letter| bits << 6 | u32::from(value(*letter)));
            let bits = bits << (6 * (4 - letters.len()));
            bits.to_be_bytes()[1..letters.len()].to_vec()
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_token_is_the_same() {
    let bench = Bench::new();
    bench.file("token", "a-token-of-enough-length");
    let server = Server::start(bench, "--grpc 127.0.0.1:0 --token-file token");
    let body = || frame(false, &protobuf(&[protobuf_record(0, "1")]));
    assert_eq!(call(&server.grpc, LOGS, &[], body()).status, "16");
    let token = [("authorization", "Bearer a-token-of-enough-length")];
    assert_eq!(call(&server.grpc, LOGS, &token, body()).status, "0");
    // HTTP/2 is spoken on the port of HTTP, too.
    let headers = [token[0], ("content-type", "application/x-protobuf")];
    let address = server.address().to_owned();
    let export = protobuf(&[protobuf_record(1, "1")]);
    let (headers, _) = send(&address, "/v1/logs", &headers, export);
    assert_eq!(headers["status"], "200");
    let (_, bench) = server.stop();
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "2");
}

#[test]
fn off_loopback_grpc_wants_a_token_too() {
    let run = Bench::new().run("serve --store store --listen 127.0.0.1:0 --grpc 0.0.0.0:0");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("--token-file"), "{}", run.stderr);
}

/// The SDK of OpenTelemetry for Python sends a log record and a span over each protocol.
#[test]
fn the_sdk_of_opentelemetry_is_understood() {
    let packages = "opentelemetry.exporter.otlp.proto.grpc, opentelemetry.exporter.otlp.proto.http";
    let Some(python) = python(packages) else {
        return;
    };
    let server = Server::start(Bench::new(), "--grpc 127.0.0.1:0");
    let script = crate::architecture::root().join("tests/peers/otel_send.py");
    let run = Command::new(python)
        .arg(script)
        .args([&server.url, &server.grpc])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    check(
        &server.get("/metrics"),
        "200",
        r#"records_accepted_total{protocol="grpc",signal="traces"} 1"#,
    );
    let (talk, bench) = server.stop();
    assert!(
        talk.contains("4 events stored, 0 records quarantined"),
        "{talk}"
    );
    let events =
        "SELECT kind, outcome, sign_count, count(*) FROM events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    insta::assert_snapshot!(bench.ask(events));
}
