use std::io::{self, Cursor, Read, Write};

use super::*;

/// A client that sends this, a few bytes at a time, and hears nothing.
struct Client(Cursor<Vec<u8>>, usize);

impl Read for Client {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let length = to.len().min(self.1);
        self.0.read(&mut to[..length])
    }
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The requests in a text: method, path and body of each, and how it ended.
fn read(text: &[u8], step: usize) -> String {
    let mut client = Client(Cursor::new(text.to_vec()), step);
    let mut requests = Requests::new(&mut client, 20, &|| false);
    let mut found = Vec::new();
    loop {
        match requests.next() {
            Ok(request) => found.push(format!(
                "{} {} {}",
                request.method,
                request.path,
                String::from_utf8_lossy(&request.body)
            )),
            Err(NoRequest::Over) => break found.push("over".to_owned()),
            Err(NoRequest::Bad(status, reason)) => break found.push(format!("{status} {reason}")),
        }
    }
    found.join(", ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    for step in [1, 7, 1000] {
        assert_eq!(
            read(text.as_bytes(), step),
            expected,
            "{step} bytes at a time"
        );
    }
}

#[test]
fn bodies_by_length_and_by_chunks() {
    check(
        "POST /v1/logs?x=1 HTTP/1.1\r\ncontent-length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n\r\n",
        "POST /v1/logs hello, GET / , over",
    );
    check(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
        "POST / abcde, GET /2 , over",
    );
    check("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", "over");
}

#[test]
fn what_is_too_large_or_ambiguous_is_refused() {
    let too_large = "413 the body has more than 20 bytes";
    check("POST / HTTP/1.1\r\nContent-Length: 21\r\n\r\n", too_large);
    check(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n123456789012345\r\n6\r\n",
        too_large,
    );
    check(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        too_large,
    );
    check(
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "400 two different Content-Length",
    );
    check(
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "400 Content-Length: `+1` is no length",
    );
    check(
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "400 Content-Length beside Transfer-Encoding",
    );
    check(
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "501 Transfer-Encoding: gzip, chunked is not understood",
    );
    check(
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "400 a chunk is longer than its size",
    );
    check("\u{16}\u{3}\u{1}", "400 not HTTP: invalid token");
}

#[test]
fn headers_are_bounded() {
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(HEAD + 1));
    assert_eq!(read(long.as_bytes(), HEAD), "431 the headers are too long");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(HEADERS + 1));
    assert_eq!(
        read(many.as_bytes(), HEAD),
        "400 not HTTP: too many headers"
    );
}
