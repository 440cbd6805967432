//! Which indicators and detections a source, or each source of a store, can support, and what is
//! missing for the others.
//!
//! What the events carry decides; the mapping says why something is missing. `fidoscope_slo` judges
//! the indicators, and the sight of the detections is that of [`Store::sight`].

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fidoscope_detect::Rule;
use fidoscope_events::{Catalogue, Column, KINDS, Mapping};
use fidoscope_report::{Lack, Statement, Subject, Support, SupportState};
use fidoscope_slo::{GRACE_MS, MAX_TIMEOUT_MS, State};

use crate::declared::{fills, kinds};
use crate::detection::{Known, Sighted, can_be, kinds_of, made_of};
use crate::{Span, Store, StoreError};

#[cfg(test)]
mod tests;

impl Store {
    /// Tells for every source of the store which indicators and detections it supports.
    pub fn coverage(
        &self,
        rules: &[&Rule],
        mappings: &Catalogue,
    ) -> Result<Vec<Support>, StoreError> {
        let Some(extent) = self.extent()? else {
            return Ok(Vec::new());
        };
        // Every ceremony of the store has closed by then.
        let open = TimeDelta::milliseconds(MAX_TIMEOUT_MS + GRACE_MS + 1);
        let until = extent.until.checked_add_signed(open);
        let span = Span {
            until: until.unwrap_or(extent.until),
            ..extent
        };
        let inputs = self.counted(span, mappings)?;
        let carried = self.look(rules, None)?.carried;
        let mut found: Vec<Support> = fidoscope_slo::support(&inputs)
            .into_iter()
            .map(|row| {
                let mapping = mappings.get(&row.source);
                indicator(row, mapping)
            })
            .collect();
        for rule in rules {
            for source in &inputs.sources {
                let theirs = carried.iter().filter(|one| one.source == source.source);
                let sighted = Sighted::new(rule.condition(), theirs);
                let view = View {
                    source: &source.source,
                    mapping: mappings.get(&source.source),
                    kinds: &source.seen,
                    carries: &|column| sighted.has(column),
                };
                found.push(view.detection(rule));
            }
        }
        Ok(found)
    }
}

/// What a source can support at most, by what its mapping says.
#[must_use]
pub fn reach(mapping: &Mapping, rules: &[&Rule]) -> Vec<Support> {
    let kinds = kinds(mapping);
    let fills = |column: &str| fills(mapping, column);
    let carries = |column: &str| {
        let parts = made_of(column);
        fills(column) || (!parts.is_empty() && parts.iter().all(|part| fills(part)))
    };
    let inputs = fidoscope_slo::at_most(mapping.source(), kinds.clone(), &fills);
    let view = View {
        source: mapping.source(),
        mapping: Some(mapping),
        kinds: &kinds,
        carries: &carries,
    };
    let indicators = fidoscope_slo::support(&inputs).into_iter();
    let indicators = indicators.map(|row| indicator(row, Some(mapping)));
    let detections = rules.iter().map(|rule| view.detection(rule));
    indicators.chain(detections).collect()
}

fn indicator(row: fidoscope_slo::Support, mapping: Option<&Mapping>) -> Support {
    let (state, missing) = match row.state {
        State::Supported => (SupportState::Supported, Vec::new()),
        State::OtherBasis => (SupportState::OtherBasis, Vec::new()),
        State::Missing(missing) => (absence(&missing, mapping), missing),
    };
    Support {
        subject: Subject::Indicator,
        id: row.indicator.id.to_owned(),
        name: row.indicator.name.to_owned(),
        basis: row.basis,
        state,
        missing: lacks(&missing, &row.source, mapping),
        source: row.source,
    }
}

/// One source, as a detection sees it.
struct View<'a> {
    source: &'a str,
    mapping: Option<&'a Mapping>,
    kinds: &'a BTreeSet<String>,
    carries: &'a dyn Fn(&str) -> bool,
}

