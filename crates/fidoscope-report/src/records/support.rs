//! Indicators and detections that a store can support, per source.

use std::collections::BTreeMap;

use crate::record::Cut;
use crate::sheet::Sheet;
use crate::{
    Align, Basis, Cell, Field, Lack, Record, Report, Shown, Subject, Support, SupportState, Tone,
};

impl Record for Support {
    const NAME: &'static str = "coverage";
    const EMPTY: &'static str = "the store holds no events";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("subject", |one: &Self| {
                Cell::Word(match one.subject {
                    Subject::Indicator => "indicator",
                    Subject::Detection => "detection",
                })
            }),
            Field::word("id", |one: &Self| Cell::from(&one.id)),
            Field::text("name", |one: &Self| Cell::from(&one.name)),
            Field::word("basis", |one: &Self| {
                Cell::known(one.basis.map(Basis::word))
            }),
            Field::word("source", |one: &Self| Cell::from(&one.source)),
            Field::word("state", |one: &Self| Cell::Word(one.state.word()))
                .said(|one| state(one.state)),
            Field::text("missing", |one: &Self| {
                let missing: Vec<String> = one.missing.iter().map(words).collect();
                Cell::from(missing.join("; "))
            }),
            Field::text("because", |one: &Self| {
                let because: Vec<&str> = one.missing.iter().map(|l| l.because.as_str()).collect();
                Cell::from(because.join("; "))
            }),
        ]
    }

    fn view() -> &'static [&'static str] {
        &["id", "name", "basis", "source", "state", "missing"]
    }

    fn id(&self) -> Option<String> {
        let basis = self.basis.map(Basis::word).unwrap_or_default();
        Some(format!("{} {basis} {}", self.id, self.source))
    }
}

impl<'a> Report<'a> {
    /// Values and CSV have one line for each indicator or detection and source; people see one line
    /// for each indicator or detection, with a column per source, and below what is missing.
    #[must_use]
    pub fn support(support: &'a [Support]) -> Self {
        let mut report = Self::of(support);
        report.closing.sheet = Some(sheet(support));
        report
    }
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
        sheet.rows.push(cells.into());
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
