//! Lines that somebody made to break the reader: each is mapped, passed over or rejected with a
//! reason, by every mapping, and none leaves a trace in what comes after.
//!
//! `FIDOSCOPE_HOSTILE_LINES=100000` runs that many instead of two thousand.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it could not do by failing"
)]

use std::collections::BTreeMap;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{
    BUILTIN, Catalogue, Context, Line, Mapping, Pseudonyms, Scratch, write_columns,
};

/// A small generator, so that every run has the same lines.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Bytes that are no text, or no text that anybody means.
const POISON: &[&[u8]] = &[
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"\\u0000",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\r",
    b"\x1b[2J",
    "\u{202e}\u{feff}".as_bytes(),
];

/// What stands in the place of a value.
const VALUES: &[&str] = &[
    "1e999",
    "-1e999",
    "99999999999999999999999999999999",
    "-9223372036854775809",
    "18446744073709551615",
    "0.00000000000000000000000000001e-300",
    "NaN",
    "Infinity",
    "-0",
    "null",
    "{}",
    "[]",
    "[[[[]]]]",
    "\"\"",
    "\"\\ud83d\"",
    "\"9999-99-99T99:99:99Z\"",
    "\"-271821-04-20T00:00:00.000Z\"",
    "\"2026-11-01T08:00:60.999999999999Z\"",
    "\"::ffff:999.1.1.1\"",
    "\"{\\\"a\\\":\"",
    "\"[[[[[[[[\"",
    "true",
];

/// Lines of every source, as they should be.
fn good() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests-data");
    let lines = BUILTIN.iter().flat_map(|(name, _)| {
        let name = name.replace(".yaml", ".ndjson");
        let text = std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    lines.collect()
}

/// A line that was good.
fn spoilt(dice: &mut Dice, good: &[String]) -> Vec<u8> {
    let mut line = good[dice.below(good.len())].clone().into_bytes();
    for _ in 0..=dice.below(3) {
        let at = dice.below(line.len());
        match dice.below(11) {
            0 => drop(line.splice(at..at, dice.of(POISON).iter().copied())),
            1 => line.truncate(at),
            2 => line = value_for(dice, &line),
            3 => {
                line = [
                    b"{\"ts\":1,\"kind\":[],\"type\":{},",
                    &line[line.len().min(1)..],
                ]
                .concat()
            }
            4 => line = [dice.of(POISON), &line].concat(),
            5 => line.extend_from_slice(dice.of(POISON)),
            6 => line = nested(dice, &line),
            7 => {
                let text = "A".repeat(dice.of(&[1_000, 70_000]));
                line = [
                    b"{\"x\":\"",
                    text.as_bytes(),
                    b"\",",
                    &line[line.len().min(1)..],
                ]
                .concat();
            }
            8 => line.extend_from_within(at..),
            9 => {
                let text = serde_json::Value::from(String::from_utf8_lossy(&line)).to_string();
                line = format!("{{\"message\":{text},\"data\":{text}}}").into_bytes();
            }
            _ => line[at] = u8::try_from(dice.below(256)).unwrap(),
        }
        if line.is_empty() {
            return line;
        }
    }
    line
}

/// The line with one of its values exchanged.
fn value_for(dice: &mut Dice, line: &[u8]) -> Vec<u8> {
    let colons: Vec<usize> = (0..line.len()).filter(|at| line[*at] == b':').collect();
    if colons.is_empty() {
        return line.to_vec();
    }
    let start = dice.of(&colons) + 1;
    let rest = &line[start..];
    let end = rest.iter().position(|byte| matches!(byte, b',' | b'}'));
    let end = start + end.unwrap_or(rest.len());
    [&line[..start], dice.of(VALUES).as_bytes(), &line[end..]].concat()
}

/// The line inside far too many brackets.
fn nested(dice: &mut Dice, line: &[u8]) -> Vec<u8> {
    let depth = dice.of(&[3, 127, 129, 20_000]);
    let (open, close) = dice.of(&[
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"data\":", "}"),
        ("[{\"items\":", "}]"),
    ]);
    [
        open.repeat(depth).as_bytes(),
        line,
        close.repeat(depth).as_bytes(),
    ]
    .concat()
}

