//! Which indicators and detections a store can support, per source.

use std::collections::BTreeMap;

use super::{Document, optional};
use crate::sheet::{Cut, Sheet, Shown, Tone};
use crate::{Align, Basis, Cell, Lack, Subject, Support, SupportState, Table};

impl Document {
    /// Values and CSV have one line for each indicator or detection and source; people see one line
    /// for each indicator or detection, with a column per source, and below what is missing.
    #[must_use]
    pub fn support(support: &[Support]) -> Self {
        let (table, sheet) = (table(support), sheet(support));
        Self::new(
            "coverage",
            support,
            table,
            sheet,
            "the store holds no events",
        )
    }
}

fn table(support: &[Support]) -> Table {
    let columns = [
        "subject", "id", "name", "basis", "source", "state", "missing", "because",
    ];
    let mut table = Table::with_columns(&columns);
    for one in support {
        let subject = match one.subject {
            Subject::Indicator => "indicator",
            Subject::Detection => "detection",
        };
        let missing: Vec<String> = one.missing.iter().map(words).collect();
        let because: Vec<&str> = one.missing.iter().map(|l| l.because.as_str()).collect();
        table.rows.push(vec![
            Cell::Text(subject.to_owned()),
            Cell::Text(one.id.clone()),
            Cell::Text(one.name.clone()),
            optional(one.basis.map(Basis::word)),
            Cell::Text(one.source.clone()),
            Cell::Text(one.state.word().to_owned()),
            Cell::Text(missing.join("; ")),
            Cell::Text(because.join("; ")),
        ]);
    }
    table
}

fn words(lack: &Lack) -> String {
    lack.any_of.join(" or ")
}

fn sheet(support: &[Support]) -> Sheet {
    let mut sources: Vec<&str> = Vec::new();
    for one in support {
        if !sources.contains(&one.source.as_str()) {
            sources.push(&one.source);
        }
    }
    let mut sheet = Sheet::default()
        .column("what", 0, Align::Left, Cut::End)
        .column("basis", 0, Align::Left, Cut::Never);
    for source in &sources {
        sheet = sheet.column(source, 0, Align::Left, Cut::Never);
    }
    let same =
        |a: &Support, b: &Support| (a.subject, &a.id, a.basis) == (b.subject, &b.id, b.basis);
    for rows in support.chunk_by(same) {
        let Some(first) = rows.first() else {
            continue;
        };
        let name = match first.subject {
            Subject::Indicator => format!("{} {}", first.id, first.name),
            Subject::Detection => first.id.clone(),
        };
        let mut cells = vec![
            Shown::plain(name),
            first
                .basis
                .map_or_else(Shown::unknown, |basis| Shown::plain(basis.word())),
        ];
        cells.extend(sources.iter().map(|source| {
            let of_source = rows.iter().find(|one| one.source == *source);
            of_source.map_or_else(Shown::unknown, |one| state(one.state))
        }));
        sheet.rows.push(cells);
    }
    sheet.below = sources.iter().flat_map(|one| below(one, support)).collect();
    sheet
}

fn state(state: SupportState) -> Shown {
    match state {
        SupportState::Supported => Shown::toned("yes", Tone::Good),
        SupportState::OtherBasis => Shown::plain("other basis"),
        SupportState::NotSeen => Shown::toned("not seen", Tone::Faint),
        SupportState::Unsupported => Shown::toned("no", Tone::Bad),
    }
}

/// What a source lacks, each with everything that needs it.
fn below(source: &str, support: &[Support]) -> Vec<String> {
    let mut lacks: BTreeMap<&Lack, Vec<String>> = BTreeMap::new();
    for one in support.iter().filter(|one| one.source == source) {
        for lack in &one.missing {
            let basis = one
                .basis
                .map_or_else(String::new, |basis| format!(" ({})", basis.word()));
            let partly = match one.state {
                SupportState::Supported => " in part",
                _ => "",
            };
            let who = format!("{}{basis}{partly}", one.id);
            lacks.entry(lack).or_default().push(who);
        }
    }
    let sentence = |(lack, who): (&Lack, Vec<String>)| {
        format!(
            "{source}: no {}, for {}: {}.",
            words(lack),
            who.join(", "),
            lack.because
        )
    };
    lacks.into_iter().map(sentence).collect()
}
