//! The reference verifier beside other relying party libraries: `tests/peers/judge_webauthn.py`
//! asks py_webauthn and fido2 about every base and about mutants. Where a verdict is another than
//! ours, `tests-data/peer-differences.tsv` says who is right, by which clause, and why; a line
//! there that explains nothing any more fails this test as well.
//!
//! `FIDOSCOPE_PEERS` is the Python that has both packages; `FIDOSCOPE_MUTANTS` how many mutants
//! there are: the whole suite, then its rows on every base and bytes and parts changed by chance from
//! a fixed seed.

mod changes;
mod differences;
mod script;

use std::collections::BTreeMap;
use std::ffi::OsStr;

use chrono::DateTime;
use ciborium::Value;
use fidoscope_conformance::{Settings, load, replay_one};
use fidoscope_mutations::{Mutants, bases, mutants, mutants_of};
use fidoscope_recording::Profile;
use fidoscope_recording::Recording;
use fidoscope_report::Verdict;
use x509_parser::pem;

use crate::generators::Part;
use differences::{Difference, Differences};
use script::{Judgement, judgements};

/// So many mutants have an example of every line.
const MANY: usize = 20_000;

/// A recording, as everybody reads it.
struct Ceremony {
    id: String,
    /// The base that it is, or was made of.
    base: String,
    json: String,
}

/// What we say: the verdict under Level 3, and the step that rejects.
struct Ours {
    verdict: Verdict,
    step: Option<String>,
}

#[derive(Default)]
struct Counts {
    agree: usize,
    differ: BTreeMap<String, usize>,
    unsupported: BTreeMap<String, usize>,
    open: usize,
}

/// Every base, and one more: py_webauthn wants the root among the certificates of android-key.
fn all_bases() -> Vec<Recording> {
    let mut bases = bases().unwrap();
    let android_key = bases.iter().find(|base| base.id == "V14").unwrap();
    let mut with_root = with_root(android_key);
    with_root.id = "V14-with-root".to_owned();
    bases.push(with_root);
    bases
}

/// The recording with its trust anchor at the end of `x5c`, which nobody signs.
fn with_root(base: &Recording) -> Recording {
    let bytes = Part::AttestationObject.read(base);
    let mut object: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
    let statement = member(&mut object, "attStmt");
    let certificates = member(statement, "x5c").as_array_mut().unwrap();
    let anchor = pem::parse_x509_pem(base.policy.anchors[0].as_bytes());
    certificates.push(Value::Bytes(anchor.unwrap().1.contents));
    let mut bytes = Vec::new();
    ciborium::into_writer(&object, &mut bytes).unwrap();
    Part::AttestationObject.with(base, &bytes)
}

fn member<'a>(map: &'a mut Value, name: &str) -> &'a mut Value {
    let mut entries = map.as_map_mut().unwrap().iter_mut();
    let found = entries.find(|(key, _)| *key == Value::from(name));
    &mut found.unwrap().1
}

fn ceremony(recording: &Recording) -> Ceremony {
    Ceremony {
        id: recording.id.clone(),
        base: recording.id.clone(),
        json: serde_json::to_string(recording).unwrap(),
    }
}

/// The suite, then in turns its rows on every other base, signed again where they are signed, and
/// changes by chance, until there are as many as wanted.
fn mutated(bases: &[Recording], wanted: usize) -> Vec<Ceremony> {
    let mut ceremonies: Vec<Ceremony> = made(mutants(&|_| true).unwrap()).collect();
    let missing = wanted.saturating_sub(ceremonies.len());
    let others = bases.iter().filter(|_| missing > 0);
    let mut others = others.flat_map(|base| made(mutants_of(base, &|_| true).unwrap()));
    let mut by_chance = changes::by_chance(bases, missing);
    let in_turns = std::iter::from_fn(|| Some([others.next(), by_chance.next()]));
    ceremonies.extend(in_turns.flatten().flatten().take(missing));
    ceremonies
}

fn made(mutants: Mutants) -> impl Iterator<Item = Ceremony> {
    mutants.mutants.into_iter().map(|mutant| Ceremony {
        id: mutant.id,
        base: mutant.base,
        json: mutant.json,
    })
}

