//! Each carrier around lines that a mapping knows.

use std::io::Read;

use super::{Unwrapped, Unwrapping};

/// A reader that gives its bytes in pieces of some length.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

fn unwrap(input: &[u8], piece: usize) -> (Vec<u8>, Option<&'static str>) {
    let shared = Unwrapping::default();
    let mut found = Vec::new();
    Unwrapped::new(Pieces(input, piece), shared.clone())
        .read_to_end(&mut found)
        .unwrap();
    (found, shared.carrier())
}

/// What becomes of an input, however it is cut into reads, and what it is said to be wrapped in.
#[track_caller]
fn check(input: impl AsRef<[u8]>, carrier: Option<&str>, expected: &str) {
    let input = input.as_ref();
    let (whole, name) = unwrap(input, usize::MAX);
    assert_eq!(String::from_utf8_lossy(&whole), expected);
    assert_eq!(name, carrier);
    for piece in [1, 7, 64] {
        assert_eq!(
            unwrap(input, piece).0,
            whole,
            "read {piece} bytes at a time"
        );
    }
}

#[test]
fn what_is_wrapped_in_nothing_stays_as_it_is() {
    for bare in [
        "",
        "\n\n",
        "{\"ts\":\"2026-11-18T10:00:02Z\"}\n\n{}\r\n{\"cut",
        "\u{feff}{\"a\":1}\n",
        "[{\"a\":1},{\"b\":[2]}]\n",
        "[1]",
        "2026-11-18 10:00:01,861 INFO  [org.keycloak.events] (executor-thread-52) type=\"LOGIN\"\n",
        "2026-11-18T10:00:01Z INFO server: started\n",
        "a|b|c\nkey: value | other\n",
        // An application's own members.
        "{\"log\":\"text\",\"stream\":\"news\"}\n",
        "{\"MESSAGE\":\"text\"}\n",
    ] {
        let expected = if bare.trim().is_empty() { "" } else { bare };
        check(bare, None, expected);
    }
}

#[test]
fn syslog() {
    let name = Some("syslog (RFC 5424)");
    check(
        "<14>1 2026-11-18T10:00:02.414+05:30 kc keycloak 81812 events - {\"a\":1}\n",
        name,
        "{\"a\":1}\n",
    );
    // Structured data with a bracket in a value, the mark of UTF-8, no time, and the length before it.
    check(
        "<165>1 - host app - - [id@1 a=\"x]\\\"\" b=\"\"][id@2] \u{feff}{\"a\":1}\r\n",
        name,
        "{\"a\":1}\n",
    );
    check(
        "59 <14>1 2026-11-18T10:00:02Z host app 1 - - type=\"LOGIN\"\n",
        name,
        "type=\"LOGIN\"\n",
    );
    let name = Some("syslog (RFC 3164)");
    check(
        "<34>Oct  1 22:14:15 mymachine su[12]: {\"a\":1}\n",
        name,
        "{\"a\":1}\n",
    );
    check(
        "<34>2026-11-18T10:00:02Z mymachine app: {\"a\":1}",
        name,
        "{\"a\":1}",
    );
    let name = Some("syslog or journalctl");
    check(
        "Nov 18 10:00:02 host keycloak[818]: {\"a\":1}\n",
        name,
        "{\"a\":1}\n",
    );
    check(
        "2026-11-18T10:00:02+0100 host keycloak[818]: {\"a\":1}\n",
        name,
        "{\"a\":1}\n",
    );
}

#[test]
fn a_line_that_fits_no_carrier_passes() {
    check(
        "-- Logs begin at Mon 2026-11-16 --\nNov 18 10:00:02 host kc[1]: {\"a\":1}\n<99999>x\n",
        Some("syslog or journalctl"),
        "-- Logs begin at Mon 2026-11-16 --\n{\"a\":1}\n<99999>x\n",
    );
}

