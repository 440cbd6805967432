//! The changes of a value that is kept as it came.

use crate::members::shortened;
use serde_json::Value;

/// Members whose lists are in order: an authenticator lists algorithms and protocols by preference (CTAP
/// 2.1 §6.4, `authenticatorGetInfo`), and of formats it is not certain that it does not.
const ORDERED: [&str; 3] = ["algorithms", "pinUvAuthProtocols", "attestationFormats"];

/// How much of two texts that begin alike is shown before they part.
const ALIKE: usize = 24;

/// The value without an order that says nothing. In metadata a list is a set as a rule: the members of
/// `userVerificationDetails` are alternatives, and those of each alternative hold together (the
/// statement's `VerificationMethodANDCombinations`), whichever comes first.
pub(super) fn unordered(name: &str, value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| unordered(name, item)).collect();
            if !ORDERED.contains(&name) {
                items.sort_by_cached_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| (name.clone(), unordered(name, value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// What became of a member: `name 1 → 2`, `name 1 added`, `name 1 removed`; for a list that is a set
/// each item that came and went, for an object each of its members.
pub(super) fn changes(path: &str, pair: [Option<&Value>; 2]) -> Vec<String> {
    let name = path.rsplit([' ', '.']).next().unwrap_or(path);
    let pair = pair.map(|value| value.map(|value| unordered(name, value)));
    let mut out = Vec::new();
    compare(path, &pair, !ORDERED.contains(&name), &mut out);
    out
}

fn compare(path: &str, pair: &[Option<Value>; 2], is_set: bool, out: &mut Vec<String>) {
    let text = |value: &Value| shortened(&value.to_string());
    match pair {
        [Some(older), Some(newer)] if older == newer => {}
        [Some(Value::Object(older)), Some(Value::Object(newer))] => {
            let mut names: Vec<&String> = older.keys().chain(newer.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let within = [older.get(name), newer.get(name)];
                out.extend(changes(&format!("{path}.{}", shortened(name)), within));
            }
        }
        [Some(Value::Array(older)), Some(Value::Array(newer))] if is_set => {
            let (came, went) = (without(newer, older), without(older, newer));
            out.extend(
                came.into_iter()
                    .map(|item| format!("{path} {} added", text(item))),
            );
            out.extend(
                went.into_iter()
                    .map(|item| format!("{path} {} removed", text(item))),
            );
        }
        [Some(older), Some(newer)] => {
            let (older, newer) = apart(&older.to_string(), &newer.to_string());
            out.push(format!("{path} {older} → {newer}"));
        }
        [None, Some(newer)] => out.push(format!("{path} {} added", text(newer))),
        [Some(older), None] => out.push(format!("{path} {} removed", text(older))),
        [None, None] => {}
    }
}

/// The items of a sorted list that another sorted list does not have, or has less often.
fn without<'v>(list: &'v [Value], other: &[Value]) -> Vec<&'v Value> {
    let mut rest: Vec<String> = other.iter().rev().map(Value::to_string).collect();
    let is_missing = |item: &&'v Value| {
        let item = item.to_string();
        while rest.last().is_some_and(|next| *next < item) {
            rest.pop();
        }
        let is_there = rest.last() == Some(&item);
        if is_there {
            rest.pop();
        }
        !is_there
    };
    list.iter().filter(is_missing).collect()
}

/// Two texts, of which what differs is shown even where it comes late.
fn apart(older: &str, newer: &str) -> (String, String) {
    let alike = older.chars().zip(newer.chars());
    let alike = alike.take_while(|(a, b)| a == b).count();
    let from = alike.saturating_sub(ALIKE);
    let cut = |text: &str| match from {
        0 => shortened(text),
        _ => format!(
            "…{}",
            shortened(&text.chars().skip(from).collect::<String>())
        ),
    };
    match older.len().max(newer.len()) {
        ..=160 => (shortened(older), shortened(newer)),
        _ => (cut(older), cut(newer)),
    }
}
