use super::*;
use crate::report::tests::is_harmless;
use crate::{Format, Options, Piece, Writer};

fn audit() -> Audit {
    let count = AuditCount {
        registrations: 3,
        affected: 1,
        trust: BTreeMap::from([("trusted", 2), ("not-evaluated", 1)]),
        classes: BTreeMap::from([("revoked", 1)]),
        new: BTreeMap::from([("revoked", 1)]),
    };
    Audit {
        now: "2026-11-22T00:00:00Z".to_owned(),
        newest: "no 43".to_owned(),
        past: Some("no 42".to_owned()),
        by: "user_segment".to_owned(),
        total: count.clone(),
        classes: vec![AuditClassInfo {
            class: "revoked",
            meaning: "the model is revoked",
            compared: true,
        }],
        models: vec![AuditModel {
            model: Some("Rowan\u{1b}[2J Tag".to_owned()),
            count,
            ..AuditModel::default()
        }],
        ..Audit::default()
    }
}

fn row() -> AuditRow {
    AuditRow {
        place: "a.ndjson:2".to_owned(),
        credential: Some("AQID".to_owned()),
        user: Some("=cmd\u{202e}".to_owned()),
        classes: vec!["revoked"],
        new: Some(vec!["revoked"]),
        now: AuditView {
            trust: "trusted",
            step: "reg.trust",
            statuses: Some(vec!["REVOKED".to_owned()]),
            ..AuditView::default()
        },
        ..AuditRow::default()
    }
}

fn written(format: Format, pieces: usize) -> String {
    let mut writer = Writer::of::<AuditRow>(Vec::new(), format, Options::default()).unwrap();
    for _ in 0..pieces {
        for rows in [vec![row()], Vec::new()] {
            writer
                .push(Piece::new(&rows, format, Options::default()))
                .unwrap();
        }
    }
    String::from_utf8(writer.finish(audit().closing()).unwrap()).unwrap()
}

#[test]
fn json_is_one_object_with_rows_and_counts() {
    for pieces in [0, 1, 3] {
        let text = written(Format::Json, pieces);
        let value: serde_json::Value = serde_json::from_str(&text).expect(&text);
        assert_eq!(value["schema"], "fidoscope.audit/1");
        assert_eq!(value["registrations"].as_array().unwrap().len(), pieces);
        assert_eq!(value["models"][0]["classes"]["revoked"], 1);
    }
}

#[test]
fn ndjson_and_csv_are_rows() {
    let text = written(Format::Ndjson, 2);
    assert_eq!(text.lines().count(), 2);
    assert!(text.lines().all(|line| line.starts_with('{')), "{text}");
    let text = written(Format::Csv, 2);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records: Result<Vec<_>, _> = reader.records().collect();
    assert_eq!(records.unwrap().len(), 2);
}

#[test]
fn no_text_of_a_stranger_moves_the_cursor() {
    const HOSTILE: &str = "a\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\0<b>";
    let hostile = || HOSTILE.to_owned();
    let audit = Audit {
        newest: hostile(),
        past: Some(hostile()),
        by: hostile(),
        groups: vec![AuditGroup {
            value: Some(hostile()),
            ..AuditGroup::default()
        }],
        rejected_lines: 1,
        rejected: vec![RejectedRow {
            place: hostile(),
            reason: hostile(),
        }],
        ..audit()
    };
    let row = AuditRow {
        place: hostile(),
        ..row()
    };
    for format in Format::ALL {
        let mut writer = Writer::of::<AuditRow>(Vec::new(), format, Options::default()).unwrap();
        let piece = Piece::new(std::slice::from_ref(&row), format, Options::default());
        writer.push(piece).unwrap();
        let text = String::from_utf8(writer.finish(audit.closing()).unwrap()).unwrap();
        assert!(is_harmless(&text), "{format}: {text:?}");
        assert!(
            format != Format::Markdown || !text.contains("<b>"),
            "{text}"
        );
    }
}

#[test]
fn a_spreadsheet_finds_no_formula_when_asked() {
    for (safe, user) in [(false, "=cmd"), (true, "'=cmd")] {
        let options = Options {
            csv_safe: safe,
            ..Options::default()
        };
        let mut writer = Writer::of::<AuditRow>(Vec::new(), Format::Csv, options).unwrap();
        let piece = Piece::new(&[row()], Format::Csv, options);
        writer.push(piece).unwrap();
        let text = String::from_utf8(writer.finish(audit().closing()).unwrap()).unwrap();
        assert!(text.contains(&format!(",{user}\\u{{202e}},")), "{text}");
    }
}

#[test]
fn people_read_what_matters_first() {
    let text = written(Format::Table, 1);
    let first = text.lines().next();
    assert_eq!(
        first,
        Some("3 registrations, 1 affected, by metadata no 43 on 2026-11-22, compared with no 42")
    );
    assert!(text.contains("1 revoked (1 new)"), "{text}");
    assert!(written(Format::Markdown, 1).contains("### Models"));
}