#[test]
fn container_runtimes_cut_long_records() {
    // The streams are cut independently; each line gives a line.
    check(
        "2026-11-18T10:00:00.931087621Z stdout P {\"a\":\n\
         2026-11-18T10:00:00.931087622Z stderr F {\"b\":2}\n\
         2026-11-18T10:00:00.931087623+01:00 stdout F 1}\n\
         2026-11-18T10:00:00.931087624Z stdout F \n",
        Some("CRI"),
        "\n{\"b\":2}\n{\"a\":1}\n\n",
    );
    // The end never came.
    check(
        "2026-11-18T10:00:00.9Z stdout P {\"a\":\n",
        Some("CRI"),
        "\n{\"a\":",
    );
    let name = Some("Docker (json-file)");
    check(
        "{\"log\":\"{\\\"a\\\":1}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-18T10:00:00.9Z\"}\n",
        name,
        "{\"a\":1}\n",
    );
    let long = "x".repeat(16 << 10);
    check(
        format!(
            "{{\"log\":\"{long}\",\"stream\":\"stdout\"}}\n{{\"log\":\"y\\n\",\"stream\":\"stdout\"}}\n"
        ),
        name,
        &format!("\n{long}y\n"),
    );
}

#[test]
fn journald() {
    let name = Some("journald");
    check(
        r#"{"__CURSOR":"s=1","PRIORITY":"6","MESSAGE":"{\"a\":1}"}"#,
        name,
        "{\"a\":1}",
    );
    check(
        "{\"_PID\":\"1\",\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":[123,34,97,34,10,58,49,125]}\n",
        name,
        "{\"a\" :1}\n",
    );
    // Too large for the journal to show it: there is nothing to open.
    let null = "{\"__CURSOR\":\"s=1\",\"MESSAGE\":null}\n";
    check(null, None, null);
}

#[test]
fn prefixes_of_kubectl_and_compose() {
    check(
        "[pod/kc-0/keycloak] {\"a\":1}\n",
        Some("kubectl logs --prefix"),
        "{\"a\":1}\n",
    );
    check(
        "[pod/kc-0/keycloak] 2026-11-18T10:00:01.861087621Z {\"a\":1}\n",
        Some("kubectl logs --prefix"),
        "{\"a\":1}\n",
    );
    let text = "2026-11-18 10:00:01,861 INFO  [org.keycloak.events] type=\"LOGIN\"\n";
    let name = Some("docker compose logs");
    check(format!("keycloak-1    | {text}"), name, text);
    check(
        format!("keycloak-1  | 2026-11-18T10:00:01.861087621Z {text}"),
        name,
        text,
    );
    check(
        format!("\u{1b}[36mkeycloak-1  |\u{1b}[0m {text}"),
        Some("colours of a terminal"),
        text,
    );
    check(
        "2026-11-18T10:00:01.861087621Z {\"a\":1}\n",
        Some("a time before each record"),
        "{\"a\":1}\n",
    );
}

#[test]
fn carriers_in_carriers() {
    check(
        "{\"log\":\"\\u001b[32mapp-1  |\\u001b[0m <14>1 - h a - - - {\\\"a\\\":1}\\n\",\"stream\":\"stderr\"}\n",
        Some("Docker (json-file)"),
        "{\"a\":1}\n",
    );
}

#[test]
fn utf_16() {
    let little =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let big = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let text = "{\"a\":\"é🔑\"}\r\n{}\r\n";
    for bytes in [
        little(&format!("\u{feff}{text}")),
        big(&format!("\u{feff}{text}")),
        little(text),
        big(text),
    ] {
        check(bytes, Some("UTF-16"), text);
    }
    // Half of a character, and half of a pair of them.
    let mut damaged = little("\u{feff}{}\n");
    damaged.extend([0x3d, 0xd8, b'x', 0, b'\n']);
    check(damaged, Some("UTF-16"), "{}\n\u{fffd}x");
    check(
        little("\u{feff}[\n{\"a\":1},\n{}\n]\n"),
        Some("UTF-16"),
        "\n{\"a\":1}\n{}\n\n",
    );
}

const DOCUMENT: Option<&str> = Some("a JSON document over many lines");

#[test]
fn rows_of_an_array() {
    check(
        "[\n{\"a\":[1]},\n{\"b\":2}\n]\n",
        DOCUMENT,
        "\n{\"a\":[1]}\n{\"b\":2}\n\n",
    );
    check(
        "[{\"a\":1},\r\n {\"b\":2}]",
        DOCUMENT,
        "{\"a\":1}\n{\"b\":2}",
    );
    check(
        "[ {\"a\":1}\n, {\"b\":\"]\"}\n]",
        DOCUMENT,
        "{\"a\":1}\n{\"b\":\"]\"}\n",
    );
    // A row that is broken costs itself.
    check(
        "[\n{\"a\":1},\n{\"b\":\n{\"c\":3}\n]\n",
        DOCUMENT,
        "\n{\"a\":1}\n{\"b\":\n{\"c\":3}\n\n",
    );
}

