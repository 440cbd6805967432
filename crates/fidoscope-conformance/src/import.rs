//! Ceremonies from what a relying party and a browser said to each other: HTTP archives (HAR 1.2),
//! and options and responses in W3C JSON.
//!
//! Options are told by their shape, responses by their `clientDataJSON`; a response belongs to the
//! options whose challenge its client data repeats. Of everything else that such files hold, cookies
//! and personal data among it, nothing is kept: only the members below are ever read.

mod binary;
mod har;
mod join;
mod parts;
mod problems;
mod redact;

use chrono::{DateTime, Utc};
use fidoscope_report::Diagnostic;
use fidoscope_webauthn::{CeremonyOptions, Decision, Kind, Recording, RelyingParty};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

pub use redact::redact;

use join::Joiner;

/// Collects the parts of ceremonies from files, in the order in which they are given.
#[derive(Debug, Default)]
pub struct Import {
    origins: Vec<String>,
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
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
}

/// Options that wait for a response.
#[derive(Clone, Debug)]
struct OptionsPart {
    kind: Kind,
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

/// What kind of document a text is, as far as its first members tell.
#[derive(Deserialize)]
struct Probe {
    schema: Option<IgnoredAny>,
    log: Option<IgnoredAny>,
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
    /// recording.
    #[must_use]
    pub fn is_importable(name: &str, bytes: &[u8]) -> bool {
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        if name.ends_with(".har") {
            return true;
        }
        let Ok(probe) = serde_json::from_slice::<Probe>(bytes) else {
            return false;
        };
        if probe.schema.is_some() {
            return false;
        }
        let value = || serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        probe.log.is_some() || parts::holds_any(&value())
    }

    /// Adds the parts of a document.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let is_archive = serde_json::from_slice::<Probe>(bytes).is_ok_and(|p| p.log.is_some());
        if is_archive || name.trim_end_matches(".gz").ends_with(".har") {
            har::add(self, name, bytes);
            return;
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => self.document(name, &value),
            Err(error) => self.diagnostics.push(problems::not_json(name, &error)),
        }
    }

    /// W3C JSON: options, a response, or both under names of their own.
    fn document(&mut self, name: &str, value: &Value) {
        let mut arrival = Arrival {
            file: name.to_owned(),
            tool: "json",
            ..Arrival::default()
        };
        if let Some(members) = value.as_object() {
            arrival.rp = party(members);
            let decision = members.get("decision").cloned();
            arrival.decision = decision.and_then(|value| serde_json::from_value(value).ok());
        }
        let mut found = parts::Found::default();
        parts::find(value, "", &mut found);
        if found.is_empty() {
            self.diagnostics.push(problems::no_part(name));
        }
        self.take(found, &arrival);
    }

    /// Adds what was found in a body; options first, as a file may hold both in any order.
    fn take(&mut self, found: parts::Found<'_>, arrival: &Arrival) {
        for (at, value) in found.options {
            match parts::options(value) {
                Ok((kind, options, challenges)) => self.joiner.options.push(OptionsPart {
                    kind,
                    challenges,
                    options,
                    mediation: parts::mediation(found.root, value),
                    answered: false,
                }),
                Err(why) => {
                    let problem = problems::options(&arrival.file, &at, &why);
                    self.diagnostics.push(problem);
                }
            }
        }
        for (at, value) in found.responses {
            match parts::response(value) {
                Ok((kind, credential, challenge)) => self.joiner.responses.push(ResponsePart {
                    at,
                    kind,
                    credential,
                    challenge,
                    arrival: arrival.clone(),
                }),
                Err(why) => {
                    let problem = problems::response(&arrival.file, &at, &why);
                    self.diagnostics.push(problem);
                }
            }
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

/// What a file of options and response says about the relying party: `rp` as in a recording, or
/// `origin`, or `origins`.
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

#[cfg(test)]
mod tests;
