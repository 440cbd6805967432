//! The guesses as a mapping file.

use std::fmt::Write as _;

use super::guess::Guesses;
use super::kinds::{Told, everywhere};
use super::walk::Shape;
use crate::Column;

/// Columns that indicators and detections rest on; whether a source has them has to be said.
const WANTED: [Column; 9] = [
    Column::UserId,
    Column::CredentialId,
    Column::Aaguid,
    Column::SignCount,
    Column::CeremonyId,
    Column::ChallengeHash,
    Column::FailureRaw,
    Column::ServerMs,
    Column::CeremonyMs,
];

/// Longest list of groups that nothing can be said of.
const TOLD: usize = 40;

/// Writing to a string cannot fail.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {{ let _ = writeln!($out, $($text)*); }};
}

/// The file, and what is left to do.
pub(super) fn write(
    source: &str,
    shape: &Shape,
    guesses: &Guesses,
    told: &[Told],
) -> (String, Vec<String>) {
    let mut to_do = Vec::new();
    let mut body = String::new();
    detect(&mut body, shape, guesses, &mut to_do);
    records(&mut body, shape);
    fields(&mut body, shape, guesses, &mut to_do);
    events(&mut body, told, &mut to_do);
    coverage(&mut body, shape, guesses);
    let mut out = String::new();
    line!(
        out,
        "# Made from {} of sample lines. What is guessed may be wrong: look at every line,",
        records_of(shape.records.len())
    );
    line!(out, "# and run `fidoscope sources test` on more lines.");
    for left in &to_do {
        line!(out, "# To do: {left}.");
    }
    line!(out, "apiVersion: fidoscope/mapping/v1");
    line!(out, "source: {source}");
    line!(out, "version: 0.1.0");
    line!(out, "maturity: documented");
    line!(out, "description: {}", scalar(&format!("Log of {source}")));
    out.push_str(&body);
    (out, to_do)
}

/// Names that every record has tell the source from others.
fn detect(out: &mut String, shape: &Shape, guesses: &Guesses, to_do: &mut Vec<String>) {
    let known = [
        Column::SourceEventType,
        Column::Ts,
        Column::EventId,
        Column::UserId,
    ];
    let mut paths: Vec<&str> = known
        .iter()
        .filter_map(|column| guesses.path(*column))
        .collect();
    paths.extend(guesses.outcome.as_deref());
    paths.retain(|path| everywhere(&shape.records, path));
    paths.truncate(3);
    line!(out, "# What tells a record of this source from all others.");
    if paths.is_empty() {
        to_do.push("`detect` accepts every JSON object; name what only this source has".to_owned());
        line!(out, "detect: {{all: []}}");
        return;
    }
    line!(out, "detect:");
    for path in paths {
        line!(out, "  {}: {{exists: true}}", scalar(path));
    }
}

fn records(out: &mut String, shape: &Shape) {
    if shape.array || shape.envelope.is_some() {
        line!(out, "envelopes:");
    }
    if shape.array {
        line!(out, "  - array");
    }
    if let Some(path) = &shape.envelope {
        line!(out, "  - path: {}", scalar(path));
    }
}

fn fields(out: &mut String, shape: &Shape, guesses: &Guesses, to_do: &mut Vec<String>) {
    if guesses.path(Column::Ts).is_none() {
        to_do.push(
            "no place holds a time; without `ts` every line is rejected, so fill in the one under `fields`"
                .to_owned(),
        );
    }
    if guesses.fields.is_empty() && guesses.flags.is_empty() {
        line!(out, "# fields:");
    } else {
        line!(out, "fields:");
    }
    if guesses.path(Column::Ts).is_none() {
        line!(
            out,
            "  # ts: {{path: PATH, time: rfc3339}}  # or rfc3339_or_naive_utc, epoch_s, epoch_ms, epoch_us, epoch_ns"
        );
    }
    for guess in &guesses.fields {
        let place = shape.place(&guess.path);
        let example = place.and_then(|place| place.values.first());
        let example = example.map_or_else(String::new, |value| comment(value));
        let (name, path) = (guess.column.name(), scalar(&guess.path));
        match guess.time {
            Some(time) => line!(out, "  {name}: {{path: {path}, time: {time}}}  # {example}"),
            None if guess.column == Column::ServerMs => {
                line!(out, "  {name}: {{path: {path}, unit: ms}}  # {example}");
            }
            None => line!(out, "  {name}: {{path: {path}}}  # {example}"),
        }
    }
    if !guesses.flags.is_empty() {
        line!(out, "  flags:");
        line!(out, "    members:");
        for (bit, path) in &guesses.flags {
            line!(out, "      {bit}: {{path: {}}}", scalar(path));
        }
    }
}

