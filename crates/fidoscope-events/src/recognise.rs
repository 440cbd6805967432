//! Why some lines are taken for those of a source, or are not.

use std::cmp::Reverse;
use std::fmt;

use fidoscope_report::{Candidate, Evidence, LineValue};

use crate::condition::{Condition, Test, first};
use crate::line::unmarked;
use crate::mapping::not_json;
use crate::program::Unread;
use crate::trie::Frame;
use crate::{Catalogue, Mapping};

/// Numbers of lines that are told; the others are counted.
const LINES_TOLD: usize = 10;

/// A test, and how one record stood it.
struct Tested {
    test: String,
    held: bool,
    found: String,
}

impl Catalogue {
    /// How well each mapping fits some lines, and why: the one that [`Catalogue::detect`] chooses
    /// first, then the others that fit, then those that do not, by the tests they passed.
    #[must_use]
    pub fn recognise(&self, lines: &[&[u8]]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = self
            .iter()
            .map(|mapping| mapping.recognise(lines))
            .collect();
        candidates.sort_by_key(|one| Reverse((one.lines, one.tests)));
        if let Some(best) = candidates.first_mut().filter(|best| best.lines > 0) {
            best.chosen = true;
        }
        candidates
    }
}

impl Mapping {
    /// How well this mapping fits some lines, and why.
    #[must_use]
    pub fn recognise(&self, lines: &[&[u8]]) -> Candidate {
        let mut candidate = Candidate {
            source: self.source.clone(),
            maturity: self.maturity.to_string(),
            ..Candidate::default()
        };
        for (index, line) in lines.iter().enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            candidate.of += 1;
            let (fits, tested) = self.tested(line);
            let number = u64::try_from(index + 1).unwrap_or(u64::MAX);
            let held = tested.iter().filter(|tested| tested.held).count();
            if fits {
                candidate.lines += 1;
                if candidate.fits.len() < LINES_TOLD {
                    candidate.fits.push(number);
                }
            }
            let held = u64::try_from(held).unwrap_or(u64::MAX);
            candidate.tests = candidate.tests.max(held);
            for tested in tested {
                add(&mut candidate.evidence, tested, number);
            }
        }
        candidate
    }

    /// Whether one line fits, and the tests of the record in it that fits best.
    fn tested(&self, line: &[u8]) -> (bool, Vec<Tested>) {
        let Some(detect) = &self.program.detect else {
            return (false, Vec::new());
        };
        let text = match std::str::from_utf8(unmarked(line)) {
            Ok(text) => text,
            Err(_) => return (false, vec![unreadable("not UTF-8".to_owned())]),
        };
        let frames = match self.program.frames(text) {
            Ok(frames) => frames,
            Err(Unread::Json(error)) => {
                return (false, vec![unreadable(not_json(text, &error).message)]);
            }
            Err(Unread::Fault(fault)) => return (false, vec![unreadable(fault.message)]),
        };
        let stood = |frame: &Frame<'_>| {
            let mut tests = Vec::new();
            tested(detect, frame, &mut tests);
            (detect.holds(frame), tests)
        };
        let weight = |(fits, tests): &(bool, Vec<Tested>)| {
            let held = tests.iter().filter(|tested| tested.held).count();
            (*fits, held)
        };
        let best = frames.iter().map(stood).max_by_key(weight);
        best.unwrap_or_else(|| (false, vec![unreadable("no record in it".to_owned())]))
    }
}

fn unreadable(why: String) -> Tested {
    Tested {
        test: "is a record".to_owned(),
        held: false,
        found: why,
    }
}

fn add(evidence: &mut Vec<Evidence>, tested: Tested, line: u64) {
    let place = evidence.iter().position(|known| known.test == tested.test);
    let place = place.unwrap_or_else(|| {
        evidence.push(Evidence {
            test: tested.test,
            ..Evidence::default()
        });
        evidence.len() - 1
    });
    let Some(known) = evidence.get_mut(place) else {
        return;
    };
    let value = LineValue {
        line,
        value: tested.found,
    };
    if tested.held {
        known.passed += 1;
        known.example.get_or_insert(value);
    } else {
        known.failed += 1;
        known.against.get_or_insert(value);
    }
}

