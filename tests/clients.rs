//! Clients of the receiver: slow ones, many, strangers, browsers, probes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::server::{Server, check};
use crate::support::{Bench, native_log};

const TOKEN: &str = "a-token-of-enough-length";

/// A server that asks for a token, over TLS where `tls` says so.
fn guarded(tls: bool, options: &str) -> Server {
    let bench = Bench::new();
    bench.file("token", TOKEN);
    let data = crate::architecture::root().join("tests/data/serve");
    let mut all = format!("--token-file token {options}");
    if tls {
        let (certificate, key) = (data.join("localhost.pem"), data.join("localhost.key"));
        let tls = format!(
            " --tls-cert {} --tls-key {}",
            certificate.display(),
            key.display()
        );
        all.push_str(&tls);
    }
    Server::start(bench, &all)
}

/// Reads until the answer has this in it.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(end.as_bytes()) {
        stream.read_exact(&mut byte).unwrap();
        answer.extend_from_slice(&byte);
    }
    String::from_utf8(answer).unwrap()
}

/// An answer with its whole body, on a connection that stays.
fn read_answer(stream: &mut TcpStream) -> String {
    let head = read_until(stream, "\r\n\r\n");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// Who has sent half a handshake, or half of a head, holds a place that nobody else needs; and they do not hold
/// up the end either.
#[test]
fn those_who_never_finish_shut_nobody_out() {
    let server = guarded(true, "--max-connections 2");
    let beginning = [&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3][..], &[0; 100]].concat();
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(&beginning).unwrap();
            stream
        })
        .collect();
    let root = crate::architecture::root().join("tests/data/serve/localhost.pem");
    let root = reqwest::Certificate::from_pem(&std::fs::read(root).unwrap()).unwrap();
    let client = reqwest::blocking::Client::builder()
        .tls_certs_only([root])
        .build()
        .unwrap();
    let answer = client
        .post(format!("{}/v1/events", server.url))
        .header("Content-Type", "application/x-ndjson")
        .header("Authorization", format!("Bearer {TOKEN}"))
        .body(native_log(41, 1))
        .send();
    assert_eq!(answer.unwrap().status().as_u16(), 200);
    let (_, bench) = server.stop();
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "1");
    drop(slow);
}

#[test]
fn those_without_a_token_take_no_place_of_those_with_one() {
    let server = guarded(false, "--max-connections 1");
    let mut strangers: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    for stranger in &mut strangers {
        let request = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        stranger.write_all(request.as_bytes()).unwrap();
        check(&read_answer(stranger), "401", "a bearer token is required");
    }
    let request = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: otel.example\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    let mut first = server.connect();
    for _ in 0..2 {
        first.write_all(request.as_bytes()).unwrap();
        check(&read_answer(&mut first), "200", "{}");
    }
    let mut second = server.connect();
    second.write_all(request.as_bytes()).unwrap();
    let answer = read_answer(&mut second);
    check(&answer, "429", "too many connections");
    check(&answer, "429", "retry-after: 5");
    server.stop();
}

/// A connection is no thread: a machine that gives no more threads takes nothing from a receiver that runs.
#[cfg(target_os = "linux")]
#[test]
fn clients_have_no_threads_of_their_own() {
    let server = Server::start(Bench::new(), "--threads 2");
    let request = "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let clients: Vec<TcpStream> = (0..150)
        .map(|_| {
            let mut client = server.connect();
            client.write_all(request.as_bytes()).unwrap();
            check(&read_answer(&mut client), "200", "{}");
            client
        })
        .collect();
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.child.id())).unwrap();
    let threads = threads.count();
    assert!(threads < 100, "{threads} threads");
    // Connections that wait for nothing do not hold up the end.
    server.stop();
    drop(clients);
}

/// The end waits for a request that is on its way, and not for ever.
#[test]
fn half_a_body_does_not_hold_up_the_end() {
    let server = Server::start(Bench::new(), "");
    let mut half = server.connect();
    let head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    read_until(&mut half, "HTTP/1.1 100 Continue\r\n\r\n");
    half.write_all(&[b' '; 50]).unwrap();
    let (talk, _) = server.stop();
    assert!(talk.contains("0 events stored"), "{talk}");
}

