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
