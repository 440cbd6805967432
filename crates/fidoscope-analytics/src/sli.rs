//! The indicators M1 to M10: SQL counts, `fidoscope_slo` decides.

use chrono::{DateTime, Utc};
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::utils::datafusion_strsim::normalized_levenshtein;
use fidoscope_detect::Beside;
use fidoscope_events::Catalogue;
use fidoscope_report::{Cell, Sli};
use fidoscope_slo::Inputs;

use crate::minutes::Asked;
use crate::query::{beside, is_of_credential};
use crate::schema::credential_schema;
use crate::schema::event_schema;
use crate::{Span, Store, StoreError};

#[cfg(test)]
mod tests;

/// The indicators of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// M1 to M10, for each group.
    pub slis: Vec<Sli>,
    /// Minutes whose stored numbers were changed later, by events that came late.
    pub restated_minutes: u64,
}

impl Store {
    /// Evaluates M1 to M10 over a span, for each value of the column `by` if one is named.
    ///
    /// Ceremonies are taken as they stood at the end of the span. Stored minutes are used as far as
    /// they go; what they lack is counted from the events, so bring them up to date first
    /// ([`Store::update_minutes`]). Quantiles are off by at most [`crate::QUANTILE_ERROR`]. The
    /// mappings say what each source can log: a rate whose bad outcome it cannot say has no value.
    pub fn slis(
        &self,
        span: Span,
        by: Option<&str>,
        mappings: &Catalogue,
    ) -> Result<Vec<Sli>, StoreError> {
        Ok(self.measure(span, by, mappings)?.slis)
    }

    /// The same, and what is to be said of the numbers.
    pub fn measure(
        &self,
        span: Span,
        by: Option<&str>,
        mappings: &Catalogue,
    ) -> Result<Measured, StoreError> {
        let by = by.map(column_of);
        let group = by.map(group_expression).transpose()?;
        let known = by.is_some_and(is_of_credential);
        let series = self.series(&Asked {
            span,
            by: by.map(str::to_owned).zip(group),
            events: if known { "events_known" } else { "events" },
            step: None,
            mappings,
        })?;
        Ok(Measured {
            restated_minutes: series.restated,
            slis: fidoscope_slo::evaluate(&series.inputs()),
        })
    }

    /// What is counted over a span, without groups.
    pub(crate) fn counted(&self, span: Span, mappings: &Catalogue) -> Result<Inputs, StoreError> {
        let series = self.series(&Asked {
            span,
            by: None,
            events: "events",
            step: None,
            mappings,
        })?;
        Ok(series.inputs())
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
    let of_credential = Some(column)
        .filter(|name| is_of_credential(name))
        .and_then(|name| credentials.field_with_name(name).ok());
    let Some(field) = events.field_with_name(column).ok().or(of_credential) else {
        let fields = events.fields().iter();
        let names = fields.map(|field| field.name().as_str());
        return Err(unknown_column(
            column,
            names.chain(beside(Beside::Credential).map(|one| one.name())),
        ));
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