#[test]
fn who_may_not_send_is_told_before_the_body_comes() {
    let server = guarded(false, "--max-body 4");
    let head = |more: &str| {
        format!(
            "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n{more}\r\n\r\n"
        )
    };
    // No byte of these bodies is ever sent.
    let answer = server.say(&head("Connection: close\r\nContent-Length: 1000"));
    check(&answer, "401", "www-authenticate: Bearer");
    let known = format!("Authorization: Bearer {TOKEN}\r\nConnection: close");
    let answer = server.say(&head(&format!("{known}\r\nContent-Length: 5000")));
    check(&answer, "413", "more than 4096 bytes");
    let mut stream = server.connect();
    let head = head(&format!("{known}\r\nContent-Length: 0000000003"));
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{7}").unwrap();
    check(&read_answer(&mut stream), "400", "line 1: ");
    server.stop();
}

#[test]
fn what_is_no_request_of_this_machine_is_refused() {
    let server = Server::start(Bench::new(), "");
    let ask = |headers: &str| {
        server.say(&format!(
            "POST /v1/events HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ))
    };
    check(&ask("Host: 127.0.0.1\r\n"), "200", "\"accepted\":0");
    check(
        &ask("Host: attacker.example:4318\r\n"),
        "403",
        "no name of this machine",
    );
    check(&ask(""), "400", "Host: missing");
    let page = "Host: localhost\r\nOrigin: https://attacker.example\r\n";
    check(&ask(page), "403", "pages of other origins");
    // What answers HEAD has no body.
    for path in ["/healthz", "/v1/logs", "/nowhere"] {
        let answer = server.say(&format!(
            "HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ));
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
    check(&server.say("\u{16}\u{3}\u{1}\r\n\r\n"), "400", "");
    let long = format!(
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "y".repeat(70_000)
    );
    check(&server.say(&long), "431", "");
    let both = "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
    check(&server.say(both), "400", "");
    server.stop();
}

#[test]
fn probes_are_answered_without_a_token() {
    let server = guarded(false, "");
    check(&server.get("/healthz"), "200", "alive");
    check(&server.get("/readyz"), "200", "ready");
    let line = native_log(42, 1);
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json"
    );
    let body = format!("{line}{{\"kind\":7}}\n");
    check(
        &server.send(&head, body.as_bytes()),
        "200",
        "\"rejected\":1",
    );
    check(&server.get("/v1/events"), "401", "");
    let text = server.get("/metrics");
    check(&text, "200", "application/openmetrics-text; version=1.0.0");
    for count in [
        r#"records_accepted_total{protocol="http",signal="events"} 1"#,
        r#"records_rejected_total{protocol="http",signal="events"} 1"#,
        r#"requests_refused_total{protocol="http",reason="token"} 1"#,
        r#"requests_refused_total{protocol="http",reason="full"} 0"#,
        "waiting_limit_bytes 268435456",
        "lag_seconds ",
        r#"connections{state="known"} "#,
    ] {
        let count = format!("fidoscope_receiver_{count}");
        assert!(text.contains(&count), "{count} in {text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
    server.stop();
    let server = Server::start(Bench::new(), "--max-pending 0");
    check(&server.get("/healthz"), "200", "alive");
    check(&server.get("/readyz"), "503", "so much waits for the store");
    server.stop();
}

#[test]
fn bodies_may_be_packed() {
    let server = Server::start(Bench::new(), "");
    let send = |coding: &str, body: &[u8]| {
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nContent-Type: application/x-ndjson\r\nContent-Encoding: {coding}"
        );
        server.send(&head, body)
    };
    let gzip = |seed| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(native_log(seed, 2).as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    // Members one after the other, and the zeros that fill up a block.
    let members = [gzip(43), gzip(44), vec![0; 100]].concat();
    check(&send("gzip", &members), "200", "\"accepted\":4");
    let zstd = zstd::encode_all(native_log(45, 2).as_bytes(), 1).unwrap();
    check(&send("zstd", &zstd), "200", "\"accepted\":2");
    check(&send("gzip", &zstd), "400", "Content-Encoding: not gzip");
    check(
        &send("gzip", &members[..100]),
        "400",
        "Content-Encoding: not gzip",
    );
    check(&send("br", &zstd), "415", "Content-Encoding: br");
    let (_, bench) = server.stop();
    assert_eq!(bench.ask("SELECT count(*) FROM events"), "6");
}
