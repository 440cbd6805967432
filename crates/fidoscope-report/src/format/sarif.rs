//! SARIF 2.1.0: a rule a step, a run a profile, the levels of the standard as taxonomies.
//!
//! Only what a person has to look at is a result: the steps of a ceremony that differs from what was
//! expected or from what the relying party decided, and what could not be judged. With every step
//! asked for, all of them are results of their kind (`pass`, `open`, `notApplicable`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::junit::evidence;
use super::{Form, Options, Part, Render};
use crate::escape::escape_json;
use crate::item::Item;
use crate::section::Closing;
use crate::trace::LEVEL_2;
use crate::{Link, Replay, Status, Step, Verdict};

pub(super) const FORM: Form = Form {
    name: "sarif",
    endings: &["sarif"],
    of_tests: true,
    explains: true,
    keeps_rows: false,
    part,
    start: |_, _| Box::new(Log::default()),
};

fn part(item: &dyn Item, options: Options) -> Part {
    let results = |replay| Part::Results(Box::new(results(replay, options.detail)));
    item.trace().map_or(Part::None, results)
}

impl Render for Log {
    fn add(&mut self, part: Part, _out: &mut dyn Write) -> io::Result<()> {
        if let Part::Results(results) = part {
            self.count(*results);
        }
        Ok(())
    }

    fn end(&mut self, _closing: Closing, out: &mut dyn Write) -> io::Result<()> {
        let log = std::mem::take(self);
        out.write_all(escape_json(log.text()).as_bytes())
    }
}

/// What one ceremony adds.
#[derive(Debug)]
pub(crate) struct Results {
    profile: Cow<'static, str>,
    ok: Option<bool>,
    results: Vec<Value>,
    rules: Vec<Rule>,
}

/// What is said once about a step.
#[derive(Clone, Debug)]
struct Rule {
    id: Cow<'static, str>,
    title: Cow<'static, str>,
    class: Cow<'static, str>,
    link: String,
    l2: Option<Cow<'static, str>>,
    l3: Option<Cow<'static, str>>,
}

/// Results so far, by profile.
#[derive(Debug, Default)]
struct Log {
    runs: BTreeMap<Cow<'static, str>, Run>,
}

#[derive(Debug, Default)]
struct Run {
    results: Vec<Value>,
    rules: BTreeMap<Cow<'static, str>, Rule>,
    replayed: u64,
    as_expected: u64,
    differing: u64,
}

/// Rule of a difference that no step of the standard stands for.
const VERDICT: &str = "replay.verdict";

fn results(replay: &Replay, steps: bool) -> Results {
    let differs = !replay.mismatches.is_empty();
    let open = replay.ok.is_none() && replay.verdict == Verdict::Indeterminate;
    let mut out = Results {
        profile: replay.profile.clone(),
        ok: replay.ok,
        results: Vec::new(),
        rules: Vec::new(),
    };
    for step in &replay.steps {
        let deciding = replay.step.as_ref() == Some(&step.id);
        let shown =
            steps || (differs && (deciding || step.status == Status::Fail)) || (open && deciding);
        if shown {
            let complaint = differs && deciding;
            out.results.push(of_step(replay, step, complaint));
            out.rules.push(Rule::of(step, &replay.profile));
        }
    }
    if differs && replay.deciding().is_none() {
        let (rule, result) = accepted(replay);
        out.rules.push(rule);
        out.results.push(result);
    }
    out
}

/// A ceremony that was accepted although it should not be, or although the relying party refused:
/// no step failed, so the expected one is named.
fn accepted(replay: &Replay) -> (Rule, Value) {
    let wanted = replay.expected.as_ref().and_then(|e| e.step.as_deref());
    let step = replay.steps.iter().find(|step| Some(&*step.id) == wanted);
    let rule = step.map_or_else(
        || Rule {
            id: VERDICT.into(),
            title: "The verdict is as expected".into(),
            class: "MUST".into(),
            link: operations(&replay.profile),
            l2: None,
            l3: None,
        },
        |step| Rule::of(step, &replay.profile),
    );
    let message = sentence(replay, "");
    let result = result(replay, &rule, "fail", "error", &message);
    (rule, result)
}

