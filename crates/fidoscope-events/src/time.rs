//! Times of logs, to the microsecond and with the precision that they really have.

/// A point in time as a log gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since the epoch, UTC.
    pub(crate) micros: i64,
    /// Digits after the second: 0, 3, 6 or 9.
    pub(crate) precision: i16,
    /// The text named no zone, so UTC was assumed.
    pub(crate) zone_assumed: bool,
}

/// How a mapping says that its source writes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// RFC 3339, with a zone.
    Rfc3339,
    /// RFC 3339 with a blank for the `T` allowed and the zone optional.
    NaiveUtc,
    /// Month, day, year and twelve hours as in the United States, without a zone:
    /// `11/14/2025 1:48:53 AM`.
    UsTwelveHour,
    /// Seconds since the epoch.
    EpochSeconds,
    /// Milliseconds since the epoch.
    EpochMillis,
    /// Microseconds since the epoch.
    EpochMicros,
    /// Nanoseconds since the epoch.
    EpochNanos,
}

impl TimeFormat {
    /// What such a time is, for messages.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Rfc3339 => "a time as in RFC 3339 with a zone",
            Self::NaiveUtc => "a date and time",
            Self::UsTwelveHour => "a date and time such as 11/14/2025 1:48:53 AM",
            Self::EpochSeconds => "seconds since the epoch",
            Self::EpochMillis => "milliseconds since the epoch",
            Self::EpochMicros => "microseconds since the epoch",
            Self::EpochNanos => "nanoseconds since the epoch",
        }
    }
}

const SECOND: i64 = 1_000_000;

/// A date and time of RFC 3339. `zone_optional` accepts text without a zone and takes it for UTC.
pub(crate) fn parse_text(text: &str, zone_optional: bool) -> Option<Instant> {
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T' | b't' | b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        rest @ ..,
    ] = text.as_bytes()
    else {
        return None;
    };
    let year = two(*y0, *y1)? * 100 + two(*y2, *y3)?;
    let (month, day) = (two(*m0, *m1)?, two(*d0, *d1)?);
    let (hour, minute, second) = (two(*h0, *h1)?, two(*n0, *n1)?, two(*s0, *s1)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    // A leap second is written as 60 and is the first moment of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, precision, rest) = fraction(rest)?;
    let (offset, zone_assumed) = match rest {
        [] if zone_optional => (0, true),
        _ => (zone(rest)?, false),
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let micros = (seconds - offset) * SECOND + fraction;
    Some(Instant {
        micros,
        precision,
        zone_assumed,
    })
}

/// A date and time of [`TimeFormat::UsTwelveHour`], taken for UTC. Newer versions of .NET write a
/// narrow blank (U+202F) before the half of the day, and Azure's tables a comma behind the year.
pub(crate) fn parse_us(text: &str) -> Option<Instant> {
    let plain = text.replace('\u{202f}', " ").replacen(", ", " ", 1);
    let pattern = "%m/%d/%Y %I:%M:%S%.f %p";
    let time = chrono::NaiveDateTime::parse_from_str(&plain, pattern).ok()?;
    let digits = plain.split_once('.').map_or("", |(_, rest)| rest);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let precision = match count {
        0 => 0,
        1..=3 => 3,
        4..=6 => 6,
        _ => 9,
    };
    Some(Instant {
        micros: time.and_utc().timestamp_micros(),
        precision,
        zone_assumed: true,
    })
}

/// A count since the epoch.
pub(crate) fn parse_epoch(count: i64, format: TimeFormat) -> Option<Instant> {
    let (micros, precision) = match format {
        TimeFormat::EpochNanos => (count.div_euclid(1_000), 9),
        TimeFormat::EpochMicros => (count, 6),
        TimeFormat::EpochMillis => (count.checked_mul(1_000)?, 3),
        _ => (count.checked_mul(SECOND)?, 0),
    };
    Some(Instant {
        micros,
        precision,
        zone_assumed: false,
    })
}

/// RFC 3339 text with as many digits as the precision says.
pub(crate) fn format(micros: i64, precision: i16) -> String {
    use chrono::SecondsFormat as F;
    let digits = match precision {
        0 => F::Secs,
        3 => F::Millis,
        _ => F::Micros,
    };
    chrono::DateTime::from_timestamp_micros(micros).map_or_else(
        || micros.to_string(),
        |time| time.to_rfc3339_opts(digits, true),
    )
}

fn fraction(rest: &[u8]) -> Option<(i64, i16, &[u8])> {
    let [b'.' | b',', digits @ ..] = rest else {
        return Some((0, 0, rest));
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = digits.split_at_checked(count)?;
    let mut micros = 0;
    for place in 0..6 {
        let digit = digits.get(place).map_or(0, |byte| byte - b'0');
        micros = micros * 10 + i64::from(digit);
    }
    match count {
        1..=3 => Some((micros, 3, rest)),
        4..=6 => Some((micros, 6, rest)),
        7..=9 => Some((micros, 9, rest)),
        _ => None,
    }
}

fn zone(rest: &[u8]) -> Option<i64> {
    match rest {
        [b'Z' | b'z'] | b" UTC" => Some(0),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] | [sign @ (b'+' | b'-'), h0, h1, m0, m1] => {
            offset(*sign, two(*h0, *h1)?, two(*m0, *m1)?)
        }
        // As PostgreSQL prints a time with a zone.
        [sign @ (b'+' | b'-'), h0, h1] => offset(*sign, two(*h0, *h1)?, 0),
        _ => None,
    }
}

fn offset(sign: u8, hours: i64, minutes: i64) -> Option<i64> {
    let offset = hours * 3_600 + minutes * 60;
    (hours < 24 && minutes < 60).then_some(if sign == b'-' { -offset } else { offset })
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years start in March so that the
/// leap day is the last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests;
