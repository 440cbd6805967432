use super::*;

#[track_caller]
fn check(counts: &[(i64, &str)], expected: &[&str]) {
    let rows = counts.iter().zip(1_i64..).map(|(&(count, challenge), at)| {
        let text = |text: &str| Value::Text(text.to_owned());
        BTreeMap::from([
            ("ts".to_owned(), Value::Integer(at)),
            ("event_id".to_owned(), text(&format!("e{at}"))),
            ("source".to_owned(), text("native")),
            ("kind".to_owned(), text("authentication.completed")),
            ("outcome".to_owned(), text("success")),
            ("credential_id".to_owned(), Value::Bytes(vec![1])),
            ("sign_count".to_owned(), Value::Integer(count)),
            (
                "challenge_hash".to_owned(),
                if challenge.is_empty() {
                    Value::Null
                } else {
                    text(challenge)
                },
            ),
        ])
    });
    let mut turned: Vec<_> = rows.collect();
    turned.reverse();
    let found: Vec<String> = enrich(turned, &[])
        .iter()
        .map(
            |row| match (row.value("counter_relation"), row.value("counter_previous")) {
                (Value::Text(relation), Value::Integer(previous)) => {
                    format!("{relation} {previous}")
                }
                (Value::Text(relation), _) => relation,
                _ => "-".to_owned(),
            },
        )
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_counter_is_compared_with_the_one_before_it() {
    check(
        &[(3, "a"), (41, "b"), (12, "c"), (13, "d")],
        &["first", "gt 3", "lt 41", "gt 12"],
    );
    check(
        &[(7, "a"), (0, "b"), (0, "c")],
        &["first", "zero_drop 7", "both_zero 0"],
    );
    check(
        &[(0, "a"), (0, "b"), (1, "c")],
        &["first", "both_zero 0", "gt 0"],
    );
    check(
        &[(9, "a"), (9, "b"), (9, "b"), (9, "")],
        &[
            "first",
            "eq_other_challenge 9",
            "eq_same_challenge 9",
            "eq_unknown_challenge 9",
        ],
    );
}
