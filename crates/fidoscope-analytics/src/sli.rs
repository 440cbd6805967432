//! The indicators M1 to M10: SQL counts, `fidoscope_slo` decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::utils::datafusion_strsim::normalized_levenshtein;
use fidoscope_report::{Cell, Sli, Table};
use fidoscope_slo::{
    CountRow, Counter, GRACE_MS, Inputs, Kinds, Latency, MAX_TIMEOUT_MS, Measure, QuantileRow,
    Relation, SourceInput, indicators, ledger_sql,
};

use crate::credentials::credential_schema;
use crate::query::{Engine, FROM_CREDENTIAL};
use crate::schema::event_schema;
use crate::{Span, Store, StoreError};

#[cfg(test)]
mod tests;

impl Store {
    /// Evaluates M1 to M10 over a span, for each value of the column `by` if one is named.
    ///
    /// Ceremonies are taken as they stood at the end of the span.
    pub fn slis(&self, span: Span, by: Option<&str>) -> Result<Vec<Sli>, StoreError> {
        let by = by.map(column_of);
        let group = by.map(group_expression).transpose()?;
        let known = by.is_some_and(|by| FROM_CREDENTIAL.contains(&by));
        let counting = Counting {
            store: self,
            engine: self.engine()?,
            span,
            group,
            events: if known { "events_known" } else { "events_once" },
        };
        Ok(fidoscope_slo::evaluate(&counting.inputs()?))
    }

    /// What is counted over a span, without groups and quantiles.
    pub(crate) fn counted(&self, span: Span) -> Result<Inputs, StoreError> {
        let counting = Counting {
            store: self,
            engine: self.engine()?,
            span,
            group: None,
            events: "events_once",
        };
        Ok(Inputs {
            sources: counting.sources()?,
            counts: counting.counts()?,
            ..Inputs::default()
        })
    }

    /// From the first to the last event of the store, if it has any.
    pub fn extent(&self) -> Result<Option<Span>, StoreError> {
        let sql = "SELECT CAST(min(ts) AS BIGINT), CAST(max(ts) AS BIGINT) FROM events";
        let table = self.engine()?.cells(self.runtime(), sql)?;
        let time = |cell: Option<&Cell>| match cell {
            Some(Cell::Integer(micros)) => DateTime::<Utc>::from_timestamp_micros(*micros),
            _ => None,
        };
        let row = table.rows.first().map(Vec::as_slice).unwrap_or_default();
        let ends = time(row.first()).zip(time(row.get(1)));
        Ok(ends.map(|(since, until)| Span { since, until }))
    }
}

/// The column that a short name stands for.
fn column_of(name: &str) -> &str {
    match name {
        "model" => "authenticator_model",
        "level" => "authenticator_level",
        "trust" => "attestation_trust",
        other => other,
    }
}

/// SQL that writes a column as text.
pub(crate) fn group_expression(column: &str) -> Result<String, StoreError> {
    let (events, credentials) = (event_schema(), credential_schema());
    let known = |name: &&str| FROM_CREDENTIAL.contains(name);
    let of_credential = Some(column)
        .filter(known)
        .and_then(|name| credentials.field_with_name(name).ok());
    let Some(field) = events.field_with_name(column).ok().or(of_credential) else {
        let fields = events.fields().iter();
        let names = fields.map(|field| field.name().as_str());
        return Err(unknown_column(column, names.chain(FROM_CREDENTIAL)));
    };
    match field.data_type() {
        DataType::Utf8 => Ok(format!("\"{column}\"")),
        DataType::Binary => Ok(format!(
            "text_of('{column}', arrow_cast(\"{column}\", 'Binary'))"
        )),
        kind if kind.is_nested() => Err(StoreError::UnknownColumn {
            name: column.to_owned(),
            hint: " with one value for each event".to_owned(),
        }),
        _ => Ok(format!("CAST(\"{column}\" AS VARCHAR)")),
    }
}

fn unknown_column<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> StoreError {
    let score = |other: &str| normalized_levenshtein(name, other);
    let nearest = names
        .map(|other| (score(other), other))
        .filter(|(score, _)| *score > 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let hint = nearest.map_or_else(String::new, |(_, other)| format!("; did you mean {other}?"));
    StoreError::UnknownColumn {
        name: name.to_owned(),
        hint,
    }
}

struct Counting<'s> {
    store: &'s Store,
    engine: Engine,
    span: Span,
    group: Option<String>,
    /// The view that the events are taken from.
    events: &'static str,
}

