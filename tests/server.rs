//! A receiver that runs, and what is sent to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};

use crate::support::Bench;

/// The program, serving.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) talk: BufReader<ChildStderr>,
    pub(crate) url: String,
    /// Address of the port of gRPC, where it was asked for.
    pub(crate) grpc: String,
    pub(crate) bench: Bench,
}

impl Server {
    pub(crate) fn start(bench: Bench, options: &str) -> Self {
        let arguments =
            format!("serve --store store --listen 127.0.0.1:0 --follow-every 0.1 {options}");
        let mut child = bench
            .command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut door = || {
            let mut line = String::new();
            talk.read_line(&mut line).unwrap();
            let url = line.trim().strip_prefix("listening on ");
            url.unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let url = door();
        let grpc = options.contains("--grpc").then(door);
        let grpc = grpc.map(|line| {
            let address = line.split_once("://").unwrap().1;
            address.strip_suffix(" for gRPC").unwrap().to_owned()
        });
        Self {
            child,
            talk,
            url,
            grpc: grpc.unwrap_or_default(),
            bench,
        }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    /// A connection.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).unwrap()
    }

    /// Bytes on a connection of their own, and everything that is answered.
    pub(crate) fn say(&self, text: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// What a path shows to whoever asks.
    pub(crate) fn get(&self, path: &str) -> String {
        self.say(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ))
    }

    /// One request on a connection of its own; the whole answer.
    pub(crate) fn send(&self, head: &str, body: &[u8]) -> String {
        let mut stream = self.connect();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        // A body that is too large is refused before it is read.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> String {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: {content_type}");
        self.send(&head, body)
    }

    pub(crate) fn events(&self, lines: &str) -> String {
        self.post("/v1/events", "application/x-ndjson", lines.as_bytes())
    }

    /// Ends it as a user would, and gives what it said.
    pub(crate) fn stop(mut self) -> (String, Bench) {
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
pub(crate) fn check(answer: &str, status: &str, contains: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status}")),
        "{answer}"
    );
    assert!(answer.contains(contains), "{answer}");
}

/// A field of a protobuf message: bytes with their length.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 127 {
        field.push(u8::try_from(length & 127).unwrap() | 128);
        length >>= 7;
    }
    field.push(u8::try_from(length).unwrap());
    field.extend_from_slice(bytes);
    field
}

/// An attribute of a log record that is a text.
pub(crate) fn attribute(name: &str, text: &str) -> Vec<u8> {
    let value = field(2, &field(1, text.as_bytes()));
    field(6, &[field(1, name.as_bytes()), value].concat())
}

/// A log record as protobuf, so many seconds after the one above.
pub(crate) fn protobuf_record(seconds: u64, sign_count: &str) -> Vec<u8> {
    let mut record = vec![1 << 3 | 1];
    let time = 1_793_523_600_000_000_000 + seconds * 1_000_000_000;
    record.extend_from_slice(&time.to_le_bytes());
    record.extend(attribute("webauthn.outcome", "success"));
    record.extend(attribute("webauthn.sign_count", sign_count));
    record.extend(field(12, b"webauthn.authentication.completed"));
    record
}

/// An export of one scope.
pub(crate) fn protobuf(records: &[Vec<u8>]) -> Vec<u8> {
    let records: Vec<u8> = records.iter().flat_map(|record| field(2, record)).collect();
    field(1, &field(2, &records))
}

/// The same record as JSON.
pub(crate) fn json_record(seconds: usize, sign_count: &str) -> String {
    let time = 1_793_523_600_u64 + u64::try_from(seconds).unwrap();
    format!(
        r#"{{"timeUnixNano":"{time}000000000","eventName":"webauthn.authentication.completed","attributes":[{{"key":"webauthn.outcome","value":{{"stringValue":"success"}}}},{{"key":"webauthn.sign_count","value":{{"intValue":"{sign_count}"}}}}]}}"#
    )
}

/// An export of one scope as JSON.
pub(crate) fn json(records: &[String]) -> Vec<u8> {
    let records = records.join(",");
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#).into_bytes()
}
