//! Ceremonies from what a relying party and a browser said to each other: HTTP archives (HAR 1.2),
//! and options and responses in W3C JSON.
//!
//! Options are told by their shape, responses by their `clientDataJSON`; a response belongs to the
//! options whose challenge its client data repeats. Of everything else that such files hold, cookies
//! and personal data among it, nothing is kept: only the members below are ever read.

mod binary;
mod body;
mod har;
mod join;
mod parts;
mod problems;
mod redact;
mod unfold;

use chrono::{DateTime, Utc};
use fidoscope_report::Diagnostic;
use fidoscope_webauthn::encoding;
use serde_json::{Map, Value};

pub use redact::redact;

use crate::{Batch, CeremonyOptions, Decision, Kind, Layout, Recording, RelyingParty};
use join::Joiner;
use unfold::unfold;

/// Collects the parts of ceremonies from files, in the order in which they are given.
#[derive(Debug, Default)]
pub struct Import {
    origins: Vec<String>,
    files: Vec<String>,
    joiner: Joiner,
    diagnostics: Vec<Diagnostic>,
}

/// What came of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// The ceremonies, in the order of their responses.
    pub recordings: Vec<Recording>,
    /// What is odd, each with its file and the path in it.
    pub diagnostics: Vec<Diagnostic>,
    /// Entries of HTTP archives that are no part of a ceremony.
    pub others: usize,
    /// Options that nobody answered.
    pub unanswered: usize,
    /// Responses whose options are not there.
    pub unmatched: usize,
    /// Bodies of HTTP archives that look like parts of a ceremony and could not be read.
    pub unread: usize,
}