#[test]
fn documents_over_many_lines() {
    check(
        "{\n  \"value\": [\n    1,\n    2\n  ]\n}\n{\n}\n",
        DOCUMENT,
        "{  \"value\": [    1,    2  ]}\n\n\n\n\n\n{}\n\n",
    );
    check(
        "[\n  {\n    \"a\": \"},{\"\n  },\n  {\n    \"b\": [\n      2\n    ]\n  }\n]\n",
        DOCUMENT,
        "\n{    \"a\": \"},{\"  }\n\n\n{    \"b\": [      2    ]  }\n\n\n\n\n\n",
    );
    // Cut off.
    check("{\n  \"a\": 1,\n", DOCUMENT, "{  \"a\": 1,");
}

/// What is stored of a log that grows is recognised: a longer input begins as the shorter one did.
#[test]
fn a_longer_input_gives_more_bytes_behind_those_of_its_beginning() {
    for input in [
        "<14>1 - h a - - - {\"a\":1}\n<14>1 - h a - - - {\"b\":2}\n",
        "2026-11-18T10:00:00.9Z stdout P {\"a\":\n2026-11-18T10:00:00.9Z stdout F 1}\n",
        "[\n{\"a\":1},\n{\"b\":2}\n]\n",
        "{\n  \"a\": 1\n}\n{\n}\n",
        "k-1  | {\"a\":1}\nk-1  | {\"b\":2}\n",
    ] {
        let (whole, _) = unwrap(input.as_bytes(), usize::MAX);
        let lines = input.match_indices('\n').map(|(end, _)| end + 1);
        for end in lines {
            let (part, _) = unwrap(&input.as_bytes()[..end], usize::MAX);
            assert!(whole.starts_with(&part), "{input:?} up to {end}");
        }
    }
}

/// Inputs of any bytes lose none of their lines, and are read the same however they are cut.
#[test]
fn lines_stay_as_many_as_they_are() {
    let pieces: [&[u8]; 14] = [
        b"<14>1 - h a - - - {\"a\":1}",
        b"2026-11-18T10:00:00.9Z stdout P {",
        b"2026-11-18T10:00:00.9Z stderr F }",
        b"{\"log\":\"x\\n\",\"stream\":\"stdout\"}",
        b"k-1  | x",
        b"\n",
        b"\n",
        b"\n",
        b"\x1b[",
        b"[",
        b"{",
        b"},",
        b"]",
        b"\xff\"",
    ];
    let mut state = 1_u64;
    for _ in 0..2_000 {
        let mut input = Vec::new();
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let piece = usize::try_from(state >> 60).unwrap() % pieces.len();
            input.extend_from_slice(pieces[piece]);
        }
        let (whole, carrier) = unwrap(&input, usize::MAX);
        assert_eq!(
            unwrap(&input, 3).0,
            whole,
            "{:?}",
            String::from_utf8_lossy(&input)
        );
        let breaks = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        if carrier != DOCUMENT && !input.trim_ascii().is_empty() {
            let (read, given) = (breaks(&input), breaks(&whole));
            assert!(
                given >= read && given <= read + 1,
                "{:?}",
                String::from_utf8_lossy(&input)
            );
        }
    }
}

#[test]
fn a_line_that_is_still_being_written_waits() {
    let first = b"<14>1 - h a - - - {\"a\":1}\n<14>1 - h a - -";
    let shared = Unwrapping::default();
    shared.grows(true);
    let log = std::cell::RefCell::new(first.to_vec());
    let mut reader = Unwrapped::new(Taking(&log), shared.clone());
    let mut found = Vec::new();
    reader.read_to_end(&mut found).unwrap();
    assert_eq!(found, b"{\"a\":1}\n");
    log.borrow_mut().extend(b" - {\"b\":2}");
    reader.read_to_end(&mut found).unwrap();
    assert_eq!(found, b"{\"a\":1}\n");
    shared.grows(false);
    reader.read_to_end(&mut found).unwrap();
    assert_eq!(found, b"{\"a\":1}\n{\"b\":2}");
}

struct Taking<'a>(&'a std::cell::RefCell<Vec<u8>>);

impl Read for Taking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut log = self.0.borrow_mut();
        let length = log.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(log.drain(..length)) {
            *to = from;
        }
        Ok(length)
    }
}
