//! Who may send anything at all: told by the head of a request, before a byte of its body is read.
//!
//! Where no token is asked for, the receiver listens on loopback, and whoever is on the machine may send.
//! A browser is on the machine too, and it runs what other places wrote. It lets a page send to
//! its own origin, and an attacker who answers for a name can make that name one of 127.0.0.1 after
//! the page has come (DNS rebinding): to the browser the receiver is the page's origin then. Two headers,
//! which pages cannot forge, tell such requests from honest ones: `Host` is the attacker's name, which is
//! none of this machine, and `Origin`, which programs that export telemetry do not send, is not the
//! receiver itself.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{Uri, Version};

use super::refusal::{Reason, Refusal};

/// What is asked of every request.
#[derive(Debug)]
pub(crate) struct Admission {
    /// What clients have to know.
    pub(crate) token: Option<Vec<u8>>,
}

impl Admission {
    /// Looks at where a request was sent to and from.
    pub(super) fn place(&self, head: &Parts) -> Result<(), Refusal> {
        let hosts = hosts(head)?;
        if self.token.is_none()
            && let Some(host) = hosts.iter().find(|host| !is_of_this_machine(host))
        {
            let message = format!(
                "`{host}` is no name of this machine; without a token only localhost and addresses are taken"
            );
            return Err(Refusal::new(Reason::Host, message));
        }
        let Some(origin) = head.headers.get(ORIGIN) else {
            return Ok(());
        };
        let own = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.parse::<Uri>().ok())
            .and_then(|origin| origin.into_parts().authority)
            .is_some_and(|authority| hosts.contains(&authority));
        match own {
            true => Ok(()),
            false => {
                let message = "pages of other origins may not send here";
                Err(Refusal::new(Reason::Origin, message))
            }
        }
    }

    /// Asks for the token.
    pub(super) fn client(&self, head: &Parts) -> Result<(), Refusal> {
        let Some(token) = &self.token else {
            return Ok(());
        };
        let known = head
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().split_at_checked(7))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .is_some_and(|(_, given)| equal(given.trim_ascii(), token));
        match known {
            true => Ok(()),
            false => Err(Refusal::new(Reason::Token, "a bearer token is required")),
        }
    }
}

/// The hosts that a request names. HTTP/1.1 and later must name one (RFC 9112 §3.2).
fn hosts(head: &Parts) -> Result<Vec<Authority>, Refusal> {
    let malformed = |message: &str| Err(Refusal::new(Reason::Malformed, message));
    let mut hosts: Vec<Authority> = head.uri.authority().cloned().into_iter().collect();
    let mut headers = head.headers.get_all(HOST).iter();
    if let Some(host) = headers.next() {
        let host = host.to_str().ok().and_then(|host| host.parse().ok());
        let Some(host) = host else {
            return malformed("Host: no host");
        };
        hosts.push(host);
    }
    if headers.next().is_some() {
        return malformed("Host: more than one");
    }
    match hosts.is_empty() && head.version > Version::HTTP_10 {
        true => malformed("Host: missing"),
        false => Ok(hosts),
    }
}

/// Whether no name server has a say in it.
fn is_of_this_machine(host: &Authority) -> bool {
    let host = host.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    address.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

/// Compares in a time that does not tell how much is right.
fn equal(given: &[u8], token: &[u8]) -> bool {
    let differences = given.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a request for a URI with headers, as `Name: value` lines.
    #[track_caller]
    fn check(token: Option<&str>, uri: &str, headers: &str, expected: &str) {
        let mut request = http::Request::builder().uri(uri);
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let token = token.map(|token| token.as_bytes().to_vec());
        let admission = Admission { token };
        let found = admission
            .place(&head)
            .and_then(|()| admission.client(&head));
        let found = found.map_or_else(|refusal| refusal.reason.label(), |()| "let in");
        assert_eq!(found, expected, "{uri} {headers}");
    }

    #[test]
    fn without_a_token_the_host_is_this_machine() {
        for host in [
            "localhost:4318",
            "LOCALHOST",
            "otel.localhost.",
            "127.0.0.1:4318",
            "[::1]:4318",
            "192.0.2.7",
        ] {
            check(None, "/", &format!("Host: {host}"), "let in");
            check(None, &format!("http://{host}/"), "", "let in");
        }
        for host in ["attacker.example", "127.0.0.1.attacker.example", "x"] {
            check(None, "/", &format!("Host: {host}"), "host");
            check(None, &format!("http://{host}/"), "", "host");
            check(None, &format!("http://{host}/"), "Host: localhost", "host");
        }
        check(None, "/", "", "malformed");
        check(None, "/", "Host: localhost\nHost: localhost", "malformed");
        check(None, "/", "Host: a b", "malformed");
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let at = |origin: &str| format!("Host: localhost:4318\nOrigin: {origin}");
        check(None, "/", &at("http://localhost:4318"), "let in");
        for origin in [
            "http://localhost:3000",
            "https://attacker.example",
            "null",
            "",
        ] {
            check(None, "/", &at(origin), "origin");
        }
        let known = "Authorization: Bearer secret\nHost: otel.example";
        let from = format!("{known}\nOrigin: https://shop.example");
        check(Some("secret"), "/", &from, "origin");
        check(Some("secret"), "/", known, "let in");
    }

    #[test]
    fn a_token_is_compared_as_a_whole() {
        for (given, expected) in [
            ("Bearer secret", "let in"),
            ("bearer  secret ", "let in"),
            ("Bearer secre", "token"),
            ("Bearer secrets", "token"),
            ("Bearer ", "token"),
            ("Basic secret", "token"),
        ] {
            let headers = format!("Host: otel.example\nAuthorization: {given}");
            check(Some("secret"), "/", &headers, expected);
        }
        check(Some("secret"), "/", "Host: otel.example", "token");
    }
}
