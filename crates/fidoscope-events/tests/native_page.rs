//! The page about the native format says what the reader does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it could not do by failing"
)]

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{
    CEREMONIES, CLOSED, Catalogue, Context, KINDS, Line, OUTCOMES, Pseudonyms, Reason, Scratch,
    write_columns,
};
use serde_json::{Value, json};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fidoscope/help/native-format.md"
);
const PAGE: &str = include_str!("../../fidoscope/help/native-format.md");

fn row(name: &str, words: &[&str]) -> String {
    format!("| `{name}` | `{}` |\n", words.join("`, `"))
}

/// The tables of words, as the page is to have them below each mark.
fn tables() -> [(&'static str, String); 3] {
    let head = "| key | words |\n|---|---|\n";
    let refused = [
        ("kind", KINDS),
        ("outcome", OUTCOMES),
        ("ceremony", CEREMONIES),
    ];
    let refused = refused.map(|(name, words)| row(name, words)).concat();
    let kept = CLOSED
        .iter()
        .map(|(column, words)| row(column.name(), words));
    let mut reasons: Vec<_> = Reason::all().iter().map(|reason| reason.word).collect();
    reasons.sort_unstable();
    [
        ("refused otherwise", format!("{head}{refused}")),
        (
            "kept otherwise",
            format!("{head}{}", kept.collect::<String>()),
        ),
        ("reasons", format!("`{}`\n", reasons.join("`, `"))),
    ]
}

#[test]
fn the_words_of_the_page_are_those_of_the_reader() {
    let mut page = PAGE.to_owned();
    for (mark, table) in tables() {
        let mark = format!("<!-- {mark} -->\n");
        let (before, rest) = page.split_once(&mark).expect(&mark);
        let after = rest.trim_start_matches('\n');
        let after = match after.starts_with(['|', '`']) {
            true => after.split_once("\n\n").map_or("", |(_, after)| after),
            false => after,
        };
        page = format!("{before}{mark}\n{table}\n{after}");
    }
    let page = format!("{}\n", page.trim_end());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(FILE, &page).unwrap();
    }
    assert!(
        page == PAGE || std::env::var_os("UPDATE_SCHEMA").is_some(),
        "run this test with UPDATE_SCHEMA=1 and commit the file"
    );
}

/// The columns of the one event of a native line, and how many of its keys are unknown; or why it is
/// rejected.
fn read(line: &str) -> Result<(String, u32), String> {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 11, 21, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let catalogue = Catalogue::builtin();
    let mapping = catalogue.get("native").unwrap();
    let (mut scratch, mut events, mut count) = (Scratch::new(), String::new(), 0);
    let found = mapping.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
        write_columns(event, &mut events);
        count += 1;
    });
    match found {
        Line::Rejected(all) => {
            let all = all
                .iter()
                .map(|why| format!("{}: {}", why.code, why.message));
            Err(all.collect::<Vec<_>>().join("; "))
        }
        _ => {
            assert_eq!(count, 1, "{line}");
            Ok((events, scratch.tally().unknown_keys))
        }
    }
}

/// The minimal line with another value of a member.
fn with(member: &str, value: &Value) -> String {
    let mut line = json!({
        "ts": "2026-11-20T08:00:00Z",
        "kind": "other",
        "outcome": "unknown",
    });
    line[member] = value.clone();
    line.to_string()
}

#[test]
fn every_line_of_the_page_becomes_an_event() {
    let blocks = PAGE.split("```json\n").skip(1);
    let lines: Vec<&str> = blocks
        .flat_map(|block| block.split("```").next().unwrap_or_default().lines())
        .collect();
    assert!(lines.len() >= 12, "{}", lines.len());
    for line in lines {
        let (_, unknown) = read(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert_eq!(unknown, 0, "{line}");
    }
}

#[test]
fn words_are_taken_and_refused_as_the_page_says() {
    for (member, words) in [
        ("kind", KINDS),
        ("outcome", OUTCOMES),
        ("ceremony", CEREMONIES),
    ] {
        for word in words {
            assert!(
                read(&with(member, &json!(word))).is_ok(),
                "{member}: {word}"
            );
        }
        assert!(read(&with(member, &json!("guessed"))).is_err(), "{member}");
    }
    for (column, words) in CLOSED {
        let member = column.name();
        for word in words.iter().copied().chain(["guessed"]) {
            let value = match member {
                "transports" => json!([word]),
                _ => json!(word),
            };
            let (event, unknown) = read(&with(member, &value)).unwrap();
            assert!(
                event.contains(word) && unknown == 0,
                "{member}: {word} in {event}"
            );
        }
    }
    for (said, expected) in [
        ("signature_invalid", "signature_invalid"),
        ("NotAllowedError", "client_not_allowed_or_cancelled"),
    ] {
        let (event, _) = read(&with("failure_reason", &json!(said))).unwrap();
        assert!(event.contains(expected), "{said}: {event}");
    }
}

#[test]
fn times_are_what_page_and_schema_say() {
    let schema = fidoscope_events::schema();
    let pattern = schema["properties"]["ts"]["pattern"].as_str().unwrap();
    let pattern = regex::Regex::new(pattern).unwrap();
    let check = |time: &str, is_read: bool| {
        let read = read(&with("ts", &json!(time)));
        assert_eq!(read.is_ok(), is_read, "{time}: {read:?}");
        assert_eq!(pattern.is_match(time), is_read, "{time}");
    };
    for time in [
        "2026-11-20T08:00:00Z",
        "2026-11-20 08:00:00Z",
        "2026-11-20T08:00:00.250Z",
        "2026-11-20T08:00:00,25+01:00",
        "2026-11-20t09:00:00.123456789+0100",
        "2026-11-20 08:00:00 UTC",
    ] {
        check(time, true);
    }
    for time in [
        "2026-11-20T08:00:00",
        "2026-11-20",
        "20.11.2026 08:00:00Z",
        "2026-11-20T08:00Z",
        "1796058004000",
        "2026-11-20T08:00:00.Z",
    ] {
        check(time, false);
    }
    assert!(read(&with("ts", &json!(1_796_058_004_000_u64))).is_err());
}

#[test]
fn the_schema_knows_the_words() {
    let schema = fidoscope_events::schema();
    let property = |name: &str| schema["properties"][name].clone();
    for (column, words) in CLOSED {
        let property = property(column.name());
        let listed = match column.name() {
            "transports" => &property["items"]["enum"],
            _ => &property["enum"],
        };
        let listed: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(&listed, words, "{}", column.name());
    }
    assert!(
        property("user_id")["description"]
            .as_str()
            .unwrap()
            .contains("As the log has it")
    );
    assert!(
        property("client_ip")["description"]
            .as_str()
            .unwrap()
            .contains("IPv4 or IPv6")
    );
}