fn of_step(replay: &Replay, step: &Step, complaint: bool) -> Value {
    let (kind, level) = kind(step, complaint || !replay.mismatches.is_empty());
    let message = match evidence(step) {
        none if none.is_empty() => step.status.word().to_owned(),
        evidence => evidence,
    };
    let message = if complaint {
        sentence(replay, &message)
    } else {
        format!("{}: {}: {message}", replay.ceremony, step.id)
    };
    let rule = Rule::of(step, &replay.profile);
    result(replay, &rule, kind, level, &message)
}

/// The complaints, the evidence, the likely cause and what to do.
fn sentence(replay: &Replay, evidence: &str) -> String {
    let mut parts = vec![format!(
        "{}: {}",
        replay.ceremony,
        replay.complaints().join("; ")
    )];
    parts.extend(Some(evidence.to_owned()).filter(|text| !text.is_empty()));
    if let Some(explanation) = &replay.explanation {
        parts.push(explanation.cause.to_string());
        parts.push(explanation.remedy.to_string());
    }
    parts.join(". ").replace("..", ".")
}

/// Address of what the profile's level tells a relying party to do.
fn operations(profile: &str) -> String {
    let level = if profile == LEVEL_2 { 2 } else { 3 };
    format!("https://www.w3.org/TR/webauthn-{level}/#sctn-rp-operations")
}

/// Kind and level. Only a failure has a level other than `none`.
fn kind(step: &Step, counts: bool) -> (&'static str, &'static str) {
    match step.status {
        Status::Pass => ("pass", "none"),
        Status::NotApplicable => ("notApplicable", "none"),
        Status::NotEvaluated => ("open", "none"),
        Status::Observation | Status::Warn => ("review", "none"),
        Status::Fail if !counts => ("informational", "none"),
        Status::Fail => ("fail", level(&step.class)),
    }
}

fn level(class: &str) -> &'static str {
    match class {
        class if class.starts_with("SHOULD") || class.starts_with("SIGNAL") => "warning",
        "S" | "LINT" | "INFO" | "F/S" => "note",
        _ => "error",
    }
}

fn result(replay: &Replay, rule: &Rule, kind: &str, level: &str, message: &str) -> Value {
    let print = fingerprint(&[&replay.ceremony, &rule.id]);
    let explained = replay.explanation.as_ref();
    let explained = explained.filter(|explanation| explanation.step == rule.id);
    let excerpt = explained.and_then(|explanation| explanation.excerpt.as_ref());
    let mut places = vec![json!({
        "name": replay.ceremony, "kind": "object", "fullyQualifiedName": replay.ceremony,
    })];
    let mut properties = json!({
        "ceremony": replay.ceremony,
        "verdict": replay.verdict,
        "mismatches": replay.mismatches,
        "refs": { "L2": rule.l2, "L3": rule.l3 },
    });
    if let Some(excerpt) = excerpt {
        let name = excerpt.field.as_deref().unwrap_or(&excerpt.pointer);
        places.push(json!({
            "name": name, "kind": "member", "fullyQualifiedName": excerpt.pointer,
        }));
        if let (Some((start, end)), Some(map)) = (excerpt.bytes, properties.as_object_mut()) {
            map.insert("bytes".to_owned(), json!({ "start": start, "end": end }));
        }
    }
    json!({
        "ruleId": rule.id,
        "kind": kind,
        "level": level,
        "message": { "text": message },
        "locations": [{
            "physicalLocation": physical(&replay.file),
            "logicalLocations": places,
        }],
        "partialFingerprints": { "fidoscopeCeremonyStep/v1": print },
        "taxa": rule.taxa(),
        "properties": properties,
    })
}

