//! The only place that reads the clock.

use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use fidoscope_report::time::{self, Moment};

use crate::failure::Failure;

/// The machine's time, in whole seconds: nothing here is decided by less.
pub(crate) fn now() -> DateTime<Utc> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this module is where time enters the program"
    )]
    let now = Utc::now();
    now.trunc_subsecs(0)
}

/// The time that is meant, counted from now where it is relative.
pub(crate) fn at(moment: Moment, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let time = moment.at(now).context("a time lies beyond the calendar");
    time.map_err(Failure::usage)
}

/// Reads the time that a run judges as of; what is relative counts from the machine's clock.
pub(crate) fn instant(text: &str) -> anyhow::Result<DateTime<Utc>> {
    let moment: Moment = text.parse()?;
    moment.at(now()).context("it lies beyond the calendar")
}

/// Reads a duration; a number alone is of seconds.
pub(crate) fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(time::duration_in("s", text)?.to_std()?)
}

/// Reads a duration of at least an hour; a number alone is of hours.
pub(crate) fn hours(text: &str) -> anyhow::Result<TimeDelta> {
    let length = time::duration_in("h", text)?;
    anyhow::ensure!(
        length >= TimeDelta::hours(1),
        "`{text}` is less than an hour"
    );
    Ok(length)
}
