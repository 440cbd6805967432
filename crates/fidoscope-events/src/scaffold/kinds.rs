//! Which records are which kind of event.

use std::collections::BTreeMap;

use super::guess::Guesses;
use super::kind;
use super::walk::{Record, Shape};
use crate::Column;

/// Records that are told apart by their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Paths and values that they have in common.
    pub(super) when: Vec<(String, String)>,
    pub(super) records: usize,
    /// What they are, as far as the words say so.
    pub(super) kind: Option<(&'static str, &'static str)>,
    /// The words speak of passkeys.
    pub(super) passkey: bool,
}

/// Groups the records by type, outcome and method, the most frequent first.
pub(super) fn told(shape: &Shape, guesses: &Guesses) -> Vec<Told> {
    let keys = [
        guesses.path(Column::SourceEventType),
        guesses.outcome.as_deref(),
        guesses.path(Column::MethodRaw),
    ];
    let mut groups: BTreeMap<Vec<(&str, &str)>, usize> = BTreeMap::new();
    for record in &shape.records {
        let value = |path: &&'_ str| record.get(*path).map(String::as_str);
        let when: Vec<(&str, &str)> = keys
            .iter()
            .flatten()
            .filter_map(|path| Some((*path, value(path)?)))
            .collect();
        *groups.entry(when).or_default() += 1;
    }
    let mut told: Vec<Told> = groups
        .into_iter()
        .map(|(when, records)| Told {
            kind: kind_of(&when, guesses),
            passkey: when.iter().any(|(_, value)| speaks_of_passkeys(value)),
            when: when
                .into_iter()
                .map(|(path, value)| (path.to_owned(), value.to_owned()))
                .collect(),
            records,
        })
        .collect();
    told.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.when.cmp(&b.when)));
    told
}

/// The kind and the outcome that the words of a group stand for.
fn kind_of(when: &[(&str, &str)], guesses: &Guesses) -> Option<(&'static str, &'static str)> {
    let of = |path: Option<&str>| when.iter().find(|(known, _)| Some(*known) == path);
    let (_, event_type) = of(guesses.path(Column::SourceEventType))?;
    let ended = of(guesses.outcome.as_deref()).and_then(|(_, value)| outcome_of(value));
    let words = words(event_type);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let outcome = if has(LEAVES) {
        "abandoned"
    } else if has(FAILS) {
        "failure"
    } else if has(STARTS) {
        "challenge"
    } else {
        ended.unwrap_or("success")
    };
    let ceremony = if has(REMOVES) {
        return Some((kind("credential.removed"), outcome));
    } else if has(RECOVERS) {
        let asked = has(STARTS) || has(&["requested", "request"]);
        let word = if asked {
            "recovery.requested"
        } else {
            "recovery.completed"
        };
        return Some((kind(word), if asked { "success" } else { outcome }));
    } else if has(REGISTERS) {
        "registration"
    } else if has(SIGNS_IN) || (has(&["sign"]) && has(&["in"])) || (has(&["log"]) && has(&["in"])) {
        "authentication"
    } else {
        return None;
    };
    let word = match outcome {
        "abandoned" => "ceremony.abandoned".to_owned(),
        "failure" => format!("{ceremony}.failed"),
        "challenge" => format!("{ceremony}.started"),
        _ => format!("{ceremony}.completed"),
    };
    Some((kind(&word), outcome))
}

const REGISTERS: &[&str] = &[
    "register",
    "registered",
    "registration",
    "enroll",
    "enrol",
    "enrolled",
    "enrollment",
    "attestation",
    "create",
    "created",
    "add",
    "added",
    "activate",
];
const SIGNS_IN: &[&str] = &[
    "login",
    "signin",
    "authenticate",
    "authenticated",
    "authentication",
    "authn",
    "auth",
    "assertion",
    "assert",
    "verify",
    "verification",
    "verified",
];
const REMOVES: &[&str] = &[
    "remove",
    "removed",
    "removal",
    "delete",
    "deleted",
    "deletion",
    "unenroll",
    "deactivate",
];
const RECOVERS: &[&str] = &["recover", "recovery", "recovered"];
const STARTS: &[&str] = &[
    "start",
    "started",
    "begin",
    "began",
    "init",
    "initiated",
    "challenge",
    "options",
    "generated",
];
const FAILS: &[&str] = &[
    "fail", "fails", "failed", "failure", "error", "denied", "invalid", "rejected", "refused",
];
const LEAVES: &[&str] = &[
    "cancel",
    "cancelled",
    "canceled",
    "abandoned",
    "aborted",
    "timeout",
];

/// How it ended, of a value that says so.
pub(super) fn outcome_of(value: &str) -> Option<&'static str> {
    let words = words(value);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    if has(LEAVES) || has(&["unanswered", "skipped", "expired"]) {
        Some("abandoned")
    } else if has(FAILS) || has(&["false", "ko", "deny", "unsuccessful"]) {
        Some("failure")
    } else if has(STARTS) || has(&["pending", "challenged"]) {
        Some("challenge")
    } else if has(&[
        "success",
        "successful",
        "succeeded",
        "ok",
        "true",
        "allow",
        "allowed",
        "passed",
        "completed",
        "complete",
        "accepted",
        "verified",
    ]) {
        Some("success")
    } else {
        None
    }
}

/// Whether a text speaks of passkeys.
pub(super) fn speaks_of_passkeys(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "passkey",
        "webauthn",
        "fido",
        "u2f",
        "security_key",
        "securitykey",
        "security key",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The words of a name, of any spelling: `passkeyLogin.FAILED` is `passkey`, `login`, `failed`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for letter in text.chars() {
        let new = !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && lower_before);
        if new && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        lower_before = letter.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether every record has a value at a path.
pub(super) fn everywhere(records: &[Record], path: &str) -> bool {
    records.iter().all(|record| record.contains_key(path))
}