impl View<'_> {
    fn detection(&self, rule: &Rule) -> Support {
        let mut columns = rule.condition().columns();
        columns.retain(|column| !(self.carries)(column));
        let can = |missing: &[&str], kinds| {
            let known = Known { missing, kinds };
            can_be(rule.condition(), true, known)
        };
        let sees = can(&columns, Some(self.kinds));
        let mut missing = if !sees && can(&columns, None) {
            let mut wanted = Vec::new();
            kinds_of(rule.condition(), &mut wanted);
            vec![wanted]
        } else {
            // Of what is missing, only that which is enough to make it blind.
            let needed: Vec<&str> = columns
                .iter()
                .copied()
                .filter(|column| !sees && !can(&[*column], None))
                .collect();
            self.parts(if needed.is_empty() { &columns } else { &needed })
        };
        missing.sort_unstable();
        missing.dedup();
        Support {
            subject: Subject::Detection,
            id: rule.name().unwrap_or(rule.id()).to_owned(),
            name: rule.title().to_owned(),
            basis: None,
            source: self.source.to_owned(),
            state: if sees {
                SupportState::Supported
            } else {
                absence(&missing, self.mapping)
            },
            missing: lacks(&missing, self.source, self.mapping),
        }
    }
}

impl View<'_> {
    /// The columns that the source lacks for these.
    fn parts<'c>(&self, columns: &[&'c str]) -> Vec<Vec<&'c str>> {
        let mut missing = Vec::new();
        for column in columns {
            let mut parts = made_of(column).to_vec();
            parts.retain(|part| !(self.carries)(part));
            // What is made of columns that are there lacks them on the events that matter.
            let parts = if parts.is_empty() {
                vec![*column]
            } else {
                parts
            };
            missing.extend(parts.into_iter().map(|part| vec![part]));
        }
        missing
    }
}

/// Whether a source cannot have what is missing, or was only not seen to have it.
fn absence(missing: &[Vec<&str>], mapping: Option<&Mapping>) -> SupportState {
    let can = |word: &&str| possible(word, mapping);
    if missing.iter().all(|any| any.iter().any(can)) {
        SupportState::NotSeen
    } else {
        SupportState::Unsupported
    }
}

/// Whether the source may have a kind or a column, for all that its mapping says.
fn possible(word: &str, mapping: Option<&Mapping>) -> bool {
    let Some(mapping) = mapping else {
        return true;
    };
    if KINDS.contains(&word) {
        return mapping.kinds().contains(&word);
    }
    let of_column = |word: &str| {
        let column = Column::from_name(word);
        let statement = column.map(|column| mapping.statement(column));
        statement.is_some_and(|said| matches!(said, Statement::Yes | Statement::Derived))
    };
    let parts = made_of(word);
    of_column(word) || (!parts.is_empty() && parts.iter().all(|part| of_column(part)))
}

fn lacks(missing: &[Vec<&str>], source: &str, mapping: Option<&Mapping>) -> Vec<Lack> {
    let lack = |any: &Vec<&str>| Lack {
        any_of: any.iter().map(|word| (*word).to_owned()).collect(),
        because: because(any, source, mapping),
    };
    missing.iter().map(lack).collect()
}

/// Why none of some kinds or columns is there.
fn because(any: &[&str], source: &str, mapping: Option<&Mapping>) -> String {
    let Some(mapping) = mapping else {
        return format!("not seen, and there is no mapping of {source} that says more");
    };
    if let Some(word) = any.iter().find(|word| possible(word, Some(mapping))) {
        let remark = mapping.coverage_remark(word);
        let remark = remark.map_or_else(String::new, |remark| format!(" ({remark})"));
        return match Column::from_name(word).map(|column| mapping.statement(column)) {
            Some(Statement::Derived) => format!("it is made of other events, not seen{remark}"),
            _ => format!("{source} can log it, not seen{remark}"),
        };
    }
    let never = |word: &&str| mapping.coverage(word) == Some("never");
    if any.iter().all(|word| KINDS.contains(word)) {
        format!("the mapping of {source} yields none")
    } else if any.iter().any(never) {
        format!("{source} never has it")
    } else {
        format!("no field of the mapping of {source} fills it")
    }
}
