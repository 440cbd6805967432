//! Days and times of the day: `2026-11-17 10:00+01:00`.

use chrono::{FixedOffset, NaiveDate, NaiveTime, Offset as _, Utc};

use super::Moment;

/// Whether the text is meant as a day or a time of the day, and not as a duration.
pub(super) fn looks_like(text: &str) -> bool {
    let (day, _) = split(text);
    text.contains(':') || day.contains(['-', '/']) || day.matches('.').count() > 1
}

/// A day, a day with its time, or a time of today.
pub(super) fn read(text: &str) -> Result<Moment, String> {
    let (day, time) = split(text);
    if day.contains(':') {
        let (time, zone) = clock(text)?;
        return Ok(Moment::OnDay {
            back: 0,
            time,
            zone,
        });
    }
    let day = date(day)?;
    let (time, zone) = clock(time)?;
    let local = day.and_time(time).and_local_timezone(zone);
    let at = local
        .single()
        .ok_or_else(|| format!("`{text}` lies beyond the calendar"))?;
    Ok(Moment::At(at.to_utc()))
}

/// The day and the rest: RFC 3339 has a `T` between them, people write a space.
fn split(text: &str) -> (&str, &str) {
    let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    (day, time.trim())
}

fn date(text: &str) -> Result<NaiveDate, String> {
    let no_day = || format!("`{text}` is no day (YYYY-MM-DD)");
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return Err(no_day());
    };
    let (Ok(_), Ok(in_year), Ok(_)) = (year.parse::<u16>(), month.parse(), day.parse::<u32>())
    else {
        return Err(no_day());
    };
    if year.len() != 4 {
        return Err(no_day());
    }
    if !(1..=12).contains::<u32>(&in_year) {
        return Err(format!("`{month}` is no month"));
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("`{day}` is no day of {year}-{month}"))
}

/// A time of the day with its zone; nothing is midnight UTC.
pub(super) fn clock(text: &str) -> Result<(NaiveTime, FixedOffset), String> {
    let digits = |c: char| c.is_ascii_digit() || c == ':' || c == '.';
    let (time, zone) = text.split_at(text.find(|c| !digits(c)).unwrap_or(text.len()));
    if time.is_empty() && text.is_empty() {
        return Ok((NaiveTime::MIN, Utc.fix()));
    }
    Ok((
        time_of_day(if time.is_empty() { text } else { time })?,
        offset(zone.trim())?,
    ))
}

fn time_of_day(text: &str) -> Result<NaiveTime, String> {
    let forms = ["%H:%M:%S%.f", "%H:%M"];
    let read = |form: &&str| NaiveTime::parse_from_str(text, form).ok();
    if let Some(time) = forms.iter().find_map(read) {
        return Ok(time);
    }
    let parts = text
        .split(':')
        .zip([("hour", 24), ("minute", 60), ("second", 60)]);
    let wrong = parts
        .filter_map(|(part, (name, end))| Some((part, name, end, part.parse::<u32>().ok()?)))
        .find(|(_, _, end, value)| value >= end);
    Err(match wrong {
        Some((part, name, ..)) => format!("`{part}` is no {name}"),
        None => format!("`{text}` is no time of the day (HH:MM or HH:MM:SS)"),
    })
}

fn offset(text: &str) -> Result<FixedOffset, String> {
    if ["", "z", "utc"].contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(Utc.fix());
    }
    let signed = text.starts_with(['+', '-']).then(|| text.parse().ok());
    let zone = signed.flatten();
    zone.ok_or_else(|| format!("`{text}` is no zone (Z or +01:00)"))
}
