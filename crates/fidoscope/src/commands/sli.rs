//! `fidoscope sli`: the indicators M1 to M10.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use fidoscope_analytics::{Measured, QUANTILE_ERROR, Span, Store};
use fidoscope_report::{Report, Sli, SliStatus, Unit, number};

use super::Context;
use crate::cli::{SliArgs, SliFailOn, Window};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::{clock, rules, store};

/// The window that is looked at when the user names none.
const WINDOW: TimeDelta = TimeDelta::days(30);

pub(crate) fn run(arguments: &SliArgs, context: Context<'_>) -> Outcome {
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let span = span(&arguments.window, context.now())?;
    let mappings = rules::mappings(context.global.rules.as_deref())?;
    store::count_minutes(&store, context);
    let phases = Phases::begin(context.output, "measuring the indicators");
    let measured = store
        .measure(span, arguments.by.as_deref(), &mappings)
        .map_err(store::failure)?;
    drop(phases);
    let slis = &measured.slis;
    let report = Report::of(slis)
        .with("since", &span.since)
        .with("until", &span.until)
        .with("quantile_error", &QUANTILE_ERROR)
        .with("restated_minutes", &measured.restated_minutes);
    context.show(&report, arguments.format.format)?;
    let exactness = exactness(&measured);
    if !exactness.is_empty() {
        context.output.say(&exactness);
    }
    let known = slis.iter().any(|sli| sli.value.is_some());
    if !known {
        tell_extent(&store, span, context)?;
        return Ok(Exit::Indeterminate);
    }
    Ok(if breached(slis, arguments.fail_on) {
        Exit::Found
    } else {
        Exit::Fine
    })
}

/// The window of the command line; it ends now and starts 30 days earlier, at a whole minute, unless
/// told otherwise.
pub(crate) fn span(window: &Window, now: DateTime<Utc>) -> Result<Span, Failure> {
    let until = window
        .until
        .map(|until| clock::at(until, now))
        .transpose()?;
    let since = window
        .since
        .map(|since| clock::at(since, now))
        .transpose()?;
    let until = until.unwrap_or(now);
    let since = since.unwrap_or_else(|| whole_minute(until - WINDOW));
    if since >= until {
        return Err(empty_window(since, until));
    }
    Ok(Span { since, until })
}

/// The window ends before it starts.
pub(crate) fn empty_window(since: DateTime<Utc>, until: DateTime<Utc>) -> Failure {
    let error = anyhow::anyhow!("the window is empty: it starts {since} and ends {until}");
    Failure::usage(error)
}

/// The start of a minute: what is stored by minutes need not be counted for a part of one.
fn whole_minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// How far the numbers can be trusted.
fn exactness(measured: &Measured) -> String {
    let timed = |sli: &Sli| sli.unit == Unit::Milliseconds && sli.value.is_some();
    let mut words = Vec::new();
    if measured.slis.iter().any(timed) {
        words.push(format!("latencies ± {} %", QUANTILE_ERROR * 100.0));
    }
    match measured.restated_minutes {
        0 => {}
        1 => words.push("1 minute was restated for events that came late".to_owned()),
        more => words.push(format!(
            "{} minutes were restated for events that came late",
            number::count(more)
        )),
    }
    words.join("; ")
}

fn breached(slis: &[Sli], fail_on: Option<SliFailOn>) -> bool {
    matches!(fail_on, Some(SliFailOn::Breach))
        && slis.iter().any(|sli| sli.status == SliStatus::Missed)
}

fn tell_extent(store: &Store, span: Span, context: Context<'_>) -> Result<(), Failure> {
    let message = match store.extent().map_err(store::failure)? {
        Some(extent) => format!(
            "nothing to measure from {} to {}; the store's events run from {} to {}",
            span.since, span.until, extent.since, extent.until
        ),
        None => "the store holds no events".to_owned(),
    };
    context.output.say(&message);
    Ok(())
}
