//! Ceremonies of the standard and of other libraries' test suites, read from the folder that
//! `FIDOSCOPE_CORPUS` names. Where the standard and a library's verdict differ, or the recording
//! lacks an input, the difference stands in `tests-data/corpus-exceptions.tsv` with its reason; a
//! ceremony in that list that suddenly comes out as its library says fails this test as well.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Status, Trace, Verdict, verify};
use serde_json::{Value, json};

const FILES: [&str; 5] = [
    "w3c-webauthn",
    "py_webauthn",
    "go-webauthn",
    "fxamacker-webauthn",
    "tweag-webauthn",
];

/// Inputs that these files do not carry. Only these may leave a verdict open.
const MISSING_INPUTS: [&str; 3] = ["reg.alg", "chain.validity", "reg.trust-anchors"];

/// A line of the corpus as a recording. Assumed: the algorithms that were offered are known only
/// when the line says so; the instant of judgement likewise; an account's handle is not known;
/// these libraries support android-safetynet.
pub(crate) fn convert(line: &Value) -> Value {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = text(&line["type"]).unwrap();
    let mut options = json!({ "challenge": line["challenge"] });
    let verification = &line["user_verification"];
    if kind == "registration" {
        options["authenticatorSelection"] = json!({ "userVerification": verification });
        if let Some(algorithms) = line["allowed_algs"].as_array() {
            let offer = |alg: &Value| json!({ "type": "public-key", "alg": alg });
            options["pubKeyCredParams"] = algorithms.iter().map(offer).collect();
        }
    } else {
        options["userVerification"] = verification.clone();
    }
    let mut recording = json!({
        "schema": "fidoscope.ceremony/1",
        "id": line["id"],
        "kind": kind,
        "options": options,
        "rp": {
            "id": line["rp_id"],
            "origins": line["origins"],
            "topOrigins": line["top_origins"].as_array().cloned().unwrap_or_default(),
            "allowCrossOrigin": line["allow_cross_origin"].as_bool().unwrap_or_default(),
        },
        "response": line["credential"],
        "policy": {
            "anchors": line["trust_anchors_pem"].as_array().cloned().unwrap_or_default(),
            "safetynet": true,
        },
    });
    if line["user_presence"] == "optional" || line["user_presence"] == "not_required" {
        recording["mediation"] = json!("conditional");
    }
    if let Some(time) = text(&line["verification_time"]) {
        recording["now"] = json!(time);
    }
    if line["stored"].is_object() {
        recording["record"] = json!({
            "id": line["credential"]["rawId"],
            "publicKey": line["stored"]["public_key_cose"],
            "signCount": line["stored"]["sign_count"],
        });
    }
    recording
}

/// The ceremonies of one file; `None` when no folder is named.
pub(crate) fn lines(file: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("FIDOSCOPE_CORPUS").map(PathBuf::from)?;
    let path = folder.join("ceremonies").join(format!("{file}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap());
    Some(parsed.collect())
}

fn is_out_of_scope(trace: &Trace) -> Option<String> {
    let mut notes = trace.steps.iter().filter_map(|outcome| outcome.note());
    let note = notes.find(|n| n.starts_with("not supported") || n.starts_with("unsupported"));
    note.map(str::to_owned)
}

/// What came out, where a verdict that only misses inputs counts as acceptance.
fn outcome(trace: &Trace) -> String {
    let open: Vec<&str> = trace
        .steps
        .iter()
        .filter(|outcome| outcome.l3 == Status::NotEvaluated && outcome.decides)
        .map(|outcome| outcome.step.id)
        .collect();
    match trace.verdict {
        Verdict::Accept => "accept".to_owned(),
        Verdict::Indeterminate if open.iter().all(|id| MISSING_INPUTS.contains(id)) => {
            "accept".to_owned()
        }
        Verdict::Indeterminate => format!("indeterminate {}", open.join(" ")),
        Verdict::Reject => {
            let step = trace.first_failed.l3.unwrap();
            let found = trace.outcome(step).unwrap();
            let evidence = [found.expected(), found.found()].map(|text| text.unwrap_or("-"));
            format!(
                "reject {step} (expected {}, found {})",
                evidence[0], evidence[1]
            )
        }
    }
}

#[test]
fn every_ceremony_in_scope_comes_out_as_its_source_says() {
    let Some(folder) = std::env::var_os("FIDOSCOPE_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: FIDOSCOPE_CORPUS names no folder");
        return;
    };
    let exceptions = include_str!("../../tests-data/corpus-exceptions.tsv");
    let mut exceptions: BTreeMap<&str, &str> = exceptions
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut columns = line.split('\t');
            let (id, outcome) = (columns.next().unwrap(), columns.next().unwrap());
            assert!(
                columns.next().is_some_and(|reason| !reason.is_empty()),
                "{id}: no reason"
            );
            (id, outcome)
        })
        .collect();
    let (mut agreed, mut excepted) = (0, 0);
    let mut unsupported = BTreeMap::new();
    let mut wrong = Vec::new();
    for file in FILES {
        let path = folder.join("ceremonies").join(format!("{file}.jsonl"));
        for text in std::fs::read_to_string(path).unwrap().lines() {
            let line: Value = serde_json::from_str(text).unwrap();
            let id = line["id"].as_str().unwrap().to_owned();
            let recording: Recording = serde_json::from_value(convert(&line)).unwrap();
            let trace = verify(
                &recording,
                &Context {
                    now: None::<DateTime<Utc>>,
                    ..Context::default()
                },
            );
            let found = outcome(&trace);
            if let Some(note) = is_out_of_scope(&trace) {
                if found.starts_with("reject") && line["expected"]["verdict"] == "accept" {
                    wrong.push(format!("{id}: out of scope ({note}), yet {found}"));
                }
                *unsupported.entry(note).or_insert(0) += 1;
                continue;
            }
            let verdict = found.split(' ').next().unwrap();
            let decided = found.split(" (").next().unwrap();
            let agrees = line["expected"]["verdict"] == verdict;
            match (agrees, exceptions.remove(id.as_str())) {
                (true, None) => agreed += 1,
                (true, Some(_)) => wrong.push(format!("{id}: an exception no longer: {found}")),
                (false, Some(known)) if known == decided => excepted += 1,
                (false, _) => wrong.push(format!(
                    "{id}: {found}, source says {} ({})",
                    line["expected"]["verdict"], line["expected"]["reason"]
                )),
            }
        }
    }
    eprintln!("corpus: {agreed} agree, {excepted} differ for a known reason");
    for (note, count) in unsupported {
        eprintln!("corpus: {count} out of scope: {note}");
    }
    wrong.extend(
        exceptions
            .keys()
            .map(|id| format!("{id}: no such ceremony")),
    );
    assert!(
        wrong.is_empty(),
        "{} ceremonies:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
