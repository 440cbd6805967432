//! Invented data of the shape that the engine returns.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_report::{
    Align, Basis, Cell, Column, Comparison, Finding, Level, RawPlace, RuleSight, Sli, SliStatus,
    Table, Target, Unit, Witness,
};

/// End of the invented time.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-08-05T00:00:00Z".parse().expect("a time")
}

fn table(columns: &[(&str, Align)], rows: Vec<Vec<Cell>>) -> Table {
    let column = |(name, align): &(&str, Align)| Column {
        name: (*name).into(),
        align: *align,
    };
    Table {
        columns: columns.iter().map(column).collect(),
        rows,
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

/// Days with a share that is lower for four of them, and one day without data.
fn by_day(name: &str, base: f64, dip: f64) -> Table {
    let rows = (0..30_i32).map(|day| {
        let at = now() - TimeDelta::days(i64::from(30 - day));
        let wobble = f64::from((day * 37) % 11) / 4000.0;
        let value = if (20..24).contains(&day) {
            base - dip
        } else {
            base + wobble
        };
        let value = if day == 9 {
            Cell::Null
        } else {
            Cell::Number(value)
        };
        vec![text(&at.format("%Y-%m-%d").to_string()), value]
    });
    table(
        &[("day", Align::Left), (name, Align::Right)],
        rows.collect(),
    )
}

fn by_bucket(columns: [&str; 2], values: impl Fn(i32) -> [f64; 2]) -> Table {
    let rows = (0..72_i32).map(|bucket| {
        let at = now() - TimeDelta::minutes(i64::from(5 * (72 - bucket)));
        let [a, b] = values(bucket).map(Cell::Number);
        vec![text(&at.to_rfc3339()), a, b]
    });
    let heads = [
        ("ts", Align::Left),
        (columns[0], Align::Right),
        (columns[1], Align::Right),
    ];
    table(&heads, rows.collect())
}

/// A named panel of the engine.
pub(crate) fn panel(name: &str) -> Option<Table> {
    Some(match name {
        "auth_success_by_day" => by_day("success", 0.991, 0.013),
        "registration_success_by_day" => by_day("success", 0.982, 0.094),
        "recovery_by_day" => {
            let rows = (0..30_i32).map(|day| {
                let at = now() - TimeDelta::days(i64::from(30 - day));
                let count = 14 - day / 3 + (day * 7) % 5;
                vec![
                    text(&at.format("%Y-%m-%d").to_string()),
                    Cell::Integer(count.into()),
                ]
            });
            table(
                &[("day", Align::Left), ("recoveries", Align::Right)],
                rows.collect(),
            )
        }
        "outcome_by_bucket" => by_bucket(["success", "failure"], |bucket| {
            let failures = if bucket > 55 { 31 } else { 3 };
            [
                f64::from(180 + (bucket * 13) % 40),
                f64::from(failures + bucket % 4),
            ]
        }),
        "latency_p95_by_bucket" => by_bucket(["create", "verify"], |bucket| {
            [
                f64::from(150 + (bucket * 7) % 30),
                f64::from(84 + (bucket * 11) % 25),
            ]
        }),
        "failed_signatures_by_model" => table(
            &[("model", Align::Left), ("failed", Align::Right)],
            vec![
                vec![text("Example Key 5 NFC"), Cell::Integer(41)],
                vec![text("Sample Platform Passkey"), Cell::Integer(3)],
                vec![text("unknown model"), Cell::Integer(1)],
            ],
        ),
        "attestation_rejections_recent" => table(
            &[
                ("ts", Align::Left),
                ("model", Align::Left),
                ("format", Align::Left),
                ("reason", Align::Left),
            ],
            (0..9_i64)
                .map(|n| {
                    let at = now() - TimeDelta::seconds(47 * n + 13);
                    vec![
                        text(&at.to_rfc3339()),
                        text("Example Key 5 NFC"),
                        text("packed"),
                        text("attestation_untrusted"),
                    ]
                })
                .collect(),
        ),
        "events_by_source" => table(
            &[("source", Align::Left), ("events", Align::Right)],
            vec![
                vec![text("native"), Cell::Integer(24_871)],
                vec![text("okta"), Cell::Integer(14_902)],
                vec![text("keycloak"), Cell::Integer(9_034)],
            ],
        ),
        _ => return None,
    })
}

/// Indicators in every state.
pub(crate) fn slis() -> Vec<Sli> {
    let at_least = |value| {
        Some(Target {
            comparison: Comparison::AtLeast,
            value,
        })
    };
    let below = |value| {
        Some(Target {
            comparison: Comparison::Below,
            value,
        })
    };
    let (ratio, ms, count) = (Unit::Ratio, Unit::Milliseconds, Unit::Count);
    let (met, missed) = (SliStatus::Met, SliStatus::Missed);
    [
        (
            "M1 registration success rate",
            Some(0.9714),
            ratio,
            at_least(0.98),
            missed,
        ),
        (
            "M2 authentication success rate",
            Some(0.9921),
            ratio,
            at_least(0.99),
            met,
        ),
        (
            "M3 time to authenticate",
            Some(812.0),
            ms,
            below(1000.0),
            met,
        ),
        (
            "M4 attestation rejection rate",
            Some(0.0213),
            ratio,
            below(0.005),
            missed,
        ),
        ("M7 verify latency P95", Some(104.2), ms, below(200.0), met),
        (
            "M8 credential revocations",
            Some(38.0),
            count,
            None,
            SliStatus::NoTarget,
        ),
        (
            "M10 multi-device sync errors",
            None,
            count,
            None,
            SliStatus::NoData,
        ),
    ]
    .map(|(name, value, unit, target, status)| sli(name, value, unit, target, status))
    .into()
}

fn sli(
    name: &str,
    value: Option<f64>,
    unit: Unit,
    target: Option<Target>,
    status: SliStatus,
) -> Sli {
    let (id, name) = name.split_once(' ').expect("an id and a name");
    Sli {
        id: id.into(),
        name: name.into(),
        group: None,
        basis: (unit == Unit::Ratio).then_some(Basis::Started),
        value,
        unit,
        target,
        status,
        sample: 31_204,
        coverage: Some(0.98),
        sources: vec!["native".into(), "okta".into()],
        note: value
            .is_none()
            .then(|| "no data: okta does not log failure_reason".into()),
    }
}

/// A cloned key and a replay.
/// Rules that could not judge every event.
pub(crate) fn unseen() -> Vec<RuleSight> {
    let blind = RuleSight {
        rule_id: "b1c7e7a2-0000-4000-8000-000000000002".to_owned(),
        rule: "challenge-accepted-twice".to_owned(),
        events: 4_200,
        undecided: 3_100,
        missing: vec!["challenge_hash".to_owned()],
        absent: Vec::new(),
        blind: true,
    };
    let in_part = RuleSight {
        rule_id: "6f0a3c5e-2b1d-4c8a-9e47-51d0c8a7b301".to_owned(),
        rule: "counter-did-not-increase".to_owned(),
        undecided: 640,
        missing: vec!["sign_count".to_owned()],
        blind: false,
        ..blind.clone()
    };
    vec![blind, in_part]
}

pub(crate) fn findings() -> Vec<Finding> {
    let witness = |minutes, line| Witness {
        event_id: format!("e-{line}"),
        ts: now() - TimeDelta::minutes(minutes),
        source: "native".into(),
        kind: "authentication.completed".into(),
        raw: Some(RawPlace {
            path: "datasets/logs/native.ndjson.gz".into(),
            line,
            offset: line * 583,
            length: 582,
        }),
        facts: BTreeMap::from([
            ("sign_count".into(), Cell::Integer(7)),
            ("stored_sign_count".into(), Cell::Integer(41)),
        ]),
    };
    let finding = |level, title: &str, case: &str, minutes| Finding {
        id: "9d3c1f".into(),
        rule_id: "6f3f5f0e-4f6b-4b4e-9a51-0d7e2c1a9b10".into(),
        title: title.into(),
        level,
        case_key: case.into(),
        summary: "counter 7 after 41 was stored".into(),
        witnesses: vec![witness(minutes, 4711), witness(minutes - 2, 4790)],
        tags: vec!["attack.t1550".into()],
        false_positives: vec!["the authenticator was reset and keeps its key".into()],
    };
    vec![
        finding(
            Level::High,
            "Signature counter did not increase",
            "credential_id=3f2a9c01d8e7",
            95,
        ),
        finding(
            Level::Critical,
            "Challenge accepted twice",
            "challenge=b6a5f4c391\u{1b}[2J",
            12,
        ),
    ]
}