/// `path:line` of a file of many recordings, or a path.
fn physical(file: &str) -> Value {
    let (path, line) = Link::place(file);
    let mut place = Map::new();
    place.insert("artifactLocation".to_owned(), json!({ "uri": uri(path) }));
    place.insert(
        "region".to_owned(),
        json!({ "startLine": line.unwrap_or(1) }),
    );
    Value::Object(place)
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            b'\\' => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// FNV-1a, 64 bits: stable for ever, and no secret is in it.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

impl Rule {
    fn of(step: &Step, profile: &str) -> Self {
        Self {
            id: step.id.clone(),
            title: step.title.clone(),
            class: step.class.clone(),
            link: step.link(profile),
            l2: step.l2.clone(),
            l3: step.l3.clone(),
        }
    }

    fn taxa(&self) -> Value {
        let taxon = |name: &str, place: &Option<Cow<'static, str>>| {
            let place = place.as_deref()?;
            Some(json!({ "id": place, "toolComponent": { "name": name } }))
        };
        let taxa = [
            taxon("webauthn-l2", &self.l2),
            taxon("webauthn-l3", &self.l3),
        ];
        taxa.into_iter().flatten().collect()
    }

    fn descriptor(&self) -> Value {
        let title = if self.title.is_empty() {
            &self.id
        } else {
            &self.title
        };
        json!({
            "id": self.id,
            "shortDescription": { "text": title },
            "helpUri": self.link,
            "defaultConfiguration": { "level": level(&self.class) },
            "properties": { "class": self.class, "refs": { "L2": self.l2, "L3": self.l3 } },
        })
    }
}

impl Log {
    fn count(&mut self, added: Results) {
        let run = self.runs.entry(added.profile).or_default();
        run.replayed += 1;
        match added.ok {
            Some(true) => run.as_expected += 1,
            Some(false) => run.differing += 1,
            None => {}
        }
        run.results.extend(added.results);
        for rule in added.rules {
            run.rules.entry(rule.id.clone()).or_insert(rule);
        }
    }

    fn text(self) -> String {
        let mut runs: Vec<Value> = self
            .runs
            .into_iter()
            .map(|(profile, run)| run.json(&profile))
            .collect();
        if runs.is_empty() {
            runs.push(Run::default().json("webauthn-l3"));
        }
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": runs,
        });
        crate::item::json(&log) + "\n"
    }
}

impl Run {
    fn json(self, profile: &str) -> Value {
        let taxonomies = [2, 3].map(|level| self.taxonomy(level));
        let rules: Vec<Value> = self.rules.values().map(Rule::descriptor).collect();
        json!({
            "tool": { "driver": {
                "name": "fidoscope",
                "informationUri": operations(profile),
                "rules": rules,
                "supportedTaxonomies": [{ "name": "webauthn-l2" }, { "name": "webauthn-l3" }],
            }},
            "automationDetails": { "id": format!("fidoscope-replay/{profile}/") },
            "taxonomies": taxonomies,
            "results": self.results,
            "columnKind": "unicodeCodePoints",
            "properties": {
                "replayed": self.replayed,
                "asExpected": self.as_expected,
                "differing": self.differing,
            },
        })
    }

    /// Positions of one level that the rules of this run name.
    fn taxonomy(&self, level: u8) -> Value {
        let place = |rule: &Rule| {
            if level == 2 {
                rule.l2.clone()
            } else {
                rule.l3.clone()
            }
        };
        let mut places: Vec<Cow<'static, str>> = self.rules.values().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        let taxa: Vec<Value> = places.iter().map(|place| json!({ "id": place })).collect();
        json!({
            "name": format!("webauthn-l{level}"),
            "organization": "W3C",
            "shortDescription": { "text": format!("Web Authentication, Level {level}") },
            "informationUri": format!("https://www.w3.org/TR/webauthn-{level}/"),
            "taxa": taxa,
        })
    }
}