/// The tests that decide whether a condition holds: of alternatives the best one that holds.
fn tested(condition: &Condition, frame: &Frame<'_>, tests: &mut Vec<Tested>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|one| tested(one, frame, tests)),
        Condition::Any(any) => {
            let held = any.iter().filter(|one| one.holds(frame));
            match held.max_by_key(|one| one.weight(frame)) {
                Some(best) => tested(best, frame, tests),
                None => tests.push(Tested {
                    test: condition.to_string(),
                    held: false,
                    found: "none of them holds".to_owned(),
                }),
            }
        }
        Condition::Not(inner) => {
            let held = !inner.holds(frame);
            tests.push(Tested {
                test: condition.to_string(),
                held,
                found: if held {
                    String::new()
                } else {
                    inner.to_string()
                },
            });
        }
        Condition::Slots { slots, .. } => tests.push(Tested {
            test: condition.to_string(),
            held: condition.holds(frame),
            found: first(frame, slots).describe(),
        }),
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, all: &[Self], word: &str| {
            for (index, one) in all.iter().enumerate() {
                if index > 0 {
                    f.write_str(word)?;
                }
                match one {
                    Self::Any(many) if many.len() > 1 => write!(f, "({one})")?,
                    _ => write!(f, "{one}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::All(all) => list(f, all, " and "),
            Self::Any(any) => list(f, any, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Slots { name, test, .. } => write!(f, "{name} {test}"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equals(text) => write!(f, "is {text:?}"),
            Self::OneOf(texts) => write!(f, "is one of {}", texts.join(", ")),
            Self::Exists(true) => f.write_str("is there"),
            Self::Exists(false) => f.write_str("is not there"),
            Self::StartsWith(start) => write!(f, "starts with {start:?}"),
            Self::Contains(part) => write!(f, "contains {part:?}"),
            Self::Matches(pattern) => write!(f, "matches {}", pattern.text()),
            Self::Bit(place) => write!(f, "is a number with bit {place} set"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `source lines/of tests` of the first candidate, and each test as `+3 -1 test [value]`.
    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let candidates = Catalogue::builtin().recognise(&lines);
        let best = candidates.first().unwrap();
        let mut found = format!(
            "{} {}/{} {} {}\n",
            best.source, best.lines, best.of, best.tests, best.chosen
        );
        for evidence in &best.evidence {
            let value = |value: &Option<LineValue>| {
                let value = value.as_ref();
                value.map_or_else(String::new, |v| format!(" [{}: {}]", v.line, v.value))
            };
            found.push_str(&format!(
                "+{} -{} {}{}{}\n",
                evidence.passed,
                evidence.failed,
                evidence.test,
                value(&evidence.example),
                value(&evidence.against),
            ));
        }
        assert_eq!(found, expected);
    }

    const OKTA: &str =
        r#"{"eventType":"user.session.start","actor":{"type":"User"},"uuid":"1","published":"x"}"#;

    #[test]
    fn the_tests_of_the_chosen_mapping() {
        check(
            &[OKTA, "", "not json", "{}"],
            "okta 1/3 3 true\n\
             +1 -1 eventType matches ^[a-z]+(\\.[A-Za-z0-9_]+)+$ [1: \"user.session.start\"] [4: nothing]\n\
             +1 -1 actor.type is there [1: \"User\"] [4: nothing]\n\
             +1 -0 published is there [1: \"x\"]\n\
             +0 -1 is a record [3: the line is not JSON: expected ident]\n\
             +0 -1 uuid is there or published is there or displayMessage is there [4: none of them holds]\n",
        );
    }

    #[test]
    fn nothing_is_chosen_when_nothing_fits() {
        let candidates = Catalogue::builtin().recognise(&[br#"{"eventType":"a.b"}"#]);
        assert!(candidates.iter().all(|one| !one.chosen && one.lines == 0));
        let nearest = candidates.first().unwrap();
        assert_eq!((nearest.source.as_str(), nearest.tests), ("okta", 1));
    }

    /// The explanation and the choice are never at odds.
    #[test]
    fn agrees_with_detect() {
        let catalogue = Catalogue::builtin();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests-data");
        for mapping in catalogue.iter() {
            let file = format!("{folder}/{}.ndjson", mapping.source());
            let text = std::fs::read_to_string(file).unwrap();
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            let ranking = catalogue.ranking(&lines);
            let recognised = catalogue.recognise(&lines);
            for (ranked, one) in ranking.iter().zip(&recognised) {
                let found = (ranked.mapping.source(), ranked.lines, ranked.tests);
                let one = (one.source.as_str(), one.lines, one.tests);
                assert_eq!(
                    (found.0, u64::try_from(found.1).unwrap()),
                    (one.0, one.1),
                    "{}",
                    mapping.source()
                );
                assert!(one.2 >= u64::try_from(found.2).unwrap());
            }
            assert!(recognised.first().unwrap().chosen);
        }
    }
}
