use std::collections::BTreeMap;

use crate::{
    Align, Basis, Cell, Column, Comparison, Decision, Expectation, Finding, FirstFailed, Format,
    Input, Level, Mismatch, Model, Options, RawPlace, Replay, Report, RuleSight, Sli, SliStatus,
    Status, Step, Subject, Support, SupportState, Table, Target, Unit, Verdict, Witness,
};

fn slis() -> Vec<Sli> {
    let authentication = Sli {
        id: "M2".into(),
        name: "authentication success rate".into(),
        group: None,
        basis: Some(Basis::Started),
        value: Some(0.98962),
        unit: Unit::Ratio,
        target: Some(Target {
            comparison: Comparison::AtLeast,
            value: 0.99,
        }),
        status: SliStatus::Missed,
        sample: 31_204,
        coverage: Some(1.0),
        sources: vec!["native".into(), "okta".into()],
        note: None,
    };
    let verify = Sli {
        id: "M7".into(),
        name: "verify latency P95".into(),
        basis: None,
        value: Some(182.4),
        unit: Unit::Milliseconds,
        target: Some(Target {
            comparison: Comparison::Below,
            value: 200.0,
        }),
        status: SliStatus::Met,
        sample: 12_034,
        coverage: Some(0.412),
        note: Some("okta does not log server_ms".into()),
        ..authentication.clone()
    };
    let sync = Sli {
        id: "M10".into(),
        name: "multi-device sync errors".into(),
        basis: None,
        value: None,
        unit: Unit::Count,
        target: None,
        status: SliStatus::NoData,
        sample: 0,
        coverage: Some(0.0),
        sources: Vec::new(),
        note: Some("no data: keycloak does not log failure_reason".into()),
        ..authentication.clone()
    };
    vec![authentication, verify, sync]
}

fn sights() -> Vec<RuleSight> {
    let sight = RuleSight {
        rule_id: "6f0a3c5e-2b1d-4c8a-9e47-51d0c8a7b301".into(),
        rule: "counter-did-not-increase".into(),
        events: 1200,
        undecided: 0,
        missing: Vec::new(),
        absent: Vec::new(),
        blind: false,
    };
    let blind = RuleSight {
        rule: "challenge-accepted-twice".into(),
        undecided: 900,
        missing: vec!["challenge_hash".into()],
        blind: true,
        ..sight.clone()
    };
    vec![sight, blind]
}

/// No findings of rules that saw nothing are no good news.
#[test]
fn no_findings_are_told_apart_from_no_sight() {
    let text = |sights: &[RuleSight]| {
        Report::findings(&[], sights).render(Format::Table, Options::default())
    };
    assert_eq!(text(&sights()[..1]), "no findings\n");
    assert_eq!(text(&sights()), "no findings in what the rules could see\n");
    assert_eq!(
        text(&sights()[1..]),
        "no findings, and no rule that could have made one\n"
    );
    assert_eq!(
        text(&[]),
        "no findings, and no rule that could have made one\n"
    );
}

fn findings() -> Vec<Finding> {
    let witness = Witness {
        event_id: "e-1".into(),
        ts: "2026-08-04T10:15:00Z".parse().unwrap(),
        source: "native".into(),
        kind: "authentication.completed".into(),
        raw: Some(RawPlace {
            path: "rp\u{1b}]0;owned\u{7}.ndjson.gz".into(),
            line: 4711,
            offset: 2_731_002,
            length: 583,
        }),
        facts: BTreeMap::from([
            ("sign_count".into(), Cell::Integer(7)),
            ("stored_sign_count".into(), Cell::Integer(41)),
            ("user_verified".into(), Cell::Null),
        ]),
    };
    vec![Finding {
        id: "9d3c1f".into(),
        rule_id: "6f3f5f0e-4f6b-4b4e-9a51-0d7e2c1a9b10".into(),
        title: "Signature counter did not increase".into(),
        level: Level::High,
        case_key: "credential_id=3f2a9c01d8e7b6a5f4c391".into(),
        summary: "counter 7 after 41 was stored".into(),
        witnesses: vec![
            witness.clone(),
            Witness {
                ts: "2026-08-04T10:15:04.250Z".parse().unwrap(),
                raw: None,
                ..witness
            },
        ],
        tags: vec!["attack.t1550".into()],
        false_positives: vec!["the authenticator was reset".into()],
    }]
}

