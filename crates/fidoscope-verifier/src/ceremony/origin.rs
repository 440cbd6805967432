//! Origins as text. They are compared byte by byte; this is for policies that allow more, and for
//! lints.

/// Scheme, host and port of the serialization of a web origin (HTML §7.1.1): lower case, ASCII, a
/// port only when it is not the scheme's own. Everything else is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'o> {
    pub(crate) scheme: &'o str,
    pub(crate) host: &'o str,
    pub(crate) port: Option<&'o str>,
}

impl<'o> Origin<'o> {
    pub(crate) fn parse(text: &'o str) -> Option<Self> {
        let (scheme, rest) = match text.strip_prefix("https://") {
            Some(rest) => ("https", rest),
            None => ("http", text.strip_prefix("http://")?),
        };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
        let of_port = |port: &str| {
            let number = port.parse::<u16>();
            number.is_ok_and(|number| number.to_string() == port)
                && !matches!((scheme, port), ("https", "443") | ("http", "80"))
        };
        let mut labels = host.as_bytes().split(|byte| *byte == b'.');
        let is_origin = labels.all(is_label) && port.is_none_or(of_port);
        is_origin.then_some(Self { scheme, host, port })
    }
}

/// Whether a client writes an origin so: the serialization of a web origin (HTML §7.1.1), that of a page
/// of a browser extension, or the name of an app.
#[must_use]
pub fn is_written_by_clients(origin: &str) -> bool {
    if Origin::parse(origin).is_some() {
        return true;
    }
    match origin.split_once(':') {
        Some(("android" | "ios", name)) => !name.is_empty(),
        Some(("chrome-extension" | "moz-extension" | "safari-web-extension", name)) => name
            .strip_prefix("//")
            .is_some_and(|name| is_label(name.to_ascii_lowercase().as_bytes())),
        _ => false,
    }
}

fn is_label(label: &[u8]) -> bool {
    let of_label = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (1..=63).contains(&label.len()) && label.iter().all(of_label)
}

/// Whether an origin has the scheme and port of another and a host below its host: a dot stands
/// between.
pub(crate) fn is_below(found: &str, expected: &str) -> bool {
    let (Some(found), Some(expected)) = (Origin::parse(found), Origin::parse(expected)) else {
        return false;
    };
    (found.scheme, found.port) == (expected.scheme, expected.port)
        && covers(expected.host, found.host)
        && found.host != expected.host
}

/// Whether a domain is a host or a suffix of it at a dot.
pub(crate) fn covers(domain: &str, host: &str) -> bool {
    match host.strip_suffix(domain) {
        Some(before) => before.is_empty() || before.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_that_no_client_writes_are_told_apart() {
        for (origin, expected) in [
            ("https://example.org", true),
            ("https://example.org:8443", true),
            ("http://localhost:8765", true),
            ("https://xn--bcher-kva.example", true),
            ("chrome-extension://jbkfoedolllekgbhcbcoahefnbanhhlh", true),
            ("moz-extension://0f7a8b7d-9f2d-4b8a-8a6e-2c1e0f4d9b3a", true),
            (
                "android:apk-key-hash:-sYXRdwJA3hvue3mKpYrOZ9zSPC7b4mbgzJmdZEDO5w",
                true,
            ),
            ("null", false),
            ("", false),
            ("https://example.org/", false),
            ("https://example.org:443", false),
            ("https://Example.org", false),
            ("https://b\u{fc}cher.example", false),
            ("https://", false),
            ("ftp://example.org", false),
            ("chrome-extension://", false),
            ("chrome-extension:abc", false),
        ] {
            assert_eq!(is_written_by_clients(origin), expected, "{origin}");
        }
    }
}
