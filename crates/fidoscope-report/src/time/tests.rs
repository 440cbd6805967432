use chrono::{DateTime, SecondsFormat, Utc};
use proptest::prelude::*;

use super::{Moment, duration, duration_in, whole_seconds};

fn now() -> DateTime<Utc> {
    "2026-11-20T15:00:07Z".parse().unwrap()
}

/// Where the text is at three in the afternoon of 20 November, or what is wrong with it.
#[track_caller]
fn check(text: &str, expected: &str) {
    let found = match text.parse::<Moment>() {
        Ok(moment) => moment.at(now()).map_or_else(
            || "beyond".to_owned(),
            |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ),
        Err(error) => error.message,
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn calendar_times() {
    check("2026-11-17T10:00:00Z", "2026-11-17T10:00:00Z");
    check("2026-11-17T10:00:00+01:00", "2026-11-17T09:00:00Z");
    check("2026-11-17T10:00:00.25-0500", "2026-11-17T15:00:00.250Z");
    check("2026-11-17", "2026-11-17T00:00:00Z");
    check("2026-11-17 10:00", "2026-11-17T10:00:00Z");
    check("2026-11-17T10:00", "2026-11-17T10:00:00Z");
    check("2026-11-17 9:05:30", "2026-11-17T09:05:30Z");
    check("2026-11-17 10:00 UTC", "2026-11-17T10:00:00Z");
    check("2026-11-17 10:00 +02:00", "2026-11-17T08:00:00Z");
    check(" 2024-02-29 ", "2024-02-29T00:00:00Z");
}

#[test]
fn times_counted_from_now() {
    check("20m", "2026-11-20T14:40:07Z");
    check("20 min ago", "2026-11-20T14:40:07Z");
    check("1h 30m", "2026-11-20T13:30:07Z");
    check("1h30m", "2026-11-20T13:30:07Z");
    check("7d", "2026-11-13T15:00:07Z");
    check("2 weeks ago", "2026-11-06T15:00:07Z");
    check("-90s", "2026-11-20T14:58:37Z");
    check("now", "2026-11-20T15:00:07Z");
    check("now-2h", "2026-11-20T13:00:07Z");
    check("now - 2h", "2026-11-20T13:00:07Z");
    check("now+1h", "2026-11-20T16:00:07Z");
    check("today", "2026-11-20T00:00:00Z");
    check("yesterday", "2026-11-19T00:00:00Z");
    check("Yesterday 10:00", "2026-11-19T10:00:00Z");
    check("10:30", "2026-11-20T10:30:00Z");
    // In Auckland it is the 21st already.
    check("today 01:00 +13:00", "2026-11-20T12:00:00Z");
}

#[test]
fn the_part_that_is_wrong_is_named() {
    check("", "there is nothing");
    check("20", "`20` has no unit");
    check("1 30m", "`1` has no unit");
    check("20 fortnights", "`fortnights` is no unit of time");
    check("6H", "`H` is no unit of time");
    check("3M", "`M` has no fixed length, count days");
    check("1 year", "`year` has no fixed length, count days");
    check("1h, 30m", "`,` has no place in `1h, 30m`");
    check(
        "99999999999999999999d",
        "a number in `99999999999999999999d` is too large or too fine",
    );
    check("40000d", "`40000d` is more than a hundred years");
    check("now-h", "a number is missing before `h`");
    check("now2h", "`2h` follows `now` without + or -");
    check("nowé", "`é` follows `now` without + or -");
    check("20m hence", "a number is missing before `hence`");
    check(
        "yestrday",
        "`yestrday` is no word for a time, did you mean `yesterday`?",
    );
    check("last week", "`last` is no word for a time");
    check(
        "yesterday noon",
        "`noon` is no time of the day (HH:MM or HH:MM:SS)",
    );
    check("22.11.2026", "`22.11.2026` is no day (YYYY-MM-DD)");
    check("11/17/2026", "`11/17/2026` is no day (YYYY-MM-DD)");
    check("26-11-17", "`26-11-17` is no day (YYYY-MM-DD)");
    check("2026-13-17", "`13` is no month");
    check("2026-11-31", "`31` is no day of 2026-11");
    check("2026-02-29 10:00", "`29` is no day of 2026-02");
    check("2026-11-17 25:00", "`25` is no hour");
    check("2026-11-17 10:60", "`60` is no minute");
    check(
        "2026-11-17T10",
        "`10` is no time of the day (HH:MM or HH:MM:SS)",
    );
    check("2026-11-17 10:00 CET", "`CET` is no zone (Z or +01:00)");
    check(
        "2026-11-17T10:00+25:00",
        "`+25:00` is no zone (Z or +01:00)",
    );
}

#[test]
fn what_is_accepted_follows() {
    let error = "20".parse::<Moment>().unwrap_err().to_string();
    assert!(
        error.starts_with("`20` has no unit; write a time ("),
        "{error}"
    );
    let error = duration("20").unwrap_err().to_string();
    assert_eq!(
        error,
        "`20` has no unit; write e.g. 30s, 20m, 6h, 7d, 2w or 1h 30m"
    );
}

#[test]
fn durations_alone_are_no_times() {
    for text in ["yesterday", "2026-11-17", "-20m", "now-2h"] {
        assert!(duration(text).is_err(), "{text}");
    }
    assert_eq!(duration("1h 30m").unwrap().num_seconds(), 5400);
    assert_eq!(duration("250 ms").unwrap().num_milliseconds(), 250);
    assert_eq!(duration_in("s", "0.1").unwrap().num_milliseconds(), 100);
    assert_eq!(duration_in("h", "168"), duration("7d"));
    assert_eq!(duration_in("h", "30m"), duration("30m"));
    assert_eq!(
        duration_in("s", "-1").unwrap_err().message,
        "a number is missing before `-1s`"
    );
    assert_eq!(whole_seconds("2w"), Ok(1_209_600));
    for text in ["250ms", "0s", "1500 ms"] {
        let error = whole_seconds(text).unwrap_err().message;
        assert_eq!(
            error,
            format!("`{text}` is less than a second, or not in whole ones")
        );
    }
}

proptest! {
    #[test]
    fn no_text_panics(
        text in "\\PC{0,24}|[0-9TZt:. +-]{0,24}|(now|today|yesterday)?[ +-]{0,2}[0-9.]{0,20} ?[a-zM]{0,4}",
    ) {
        if let Ok(moment) = text.parse::<Moment>() {
            prop_assert!(moment.at(now()).is_some());
            let _ = moment.at(DateTime::<Utc>::MAX_UTC);
            let _ = moment.at(DateTime::<Utc>::MIN_UTC);
        }
        drop(duration(&text));
    }
}
