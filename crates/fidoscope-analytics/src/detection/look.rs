//! One look at all events, for all that rules have to know of them.
//!
//! What makes a column of rules costs more than to look at it, so everything is asked at once: which
//! columns the events of each source and kind carry, on which of them each rule can say neither yes nor no,
//! and which of them each rule matches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deltalake::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::logical_expr::{Expr as Plan, cast};
use deltalake::datafusion::prelude::{ident, lit};
use fidoscope_detect::Rule;

use super::lower;
use super::rows::{Key, view};
use super::sight::{Carried, made_of};
use crate::query::texts;
use crate::span::time_bounds;
use crate::{Span, Store, StoreError};

/// What was seen.
#[derive(Default)]
pub(crate) struct Look {
    /// The events of each source and kind.
    pub(crate) carried: Vec<Carried>,
    /// The events that rules match, with the numbers of these rules.
    pub(super) matched: Vec<(Key, Vec<usize>)>,
}

impl Store {
    /// Looks at the events of the store, or of a span, for these rules.
    pub(crate) fn look(&self, rules: &[&Rule], span: Option<Span>) -> Result<Look, StoreError> {
        let columns = looked_at(rules);
        let conditions: Vec<Plan> =
            (rules.iter().map(|rule| lower::condition(rule))).collect::<Result<_, _>>()?;
        let within = span.map_or_else(|| lit(true), time_bounds);
        let named = Key::COLUMNS.into_iter().chain(["kind"]).map(ident);
        let has = columns.iter().map(|column| ident(*column).is_not_null());
        let asked: Vec<Plan> = has.chain(conditions).collect();
        let asked = asked.into_iter().enumerate();
        let asked = asked
            .map(|(number, asked)| cast(asked, DataType::Boolean).alias(format!("asked_{number}")));
        let selected: Vec<Plan> = named.chain(asked).collect();
        let eye = self.engine()?.fold_view(
            self.runtime(),
            view(&columns),
            |frame| Ok(frame.filter(within.clone())?.select(selected.clone())?),
            || Eye::new(columns.len()),
            Eye::see,
        )?;
        Ok(eye.seen(&columns))
    }
}

/// The columns that rules look at, and those that they are made of.
fn looked_at(rules: &[&Rule]) -> BTreeSet<&'static str> {
    let columns = rules.iter().flat_map(|rule| rule.condition().columns());
    columns
        .flat_map(|column| made_of(column).iter().copied().chain([column]))
        .collect()
}

/// Counts of the events of one source and kind.
#[derive(Default)]
struct Group {
    events: u64,
    /// Events that have each column, then events that each rule cannot decide.
    asked: Vec<u64>,
}

/// What has been seen so far.
struct Eye {
    /// Number of columns that are asked for; what follows them in a batch are rules.
    columns: usize,
    groups: BTreeMap<(String, String), Group>,
    matched: Vec<(Key, Vec<usize>)>,
}

impl Eye {
    fn new(columns: usize) -> Self {
        Self {
            columns,
            groups: BTreeMap::new(),
            matched: Vec::new(),
        }
    }

    fn see(&mut self, batch: &RecordBatch) {
        let columns = batch.columns().split_at_checked(Key::COLUMNS.len() + 1);
        let (named, asked) = columns.unwrap_or_default();
        let [source, _, _, _, kind] = named else {
            return;
        };
        let asked: Vec<&BooleanArray> = asked
            .iter()
            .filter_map(|column| column.as_boolean_opt())
            .collect();
        let (places, names) = groups_of(source, kind);
        let groups = self.counted(&places, names.len(), &asked);
        for (name, group) in names.into_iter().zip(groups) {
            self.groups.entry(name).or_default().add(&group);
        }
        let rules = asked.get(self.columns..).unwrap_or_default();
        self.matched.extend(matches(batch, rules));
    }

    /// The counts of each group of a batch, whose rows have these places among the groups. A column counts
    /// where it is there, a rule where it has no answer.
    fn counted(&self, places: &[usize], groups: usize, asked: &[&BooleanArray]) -> Vec<Group> {
        let mut counted: Vec<Group> = (0..groups).map(|_| Group::of(asked.len())).collect();
        for place in places {
            if let Some(group) = counted.get_mut(*place) {
                group.events += 1;
            }
        }
        for (number, column) in asked.iter().enumerate() {
            let is_column = number < self.columns;
            for (row, place) in places.iter().enumerate() {
                let counts = match is_column {
                    true => column.value(row),
                    false => column.is_null(row),
                };
                let group = counted.get_mut(*place).filter(|_| counts);
                if let Some(count) = group.and_then(|group| group.asked.get_mut(number)) {
                    *count += 1;
                }
            }
        }
        counted
    }

    fn seen(self, columns: &BTreeSet<&'static str>) -> Look {
        let group = |((source, kind), group): ((String, String), Group)| {
            let mut asked = group.asked.into_iter();
            let columns = columns.iter().copied().zip(asked.by_ref()).collect();
            Carried::new(source, kind, group.events, columns, asked.collect())
        };
        Look {
            carried: self.groups.into_iter().map(group).collect(),
            matched: self.matched,
        }
    }
}

impl Group {
    /// A group of nothing yet, of which so much is asked.
    fn of(asked: usize) -> Self {
        Self {
            events: 0,
            asked: vec![0; asked],
        }
    }

    fn add(&mut self, more: &Self) {
        self.events += more.events;
        self.asked.resize(more.asked.len(), 0);
        for (count, more) in self.asked.iter_mut().zip(&more.asked) {
            *count += more;
        }
    }
}

/// The group of each row, and the sources and kinds of the groups.
fn groups_of(source: &ArrayRef, kind: &ArrayRef) -> (Vec<usize>, Vec<(String, String)>) {
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    let mut names = Vec::new();
    let rows = texts(source).into_iter().zip(texts(kind));
    let places = rows.map(|(source, kind)| {
        let name = (source.unwrap_or_default(), kind.unwrap_or_default());
        if let Some(place) = known.get(&name) {
            return *place;
        }
        let place = names.len();
        names.push(name.clone());
        known.insert(name, place);
        place
    });
    (places.collect(), names)
}

/// The rows that any rule matches.
fn matches(batch: &RecordBatch, rules: &[&BooleanArray]) -> Vec<(Key, Vec<usize>)> {
    if rules.iter().all(|rule| rule.true_count() == 0) {
        return Vec::new();
    }
    let is_true = |rule: &BooleanArray, row: usize| rule.is_valid(row) && rule.value(row);
    let keys = Key::all(batch).into_iter().enumerate();
    let matching = keys.map(|(row, key)| {
        let rules = rules.iter().enumerate();
        let matching = rules.filter(|(_, rule)| is_true(rule, row));
        (key, matching.map(|(number, _)| number).collect::<Vec<_>>())
    });
    matching.filter(|(_, rules)| !rules.is_empty()).collect()
}
