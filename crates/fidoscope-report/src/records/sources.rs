//! Sources: the list of them, what one says, and why lines are recognised.

use crate::{
    Candidate, Cell, ColumnStatement, Field, Record, Report, Shown, Source, Statement, Tone, number,
};

impl Record for Source {
    const NAME: &'static str = "sources";
    const EMPTY: &'static str = "no sources";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("source", |one: &Self| Cell::from(&one.source)),
            Field::word("maturity", |one: &Self| Cell::from(&one.maturity)).rank(2),
            Field::text("description", |one: &Self| Cell::from(&one.description))
                .head("reads")
                .rank(3),
            Field::word("version", |one: &Self| Cell::from(&one.version)),
            Field::text("formats", |one: &Self| Cell::from(one.formats.join("; "))).rank(4),
            Field::text("kinds", |one: &Self| Cell::from(one.kinds.join(" "))),
            Field::number("indicators", |one: &Self| {
                Cell::from(one.indicators.join(" "))
            })
            .said(|one| of(&one.indicators, one.indicators_of))
            .rank(1),
            Field::number("indicators_of", |one: &Self| Cell::Count(one.indicators_of)),
            Field::number("detections", |one: &Self| {
                Cell::from(one.detections.join(" "))
            })
            .said(|one| of(&one.detections, one.detections_of))
            .rank(1),
            Field::number("detections_of", |one: &Self| Cell::Count(one.detections_of)),
        ]
    }

    fn view() -> &'static [&'static str] {
        &[
            "source",
            "maturity",
            "indicators",
            "detections",
            "description",
            "formats",
        ]
    }

    fn id(&self) -> Option<String> {
        Some(self.source.clone())
    }
}

fn of(have: &[String], of: u64) -> Shown {
    let have = u64::try_from(have.len()).unwrap_or(u64::MAX);
    Shown::plain(format!("{} of {}", number::count(have), number::count(of)))
}

impl Record for ColumnStatement {
    const NAME: &'static str = "columns";
    const EMPTY: &'static str = "no columns";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("column", |one: &Self| Cell::from(&one.column)),
            Field::word("statement", |one: &Self| Cell::Word(one.statement.word()))
                .head("filled")
                .toned(|one| match one.statement {
                    Statement::Never | Statement::NotMapped => Tone::Faint,
                    Statement::Yes | Statement::Derived => Tone::Plain,
                }),
            Field::text("remark", |one: &Self| Cell::known(one.remark.as_deref()))
                .blank()
                .rank(2),
            Field::key("from", |one: &Self| Cell::known(one.from.as_deref()))
                .head("read from")
                .blank()
                .rank(1),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["column", "statement", "from", "remark"]
    }

    fn id(&self) -> Option<String> {
        Some(self.column.clone())
    }

    /// Columns of which nothing is said are one sentence, not forty rows.
    fn is_shown(&self) -> bool {
        self.statement != Statement::NotMapped
    }
}

impl<'a> Report<'a> {
    /// One source: what its mapping says of every column. `more` are sentences about the rest.
    #[must_use]
    pub fn source(source: &Source, columns: &'a [ColumnStatement], more: &[String]) -> Self {
        let silent = columns.iter().filter(|column| !column.is_shown());
        let silent: Vec<&str> = silent.map(|column| column.column.as_str()).collect();
        let silent = match silent.is_empty() {
            true => None,
            false => Some(format!("No field fills: {}.", silent.join(", "))),
        };
        let below = more.iter().cloned().chain(silent);
        let mut report = Self::of(columns).with("source", source);
        report.closing.below = below.collect();
        report
    }

    /// Mappings beside some lines, the chosen one first.
    #[must_use]
    pub fn candidates(candidates: &'a [Candidate]) -> Self {
        let chosen = candidates.iter().find(|candidate| candidate.chosen);
        Self::parts(candidates, |candidate| {
            vec![CandidateRow { candidate, chosen }]
        })
    }
}

/// A mapping beside the one that was chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CandidateRow<'a> {
    candidate: &'a Candidate,
    chosen: Option<&'a Candidate>,
}

impl Record for CandidateRow<'_> {
    const NAME: &'static str = "candidates";
    const EMPTY: &'static str = "no mappings";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("source", |row: &Self| Cell::from(&row.candidate.source)),
            Field::word("maturity", |row: &Self| Cell::from(&row.candidate.maturity)).rank(2),
            Field::word("chosen", |row: &Self| Cell::Bool(row.candidate.chosen))
                .head("verdict")
                .said(Self::verdict),
            Field::number("lines", |row: &Self| Cell::Count(row.candidate.lines))
                .head("lines that fit")
                .said(|row| {
                    let Candidate { lines, of, .. } = row.candidate;
                    Shown::plain(format!("{lines} of {of}"))
                }),
            Field::number("of", |row: &Self| Cell::Count(row.candidate.of)),
            Field::number("tests", |row: &Self| Cell::Count(row.candidate.tests))
                .head("tests passed"),
            Field::text("fits", |row: &Self| {
                let fits: Vec<String> = row.candidate.fits.iter().map(u64::to_string).collect();
                Cell::from(fits.join(" "))
            }),
            Field::text("reason", |row: &Self| {
                Cell::from(reasons(row.candidate).join("; "))
            })
            .below(),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["source", "lines", "tests", "chosen", "maturity", "reason"]
    }

    fn remarks(&self) -> Vec<String> {
        let reasons = reasons(self.candidate).into_iter();
        let told = reasons.map(|reason| format!("{}: {reason}", self.candidate.source));
        told.collect()
    }
}

impl CandidateRow<'_> {
    fn verdict(&self) -> Shown {
        match (self.candidate.chosen, self.candidate.lines, self.chosen) {
            (true, ..) => Shown::toned("chosen", Tone::Good),
            (false, 0, _) => Shown::toned("does not fit", Tone::Faint),
            (false, lines, Some(best)) if lines < best.lines => Shown::plain("fits fewer lines"),
            (false, ..) => Shown::plain("asks for less"),
        }
    }
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
