use super::*;

#[track_caller]
fn check(text: &str, expected: Option<(&str, i16, bool)>) {
    let found = parse_text(text, true);
    let found = found.map(|t| (format(t.micros, 6), t.precision, t.zone_assumed));
    let found = found.as_ref().map(|(t, p, z)| (t.as_str(), *p, *z));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn reads_what_logs_write() {
    check(
        "2026-03-01T12:00:00Z",
        Some(("2026-03-01T12:00:00.000000Z", 0, false)),
    );
    check(
        "2026-03-01T12:00:00.5Z",
        Some(("2026-03-01T12:00:00.500000Z", 3, false)),
    );
    check(
        "2024-02-29T23:59:60Z",
        Some(("2024-03-01T00:00:00.000000Z", 0, false)),
    );
    check(
        "2026-03-01T12:00:00.123456789+05:30",
        Some(("2026-03-01T06:30:00.123456Z", 9, false)),
    );
    check(
        "2022-03-22 14:21:53.225",
        Some(("2022-03-22T14:21:53.225000Z", 3, true)),
    );
    check(
        "2026-10-05 09:02:00.12+00",
        Some(("2026-10-05T09:02:00.120000Z", 3, false)),
    );
    check(
        "1969-12-31T23:59:59.999999Z",
        Some(("1969-12-31T23:59:59.999999Z", 6, false)),
    );
}

#[track_caller]
fn check_us(text: &str, expected: Option<(&str, i16)>) {
    let found = parse_us(text);
    assert!(found.is_none_or(|time| time.zone_assumed), "{text}");
    let found = found.map(|time| (format(time.micros, 3), time.precision));
    let found = found
        .as_ref()
        .map(|(time, precision)| (time.as_str(), *precision));
    assert_eq!(found, expected, "{text}");
}

#[test]
fn reads_american_dates_with_halves_of_the_day() {
    check_us(
        "11/14/2025 1:48:53 AM",
        Some(("2025-11-14T01:48:53.000Z", 0)),
    );
    check_us(
        "1/4/2026 12:00:01 PM",
        Some(("2026-01-04T12:00:01.000Z", 0)),
    );
    check_us(
        "1/4/2026 12:00:01 AM",
        Some(("2026-01-04T00:00:01.000Z", 0)),
    );
    check_us(
        "10/5/2026, 9:02:11.120 AM",
        Some(("2026-10-05T09:02:11.120Z", 3)),
    );
    check_us(
        "10/05/2026 9:02:11\u{202f}pm",
        Some(("2026-10-05T21:02:11.000Z", 0)),
    );
    for text in [
        "14/11/2025 1:48:53 AM",
        "11/14/2025 13:48:53 AM",
        "11/14/2025 1:48:53",
        "",
    ] {
        check_us(text, None);
    }
}

#[test]
fn refuses_what_is_no_time() {
    for text in [
        "",
        "2026-03-01",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00+25:00",
        "2026-03-01T12:00:00Zjunk",
    ] {
        check(text, None);
    }
    assert_eq!(
        parse_text("2026-03-01T12:00:00", false),
        None,
        "RFC 3339 wants a zone"
    );
}

proptest::proptest! {
    #[test]
    fn agrees_with_chrono(micros in -62_000_000_000_000_000_i64..250_000_000_000_000_000) {
        let text = format(micros, 6);
        proptest::prop_assert_eq!(parse_text(&text, false).map(|t| t.micros), Some(micros));
    }

    #[test]
    fn never_panics(text in "\\PC*") {
        let _ = parse_text(&text, true);
        let _ = parse_us(&text);
    }
}
