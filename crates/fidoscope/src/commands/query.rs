//! `fidoscope query`: SQL over the store.

use fidoscope_analytics::{Limits, StoreError};
use fidoscope_report::{Cell, Report, Table};

use super::Context;
use crate::cli::Query;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::store;

pub(crate) fn run(arguments: &Query, context: Context<'_>) -> Outcome {
    let folder = &arguments.store.store;
    let store = store::open_to_query(folder, arguments.memory, context.output)?;
    if arguments.sql.contains("minutes") {
        store::count_minutes(&store, context);
    }
    let explained = format!("EXPLAIN ANALYZE {}", arguments.sql);
    let sql = if arguments.explain {
        &explained
    } else {
        &arguments.sql
    };
    let added = sql.len() - arguments.sql.len();
    let phases = Phases::begin(context.output, "running the query");
    let mut table = store
        .query(sql, &Limits::default())
        .map_err(|error| refused(error, added))?;
    drop(phases);
    if arguments.explain {
        table = steps(table);
    }
    context.show(&Report::rows(&table), arguments.format.format)?;
    Ok(Exit::Fine)
}

/// The steps of a plan, one a row; the innermost is run first.
fn steps(plan: Table) -> Table {
    let mut steps = Table::with_columns(&["step"]);
    for cell in plan.rows.into_iter().filter_map(|mut row| row.pop()) {
        if let Cell::Text(text) = cell {
            let lines = text.lines().map(|line| vec![Cell::Text(line.to_owned())]);
            steps.rows.extend(lines);
        }
    }
    steps
}

/// A statement that cannot be run is the user's, everything else the store's. What we put before the
/// statement, so many bytes of one line, is not shown.
fn refused(error: StoreError, added: usize) -> Failure {
    match error {
        StoreError::Sql(mut diagnostic) => {
            let at = &mut diagnostic.at;
            at.span = at.span.map(|(start, end)| {
                let moved = |byte: usize| byte.saturating_sub(added);
                (moved(start), moved(end))
            });
            if at.line == Some(1) {
                let added = u64::try_from(added).unwrap_or(0);
                at.column = at.column.map(|column| column.saturating_sub(added));
            }
            let own = diagnostic
                .source
                .as_deref()
                .and_then(|sql| sql.get(added..));
            diagnostic.source = own.map(str::to_owned);
            Failure {
                exit: Exit::Usage,
                ..Failure::definitions(vec![*diagnostic])
            }
        }
        error @ (StoreError::Query(_)
        | StoreError::NotAQuery { .. }
        | StoreError::Parameter { .. }) => Failure::usage(error),
        error => store::failure(error),
    }
}