fn judge(ceremony: &Ceremony) -> Ours {
    let (recordings, diagnostics) = load(&ceremony.id, ceremony.json.as_bytes());
    let Some(loaded) = recordings.first() else {
        panic!("{}: {diagnostics:?}", ceremony.id);
    };
    let settings = Settings {
        profile: Some(Profile::WebauthnL3),
        ..Settings::at(DateTime::UNIX_EPOCH)
    };
    let replay = replay_one(loaded, &settings);
    Ours {
        verdict: replay.verdict,
        step: replay.step.map(std::borrow::Cow::into_owned),
    }
}

/// Ours against a peer's; the difference, if there is one to be explained.
fn compare<'a>(
    ceremony: &'a Ceremony,
    ours: &'a Ours,
    theirs: &'a Judgement,
    counts: &mut Counts,
) -> Option<Difference<'a>> {
    let accepted = match ours.verdict {
        // Unknown is not false: there is nothing to compare.
        Verdict::Indeterminate => {
            counts.open += 1;
            return None;
        }
        verdict => verdict == Verdict::Accept,
    };
    match (theirs.verdict.as_str(), accepted) {
        ("unsupported", _) => {
            *counts.unsupported.entry(theirs.reason()).or_default() += 1;
            None
        }
        ("accept", true) | ("reject", false) => {
            counts.agree += 1;
            None
        }
        ("accept" | "reject", _) => Some(Difference {
            peer: &theirs.peer,
            id: &ceremony.id,
            base: &ceremony.base,
            ours: match accepted {
                true => "accept",
                false => ours.step.as_deref().unwrap_or("reject"),
            },
            theirs: match accepted {
                true => theirs.reason(),
                false => "accept".to_owned(),
            },
        }),
        (other, _) => panic!("{}: {} says {other}", ceremony.id, theirs.peer),
    }
}

fn print(what: &str, counts: &BTreeMap<String, Counts>) {
    for (peer, counts) in counts {
        let total = |of: &BTreeMap<String, usize>| of.values().sum::<usize>();
        eprintln!(
            "peers: {peer} on {what}: {} agree, {} differ, {} unsupported, {} open",
            counts.agree,
            total(&counts.differ),
            total(&counts.unsupported),
            counts.open
        );
        for (what, count) in counts.differ.iter().chain(&counts.unsupported) {
            eprintln!("peers: {peer}: {count:5} {what}");
        }
    }
}

/// Compares with every peer, and prints how often they agree.
fn check(what: &str, python: &OsStr, ceremonies: &[Ceremony], differences: &mut Differences) {
    let judged = judgements(python, ceremonies);
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for (ceremony, theirs) in ceremonies.iter().zip(&judged) {
        let ours = judge(ceremony);
        for theirs in theirs {
            let counts = counts.entry(theirs.peer.clone()).or_default();
            if let Some(difference) = compare(ceremony, &ours, theirs, counts) {
                let known = differences.explain(&difference);
                *counts.differ.entry(known).or_default() += 1;
            }
        }
    }
    print(what, &counts);
}

#[test]
fn every_difference_to_a_peer_is_explained() {
    let Some(python) = std::env::var_os("FIDOSCOPE_PEERS").filter(|path| !path.is_empty()) else {
        eprintln!("SKIPPED: FIDOSCOPE_PEERS names no Python with webauthn and fido2");
        return;
    };
    let wanted = std::env::var_os("FIDOSCOPE_MUTANTS");
    let wanted = wanted.map_or(500, |text| text.to_str().unwrap().parse().unwrap());
    let mut differences = Differences::read();
    let bases = all_bases();
    let accepted: Vec<Ceremony> = bases.iter().map(ceremony).collect();
    for base in &accepted {
        assert_eq!(judge(base).verdict, Verdict::Accept, "{}", base.id);
    }
    check("bases", &python, &accepted, &mut differences);
    let mutants = mutated(&bases, wanted);
    let what = format!("{} mutants", mutants.len());
    check(&what, &python, &mutants, &mut differences);
    differences.finish(mutants.len() >= MANY);
}
