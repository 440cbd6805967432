//! The sentence of a finding, made from the facts of its witnesses.

use std::collections::BTreeMap;

use fidoscope_report::Cell;

use crate::{BytesForm, ColumnType, column};

#[cfg(test)]
mod tests;

/// A sentence with columns in braces, e.g. `counter of {credential_id} fell to {sign_count}`.
///
/// Long values are shortened to their ends; an unknown value reads `unknown`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(&'static str),
}

/// What is wrong with a template, and the byte offset in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// A brace without its partner.
    Unbalanced(usize),
    /// Not a column.
    Unknown(usize, String),
}

impl Summary {
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let offset = text.len() - rest.len() + at;
            let (before, brace) = rest.split_at(at);
            let (name, after) = brace
                .strip_prefix('{')
                .and_then(|inner| inner.split_once('}'))
                .ok_or(TemplateError::Unbalanced(offset))?;
            let known = column(name.trim())
                .ok_or_else(|| TemplateError::Unknown(offset, name.trim().to_owned()))?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Column(known.name));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Column(column) => Some(*column),
        })
    }

    pub(crate) fn render(&self, facts: &BTreeMap<String, Cell>) -> String {
        let fact = |column: &str| match facts.get(column) {
            Some(Cell::Text(text)) if is_long(column, text) => shorten(text),
            Some(cell) => word(cell),
            None => unknown(),
        };
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(column) => fact(column),
        });
        parts.collect()
    }
}

/// The cell as text.
pub(crate) fn word(cell: &Cell) -> String {
    match cell {
        Cell::Null => unknown(),
        known => known.plain(),
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// Identifiers are told apart by their ends.
fn shorten(text: &str) -> String {
    let length = text.chars().count();
    let head: String = text.chars().take(4).collect();
    let tail: String = text.chars().skip(length.saturating_sub(4)).collect();
    format!("{head}…{tail}")
}

/// Whether a value is an identifier that nobody reads, or too long for a sentence.
fn is_long(column: &str, text: &str) -> bool {
    let length = text.chars().count();
    match self::column(column).map(|column| column.column_type) {
        Some(ColumnType::Bytes(BytesForm::Base64Url | BytesForm::Hex)) => length > 12,
        _ => length > 48,
    }
}
