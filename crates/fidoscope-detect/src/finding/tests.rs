use chrono::DateTime;

use super::*;

const RULE: &str = "
title: Sign-in with a counter
id: 00000000-0000-4000-8000-000000000001
level: low
logsource: {product: webauthn}
detection:
  sel: {sign_count|exists: true}
  condition: sel
tags: [attack.t1078]
falsepositives: [testers]
fidoscope:
  case_key: [rp_id, credential_id]
  summary: counter {sign_count}
";

fn rule() -> Rule {
    Rule::parse(RULE, "rule.yml").unwrap()
}

fn event(id: &str, second: i64, credential: Option<&str>, count: i64) -> Witness {
    let text = |text: &str| Cell::Text(text.to_owned());
    Witness {
        event_id: id.to_owned(),
        ts: DateTime::from_timestamp(second, 0).unwrap(),
        source: "native".to_owned(),
        kind: "authentication.completed".to_owned(),
        raw: None,
        facts: BTreeMap::from([
            (
                "rp_id".to_owned(),
                credential.map_or(Cell::Null, |_| text("example.org")),
            ),
            (
                "credential_id".to_owned(),
                credential.map_or(Cell::Null, text),
            ),
            ("sign_count".to_owned(), Cell::Integer(count)),
        ]),
    }
}

fn hit(event: Witness, related: &[Witness]) -> Match {
    Match {
        event,
        related: related.to_vec(),
    }
}

fn told(matches: Vec<Match>) -> Vec<String> {
    findings(&rule(), matches)
        .iter()
        .map(|finding| {
            let ids: Vec<&str> = finding
                .witnesses
                .iter()
                .map(|w| w.event_id.as_str())
                .collect();
            format!(
                "{}: {} [{}]",
                finding.case_key,
                finding.summary,
                ids.join(" ")
            )
        })
        .collect()
}

#[test]
fn events_of_one_case_make_one_finding_oldest_first() {
    let (a, b, c) = (
        event("a", 10, Some("k"), 1),
        event("b", 20, Some("k"), 2),
        event("c", 5, Some("k"), 3),
    );
    let other = event("o", 1, Some("other"), 9);
    let expected = [
        "rp_id=example.org,credential_id=k: counter 1 (3 events, 2 of them match) [c a b]",
        "rp_id=example.org,credential_id=other: counter 9 (1 event) [o]",
    ];
    let matches = vec![
        hit(b, std::slice::from_ref(&a)),
        hit(a, &[c]),
        hit(other, &[]),
    ];
    assert_eq!(told(matches.clone()), expected);
    assert_eq!(told(matches.into_iter().rev().collect()), expected);
}

#[test]
fn events_without_a_case_are_not_thrown_together() {
    let matches = vec![
        hit(event("a", 1, None, 1), &[]),
        hit(event("b", 2, None, 2), &[]),
    ];
    assert_eq!(
        told(matches),
        [
            "event_id=a: counter 1 (1 event) [a]",
            "event_id=b: counter 2 (1 event) [b]"
        ]
    );
}

#[test]
fn a_finding_keeps_its_identity_when_more_events_arrive() {
    let first = hit(event("a", 1, Some("k"), 1), &[]);
    let later = hit(event("b", 2, Some("k"), 2), &[]);
    let one = findings(&rule(), [first.clone()]);
    let two = findings(&rule(), [first, later]);
    assert_eq!(one[0].id, two[0].id);
    assert_eq!(one[0].id, "18641846fe17eab984db747ea5bd8b02");
}

#[test]
fn many_witnesses_are_capped_and_counted() {
    let matches = (0..i64::try_from(MAX_WITNESSES).unwrap() + 23)
        .map(|second| hit(event(&format!("e{second}"), second, Some("k"), second), &[]));
    let found = findings(&rule(), matches);
    assert_eq!(found[0].witnesses.len(), MAX_WITNESSES);
    assert_eq!(
        found[0].summary,
        "counter 0 (73 events, the first 50 are shown)"
    );
}

#[test]
fn a_finding_repeats_what_the_rule_says_of_itself() {
    let found = findings(&rule(), [hit(event("a", 1, Some("k"), 1), &[])]);
    assert_eq!(found[0].title, "Sign-in with a counter");
    assert_eq!(found[0].tags, ["attack.t1078"]);
    assert_eq!(found[0].false_positives, ["testers"]);
    assert_eq!(found[0].level, fidoscope_report::Level::Low);
}
