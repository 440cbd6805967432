//! Sources: the list of them, what one says, and why lines are recognised.

use super::{Document, optional, whole};
use crate::sheet::{BELOW, Cut, Sheet, Shown, Tone};
use crate::{Align, Candidate, Cell, ColumnStatement, Source, Statement, Table, number};

impl Document {
    /// One line per source that can be read.
    #[must_use]
    pub fn sources(sources: &[Source]) -> Self {
        let (table, sheet) = (source_table(sources), source_sheet(sources));
        Self::new("sources", sources, table, sheet, "no sources")
    }

    /// One source: what its mapping says of every column. `more` are sentences about the rest.
    #[must_use]
    pub fn source(source: &Source, columns: &[ColumnStatement], more: &[String]) -> Self {
        let (table, sheet) = (column_table(columns), column_sheet(columns, more));
        Self::new("columns", columns, table, sheet, "no columns").with("source", source)
    }

    /// Mappings beside some lines, the chosen one first.
    #[must_use]
    pub fn candidates(candidates: &[Candidate]) -> Self {
        let (table, sheet) = (candidate_table(candidates), candidate_sheet(candidates));
        Self::new("candidates", candidates, table, sheet, "no mappings")
    }
}

fn source_table(sources: &[Source]) -> Table {
    let columns = [
        "source",
        "maturity",
        "description",
        "version",
        "formats",
        "kinds",
        "indicators",
        "indicators_of",
        "detections",
        "detections_of",
    ];
    let mut table = Table::with_columns(&columns);
    for source in sources {
        table.rows.push(vec![
            Cell::Text(source.source.clone()),
            Cell::Text(source.maturity.clone()),
            Cell::Text(source.description.clone()),
            Cell::Text(source.version.clone()),
            Cell::Text(source.formats.join("; ")),
            Cell::Text(source.kinds.join(" ")),
            Cell::Text(source.indicators.join(" ")),
            whole(source.indicators_of),
            Cell::Text(source.detections.join(" ")),
            whole(source.detections_of),
        ]);
    }
    table
}

fn source_sheet(sources: &[Source]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("source", 0, Align::Left, Cut::Never)
        .column("maturity", 2, Align::Left, Cut::Never)
        .column("indicators", 1, Align::Right, Cut::Never)
        .column("detections", 1, Align::Right, Cut::Never)
        .column("reads", 3, Align::Left, Cut::End)
        .column("formats", 4, Align::Left, Cut::End);
    for source in sources {
        let of = |have: &[String], of: u64| {
            let have = u64::try_from(have.len()).unwrap_or(u64::MAX);
            Shown::plain(format!("{} of {}", number::count(have), number::count(of)))
        };
        sheet.rows.push(vec![
            Shown::plain(&source.source),
            Shown::plain(&source.maturity),
            of(&source.indicators, source.indicators_of),
            of(&source.detections, source.detections_of),
            Shown::plain(&source.description),
            Shown::plain(source.formats.join("; ")),
        ]);
    }
    sheet
}

fn column_table(columns: &[ColumnStatement]) -> Table {
    let mut table = Table::with_columns(&["column", "statement", "remark", "from"]);
    for column in columns {
        table.rows.push(vec![
            Cell::Text(column.column.clone()),
            Cell::Text(column.statement.word().to_owned()),
            optional(column.remark.as_deref()),
            optional(column.from.as_deref()),
        ]);
    }
    table
}

