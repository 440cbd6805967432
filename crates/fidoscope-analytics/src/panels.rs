//! What the dashboards draw.
//!
//! Rates, counts and latencies come of the same reading as `sli` ([`Store::series`]), so a number on a page is
//! that of the indicator, and a month is drawn from stored half hours. Lists of events are SQL. Polars shapes
//! the series.

use fidoscope_events::Catalogue;
use fidoscope_report::{Align, Basis, Cell, Column, Table};
use fidoscope_slo::measure::predicate::{
    FAILS_AUTHENTICATION, MISTRUSTS_SIGNATURE, REJECTS_ATTESTATION,
};
use fidoscope_slo::{Ceremony, measure, successes};

use crate::minutes::{Asked, Series as Numbers};
use crate::{Span, Store, StoreError};

mod series;
#[cfg(test)]
mod tests;

use series::{Bucket, Series};

/// What a panel is made of.
#[derive(Clone, Copy)]
struct Panel<'p> {
    store: &'p Store,
    span: Span,
    mappings: &'p Catalogue,
}

/// Makes the rows of a panel.
type Source = fn(Panel<'_>) -> Result<Table, StoreError>;

/// Every panel source, by the name that a dashboard file uses.
const PANELS: [(&str, Source); 8] = [
    ("auth_success_by_day", |panel| {
        panel.success(Ceremony::Authentication)
    }),
    ("registration_success_by_day", |panel| {
        panel.success(Ceremony::Registration)
    }),
    ("recovery_by_day", |panel| panel.recovery()),
    ("outcome_by_bucket", |panel| panel.outcome()),
    ("latency_p95_by_bucket", |panel| panel.latency()),
    ("failed_signatures_by_model", |panel| {
        panel.failed_signatures()
    }),
    ("attestation_rejections_recent", |panel| {
        panel.attestation_rejections()
    }),
    ("events_by_source", |panel| panel.events_by_source()),
];

/// Days over which a share rolls.
const WEEK: usize = 7;

/// The quantile of latencies that is drawn.
const QUANTILE: f64 = 0.95;

/// The names of the panel sources.
pub fn panel_names() -> impl Iterator<Item = &'static str> {
    PANELS.iter().map(|(name, _)| *name)
}

impl Store {
    /// The rows of a panel source over a span. The mappings say what each source can log, as for
    /// [`Store::slis`].
    pub fn panel(&self, name: &str, span: Span, mappings: &Catalogue) -> Result<Table, StoreError> {
        match PANELS.iter().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows(Panel {
                store: self,
                span,
                mappings,
            }),
            None => Err(StoreError::UnknownPanel {
                name: name.to_owned(),
                known: panel_names().collect::<Vec<_>>().join(", "),
            }),
        }
    }
}

