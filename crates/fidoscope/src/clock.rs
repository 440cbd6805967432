//! The only place that reads the clock.

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};

/// The machine's time, in whole seconds: nothing here is decided by less.
pub(crate) fn now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this module is where time enters the program"
    )]
    let now = Utc::now();
    now.trunc_subsecs(0)
}

/// Reads `2026-11-22T09:00:00Z` or `2026-11-22` (midnight UTC) from the command line.
pub(crate) fn parse(text: &str) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let date: NaiveDate = text.parse().ok().with_context(|| {
        format!("`{text}` is neither RFC 3339 (2026-11-22T09:00:00Z) nor a date")
    })?;
    Ok(date.and_time(chrono::NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = super::parse(text)
            .map(|time| time.to_rfc3339())
            .map_err(|e| e.to_string());
        assert_eq!(found.unwrap_or_else(|message| message), expected);
    }

    #[test]
    fn times_of_the_command_line() {
        check("2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00+00:00");
        check("2026-11-22", "2026-11-22T00:00:00+00:00");
        check(
            "22.11.2026",
            "`22.11.2026` is neither RFC 3339 (2026-11-22T09:00:00Z) nor a date",
        );
    }
}