impl Counting<'_> {
    fn inputs(&self) -> Result<Inputs, StoreError> {
        let mut quantiles = Vec::new();
        for indicator in indicators() {
            if let Measure::Quantile(latency) = indicator.measure {
                quantiles.extend(quantile_rows(&self.run(&self.quantile(latency))?, latency));
            }
        }
        Ok(Inputs {
            grouped: self.group.is_some(),
            sources: self.sources()?,
            counts: self.counts()?,
            quantiles,
        })
    }

    fn counts(&self) -> Result<Vec<CountRow>, StoreError> {
        let mut counts = CountRows::default();
        counts.add(&self.run(&self.event_counts())?, Relation::Events);
        counts.add(&self.run(&self.ledger_counts())?, Relation::Ledger);
        Ok(counts.0.into_values().collect())
    }

    fn run(&self, sql: &str) -> Result<Table, StoreError> {
        self.engine.cells(self.store.runtime(), sql)
    }

    fn group(&self) -> &str {
        self.group.as_deref().unwrap_or("CAST(NULL AS VARCHAR)")
    }

    /// Every source of the store with the kinds that it was ever seen to log.
    fn sources(&self) -> Result<Vec<SourceInput>, StoreError> {
        let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.run("SELECT DISTINCT source, kind FROM events")?.rows {
            if let [Cell::Text(source), Cell::Text(kind)] = row.as_slice() {
                sources
                    .entry(source.clone())
                    .or_default()
                    .insert(kind.clone());
            }
        }
        let input = |(source, kinds)| SourceInput {
            source,
            kinds: Kinds::Seen(kinds),
        };
        Ok(sources.into_iter().map(input).collect())
    }

    fn event_counts(&self) -> String {
        let (group, counts) = (self.group(), counts(Relation::Events));
        let within = self.span.condition();
        format!(
            "SELECT source, {group} AS group_value{counts} FROM {} WHERE {within} \
             GROUP BY source, {group}",
            self.events
        )
    }

    /// The ledger of the ceremonies that closed in the span; they may have started before it.
    fn ledger_counts(&self) -> String {
        let reach = TimeDelta::milliseconds(MAX_TIMEOUT_MS + GRACE_MS);
        let since = self
            .span
            .since
            .checked_sub_signed(reach)
            .unwrap_or(self.span.since);
        let events = Span { since, ..self.span }.condition();
        let events = format!("(SELECT * FROM {} WHERE {events})", self.events);
        let ledger = ledger_sql(&events, self.group.as_deref(), self.span.until);
        let counts = counts(Relation::Ledger);
        let since = self.span.since.timestamp_micros();
        let until = self.span.until.timestamp_micros();
        format!(
            "SELECT source, group_value{counts} FROM ({ledger}) \
             WHERE closed_ts >= {since} AND closed_ts < {until} GROUP BY source, group_value"
        )
    }

    fn quantile(&self, latency: Latency) -> String {
        let Latency {
            column,
            quantile,
            timed,
            ..
        } = latency;
        let (group, timed, within) = (self.group(), timed.predicate(), self.span.condition());
        format!(
            "SELECT {group} AS group_value, percentile_cont({quantile}) WITHIN GROUP \
             (ORDER BY {column}) FROM {} WHERE {within} AND ({timed}) GROUP BY {group}",
            self.events
        )
    }
}

fn counts(relation: Relation) -> String {
    let mut sql = String::new();
    for counter in Counter::of(relation) {
        let (predicate, name) = (counter.predicate(), counter.name());
        // Writing to a string cannot fail.
        let _ = write!(sql, ", count(*) FILTER (WHERE {predicate}) AS {name}");
    }
    sql
}

#[derive(Default)]
struct CountRows(BTreeMap<(Option<String>, String), CountRow>);

impl CountRows {
    fn add(&mut self, table: &Table, relation: Relation) {
        for row in &table.rows {
            let [Cell::Text(source), group, counts @ ..] = row.as_slice() else {
                continue;
            };
            let group = text(group);
            let entry = self.0.entry((group.clone(), source.clone()));
            let to = entry.or_insert_with(|| CountRow {
                group,
                source: source.clone(),
                counts: BTreeMap::new(),
            });
            for (counter, cell) in Counter::of(relation).zip(counts) {
                if let Cell::Integer(count) = cell {
                    *to.counts.entry(counter).or_default() += u64::try_from(*count).unwrap_or(0);
                }
            }
        }
    }
}

fn quantile_rows(table: &Table, latency: Latency) -> Vec<QuantileRow> {
    let row = |row: &Vec<Cell>| match row.as_slice() {
        [group, value] => Some(QuantileRow {
            group: text(group),
            indicator: latency.indicator,
            value: if let Cell::Number(value) = value {
                Some(*value)
            } else {
                None
            },
        }),
        _ => None,
    };
    table.rows.iter().filter_map(row).collect()
}

fn text(cell: &Cell) -> Option<String> {
    if let Cell::Text(text) = cell {
        Some(text.clone())
    } else {
        None
    }
}