impl Panel<'_> {
    fn numbers(self, step: Option<Bucket>) -> Result<Numbers, StoreError> {
        self.store.series(&Asked {
            span: self.span,
            by: None,
            events: "events",
            step: step.map(|bucket| bucket.width),
            mappings: self.mappings,
        })
    }

    fn rows(self, sql: &str) -> Result<Table, StoreError> {
        self.store.engine()?.cells(self.store.runtime(), sql)
    }

    /// Share of ceremonies that succeeded, per day and over seven days to that day; columns for each basis,
    /// as no number may mix them.
    fn success(self, ceremony: Ceremony) -> Result<Table, StoreError> {
        let bucket = Bucket::day(self.span);
        let shares = successes(&self.numbers(Some(bucket))?.steps(), ceremony);
        let mut series = Series::over(bucket, self.span)?;
        let mut columns = Vec::new();
        for basis in [Basis::Started, Basis::Submitted] {
            let of_basis = || shares.iter().filter(|share| share.basis == basis);
            if of_basis().next().is_none() {
                continue;
            }
            let day = |share: &fidoscope_slo::Share| share.group.as_deref()?.parse::<i64>().ok();
            let good = of_basis().filter_map(|share| Some((day(share)?, share.good)));
            let all = of_basis().filter_map(|share| Some((day(share)?, share.sample)));
            let word = basis.word();
            let (of_day, of_week) = (format!("of {word}"), format!("of {word}, 7 days"));
            series = series
                .counts("good", good)?
                .counts("all", all)?
                .share("good", "all", 1, &of_day)?
                .share("good", "all", WEEK, &of_week)?;
            columns.extend([of_day, of_week]);
        }
        if columns.is_empty() {
            columns = ["success", "success, 7 days"].map(str::to_owned).to_vec();
            series = (columns.iter()).try_fold(series, |series, name| series.nothing(name))?;
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        series.table(&columns)
    }

    fn recovery(self) -> Result<Table, StoreError> {
        let bucket = Bucket::day(self.span);
        let numbers = self.numbers(Some(bucket))?;
        Series::over(bucket, self.span)?
            .counts("requests", numbers.count(&[measure::RECOVERY_REQUESTS]))?
            .table(&["requests"])
    }

    /// Ceremonies by how they ended.
    fn outcome(self) -> Result<Table, StoreError> {
        let bucket = Bucket::fitting(self.span);
        let numbers = self.numbers(Some(bucket))?;
        let completed = [
            measure::REGISTRATION_COMPLETED,
            measure::AUTHENTICATION_COMPLETED,
        ];
        let failed = [measure::REGISTRATION_FAILED, measure::AUTHENTICATION_FAILED];
        Series::over(bucket, self.span)?
            .counts("success", numbers.count(&completed))?
            .counts("failure", numbers.count(&failed))?
            .table(&["success", "failure"])
    }

    /// P95 of the time that the server's handlers took; unknown where no event carries it.
    fn latency(self) -> Result<Table, StoreError> {
        let bucket = Bucket::fitting(self.span);
        let numbers = self.numbers(Some(bucket))?;
        let p95 = |of| numbers.quantile(of, QUANTILE);
        Series::over(bucket, self.span)?
            .values("create", &p95(measure::REGISTRATIONS_HANDLED_MS))?
            .values("verify", &p95(measure::AUTHENTICATIONS_HANDLED_MS))?
            .table(&["create", "verify"])
    }

    fn failed_signatures(self) -> Result<Table, StoreError> {
        let within = self.span.condition();
        let (fails, mistrusts) = (FAILS_AUTHENTICATION.sql(), MISTRUSTS_SIGNATURE.sql());
        self.rows(&format!(
            "SELECT {MODEL} AS model, count(*) AS failures FROM events_known WHERE {within} \
             AND {fails} AND {mistrusts} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
        ))
    }

    fn attestation_rejections(self) -> Result<Table, StoreError> {
        let (within, rejects) = (self.span.condition(), REJECTS_ATTESTATION.sql());
        self.rows(&format!(
            "SELECT ts AS time, source, {MODEL} AS model, attestation_fmt AS format, \
             coalesce(failure_reason, failure_raw) AS reason FROM events_once WHERE {within} \
             AND {rejects} ORDER BY ts DESC, raw_ref['offset'] DESC, event_id LIMIT 50"
        ))
    }

    fn events_by_source(self) -> Result<Table, StoreError> {
        let numbers = self.numbers(None)?;
        let mut events: Vec<_> = numbers
            .events()
            .into_iter()
            .filter(|(_, of)| *of > 0)
            .collect();
        events.sort_by_key(|(source, count)| (-count, *source));
        let column = |name: &str, align| Column {
            name: name.to_owned(),
            align,
        };
        let row = |(source, count): (&str, i64)| {
            vec![Cell::Text(source.to_owned()), Cell::Integer(count)]
        };
        Ok(Table {
            columns: vec![
                column("source", Align::Left),
                column("events", Align::Right),
            ],
            rows: events.into_iter().map(row).collect(),
        })
    }
}

/// Names of models: what the source or the metadata says, else the AAGUID.
const MODEL: &str = "coalesce(authenticator_model, \
                     text_of('aaguid', arrow_cast(aaguid, 'Binary')), 'unknown')";
