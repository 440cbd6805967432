//! What the enriched columns mean: the reference that an engine has to agree with.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Enrichment, Fields, Row as _, Value};

pub(crate) mod reference;
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

/// A signature beside the one before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signature {
    relation: CounterRelation,
    previous: Option<i64>,
    previous_event: Value,
}

/// What stands beside events: their signatures, the uses of their challenges, and their credentials.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    signatures: BTreeMap<String, Signature>,
    uses: BTreeMap<String, i64>,
    credentials: BTreeMap<String, Fields>,
}

impl Surroundings {
    /// The surroundings of events, each of which is there once, among rows of the table of credentials.
    ///
    /// - The counter of an event is compared with that of the event before it, by `ts` and then
    ///   `event_id`, of the same `source` and `credential_id`. Only events that carry a counter under
    ///   a signature that counts take part: successes, and failures with `signature_verified`; all
    ///   others have no relation. So a forged counter moves nothing.
    /// - A challenge is used by every `authentication.completed` with outcome `success` of the same
    ///   `source` and `challenge_hash`; every event with that challenge carries the number.
    /// - A credential is known by `source` and `credential_id`, or by `credential_ref` where the source
    ///   gives no identifier.
    #[must_use]
    pub fn of(events: &[Fields], credentials: &[Fields]) -> Self {
        let mut around = Self::default();
        let mut in_order: Vec<&Fields> = events.iter().collect();
        in_order.sort_by_key(|event| (time(event), words(event, &["event_id"])));
        let mut last: BTreeMap<String, &Fields> = BTreeMap::new();
        for event in in_order {
            around.count(event);
            around.compare(event, &mut last);
        }
        let named = credentials
            .iter()
            .filter_map(|row| Some((credential(row)?, row.clone())));
        around.credentials.extend(named);
        around
    }

    fn count(&mut self, event: &Fields) {
        if event.value("challenge_hash") != Value::Null {
            let uses = self.uses.entry(words(event, CHALLENGE)).or_default();
            *uses += i64::from(is_success(event));
        }
    }

    fn compare<'e>(&mut self, event: &'e Fields, last: &mut BTreeMap<String, &'e Fields>) {
        let Value::Integer(count) = event.value("sign_count") else {
            return;
        };
        if event.value("credential_id") == Value::Null || !is_signed(event) {
            return;
        }
        let before = last.insert(words(event, &["source", "credential_id"]), event);
        let challenge = event.value("challenge_hash");
        let same = before.and_then(|before| {
            let earlier = before.value("challenge_hash");
            (earlier != Value::Null && challenge != Value::Null).then(|| earlier == challenge)
        });
        let previous = before.and_then(|before| match before.value("sign_count") {
            Value::Integer(count) => Some(count),
            _ => None,
        });
        let signature = Signature {
            relation: CounterRelation::of(previous, count, same),
            previous,
            previous_event: before.map_or(Value::Null, |before| before.value("event_id")),
        };
        self.signatures.insert(words(event, EVENT), signature);
    }
}

/// Adds every [`Enrichment`] that is known to rows of events, in the order of time; rows with an
/// `event_id` that came before are taken out first.
#[must_use]
pub fn enrich(rows: Vec<Fields>, credentials: &[Fields]) -> Vec<Fields> {
    let mut seen = BTreeSet::new();
    let mut rows: Vec<Fields> = rows
        .into_iter()
        .filter(|row| seen.insert(words(row, EVENT)))
        .collect();
    rows.sort_by_key(|row| (time(row), words(row, &["event_id"])));
    let around = Surroundings::of(&rows, credentials);
    for row in &mut rows {
        let all = Enrichment::ALL.iter();
        let values = all.map(|one| (one.name().to_owned(), one.of(row, &around)));
        let known: Vec<(String, Value)> =
            values.filter(|(_, value)| *value != Value::Null).collect();
        row.extend(known);
    }
    rows
}

/// What names an event.
const EVENT: &[&str] = &["source", "event_id"];

/// What names a challenge.
const CHALLENGE: &[&str] = &["source", "challenge_hash"];

/// What names the credential of an event, and a row of the table of credentials.
fn credential(row: &Fields) -> Option<String> {
    let named = ["credential_id", "credential_ref"];
    let by = named
        .into_iter()
        .find(|column| row.value(column) != Value::Null)?;
    Some(format!("{by} {}", words(row, &["source", by])))
}

fn is_signed(row: &Fields) -> bool {
    row.value("outcome") == Value::Text("success".to_owned())
        || row.value("signature_verified") == Value::Bool(true)
}

fn is_success(row: &Fields) -> bool {
    row.value("kind") == Value::Text("authentication.completed".to_owned())
        && row.value("outcome") == Value::Text("success".to_owned())
}

/// `ts` as the event table has it, microseconds; a row without one comes first.
fn time(row: &Fields) -> Option<i64> {
    match row.value("ts") {
        Value::Integer(micros) => Some(micros),
        _ => None,
    }
}

/// A key that two rows share when they agree in the columns.
fn words(row: &Fields, columns: &[&str]) -> String {
    columns
        .iter()
        .map(|column| format!("{:?}\u{1f}", row.value(column)))
        .collect()
}