fn events(out: &mut String, told: &[Told], to_do: &mut Vec<String>) {
    let sure = |one: &&Told| one.kind.is_some() && one.passkey;
    let any = told.iter().any(|one| sure(&one));
    line!(
        out,
        "# The first condition that holds says what a record is; a record of none is not about passkeys."
    );
    line!(out, "{}", if any { "events:" } else { "events: []" });
    let (sure, unsure): (Vec<&Told>, Vec<&Told>) = told.iter().partition(sure);
    for one in sure {
        event(out, one, "");
    }
    let (maybe, unknown): (Vec<&Told>, Vec<&Told>) =
        unsure.into_iter().partition(|one| one.kind.is_some());
    if !any {
        let why = if maybe.is_empty() {
            "no record could be told to be about passkeys; write `events`"
        } else {
            "no record says that it is about passkeys; write `events`, some are proposed in comments"
        };
        to_do.push(why.to_owned());
    }
    if !maybe.is_empty() {
        line!(
            out,
            "  # These do not say that they are about passkeys. If they are, remove the `#`."
        );
        maybe
            .iter()
            .take(TOLD)
            .for_each(|one| event(out, one, "# "));
    }
    if !unknown.is_empty() {
        line!(out, "  # Nothing can be said of these:");
        for one in unknown.iter().take(TOLD) {
            line!(
                out,
                "  # - when: {}  # {}",
                condition(one),
                records_of(one.records)
            );
        }
        if unknown.len() > TOLD {
            line!(out, "  # and {} more", unknown.len() - TOLD);
        }
    }
}

fn event(out: &mut String, one: &Told, before: &str) {
    let Some((kind, outcome)) = one.kind else {
        return;
    };
    line!(
        out,
        "  {before}- when: {}  # {}",
        condition(one),
        records_of(one.records)
    );
    line!(
        out,
        "  {before}  emit: {{kind: {kind}, outcome: {outcome}}}"
    );
}

fn condition(one: &Told) -> String {
    if one.when.is_empty() {
        return "{all: []}".to_owned();
    }
    let tests = one.when.iter();
    let tests: Vec<String> = tests
        .map(|(path, value)| format!("{}: {}", scalar(path), scalar(value)))
        .collect();
    format!("{{{}}}", tests.join(", "))
}

fn coverage(out: &mut String, shape: &Shape, guesses: &Guesses) {
    let raw = guesses.path(Column::AuthenticatorData).is_some();
    let is_there = |column: &Column| {
        guesses.path(*column).is_some()
            || (*column == Column::ChallengeHash && guesses.path(Column::Challenge).is_some())
            || (*column == Column::SignCount && raw)
    };
    let missing: Vec<&str> = WANTED
        .iter()
        .filter(|column| !is_there(column))
        .map(|column| column.name())
        .collect();
    if !missing.is_empty() {
        line!(out, "# Not found: {}.", missing.join(", "));
        line!(
            out,
            "# Of what this source can never log say so, and reports will know why:"
        );
        line!(out, "# coverage:");
        for column in missing {
            line!(out, "#   {column}: never");
        }
    }
    let used = |path: &str| {
        guesses.fields.iter().any(|guess| guess.path == path)
            || guesses.flags.iter().any(|(_, flag)| flag == path)
            || guesses.outcome.as_deref() == Some(path)
    };
    let left: Vec<String> = shape
        .places
        .iter()
        .filter(|place| !used(&place.path))
        .take(TOLD)
        .map(|place| comment(&place.path))
        .collect();
    if !left.is_empty() {
        line!(out, "# Not used: {}.", left.join(", "));
    }
}

fn records_of(count: usize) -> String {
    match count {
        1 => "1 record".to_owned(),
        _ => format!("{count} records"),
    }
}

/// A value for a comment: short, on one line.
fn comment(value: &str) -> String {
    let end = value.floor_char_boundary(60);
    let text: String = value
        .get(..end)
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    text
}

/// A text as YAML that reads back as the same text.
fn scalar(text: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let begins = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let plain =
        begins && text.bytes().all(bare) && !word.contains(&text.to_ascii_lowercase().as_str());
    if plain || text == "true" || text == "false" {
        return text.to_owned();
    }
    if text
        .chars()
        .any(|letter| letter.is_control() || !letter.is_ascii())
    {
        // JSON is YAML, and has an escape for everything.
        return serde_json::Value::from(text).to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}
