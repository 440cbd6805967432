use std::borrow::Cow;

use super::*;
use crate::path;

/// The text at each path, one frame a record, `-` where there is none.
#[track_caller]
fn check(naming: Naming, explode: &[&str], paths: &[&str], line: &str, expected: &[&[&str]]) {
    let (mut root, mut width) = (Node::root(naming), 0);
    let exploded: Vec<_> = explode
        .iter()
        .map(|path| {
            root.explode(&path::parse(path).unwrap(), &mut width)
                .unwrap()
        })
        .collect();
    let slots: Vec<_> = paths
        .iter()
        .map(|path| root.insert(&path::parse(path).unwrap(), &mut width))
        .collect();
    let mut frames = Vec::new();
    let seed = LineSeed {
        root: &root,
        envelope: &Envelope::default(),
        width,
        frames: &mut frames,
        apart: false,
    };
    seed.deserialize(&mut serde_json::Deserializer::from_str(line))
        .unwrap();
    let mut records = Vec::new();
    for frame in frames {
        expand(frame, &exploded, 10, &mut records).unwrap();
    }
    let text = |frame: &Frame<'_>, slot: &usize| {
        let value = frame.get(*slot).cloned().unwrap_or_default();
        value
            .into_text()
            .map_or_else(|| "-".to_owned(), Cow::into_owned)
    };
    let found: Vec<Vec<_>> = records
        .iter()
        .map(|frame| slots.iter().map(|slot| text(frame, slot)).collect())
        .collect();
    assert_eq!(found, expected);
}

fn plain() -> Naming {
    Naming::default()
}

#[test]
fn elements_of_arrays() {
    check(
        plain(),
        &[],
        &["p[name~=^aaguid$].value", "p[1].name", "p[*].value", "q[*]"],
        r#"{"p":[{"name":"x","value":"1"},{"value":"2","name":"AAGuid"},3,{"name":"aaguid","value":"4"}],"q":["a","b"]}"#,
        &[&["2", "AAGuid", "1 2 4", "a b"]],
    );
    check(
        plain(),
        &[],
        &["a[key=n].value.*", "a[key=l].value.arrayValue.values[*].*"],
        r#"{"a":[{"key":"n","value":{"intValue":"7"}},{"key":"l","value":{"arrayValue":{"values":[{"stringValue":"usb"},{"stringValue":"nfc"}]}}}]}"#,
        &[&["7", "usb nfc"]],
    );
}

#[test]
fn json_inside_text() {
    check(
        plain(),
        &[],
        &["d[m=b].ok", "e.f"],
        r#"{"d":"[{\"m\":\"a\",\"ok\":1},{\"m\":\"b\",\"ok\":true}]","e":"{\"f\":\"g\"}"}"#,
        &[&["true", "g"]],
    );
    check(
        plain(),
        &[],
        &["e.f", "e"],
        r#"{"e":"{\"f\":"}"#,
        &[&["-", "{\"f\":"]],
    );
}

#[test]
fn a_record_for_each_element() {
    check(
        plain(),
        &["r", "r.s"],
        &["who", "r.host", "r.s.n"],
        r#"{"r":[{"s":[{"n":1},{"n":2}],"host":"a"},{"host":"b","s":[{"n":3}]},{"host":"c","s":[]}],"who":"w"}"#,
        &[&["w", "a", "1"], &["w", "a", "2"], &["w", "b", "3"]],
    );
    check(
        plain(),
        &["r"],
        &["who", "r.n"],
        r#"{"who":"w"}"#,
        &[&["w", "-"]],
    );
}

#[test]
fn names_of_a_record() {
    let merge = Naming {
        fold_case: true,
        merge: vec!["properties".to_owned()],
        ..plain()
    };
    let line = r#"{"Properties":"{\"UserId\":\"u\",\"category\":\"inner\"}","Category":"outer"}"#;
    check(
        merge,
        &[],
        &["userId", "category"],
        line,
        &[&["u", "outer"]],
    );
    let dotted = Naming {
        dotted: true,
        ..plain()
    };
    let line = r#"{"event.action":"a","event":{"id":"b"},"event.x.y":"c"}"#;
    check(
        dotted,
        &[],
        &["event.action", "event.id"],
        line,
        &[&["a", "b"]],
    );
}
