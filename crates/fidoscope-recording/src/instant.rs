//! Instants of a recording: RFC 3339, as in every log.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserializer, Error, Visitor};

/// Reads an instant that may be absent.
pub(super) fn optional<'de, D: Deserializer<'de>>(
    source: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    source.deserialize_option(Optional)
}

struct Optional;

impl<'de> Visitor<'de> for Optional {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 formatted date and time string")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match whole_seconds(text.as_bytes()) {
            Some(instant) => Ok(Some(instant)),
            None => text.parse().map(Some).map_err(E::custom),
        }
    }
}

/// `2026-10-01T12:00:00Z`, the form that recordings are written in, without the cost of a parser
/// for all forms. `None` for every other form.
fn whole_seconds(text: &[u8]) -> Option<DateTime<Utc>> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
        Some(digit(tens)? * 10 + digit(ones)?)
    };
    let year = i32::try_from(two(y1, y2)? * 100 + two(y3, y4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, two(m1, m2)?, two(d1, d2)?)?;
    let time = day.and_hms_opt(two(h1, h2)?, two(i1, i2)?, two(s1, s2)?)?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(json: &str, expected: Result<Option<&str>, &str>) {
        let mut source = serde_json::Deserializer::from_str(json);
        let found = optional(&mut source)
            .map(|instant| instant.map(|instant| instant.to_rfc3339()))
            .map_err(|error| error.to_string());
        let found = found.as_ref().map(Option::as_deref);
        assert_eq!(found.map_err(String::as_str), expected);
    }

    #[test]
    fn every_form_of_rfc_3339_is_read() {
        check("null", Ok(None));
        check(
            r#""2026-10-01T12:00:00Z""#,
            Ok(Some("2026-10-01T12:00:00+00:00")),
        );
        check(
            r#""2026-10-01T12:00:00.5Z""#,
            Ok(Some("2026-10-01T12:00:00.500+00:00")),
        );
        check(
            r#""2026-10-01T14:00:00+02:00""#,
            Ok(Some("2026-10-01T12:00:00+00:00")),
        );
        check(
            r#""2016-12-31T23:59:60Z""#,
            Ok(Some("2016-12-31T23:59:60+00:00")),
        );
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        check(
            r#""yesterday""#,
            Err("input contains invalid characters at line 1 column 11"),
        );
        check(
            r#""2026-02-30T12:00:00Z""#,
            Err("input is out of range at line 1 column 22"),
        );
        check(
            "7",
            Err(
                "invalid type: integer `7`, expected an RFC 3339 formatted date and time string at line 1 column 1",
            ),
        );
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_one_agree(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z") {
            if let Some(instant) = whole_seconds(text.as_bytes()) {
                prop_assert_eq!(text.parse::<DateTime<Utc>>(), Ok(instant));
            }
        }
    }
}