impl Imported {
    /// `3 ceremonies, 12 other entries, 1 options without an answer`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut parts = vec![format!("{} ceremonies", self.recordings.len())];
        for (count, what) in [
            (self.others, "other entries"),
            (self.unanswered, "options without an answer"),
            (self.unmatched, "responses without their options"),
            (self.unread, "bodies that could not be read"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }

    /// The options that were written otherwise than they are kept, as a note for each ceremony.
    #[must_use]
    pub fn conversions(&self) -> Vec<Diagnostic> {
        let converted = self.recordings.iter();
        let converted = converted.filter(|one| !one.options.conversions.is_empty());
        converted.map(problems::converted).collect()
    }
}

/// Options that wait for a response.
#[derive(Clone, Debug)]
struct OptionsPart {
    /// The ceremony that they are for; absent where there is a challenge and nothing else.
    kind: Option<Kind>,
    /// What the challenge may be as bytes: its text does not say how it is encoded.
    challenges: Vec<Vec<u8>>,
    options: CeremonyOptions,
    mediation: Option<String>,
    answered: bool,
}

/// A response, where it stands, and what is known about its arrival.
#[derive(Clone, Debug)]
struct ResponsePart {
    at: String,
    kind: Kind,
    credential: Value,
    challenge: Option<Vec<u8>>,
    arrival: Arrival,
}

/// What is known about the arrival of a response.
#[derive(Clone, Debug, Default)]
struct Arrival {
    file: String,
    tool: &'static str,
    time: Option<DateTime<Utc>>,
    origin: Option<String>,
    rp: Option<RelyingParty>,
    decision: Option<Decision>,
}

impl Import {
    /// An empty collection. `origins` are expected of every ceremony; without any, those of the
    /// files count.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self {
            origins,
            ..Self::default()
        }
    }

    /// Whether a document holds parts of ceremonies: a HAR, or W3C JSON without the schema of a
    /// recording. For a file of one document a line its first line tells.
    #[must_use]
    pub fn is_importable(name: &str, bytes: &[u8]) -> bool {
        if is_archive_by_name(name) {
            return true;
        }
        let Ok(value) = serde_json::from_slice::<Value>(&encoding::utf8(bytes)) else {
            return false;
        };
        if value.get("schema").is_some() {
            return false;
        }
        is_archive(&value) || parts::holds_any(&unfold(value))
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Adds a file, or a piece of one that has a document a line.
    pub fn add_batch(&mut self, batch: &Batch) {
        match batch.layout {
            Layout::One => self.add(&batch.file, &batch.bytes),
            Layout::Lines => self.add_lines(&batch.file, batch.line, &batch.bytes),
        }
    }

    /// Adds the parts of a document.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.file(name);
        let bytes = &*encoding::utf8(bytes);
        if is_archive_by_name(name) {
            return har::add(self, name, bytes);
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) if is_archive(&value) => har::add(self, name, bytes),
            Ok(value) => self.document(name, value),
            Err(error) => self.diagnostics.push(problems::not_json(name, 1, &error)),
        }
    }

    /// Adds the parts of documents, one a line; a line that is none does not stop the others.
    fn add_lines(&mut self, name: &str, first: usize, bytes: &[u8]) {
        self.file(name);
        let lines = bytes.split(|byte| *byte == b'\n');
        for (line, bytes) in (first..).zip(lines) {
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Value>(&encoding::utf8(bytes)) {
                Ok(value) => self.document(&format!("{name}:{line}"), value),
                Err(error) => self
                    .diagnostics
                    .push(problems::not_json(name, line, &error)),
            }
        }
    }

    fn file(&mut self, name: &str) {
        if self.files.last().is_none_or(|last| last != name) {
            self.files.push(name.to_owned());
        }
    }

    /// W3C JSON: options, a response, or both under names of their own, once or many times.
    fn document(&mut self, name: &str, value: Value) {
        let value = unfold(value);
        let mut found = parts::Found::default();
        parts::find(&value, "", &mut found);
        if found.is_empty() && found.recordings.is_empty() {
            self.diagnostics.push(problems::no_part(name));
        }
        for at in &found.recordings {
            self.diagnostics.push(problems::recording(name, at));
        }
        self.take(&found, |response| Arrival {
            file: name.to_owned(),
            tool: "json",
            time: response.said(time),
            origin: None,
            rp: response.said(party),
            decision: response.said(|members| {
                let decision = members.get("decision")?;
                serde_json::from_value(decision.clone()).ok()
            }),
        });
    }

    /// Adds what was found in a body; options first, as a file may hold both in any order.
    fn take(&mut self, found: &parts::Found<'_>, arrival: impl Fn(&parts::Part<'_>) -> Arrival) {
        let options = found.options.iter().map(|part| (part, true));
        let challenges = found.challenges.iter().map(|part| (part, false));
        for (part, is_certain) in options.chain(challenges) {
            match parts::options(part.value) {
                Ok((kind, options, challenges)) => self.joiner.options.push(OptionsPart {
                    kind: is_certain.then_some(kind),
                    challenges,
                    options,
                    mediation: part.mediation(),
                    answered: false,
                }),
                Err(why) if is_certain => {
                    let problem = problems::options(&arrival(part).file, &part.at, &why);
                    self.diagnostics.push(problem);
                }
                Err(_) => self.challenge(part),
            }
        }
        for part in &found.responses {
            let arrival = arrival(part);
            match parts::response(part.value) {
                Ok((kind, credential, challenge)) => self.joiner.responses.push(ResponsePart {
                    at: part.at.clone(),
                    kind,
                    credential,
                    challenge,
                    arrival,
                }),
                Err(why) => {
                    let problem = problems::response(&arrival.file, &part.at, &why);
                    self.diagnostics.push(problem);
                }
            }
        }
    }

    /// A challenge beside which something else stands than the members of options.
    fn challenge(&mut self, part: &parts::Part<'_>) {
        let bare = serde_json::json!({ "challenge": part.value.get("challenge") });
        if let Ok((_, options, challenges)) = parts::options(&bare) {
            self.joiner.options.push(OptionsPart {
                kind: None,
                challenges,
                options,
                mediation: part.mediation(),
                answered: false,
            });
        }
    }

    /// Notes a body that looks like a part of a ceremony and is none that can be read.
    fn unread(&mut self, name: &str, at: &str, why: &str) {
        self.joiner.unread += 1;
        self.diagnostics.push(problems::unread(name, at, why));
    }

    /// `a.har`, or `3 files`.
    #[must_use]
    pub fn names(&self) -> String {
        match self.files.as_slice() {
            [one] => one.clone(),
            several => format!("{} files", several.len()),
        }
    }

    /// Joins responses with their options.
    #[must_use]
    pub fn finish(self) -> Imported {
        let mut imported = self.joiner.join(&self.origins);
        let mut diagnostics = self.diagnostics;
        diagnostics.append(&mut imported.diagnostics);
        imported.diagnostics = diagnostics;
        imported
    }
}

fn is_archive_by_name(name: &str) -> bool {
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.ends_with(".har")
}

fn is_archive(value: &Value) -> bool {
    let log = value.get("log").and_then(Value::as_object);
    log.is_some_and(|log| log.contains_key("entries"))
}

/// When a response arrived, as a recording writes it.
fn time(members: &Map<String, Value>) -> Option<DateTime<Utc>> {
    let named = ["recordedAt", "now"].into_iter();
    let mut texts = named.filter_map(|name| members.get(name)?.as_str());
    texts.find_map(|text| text.parse().ok())
}

/// What an object around options and response says about the relying party: `rp` as in a recording,
/// or `origin`, or `origins`.
fn party(members: &Map<String, Value>) -> Option<RelyingParty> {
    if let Some(rp) = members.get("rp").filter(|rp| rp.get("origins").is_some()) {
        return serde_json::from_value(rp.clone()).ok();
    }
    let texts = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    };
    let named = ["origins", "origin", "expectedOrigin"];
    let origins = named.iter().find_map(|name| members.get(*name))?;
    let id = ["rpId", "rpID", "expectedRPID"];
    let id = id.iter().find_map(|name| members.get(*name)?.as_str());
    Some(RelyingParty {
        id: id.map(str::to_owned),
        origins: texts(origins),
        ..RelyingParty::default()
    })
}
