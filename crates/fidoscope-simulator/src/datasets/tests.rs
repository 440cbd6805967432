use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fidoscope_events::{Catalogue, Context, Event, Line, Pseudonyms, Scratch};
use serde_json::Value;

use super::{DataFile, PUBLISHED_SEED, data_files, published_now};
use crate::FLEET_MODELS;

/// The published files, made once for all tests.
fn files() -> &'static [DataFile] {
    static FILES: OnceLock<Vec<DataFile>> = OnceLock::new();
    FILES.get_or_init(|| data_files(PUBLISHED_SEED, published_now()).unwrap())
}

fn content(name: &str) -> &'static [u8] {
    &files()
        .iter()
        .find(|file| file.name == name)
        .unwrap()
        .content
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn unpacked(path: &Path) -> Vec<u8> {
    let packed = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            flate2::read::GzDecoder::new(packed.as_slice())
                .read_to_end(&mut bytes)
                .unwrap();
        }
        Some("zst") => zstd::stream::copy_decode(packed.as_slice(), &mut bytes).unwrap(),
        _ => bytes = packed,
    }
    bytes
}

#[test]
fn the_committed_files_are_what_the_seed_yields() {
    for file in files() {
        let same = unpacked(&folder().join(&file.name)) == file.content;
        assert!(
            same,
            "{} differs: run the write_datasets example",
            file.name
        );
    }
}

#[test]
fn no_file_is_left_over_from_earlier() {
    let named: BTreeSet<&str> = files().iter().map(|file| file.name.as_str()).collect();
    for part in ["ceremonies", "conformance", "logs", "metadata"] {
        for entry in std::fs::read_dir(folder().join(part)).unwrap() {
            let name = format!(
                "{part}/{}",
                entry.unwrap().file_name().into_string().unwrap()
            );
            assert!(named.contains(name.as_str()), "{name} is in no manifest");
        }
    }
}

/// How many lines of a log were read, by what became of them.
fn tally(source: &str, log: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    decode(source, log, &mut |what, _| {
        *found.entry(what.to_owned()).or_default() += 1
    });
    found
}