pub(crate) fn replays() -> Vec<Replay> {
    let step = |id: &'static str, status, found: Option<&str>| Step {
        id: id.into(),
        title: "The origin is one that the relying party expects".into(),
        status,
        class: "MUST".into(),
        l2: Some("7.2 step 11".into()),
        l3: Some("7.2 step 12".into()),
        anchor: "#rp-op-verifying-assertion-step-origin".into(),
        expected: found.map(|_| "https://example.com".into()),
        found: found.map(Into::into),
        note: None,
    };
    let good = Replay {
        ceremony: "auth-packed-es256".into(),
        file: "datasets/ceremonies/auth.jsonl:1".into(),
        kind: "authentication".into(),
        profile: "webauthn-l3".into(),
        verdict: Verdict::Accept,
        step: None,
        first_failed: FirstFailed::default(),
        expected: Some(Expectation {
            verdict: Verdict::Accept,
            step: None,
        }),
        decision: None,
        mismatches: Vec::new(),
        ok: Some(true),
        test_root: true,
        as_of: None,
        explanation: None,
        steps: vec![step("auth.type", Status::Pass, None)],
    };
    let bad = Replay {
        ceremony: "auth-origin".into(),
        verdict: Verdict::Reject,
        step: Some("auth.origin".into()),
        first_failed: FirstFailed {
            l2: Some("auth.origin".into()),
            l3: Some("auth.origin".into()),
        },
        decision: Some(Decision {
            verdict: Verdict::Accept,
            reason: Some("HTTP 200".into()),
        }),
        mismatches: vec![Mismatch::Verdict, Mismatch::RpAccepted],
        ok: Some(false),
        test_root: false,
        steps: vec![
            step("auth.type", Status::Pass, None),
            step(
                "auth.origin",
                Status::Fail,
                Some("https://evil.example\u{1b}[2J"),
            ),
        ],
        ..good.clone()
    };
    vec![good, bad]
}

fn rows() -> Table {
    let column = |name: &str, align| Column {
        name: name.into(),
        align,
    };
    Table {
        columns: vec![column("user_agent", Align::Left), column("n", Align::Right)],
        rows: vec![
            vec![
                Cell::Text("curl/8 \u{1b}[31m|x,\"y\"".into()),
                Cell::Integer(12_034),
            ],
            vec![Cell::Null, Cell::Number(0.5)],
        ],
    }
}

fn inputs() -> Vec<Input> {
    vec![Input {
        path: "datasets/logs/native.ndjson.gz".into(),
        source: Some("native".into()),
        lines: 20_000,
        events: 19_950,
        shadows: 0,
        other: 10,
        quarantined: 40,
        kinds: BTreeMap::from([("authentication.completed".into(), 19_950)]),
        reasons: BTreeMap::from([("not-json".into(), 40)]),
        note: None,
    }]
}

/// Every format of a document in one picture.
fn all_formats(report: &Report<'_>) -> String {
    let options = |width| Options {
        width,
        ..Options::default()
    };
    let mut out = String::new();
    for (title, format, options) in [
        ("table, 80 columns", Format::Table, options(Some(80))),
        ("table, any width", Format::Table, options(None)),
        (
            "table, detail",
            Format::Table,
            Options {
                detail: true,
                ..Options::default()
            },
        ),
        ("json", Format::Json, options(None)),
        ("ndjson", Format::Ndjson, options(None)),
        ("csv", Format::Csv, options(None)),
        ("markdown", Format::Markdown, options(None)),
    ] {
        out.push_str(&format!("--- {title}\n{}", report.render(format, options)));
    }
    out
}

#[test]
fn indicators() {
    let slis = slis();
    let report = Report::of(&slis).with("until", &"2026-08-05T00:00:00Z");
    insta::assert_snapshot!(all_formats(&report));
}

#[test]
fn findings_and_their_witnesses() {
    insta::assert_snapshot!(all_formats(&Report::findings(&findings(), &sights())));
}

#[test]
fn replays_and_their_steps() {
    insta::assert_snapshot!(all_formats(&Report::of(&replays())));
}

#[test]
fn rows_of_a_query() {
    insta::assert_snapshot!(all_formats(&Report::rows(&rows())));
}

#[test]
fn inputs_account_for_every_line() {
    insta::assert_snapshot!(all_formats(&Report::of(&inputs())));
}

#[test]
fn models_without_an_entry() {
    let unknown = Model {
        aaguid: "00000000-0000-0000-0000-000000000000".into(),
        ..Model::default()
    };
    insta::assert_snapshot!(all_formats(&Report::of(&[unknown])));
}

#[test]
fn json_is_one_object_with_its_schema() {
    let json = Report::of(&slis()).render(Format::Json, Options::default());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["schema"], "fidoscope.slis/1");
    assert_eq!(value["slis"].as_array().unwrap().len(), 3);
}

#[test]
fn ndjson_is_one_object_a_line_in_column_order() {
    let text = Report::rows(&rows()).render(Format::Ndjson, Options::default());
    assert_eq!(
        text,
        "{\"user_agent\":\"curl/8 \\u001b[31m|x,\\\"y\\\"\",\"n\":12034}\n{\"user_agent\":null,\"n\":0.5}\n"
    );
}

