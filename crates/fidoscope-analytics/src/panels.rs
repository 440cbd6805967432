//! What the dashboards draw: SQL shrinks the events to a few rows, Polars shapes the series.

use fidoscope_report::Table;
use fidoscope_slo::measure::predicate::{
    FAILS_AUTHENTICATION, MISTRUSTS_SIGNATURE, REJECTS_ATTESTATION,
};

use crate::query::Engine;
use crate::{Span, Store, StoreError};

mod series;
#[cfg(test)]
mod tests;

use series::{Bucket, Series};

/// Makes the rows of a panel.
type Panel = fn(&Store, &Engine, Span) -> Result<Table, StoreError>;

/// Every panel source, by the name that a dashboard file uses.
const PANELS: [(&str, Panel); 8] = [
    ("auth_success_by_day", |store, engine, span| {
        success(store, engine, span, "authentication")
    }),
    ("registration_success_by_day", |store, engine, span| {
        success(store, engine, span, "registration")
    }),
    ("recovery_by_day", recovery),
    ("outcome_by_bucket", outcome),
    ("latency_p95_by_bucket", latency),
    ("failed_signatures_by_model", failed_signatures),
    ("attestation_rejections_recent", attestation_rejections),
    ("events_by_source", events_by_source),
];

/// The names of the panel sources.
pub fn panel_names() -> impl Iterator<Item = &'static str> {
    PANELS.iter().map(|(name, _)| *name)
}

impl Store {
    /// The rows of a panel source over a span.
    pub fn panel(&self, name: &str, span: Span) -> Result<Table, StoreError> {
        match PANELS.iter().find(|(known, _)| *known == name) {
            Some((_, panel)) => panel(self, &self.engine()?, span),
            None => Err(StoreError::UnknownPanel {
                name: name.to_owned(),
                known: panel_names().collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

/// SQL for the start of the bucket that an event is in, in microseconds.
fn bucket_of(bucket: Bucket) -> String {
    let (width, origin) = (bucket.width, bucket.origin);
    let at = "CAST(ts AS BIGINT)";
    // Integer division cuts towards zero; all times here are after 2012.
    format!("({at} - {origin}) / {width} * {width} + {origin}")
}

/// Share of finished ceremonies that succeeded: per day, and over seven days to that day.
fn success(
    store: &Store,
    engine: &Engine,
    span: Span,
    ceremony: &str,
) -> Result<Table, StoreError> {
    let bucket = Bucket::day(span);
    let (start, within) = (bucket_of(bucket), span.condition());
    let sql = format!(
        "SELECT {start} AS bucket, \
         CAST(count(*) FILTER (WHERE kind = '{ceremony}.completed') AS DOUBLE) AS good, \
         CAST(count(*) FILTER (WHERE kind = '{ceremony}.failed') AS DOUBLE) AS bad \
         FROM events_once WHERE {within} GROUP BY 1"
    );
    let series = Series::over(&engine.collect(store.runtime(), &sql)?, bucket, span)?;
    series
        .share_of("good", "bad", 7)?
        .table(&[("day", "success"), ("week", "success, 7 days")])
}

fn recovery(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let bucket = Bucket::day(span);
    let (start, within) = (bucket_of(bucket), span.condition());
    let sql = format!(
        "SELECT {start} AS bucket, CAST(count(*) AS DOUBLE) AS requests FROM events_once \
         WHERE {within} AND (kind = 'recovery.requested' OR (kind = 'support.ticket' \
         AND ticket_category IN ('recovery', 'lost_credential', 'lost_device'))) GROUP BY 1"
    );
    let series = Series::over(&engine.collect(store.runtime(), &sql)?, bucket, span)?;
    series
        .counts(&["requests"])?
        .table(&[("requests", "requests")])
}

/// Finished ceremonies by how they ended.
fn outcome(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let bucket = Bucket::fitting(span);
    let (start, within) = (bucket_of(bucket), span.condition());
    let sql = format!(
        "SELECT {start} AS bucket, \
         CAST(count(*) FILTER (WHERE kind LIKE '%.completed') AS DOUBLE) AS success, \
         CAST(count(*) FILTER (WHERE kind LIKE '%.failed') AS DOUBLE) AS failure \
         FROM events_once WHERE {within} AND kind IN ('registration.completed', \
         'registration.failed', 'authentication.completed', 'authentication.failed') GROUP BY 1"
    );
    let series = Series::over(&engine.collect(store.runtime(), &sql)?, bucket, span)?;
    let counted = series.counts(&["success", "failure"])?;
    counted.table(&[("success", "success"), ("failure", "failure")])
}

/// P95 of the time that the server's handlers took; unknown where no event carries it.
fn latency(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let bucket = Bucket::fitting(span);
    let (start, within) = (bucket_of(bucket), span.condition());
    let p95 = |kind: &str, name: &str| {
        format!(
            "percentile_cont(0.95) WITHIN GROUP (ORDER BY CASE WHEN kind LIKE '{kind}.%' \
             THEN server_ms END) AS {name}"
        )
    };
    let (create, verify) = (
        p95("registration", "create"),
        p95("authentication", "verify"),
    );
    let sql = format!(
        "SELECT {start} AS bucket, {create}, {verify} FROM events_once WHERE {within} \
         AND server_ms IS NOT NULL AND kind IN ('registration.completed', \
         'registration.failed', 'authentication.completed', 'authentication.failed') GROUP BY 1"
    );
    let series = Series::over(&engine.collect(store.runtime(), &sql)?, bucket, span)?;
    series.table(&[("create", "create"), ("verify", "verify")])
}

/// Names of models: what the source or the metadata says, else the AAGUID.
const MODEL: &str = "coalesce(authenticator_model, \
                     text_of('aaguid', arrow_cast(aaguid, 'Binary')), 'unknown')";

fn failed_signatures(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let within = span.condition();
    let (fails, mistrusts) = (FAILS_AUTHENTICATION.sql(), MISTRUSTS_SIGNATURE.sql());
    let sql = format!(
        "SELECT {MODEL} AS model, count(*) AS failures FROM events_known WHERE {within} \
         AND {fails} AND {mistrusts} \
         GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
    );
    engine.cells(store.runtime(), &sql)
}

fn attestation_rejections(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let (within, rejects) = (span.condition(), REJECTS_ATTESTATION.sql());
    let sql = format!(
        "SELECT ts AS time, source, {MODEL} AS model, attestation_fmt AS format, \
         coalesce(failure_reason, failure_raw) AS reason FROM events_once WHERE {within} \
         AND {rejects} \
         ORDER BY ts DESC, raw_ref['offset'] DESC, event_id LIMIT 50"
    );
    engine.cells(store.runtime(), &sql)
}

fn events_by_source(store: &Store, engine: &Engine, span: Span) -> Result<Table, StoreError> {
    let within = span.condition();
    let sql = format!(
        "SELECT source, count(*) AS events FROM events_once WHERE {within} \
         GROUP BY source ORDER BY 2 DESC, 1"
    );
    engine.cells(store.runtime(), &sql)
}