/// Columns of which nothing is said are one sentence, not forty rows.
fn column_sheet(columns: &[ColumnStatement], more: &[String]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("column", 0, Align::Left, Cut::Never)
        .column("filled", 0, Align::Left, Cut::Never)
        .column("read from", 1, Align::Left, Cut::Middle)
        .column("remark", 2, Align::Left, Cut::End);
    let said = |column: &&ColumnStatement| column.statement != Statement::NotMapped;
    for column in columns.iter().filter(said) {
        let tone = match column.statement {
            Statement::Never | Statement::NotMapped => Tone::Faint,
            Statement::Yes | Statement::Derived => Tone::Plain,
        };
        sheet.rows.push(vec![
            Shown::plain(&column.column),
            Shown::toned(column.statement.word(), tone),
            Shown::plain(column.from.as_deref().unwrap_or_default()),
            Shown::plain(column.remark.as_deref().unwrap_or_default()),
        ]);
    }
    let silent: Vec<&str> = columns
        .iter()
        .filter(|column| !said(column))
        .map(|column| column.column.as_str())
        .collect();
    sheet.below = more.to_vec();
    if !silent.is_empty() {
        sheet
            .below
            .push(format!("No field fills: {}.", silent.join(", ")));
    }
    sheet
}

fn candidate_table(candidates: &[Candidate]) -> Table {
    let columns = [
        "source", "maturity", "chosen", "lines", "of", "tests", "fits", "reason",
    ];
    let mut table = Table::with_columns(&columns);
    for candidate in candidates {
        let fits: Vec<String> = candidate.fits.iter().map(u64::to_string).collect();
        table.rows.push(vec![
            Cell::Text(candidate.source.clone()),
            Cell::Text(candidate.maturity.clone()),
            Cell::Bool(candidate.chosen),
            whole(candidate.lines),
            whole(candidate.of),
            whole(candidate.tests),
            Cell::Text(fits.join(" ")),
            Cell::Text(reasons(candidate).join("; ")),
        ]);
    }
    table
}

fn candidate_sheet(candidates: &[Candidate]) -> Sheet {
    let mut sheet = Sheet::default()
        .column("source", 0, Align::Left, Cut::Never)
        .column("lines that fit", 0, Align::Right, Cut::Never)
        .column("tests passed", 0, Align::Right, Cut::Never)
        .column("verdict", 0, Align::Left, Cut::Never)
        .column("maturity", 2, Align::Left, Cut::Never)
        .column("reason", BELOW, Align::Left, Cut::End);
    let best = candidates.iter().find(|candidate| candidate.chosen);
    for candidate in candidates {
        let verdict = match (candidate.chosen, candidate.lines, best) {
            (true, ..) => Shown::toned("chosen", Tone::Good),
            (false, 0, _) => Shown::toned("does not fit", Tone::Faint),
            (false, lines, Some(best)) if lines < best.lines => Shown::plain("fits fewer lines"),
            (false, ..) => Shown::plain("asks for less"),
        };
        let reasons = reasons(candidate);
        sheet.rows.push(vec![
            Shown::plain(&candidate.source),
            Shown::plain(format!("{} of {}", candidate.lines, candidate.of)),
            Shown::plain(number::count(candidate.tests)),
            verdict,
            Shown::plain(&candidate.maturity),
            Shown::plain(reasons.join("; ")),
        ]);
        let told = reasons
            .into_iter()
            .map(|reason| format!("{}: {reason}", candidate.source));
        sheet.below.extend(told);
    }
    sheet
}

/// Of a mapping that fits, the tests that were passed; of another one, those that were not.
fn reasons(candidate: &Candidate) -> Vec<String> {
    let mut reasons = Vec::new();
    for evidence in &candidate.evidence {
        let example = evidence.example.as_ref();
        let against = evidence.against.as_ref();
        if let Some(example) = example.filter(|_| candidate.chosen) {
            reasons.push(format!(
                "{}, on {} of {} lines, e.g. line {}: {}",
                evidence.test, evidence.passed, candidate.of, example.line, example.value
            ));
        }
        if let Some(against) = against.filter(|_| candidate.chosen || candidate.lines == 0) {
            reasons.push(format!(
                "{} of {} lines fail: {}; line {}: {}",
                evidence.failed, candidate.of, evidence.test, against.line, against.value
            ));
        }
    }
    reasons
}