/// Decodes a line; gives what it was and how much was written of it.
fn decode(
    mapping: &Mapping,
    line: &[u8],
    context: &Context<'_>,
    scratch: &mut Scratch,
) -> (Line, String) {
    let mut out = String::new();
    let found = mapping.decode(line, context, scratch, &mut |event| {
        write_columns(event, &mut out)
    });
    (found, out)
}

/// What a line was, and why, without the bytes at which something is wrong.
fn reasons(line: &Line) -> (Vec<(&str, &str)>, std::mem::Discriminant<Line>) {
    let rejections = match line {
        Line::Rejected(rejections) => rejections.as_slice(),
        _ => &[],
    };
    let reasons = rejections
        .iter()
        .map(|why| (why.code, why.message.as_str()));
    (reasons.collect(), std::mem::discriminant(line))
}

#[test]
fn every_hostile_line_is_accounted_for() {
    let lines = std::env::var_os("FIDOSCOPE_HOSTILE_LINES");
    let lines: usize = lines.map_or(2_000, |count| count.to_str().unwrap().parse().unwrap());
    let catalogue = Catalogue::builtin();
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let good = good();
    let mut dice = Dice(20_261_101);
    let mut used = Scratch::new();
    let mut became: BTreeMap<&str, usize> = BTreeMap::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..lines {
        let line = spoilt(&mut dice, &good);
        for mapping in catalogue.iter() {
            let (found, written) = decode(mapping, &line, &context, &mut used);
            let word = match &found {
                Line::Mapped(count) => {
                    let events = written.lines().count();
                    assert_eq!(
                        u32::try_from(events).unwrap(),
                        *count,
                        "{}",
                        mapping.source()
                    );
                    "mapped"
                }
                Line::Rejected(rejections) => {
                    for why in rejections {
                        assert!(
                            !why.message.is_empty() && why.message.len() < 2_000,
                            "{why:?}"
                        );
                        let at = why.offset_in_line.unwrap_or(0);
                        assert!(at <= u64::try_from(line.len()).unwrap(), "{why:?}");
                        assert!(!why.bytes(&line).is_empty(), "{why:?}");
                        *codes.entry(why.code).or_default() += 1;
                    }
                    let tally = used.tally();
                    assert_eq!(usize::try_from(tally.rejected).unwrap(), rejections.len());
                    let events = u32::try_from(written.lines().count()).unwrap();
                    assert_eq!(events, tally.mapped, "{}", mapping.source());
                    "rejected"
                }
                Line::Shadow | Line::Other | Line::Prefiltered | Line::Blank => "passed over",
            };
            assert!(
                word != "passed over" || written.is_empty(),
                "{} wrote {written}",
                mapping.source()
            );
            *became.entry(word).or_default() += 1;
        }
    }
    let all = lines * catalogue.iter().count();
    assert_eq!(became.values().sum::<usize>(), all);
    // The lines are hostile in many ways, and not so much that nothing is read of them.
    for word in ["mapped", "passed over", "rejected"] {
        assert!(
            became.get(word).is_some_and(|count| *count > all / 500),
            "{became:?}"
        );
    }
    for code in [
        "invalid_utf8",
        "invalid_json",
        "truncated_json",
        "not_this_source",
        "bad_time",
        "missing_field",
    ] {
        assert!(codes.contains_key(code), "{code}: {codes:?}");
    }
    // Nothing of what came before is in what comes after.
    for mapping in catalogue.iter() {
        for line in &good {
            assert_eq!(
                decode(mapping, line.as_bytes(), &context, &mut used),
                decode(mapping, line.as_bytes(), &context, &mut Scratch::new())
            );
        }
    }
}

/// A mark of the order of bytes, as some programs put it at the beginning of a file, is no part of
/// the line.
#[test]
fn a_line_behind_a_byte_order_mark_is_the_line() {
    let catalogue = Catalogue::builtin();
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    for line in good() {
        let marked = [b"\xef\xbb\xbf", line.as_bytes()].concat();
        for mapping in catalogue.iter() {
            let mut scratch = Scratch::new();
            let (with, written) = decode(mapping, &marked, &context, &mut scratch);
            let (without, expected) = decode(mapping, line.as_bytes(), &context, &mut scratch);
            assert_eq!((reasons(&with), written), (reasons(&without), expected));
        }
        let source = |line: &[u8]| {
            catalogue
                .detect(&[line])
                .map(|found| found.mapping.source().to_owned())
        };
        assert_eq!(source(&marked), source(line.as_bytes()));
    }
}
