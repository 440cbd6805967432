//! What is wrong with the SQL of a user: its place, and the name that was probably meant.

use std::collections::BTreeSet;

use deltalake::datafusion::common::{Location, SchemaError, Span};
use deltalake::datafusion::error::DataFusionError;
use deltalake::datafusion::prelude::SessionContext;
use fidoscope_report::{Diagnostic, Location as Place, Severity, near_miss};

use crate::StoreError;

/// Columns that are listed where none was meant; a table with more is asked for them.
const LISTED: usize = 20;

/// The error of a statement that cannot be planned.
pub(super) fn of(error: &DataFusionError, sql: &str, context: &SessionContext) -> StoreError {
    let (root, noticed) = unwrapped(error);
    let (message, help, span) = match root {
        DataFusionError::SQL(parser, _) => {
            let said = parser.to_string();
            let said = said.strip_prefix("sql parser error: ").unwrap_or(&said);
            match said.rsplit_once(" at Line: ") {
                Some((said, place)) => (said.to_owned(), None, located(place)),
                None => (said.to_owned(), None, None),
            }
        }
        DataFusionError::SchemaError(wrong, _) => schema(wrong, sql),
        _ => plan(root, context),
    };
    let span = span.or(noticed.and_then(|noticed| noticed.span));
    StoreError::Sql(Box::new(diagnostic(message, help, span, sql)))
}

type Fault = (String, Option<String>, Option<Span>);

/// The error below all that wraps it, and what the planner noticed on the way.
fn unwrapped(
    mut error: &DataFusionError,
) -> (
    &DataFusionError,
    Option<&deltalake::datafusion::common::Diagnostic>,
) {
    let mut noticed = None;
    loop {
        error = match error {
            DataFusionError::Diagnostic(diagnostic, inner) => {
                noticed = noticed.or(Some(diagnostic.as_ref()));
                inner
            }
            DataFusionError::Context(_, inner) => inner,
            DataFusionError::Shared(inner) => inner,
            DataFusionError::Collection(all) => match all.first() {
                Some(first) => first,
                None => return (error, noticed),
            },
            root => return (root, noticed),
        }
    }
}

fn schema(wrong: &SchemaError, sql: &str) -> Fault {
    let SchemaError::FieldNotFound {
        field,
        valid_fields,
    } = wrong
    else {
        return (one_line(&wrong.to_string()), None, None);
    };
    let names: BTreeSet<&str> = valid_fields.iter().map(|field| field.name()).collect();
    let help = match near_miss(&field.name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None if names.len() <= LISTED => {
            let names: Vec<&str> = names.into_iter().collect();
            Some(format!("there are {}", names.join(", ")))
        }
        None => {
            let table = valid_fields
                .iter()
                .find_map(|field| field.relation.as_ref());
            table.map(|table| format!("`DESCRIBE {}` lists the columns", table.table()))
        }
    };
    let message = format!("there is no column `{}`", field.name);
    (message, help, found(&field.name, sql))
}

fn plan(root: &DataFusionError, context: &SessionContext) -> Fault {
    let said = root.message();
    let table = said
        .strip_prefix("table '")
        .and_then(|rest| rest.strip_suffix("' not found"));
    if let Some(table) = table {
        let name = table.rsplit('.').next().unwrap_or(table);
        let names = tables(context);
        let near = near_miss(name, names.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        return (format!("there is no table `{name}`"), Some(help), None);
    }
    let said = without_advice(&said);
    let (said, help) = match said.split_once("\nDid you mean ") {
        Some((said, near)) => (
            said.trim_end_matches('.'),
            Some(format!("did you mean {near}")),
        ),
        None => (said, None),
    };
    let said = match root {
        DataFusionError::Internal(_) => format!("the engine cannot run this: {said}"),
        DataFusionError::NotImplemented(_) => format!("the engine cannot do this yet: {said}"),
        _ => said.to_owned(),
    };
    (one_line(&said), help, None)
}

/// Tables and views that a user may name.
fn tables(context: &SessionContext) -> Vec<String> {
    let catalogs = context.catalog_names().into_iter();
    let catalogs = catalogs.filter_map(|name| context.catalog(&name));
    let schemas = catalogs.filter_map(|catalog| catalog.schema("public"));
    let mut names: Vec<String> = schemas.flat_map(|schema| schema.table_names()).collect();
    names.sort();
    names
}

/// The message without the advice to file a bug with the engine: its users cannot act on it, and
/// whoever maintains this program can.
pub(crate) fn without_advice(said: &str) -> &str {
    let end = said.find("\nThis issue was likely caused by a bug in");
    let said = end.and_then(|end| said.get(..end)).unwrap_or(said);
    said.trim_end_matches(['.', '\n', ' '])
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `1, Column: 8`, as the parser writes a place.
fn located(place: &str) -> Option<Span> {
    let (line, column) = place.split_once(", Column: ")?;
    let at = Location {
        line: line.trim().parse().ok()?,
        column: column.trim().parse().ok()?,
    };
    Some(Span { start: at, end: at })
}

/// The first place where a name stands as a word of its own.
fn found(name: &str, sql: &str) -> Option<Span> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let (text, wanted) = (sql.to_ascii_lowercase(), name.to_ascii_lowercase());
    let (at, _) = text.match_indices(&wanted).find(|(at, _)| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + wanted.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })?;
    let before = sql.get(..at)?;
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    let at = |column: usize| {
        Some(Location {
            line: u64::try_from(line).ok()?,
            column: u64::try_from(column).ok()?,
        })
    };
    Some(Span {
        start: at(column)?,
        end: at(column + name.chars().count())?,
    })
}

fn diagnostic(message: String, help: Option<String>, span: Option<Span>, sql: &str) -> Diagnostic {
    let span = span.filter(|span| span.start.line > 0);
    let bytes = span.and_then(|span| {
        let (start, end) = (offset(span.start, sql)?, offset(span.end, sql)?);
        // A place without a length is that of a character.
        let least = sql.get(start..)?.chars().next().map_or(0, char::len_utf8);
        Some((start, end.max(start + least)))
    });
    Diagnostic {
        code: "FS-Q001",
        severity: Severity::Error,
        message,
        at: Place {
            file: Some("SQL".to_owned()),
            line: span.map(|span| span.start.line),
            column: span.map(|span| span.start.column),
            span: bytes,
            field: None,
        },
        help,
        source: Some(sql.to_owned()),
    }
}

/// Byte of a line and a column, which count from 1 and in characters.
fn offset(at: Location, sql: &str) -> Option<usize> {
    let skipped = usize::try_from(at.line.checked_sub(1)?).ok()?;
    let columns = usize::try_from(at.column.checked_sub(1)?).ok()?;
    let mut lines = sql.split_inclusive('\n');
    let before: usize = lines.by_ref().take(skipped).map(str::len).sum();
    let line = lines.next().unwrap_or_default();
    let inside = line.char_indices().nth(columns);
    Some(before + inside.map_or(line.trim_end_matches('\n').len(), |(at, _)| at))
}