#[test]
fn nothing_found_is_said_in_words_or_is_an_empty_list() {
    let report = Report::findings(&[], &sights()[..1]);
    let render = |format| report.render(format, Options::default());
    assert_eq!(render(Format::Table), "no findings\n");
    assert_eq!(render(Format::Ndjson), "");
    assert_eq!(
        render(Format::Json),
        "{\"schema\":\"fidoscope.findings/1\",\n\"rules\":[{\"rule_id\":\"6f0a3c5e-2b1d-4c8a-9e47-51d0c8a7b301\",\"rule\":\"counter-did-not-increase\",\"events\":1200,\"undecided\":0,\"missing\":[],\"absent\":[],\"blind\":false}],\n\"findings\":[\n]}\n"
    );
}

#[test]
fn a_missed_target_does_not_look_met() {
    let near = Sli {
        value: Some(0.989_98),
        ..slis().remove(0)
    };
    assert_eq!(near.value_text().unwrap(), "98.998 %");
}

/// True when nothing in a text but its line breaks commands a terminal.
pub(crate) fn is_harmless(text: &str) -> bool {
    crate::escape_lines(text) == text
}

#[test]
fn a_spreadsheet_finds_no_formula_when_asked() {
    let table = Table {
        rows: vec![
            vec![Cell::Text("=1+1".into()), Cell::Integer(-5)],
            vec![Cell::Text("@SUM(A1)".into()), Cell::Number(-0.5)],
            vec![Cell::Text("+49 30".into()), Cell::Null],
            vec![Cell::Text("-".into()), Cell::Bool(true)],
            vec![Cell::Text("＝A1".into()), Cell::Null],
            vec![Cell::Text("\t=A1".into()), Cell::Null],
            vec![Cell::Text("a=b".into()), Cell::Null],
        ],
        ..Table::with_columns(&["-user", "n"])
    };
    let csv = |csv_safe| {
        let options = Options {
            csv_safe,
            ..Options::default()
        };
        Report::rows(&table).render(Format::Csv, options)
    };
    assert_eq!(
        csv(true),
        "'-user,n\n'=1+1,-5\n'@SUM(A1),-0.5\n'+49 30,\n'-,true\n'＝A1,\n\\t=A1,\na=b,\n"
    );
    assert_eq!(csv(false), csv(true).replace('\'', ""));
}

#[test]
fn no_control_character_leaves_in_any_format() {
    let (findings, replays, rows) = (findings(), replays(), rows());
    let reports = [
        Report::findings(&findings, &sights()),
        Report::of(&replays),
        Report::rows(&rows),
    ];
    for report in reports {
        let text = all_formats(&report);
        assert!(is_harmless(&text), "{text:?}");
    }
}

/// At widths of real terminals, each of the words stands in a row of its own.
#[track_caller]
fn check_apart(report: &Report<'_>, words: &[&str]) {
    for width in 60..=140 {
        let options = Options {
            width: Some(width),
            ..Options::default()
        };
        let text = report.render(Format::Table, options);
        for word in words {
            let rows = text.lines().filter(|line| line.contains(word)).count();
            assert_eq!(rows, 1, "{word} at {width}:\n{text}");
        }
    }
}

#[test]
fn what_tells_rows_apart_never_leaves_the_table() {
    let rate = |basis, group: Option<&str>| Sli {
        id: "M1".into(),
        name: "registration success rate".into(),
        basis: Some(basis),
        group: group.map(Into::into),
        ..slis().remove(0)
    };
    let both = [rate(Basis::Started, None), rate(Basis::Submitted, None)];
    check_apart(&Report::of(&both), &["started", "submitted"]);
    let groups = [
        "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
        "2fc0579f-8113-47ea-b116-bb5a8db9202a",
    ];
    let grouped = groups.map(|group| rate(Basis::Started, Some(group)));
    check_apart(&Report::of(&grouped), &["ea9b", "2fc0"]);
    let support = [Basis::Started, Basis::Submitted].map(|basis| Support {
        subject: Subject::Indicator,
        id: "M1".into(),
        name: "registration success rate".into(),
        basis: Some(basis),
        source: "keycloak-text-log".into(),
        state: SupportState::Supported,
        missing: Vec::new(),
    });
    check_apart(&Report::support(&support), &["started", "submitted"]);
    let models = groups.map(|aaguid| Model {
        aaguid: aaguid.into(),
        description: Some("Example Security Key 5 Series with NFC and Lightning".into()),
        status: Some("USER_VERIFICATION_BYPASS".into()),
        status_since: Some("2026-03-01".into()),
        level: Some("L2plus".into()),
        protocol: Some("fido2".into()),
        events: Some(12_034),
    });
    check_apart(&Report::of(&models), &groups);
}
