//! Whether the store can show what a rule looks for.

use std::collections::{BTreeMap, BTreeSet};

use fidoscope_detect::{Enrichment, Expr, Rule, Value};
use fidoscope_events::KINDS;
use fidoscope_report::RuleSight;

/// The columns of an event that a column is made of; none for a column of the event itself.
pub(crate) fn made_of(column: &str) -> &'static [&'static str] {
    Enrichment::from_name(column).map_or(&[], Enrichment::made_of)
}

/// What the events of one source and one kind carry.
pub(crate) struct Carried {
    pub(crate) source: String,
    pub(crate) kind: String,
    events: u64,
    columns: BTreeMap<&'static str, u64>,
    /// Events on which each rule can say neither yes nor no.
    undecided: Vec<u64>,
}

impl Carried {
    pub(super) fn new(
        source: String,
        kind: String,
        events: u64,
        columns: BTreeMap<&'static str, u64>,
        undecided: Vec<u64>,
    ) -> Self {
        Self {
            source,
            kind,
            events,
            columns,
            undecided,
        }
    }

    /// Whether any of the events has the column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(|count| *count > 0)
    }

    fn always_has(&self, column: &str) -> bool {
        self.columns.get(column) == Some(&self.events)
    }
}

/// The events of one source, as a condition sees them.
pub(crate) struct Sighted<'a> {
    all: Vec<&'a Carried>,
    /// Those of the kinds that it is about.
    about: Vec<&'a Carried>,
}

impl<'a> Sighted<'a> {
    pub(crate) fn new(condition: &Expr, groups: impl IntoIterator<Item = &'a Carried>) -> Self {
        let is_about = |group: &&Carried| {
            let kinds = BTreeSet::from([group.kind.clone()]);
            let known = Known {
                missing: &[],
                kinds: Some(&kinds),
            };
            can_be(condition, true, known)
        };
        let all: Vec<&Carried> = groups.into_iter().collect();
        Self {
            about: all.iter().copied().filter(is_about).collect(),
            all,
        }
    }

    /// Whether any event that the condition is about has the column; where there is no such event,
    /// whether any other has it.
    pub(crate) fn has(&self, column: &str) -> bool {
        let concerned = if self.about.is_empty() {
            &self.all
        } else {
            &self.about
        };
        concerned.iter().any(|group| group.has(column))
    }

    /// Whether the condition can be true of one of them.
    pub(crate) fn can_match(&self, condition: &Expr) -> bool {
        let mut missing = condition.columns();
        missing.retain(|column| !self.has(column));
        let known = Known {
            missing: &missing,
            kinds: None,
        };
        !self.about.is_empty() && can_be(condition, true, known)
    }
}

/// What a rule, of this number, can see of the events.
pub(super) fn of_rule(rule: &Rule, index: usize, groups: &[Carried]) -> RuleSight {
    let condition = rule.condition();
    let undecided = |group: &Carried| group.undecided.get(index).copied().unwrap_or(0);
    let all = Sighted::new(condition, groups);
    let sources: BTreeSet<&str> = groups.iter().map(|group| group.source.as_str()).collect();
    let sees = |source: &&str| {
        let theirs = groups.iter().filter(|group| group.source == **source);
        Sighted::new(condition, theirs).can_match(condition)
    };
    let blind = !sources.iter().any(sees);
    let mut absent = Vec::new();
    if all.about.is_empty() {
        kinds_of(condition, &mut absent);
        absent.sort_unstable();
        absent.dedup();
    }
    let without = |column: &str| {
        let lacking = |group: &&&Carried| undecided(group) > 0 && !group.always_has(column);
        all.about.iter().any(|group| lacking(&group))
    };
    // Of what no event has, only that which is enough to make it blind.
    let needed = |column: &str| {
        let known = Known {
            missing: &[column],
            kinds: None,
        };
        !all.has(column) && !can_be(condition, true, known)
    };
    let any_needed = condition.columns().into_iter().any(needed);
    let lacks = |column: &&'static str| match (blind, any_needed) {
        (false, _) => without(column),
        (true, true) => needed(column),
        (true, false) => !all.has(column),
    };
    let parts = condition
        .columns()
        .into_iter()
        .filter(lacks)
        .flat_map(|column| {
            let mut parts: Vec<&str> = made_of(column).to_vec();
            parts.retain(|part| if blind { !all.has(part) } else { without(part) });
            // What is made of columns that are there lacks them on the events that matter.
            if parts.is_empty() {
                vec![column]
            } else {
                parts
            }
        });
    let missing: BTreeSet<&str> = parts.collect();
    RuleSight {
        rule_id: rule.id().to_owned(),
        rule: rule.name().unwrap_or(rule.title()).to_owned(),
        events: groups.iter().map(|group| group.events).sum(),
        undecided: groups.iter().map(undecided).sum(),
        missing: missing.into_iter().map(str::to_owned).collect(),
        absent: absent.into_iter().map(str::to_owned).collect(),
        blind,
    }
}

/// The kinds of event that a condition asks for.
pub(crate) fn kinds_of(condition: &Expr, wanted: &mut Vec<&'static str>) {
    match condition {
        Expr::And(parts) | Expr::Or(parts) => {
            parts.iter().for_each(|part| kinds_of(part, wanted));
        }
        Expr::Test("kind", test) => {
            let holds = |kind: &&&str| test.holds(&Value::Text((**kind).to_owned())) == Some(true);
            wanted.extend(KINDS.iter().filter(holds));
        }
        Expr::Not(_) | Expr::IsNull(_) | Expr::Test(..) => {}
    }
}

/// What is known of the events that a condition is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// Columns that are unknown everywhere.
    pub(crate) missing: &'a [&'a str],
    /// The kinds of event that there are, where that is to count.
    pub(crate) kinds: Option<&'a BTreeSet<String>>,
}

/// Whether a condition can become true (or false) for some event of which this is known.
pub(crate) fn can_be(condition: &Expr, truth: bool, known: Known<'_>) -> bool {
    let missing = known.missing;
    match condition {
        Expr::And(parts) if truth => parts.iter().all(|part| can_be(part, true, known)),
        Expr::And(parts) => parts.iter().any(|part| can_be(part, false, known)),
        Expr::Or(parts) if truth => parts.iter().any(|part| can_be(part, true, known)),
        Expr::Or(parts) => parts.iter().all(|part| can_be(part, false, known)),
        Expr::Not(inner) => can_be(inner, !truth, known),
        Expr::IsNull(column) => truth || !missing.contains(column),
        Expr::Test("kind", test) => known.kinds.is_none_or(|kinds| {
            let holds = |kind: &String| test.holds(&Value::Text(kind.clone())) == Some(truth);
            kinds.iter().any(holds)
        }),
        Expr::Test(column, _) => !missing.contains(column),
    }
}
