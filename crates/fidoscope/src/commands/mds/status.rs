//! `fidoscope mds status`: how old a BLOB is, and how long its signing chain lasts.

use fidoscope_metadata::{BlobState, CertificateState, Expiry};
use fidoscope_report::{Cell, Field, Report, escape};
use serde::Serialize;

use super::super::Context;
use crate::cli::{FailExpiry, MdsStatus};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsStatus, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    let state = blob.state(context.now());
    context.show(&report(&state), arguments.format.format)?;
    tell(&state, context);
    let worst = state.certificates.iter().filter_map(|c| c.expiry).max();
    let threshold = arguments.fail_on.map(|fail_on| match fail_on {
        FailExpiry::Soon => Expiry::Soon,
        FailExpiry::Over => Expiry::Over,
    });
    Ok(match (worst, threshold) {
        (None, _) => Exit::Indeterminate,
        (Some(worst), Some(threshold)) if worst >= threshold => Exit::Found,
        _ => Exit::Fine,
    })
}

/// What a person should know beside the certificates.
fn tell(state: &BlobState, context: Context<'_>) {
    let say = |text: String| context.output.say(&text);
    if let (Some(day), Some(days)) = (state.newest_change, state.age_days) {
        say(format!("newest change of a model: {day}, {days} days ago"));
    }
    match (state.next_update, state.days_to_next_update) {
        (Some(day), Some(days)) if days < 0 => {
            say(format!(
                "warning: stale: the next BLOB was due {day}, {} days ago",
                -days
            ));
        }
        (Some(day), Some(days)) => say(format!("next BLOB due {day}, in {days} days")),
        _ => say("warning: the BLOB does not say when the next one is due".to_owned()),
    }
    if state.certificates.is_empty() {
        say("warning: the BLOB carries no certificate".to_owned());
    }
    for certificate in &state.certificates {
        let name = escape(certificate.name.as_deref().unwrap_or("unreadable")).into_owned();
        let days = certificate.days_left.unwrap_or_default();
        match certificate.expiry {
            Some(Expiry::Soon) => say(format!("warning: certificate `{name}` ends in {days} days")),
            Some(Expiry::Over) => say(format!("warning: certificate `{name}` has ended")),
            Some(Expiry::Good) => {}
            None => say("warning: a certificate of the chain cannot be read".to_owned()),
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    name: Option<&'a str>,
    not_after: Option<String>,
    days_left: Option<i64>,
    expiry: Option<String>,
    sha256: &'a str,
}

impl<'a> Row<'a> {
    fn of(certificate: &'a CertificateState) -> Self {
        let time = |at: chrono::DateTime<chrono::Utc>| {
            at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        Self {
            name: certificate.name.as_deref(),
            not_after: certificate.not_after.map(time),
            days_left: certificate.days_left,
            expiry: certificate.expiry.map(|expiry| expiry.to_string()),
            sha256: &certificate.sha256,
        }
    }

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::text("certificate", |row: &Self| Cell::known(row.name)),
            Field::text("not_after", |row| Cell::known(row.not_after.as_deref())),
            Field::text("days_left", |row| Cell::known(row.days_left)),
            Field::text("expiry", |row| Cell::known(row.expiry.as_deref())),
            Field::text("sha256", |row| Cell::from(row.sha256)),
        ]
    }
}

fn report(state: &BlobState) -> Report<'_> {
    let rows = state.certificates.iter().map(Row::of);
    let first = state.first_to_end();
    let worst = state.certificates.iter().filter_map(|c| c.expiry).max();
    Report::list("certificates", rows, Row::fields())
        .with("status", &worst.map(|expiry| expiry.to_string()))
        .with("days_left", &first.and_then(|first| first.days_left))
        .with("warn_below_days", &Expiry::WARN_DAYS)
        .with("no", &state.no)
        .with("newest_change", &state.newest_change)
        .with("age_days", &state.age_days)
        .with("next_update", &state.next_update)
        .with("days_to_next_update", &state.days_to_next_update)
        .with("stale", &state.stale())
}
