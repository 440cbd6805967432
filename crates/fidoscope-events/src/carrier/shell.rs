//! One layer around one line.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memchr;
use regex::bytes::Regex;
use serde::Deserialize;
use serde_json::Value;

/// Length from which on Docker cuts a line into several records, the last of which ends in a line
/// break (`moby`'s copier reads into a buffer of 16 KiB).
const DOCKER_CUTS: usize = 16 << 10;

/// Stream of a container, whose records are cut independently of those of the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
}

/// Content of a layer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content<'a> {
    pub(super) text: Cow<'a, [u8]>,
    pub(super) stream: Stream,
    /// The record goes on in the next line of the stream.
    pub(super) part: bool,
}

impl<'a> Content<'a> {
    pub(super) fn whole(text: Cow<'a, [u8]>) -> Self {
        Self {
            text,
            stream: Stream::Out,
            part: false,
        }
    }

    /// The content on its own, inside of a layer of which this is known.
    pub(super) fn of<'b>(self, stream: Stream, part: bool) -> Content<'b> {
        Content {
            text: Cow::Owned(self.text.into_owned()),
            stream: if self.stream == Stream::Err {
                Stream::Err
            } else {
                stream
            },
            part: self.part || part,
        }
    }
}

/// Carriers that write text around a line: name, and pattern whose group `m` is what they carry.
///
/// A time of RFC 3339 is no carrier by itself: text logs begin with one. It is one before `{`, which is
/// what `docker logs -t` and `kubectl logs --timestamps` make of a line of JSON.
const PATTERNS: [(&str, &str); 8] = [
    // Kubernetes' container runtime interface: time, stream, P or F (and other tags), content.
    (
        "CRI",
        r"^STAMP (?P<s>stdout|stderr) (?P<p>[PF])(?::\S*)? (?P<m>.*)$",
    ),
    // RFC 5424 §6, also with the length before it of RFC 6587 §3.4.1.
    (
        "syslog (RFC 5424)",
        r#"^(?:\d{1,8} )?<\d{1,3}>\d{1,2} (?:-|STAMP) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])+) (?:\xef\xbb\xbf)?(?P<m>.+)$"#,
    ),
    // RFC 3164 §4.1, with the times of RFC 3339 that rsyslog and others write instead.
    (
        "syslog (RFC 3164)",
        r"^(?:\d{1,8} )?<\d{1,3}>(?:DATE|STAMP) \S+ TAG: (?P<m>.+)$",
    ),
    // The same in a file, or as `journalctl` prints it (`short`, `short-iso`, `short-precise`).
    (
        "syslog or journalctl",
        r"^(?:DATE \S+ TAG|STAMP \S+ [^\s:\[\]{]+\[\d+\]): (?P<m>.+)$",
    ),
    ("kubectl logs --prefix", r"^\[pod/[^\]\s]+\] (?P<m>.*)$"),
    (
        "docker compose logs",
        r"^[A-Za-z][A-Za-z0-9_.-]* *\| (?P<m>.*)$",
    ),
    ("a time before each record", r"^STAMP (?P<m>\{.*)$"),
    // Of `docker compose logs -t` before text.
    (
        "a time before each line",
        r"^STAMPZ (?P<m>\d{4}-\d\d-\d\d[ T].*)$",
    ),
];

/// Compiled patterns. They are made when there is a line that is no JSON.
static TEXTS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let compile = |(name, pattern): &(&'static str, &str)| {
        let pattern = pattern
            .replace("STAMPZ", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z")
            .replace(
                "STAMP",
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)",
            )
            .replace("DATE", r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?")
            .replace("TAG", r"[^\s:\[\]{]+(?:\[[^\]\s]*\])?");
        let regex = Regex::new(&format!("(?s-u){pattern}")).ok()?;
        Some((*name, regex))
    };
    PATTERNS.iter().filter_map(compile).collect()
});

/// Whether something is around a line.
pub(super) fn wraps(line: &[u8]) -> bool {
    layer(line).is_some()
}

/// Carrier of a line and what it carries; `None` where nothing is around it.
pub(super) fn layer(line: &[u8]) -> Option<(&'static str, Content<'_>)> {
    if memchr(0x1b, line).is_some() {
        let text = Cow::Owned(without_colours(line));
        return Some(("colours of a terminal", Content::whole(text)));
    }
    match line.first()? {
        b'{' => json(line),
        b'<' | b'[' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => text(line),
        _ => None,
    }
}

fn text(line: &[u8]) -> Option<(&'static str, Content<'_>)> {
    let (name, groups) = TEXTS
        .iter()
        .find_map(|(name, regex)| Some((*name, regex.captures(line)?)))?;
    let is = |group: &str, word: &[u8]| {
        let found = groups.name(group);
        found.is_some_and(|found| found.as_bytes() == word)
    };
    let content = Content {
        text: Cow::Borrowed(groups.name("m")?.as_bytes()),
        stream: if is("s", b"stderr") {
            Stream::Err
        } else {
            Stream::Out
        },
        part: is("p", b"P"),
    };
    Some((name, content))
}

/// Record of Docker's driver `json-file`, or of journald (`journalctl -o json`).
#[derive(Deserialize)]
struct Shell {
    log: Option<String>,
    stream: Option<String>,
    #[serde(rename = "MESSAGE")]
    message: Option<Value>,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    journald: Option<Value>,
    #[serde(rename = "__CURSOR")]
    cursor: Option<Value>,
}

fn json(line: &[u8]) -> Option<(&'static str, Content<'_>)> {
    let shell: Shell = serde_json::from_slice(line).ok()?;
    if let (Some(log), Some(stream)) = (shell.log, shell.stream) {
        return docker(log, &stream).map(|content| ("Docker (json-file)", content));
    }
    if shell.journald.is_none() && shell.cursor.is_none() {
        return None;
    }
    let text = message(shell.message?)?;
    Some(("journald", Content::whole(Cow::Owned(text))))
}

fn docker<'a>(mut log: String, stream: &str) -> Option<Content<'a>> {
    let stream = match stream {
        "stdout" => Stream::Out,
        "stderr" => Stream::Err,
        _ => return None,
    };
    let ended = log.ends_with('\n');
    if ended {
        log.pop();
    }
    Some(Content {
        part: !ended && log.len() >= DOCKER_CUTS,
        text: Cow::Owned(log.into_bytes()),
        stream,
    })
}

/// Message of a journal entry: text, or the bytes of one that is no UTF-8 or holds other than printable
/// characters (systemd's Journal JSON format).
fn message(message: Value) -> Option<Vec<u8>> {
    match message {
        Value::String(text) => Some(text.into_bytes()),
        Value::Array(bytes) => {
            let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
            bytes.iter().map(byte).collect()
        }
        _ => None,
    }
}

/// Line without the control sequences of ECMA-48 §5.4 (`ESC [ … final byte`), which colour it.
fn without_colours(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != 0x1b {
            text.push(byte);
            continue;
        }
        if bytes.next_if_eq(&b'[').is_some() {
            // Parameters and intermediate bytes, then the final one.
            while bytes.next_if(|byte| (0x20..0x40).contains(byte)).is_some() {}
            let _ = bytes.next_if(|byte| (0x40..0x7f).contains(byte));
        }
    }
    text
}