/// Decodes a log with the mapping that comes with the program; events under their kind.
fn decode(source: &str, log: &str, each: &mut dyn FnMut(&str, Option<&Event<'_>>)) {
    let catalogue = Catalogue::builtin();
    let mapping = catalogue.get(source).unwrap();
    let keys = Pseudonyms::new([7; 32]);
    let context = Context::new(&keys, published_now());
    let mut scratch = Scratch::new();
    for line in content(log).split(|byte| *byte == b'\n') {
        let outcome = mapping.decode(line, &context, &mut scratch, &mut |event| {
            each(&event.kind, Some(event));
        });
        match outcome {
            Line::Mapped(_) | Line::Blank => {}
            Line::Shadow => each("(shadow)", None),
            Line::Other | Line::Prefiltered => each("(other)", None),
            Line::Rejected(_) => each("(rejected)", None),
        }
    }
}

#[test]
fn each_log_is_recognised() {
    for (source, log) in LOGS {
        let lines: Vec<&[u8]> = content(log).split(|byte| *byte == b'\n').take(50).collect();
        let catalogue = Catalogue::builtin();
        assert_eq!(catalogue.detect(&lines).unwrap().mapping.source(), source);
    }
}

const LOGS: [(&str, &str); 3] = [
    ("native", "logs/native.ndjson.zst"),
    ("okta", "logs/okta.ndjson.gz"),
    ("keycloak", "logs/keycloak.ndjson.gz"),
];

#[track_caller]
fn check_tally(source: &str, log: &str, expected: &[(&str, std::ops::RangeInclusive<u64>)]) {
    let found = tally(source, log);
    for (what, range) in expected {
        let number = found.get(*what).copied().unwrap_or_default();
        assert!(range.contains(&number), "{what}: {number}, of {found:#?}");
    }
}

#[test]
fn the_native_log_is_as_planned() {
    check_tally(
        "native",
        LOGS[0].1,
        &[
            ("(rejected)", 65..=105),
            ("(other)", 0..=0),
            ("authentication.started", 19_000..=21_000),
            ("authentication.completed", 18_500..=20_500),
            ("authentication.failed", 80..=160),
            ("registration.completed", 1_000..=1_400),
            ("attestation.rejected", 12..=40),
            ("recovery.requested", 90..=190),
            ("credential.removed", 100..=300),
            ("fallback.used", 100..=260),
            ("sync.signal", 3..=40),
            ("support.ticket", 20..=70),
        ],
    );
}

#[test]
fn the_okta_log_is_as_planned() {
    check_tally(
        "okta",
        LOGS[1].1,
        &[
            ("(rejected)", 1..=30),
            ("(shadow)", 2_500..=4_500),
            ("(other)", 1_000..=3_500),
            ("authentication.completed", 1_000..=1_400),
            ("authentication.failed", 1..=20),
            ("registration.completed", 25..=80),
            ("credential.removed", 1..=20),
            ("recovery.requested", 0..=60),
        ],
    );
}

#[test]
fn the_keycloak_log_is_as_planned() {
    check_tally(
        "keycloak",
        LOGS[2].1,
        &[
            ("(rejected)", 1..=25),
            ("authentication.completed", 1_800..=2_300),
            ("authentication.failed", 5..=40),
            ("registration.completed", 80..=160),
            ("(shadow)", 80..=160),
            ("credential.removed", 5..=40),
        ],
    );
}

#[test]
fn two_lines_in_a_thousand_cannot_be_read() {
    let rejected: u64 = LOGS
        .iter()
        .map(|(source, log)| {
            tally(source, log)
                .get("(rejected)")
                .copied()
                .unwrap_or_default()
        })
        .sum();
    assert!((80..=145).contains(&rejected), "{rejected} of 56000");
}

#[derive(Default)]
struct Signed {
    counts: Vec<i64>,
}

#[test]
fn only_the_cloned_key_counts_backwards_and_only_one_challenge_is_used_twice() {
    let mut seen = HashSet::new();
    let mut credentials: HashMap<Vec<u8>, Signed> = HashMap::new();
    let mut challenges: HashMap<[u8; 16], u32> = HashMap::new();
    let mut repeated = 0;
    decode("native", LOGS[0].1, &mut |kind, event| {
        let Some(event) = event.filter(|_| kind == "authentication.completed") else {
            return;
        };
        if !seen.insert(event.event_id.to_string()) {
            repeated += 1;
            return;
        }
        let id = event.credential_id.as_ref().unwrap().to_vec();
        credentials
            .entry(id)
            .or_default()
            .counts
            .push(event.sign_count.unwrap());
        *challenges.entry(event.challenge_hash.unwrap()).or_default() += 1;
    });
    let backwards = |signed: &Signed| {
        signed
            .counts
            .windows(2)
            .any(|pair| pair[1] <= pair[0] && (pair[0], pair[1]) != (0, 0))
    };
    assert_eq!(
        credentials
            .values()
            .filter(|signed| backwards(signed))
            .count(),
        1
    );
    assert_eq!(challenges.values().filter(|uses| **uses > 1).count(), 1);
    assert!((1..20).contains(&repeated), "{repeated} lines came twice");
}

#[test]
fn labels_point_at_events_that_exist() {
    let log = std::str::from_utf8(content("logs/native.ndjson.zst"));
    let log = log.map_or_else(
        |_| String::from_utf8_lossy(content("logs/native.ndjson.zst")).into_owned(),
        str::to_owned,
    );
    let ids: HashSet<&str> = log
        .lines()
        .filter_map(|line| line.split_once("\"event_id\":\"")?.1.split_once('"'))
        .map(|(id, _)| id)
        .collect();
    let labels: Value = serde_json::from_slice(content("labels.json")).unwrap();
    let mut kinds = BTreeSet::new();
    for incident in labels["incidents"].as_array().unwrap() {
        kinds.insert(incident["kind"].as_str().unwrap());
        assert!(incident["start"].as_str().unwrap() < incident["end"].as_str().unwrap());
        let events = incident["events"].as_array().unwrap();
        assert!(!events.is_empty(), "{incident}");
        for event in events {
            assert!(
                ids.contains(event.as_str().unwrap()),
                "{event} is in no line"
            );
        }
    }
    let expected = [
        "attestation_regression",
        "challenge_replay",
        "cloned_key",
        "duplicate_line",
    ];
    assert_eq!(kinds, BTreeSet::from(expected));
}

#[test]
fn the_regression_is_of_one_model_and_one_time() {
    let labels: Value = serde_json::from_slice(content("labels.json")).unwrap();
    let incident = &labels["incidents"][0];
    let at = |key: &str| {
        let text = incident[key].as_str().unwrap();
        text.parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            .timestamp_micros()
    };
    let (from, to) = (at("start"), at("end") + 60_000_000);
    let mut inside = [0, 0];
    decode("native", LOGS[0].1, &mut |kind, event| {
        let model = Some(FLEET_MODELS[0].aaguid);
        let Some(event) = event.filter(|event| event.aaguid == model) else {
            return;
        };
        if kind == "attestation.rejected"
            && event.failure_reason.as_deref() == Some("attestation_untrusted")
        {
            assert!((from..to).contains(&event.ts));
            inside[0] += 1;
        } else if kind == "registration.completed" && (from..to).contains(&event.ts) {
            inside[1] += 1;
        }
    });
    assert!(
        inside[0] >= 10 && inside[1] <= 6,
        "rejected and accepted: {inside:?}"
    );
}

#[test]
fn thirty_ceremonies_and_a_metadata_blob() {
    let accepted = files().iter().filter(|file| file.name.ends_with(".json"));
    let accepted = accepted
        .filter(|file| file.name.starts_with("ceremonies/"))
        .count();
    let faulty = content("ceremonies/faulty.jsonl")
        .iter()
        .filter(|byte| **byte == b'\n')
        .count();
    assert_eq!(accepted + faulty, 30);
    assert!(faulty >= 12, "{faulty}");
    let blob = std::str::from_utf8(content("metadata/test-blob.jwt")).unwrap();
    let payload = blob.split('.').nth(1).unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = base64::Engine::decode(&engine, payload).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    for model in FLEET_MODELS {
        let id = crate::json::uuid(&model.aaguid);
        let entries = payload["entries"].as_array().unwrap();
        assert!(
            entries.iter().any(|entry| entry["aaguid"] == id.as_str()),
            "{}",
            model.name
        );
    }
}

#[test]
fn all_of_it_is_small() {
    let size = |path: PathBuf| std::fs::metadata(path).unwrap().len();
    let total: u64 = files()
        .iter()
        .map(|file| size(folder().join(&file.name)))
        .sum();
    assert!(total < 5_000_000, "{total} bytes");
}
