//! What the enriched columns mean: the reference that an engine has to agree with.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Row as _, Value};

#[cfg(test)]
mod tests;

/// How the signature counter of an event relates to the one before it (`counter_relation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CounterRelation {
    /// There is none before it.
    First,
    /// It went up.
    Gt,
    /// It went down, not to zero.
    Lt,
    /// It fell from above zero to zero.
    ZeroDrop,
    /// Zero after zero: the authenticator does not count.
    BothZero,
    /// Equal, not zero, and the challenge is the same: one response seen twice.
    EqSameChallenge,
    /// Equal, not zero, under another challenge: never an artefact of order.
    EqOtherChallenge,
    /// Equal, not zero, and one of the challenges is not known.
    EqUnknownChallenge,
}

impl CounterRelation {
    /// Compares a counter with the one before it; `same_challenge` is unknown when one of the two
    /// events carries no challenge.
    #[must_use]
    pub fn of(previous: Option<i64>, current: i64, same_challenge: Option<bool>) -> Self {
        match previous {
            None => Self::First,
            Some(0) if current == 0 => Self::BothZero,
            Some(before) if current > before => Self::Gt,
            Some(before) if current < before && current == 0 => Self::ZeroDrop,
            Some(before) if current < before => Self::Lt,
            Some(_) => match same_challenge {
                Some(true) => Self::EqSameChallenge,
                Some(false) => Self::EqOtherChallenge,
                None => Self::EqUnknownChallenge,
            },
        }
    }

    /// The value of the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Gt => "gt",
            Self::Lt => "lt",
            Self::ZeroDrop => "zero_drop",
            Self::BothZero => "both_zero",
            Self::EqSameChallenge => "eq_same_challenge",
            Self::EqOtherChallenge => "eq_other_challenge",
            Self::EqUnknownChallenge => "eq_unknown_challenge",
        }
    }
}

/// Adds `counter_relation`, `counter_previous` and `challenge_use_count` to rows of events that
/// have all columns but these; rows with an `event_id` that came before are taken out first.
///
/// - The counter of an event is compared with that of the event before it, by `ts` and then
///   `event_id`, of the same `source` and `credential_id`. Only events that carry a counter under
///   a signature that counts take part: successes, and failures with `signature_verified`; all
///   others have no relation. So a forged counter moves nothing.
/// - A challenge is used by every `authentication.completed` with outcome `success` of the same
///   `source` and `challenge_hash`; every event with that challenge carries the number.
#[must_use]
pub fn enrich(rows: Vec<BTreeMap<String, Value>>) -> Vec<BTreeMap<String, Value>> {
    let mut seen = BTreeSet::new();
    let mut rows: Vec<BTreeMap<String, Value>> = rows
        .into_iter()
        .filter(|row| seen.insert(words(row, &["source", "event_id"])))
        .collect();
    rows.sort_by_key(|row| (time(row), words(row, &["event_id"])));
    let mut uses: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_success(row)) {
        if row.value("challenge_hash") != Value::Null {
            *uses
                .entry(words(row, &["source", "challenge_hash"]))
                .or_default() += 1;
        }
    }
    let mut last: BTreeMap<String, (i64, Value)> = BTreeMap::new();
    for row in &mut rows {
        relate(row, &mut last);
        if row.value("challenge_hash") != Value::Null {
            let count = uses
                .get(&words(row, &["source", "challenge_hash"]))
                .copied()
                .unwrap_or(0);
            row.insert("challenge_use_count".to_owned(), Value::Integer(count));
        }
    }
    rows
}

fn relate(row: &mut BTreeMap<String, Value>, last: &mut BTreeMap<String, (i64, Value)>) {
    let Value::Integer(count) = row.value("sign_count") else {
        return;
    };
    if row.value("credential_id") == Value::Null || !is_signed(row) {
        return;
    }
    let challenge = row.value("challenge_hash");
    let key = words(row, &["source", "credential_id"]);
    let before = last.insert(key, (count, challenge.clone()));
    let same = before.as_ref().and_then(|(_, earlier)| {
        (*earlier != Value::Null && challenge != Value::Null).then(|| *earlier == challenge)
    });
    let previous = before.map(|(previous, _)| previous);
    let relation = CounterRelation::of(previous, count, same)
        .as_str()
        .to_owned();
    row.insert("counter_relation".to_owned(), Value::Text(relation));
    row.insert(
        "counter_previous".to_owned(),
        previous.map_or(Value::Null, Value::Integer),
    );
}

fn is_signed(row: &BTreeMap<String, Value>) -> bool {
    row.value("outcome") == Value::Text("success".to_owned())
        || row.value("signature_verified") == Value::Bool(true)
}

fn is_success(row: &BTreeMap<String, Value>) -> bool {
    row.value("kind") == Value::Text("authentication.completed".to_owned())
        && row.value("outcome") == Value::Text("success".to_owned())
}

/// `ts` as the event table has it, microseconds; a row without one comes first.
fn time(row: &BTreeMap<String, Value>) -> Option<i64> {
    if let Value::Integer(micros) = row.value("ts") {
        Some(micros)
    } else {
        None
    }
}

/// A key that two rows share when they agree in the columns.
fn words(row: &BTreeMap<String, Value>, columns: &[&str]) -> String {
    columns
        .iter()
        .map(|column| format!("{:?}\u{1f}", row.value(column)))
        .collect()
}
