use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn row(cells: &[(&str, Value)]) -> BTreeMap<String, Value> {
    cells
        .iter()
        .map(|(column, value)| ((*column).to_owned(), value.clone()))
        .collect()
}

fn flag(column: &'static str) -> Expr {
    Expr::Test(column, Test::Bool(true))
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

#[track_caller]
fn check(expr: &Expr, cells: &[(&str, Value)], expected: Option<bool>) {
    assert_eq!(expr.matches(&row(cells)), expected, "{expr:?} on {cells:?}");
}

#[test]
fn unknown_stays_unknown_under_not() {
    let synced = flag("be");
    check(&synced, &[("be", Value::Bool(true))], Some(true));
    check(&synced, &[("be", Value::Bool(false))], Some(false));
    check(&synced, &[], None);
    check(&not(synced), &[], None);
}

#[test]
fn and_is_false_and_or_is_true_as_soon_as_one_side_is() {
    let (yes, no) = (("up", Value::Bool(true)), ("up", Value::Bool(false)));
    check(
        &Expr::And(vec![flag("be"), flag("up")]),
        std::slice::from_ref(&no),
        Some(false),
    );
    check(
        &Expr::And(vec![flag("up"), flag("be")]),
        std::slice::from_ref(&yes),
        None,
    );
    check(&Expr::Or(vec![flag("be"), flag("up")]), &[yes], Some(true));
    check(&Expr::Or(vec![flag("up"), flag("be")]), &[no], None);
    check(&Expr::And(Vec::new()), &[], Some(true));
    check(&Expr::Or(Vec::new()), &[], Some(false));
}

#[test]
fn whether_a_column_is_known_is_always_known() {
    check(&Expr::IsNull("aaguid"), &[], Some(true));
    check(
        &not(Expr::IsNull("aaguid")),
        &[("aaguid", Value::Bytes(vec![0; 16]))],
        Some(true),
    );
}

#[test]
fn numbers_are_ordered_and_only_compared_with_numbers() {
    let test = |comparator| Expr::Test("sign_count", Test::Integer(comparator, 41));
    let count = |count| [("sign_count", Value::Integer(count))];
    check(&test(Comparator::Less), &count(40), Some(true));
    check(&test(Comparator::Less), &count(41), Some(false));
    check(&test(Comparator::LessOrEqual), &count(41), Some(true));
    check(&test(Comparator::Greater), &count(42), Some(true));
    check(&test(Comparator::GreaterOrEqual), &count(41), Some(true));
    check(&test(Comparator::Equal), &count(41), Some(true));
    check(
        &test(Comparator::Equal),
        &[("sign_count", Value::Text("41".into()))],
        None,
    );
    let slow = Expr::Test("server_ms", Test::Number(Comparator::Greater, 200.0));
    check(&slow, &[("server_ms", Value::Number(200.5))], Some(true));
    check(&slow, &[("server_ms", Value::Number(f64::NAN))], None);
}

#[test]
fn a_list_passes_when_one_member_does() {
    let pattern = Pattern::parse("hybrid");
    let hybrid = Expr::Test(
        "transports",
        Test::Text {
            pattern,
            cased: false,
        },
    );
    let list = |members: &[&str]| {
        [(
            "transports",
            Value::List(members.iter().map(|&text| text.to_owned()).collect()),
        )]
    };
    check(&hybrid, &list(&["usb", "HYBRID"]), Some(true));
    check(&hybrid, &list(&["usb"]), Some(false));
    check(&hybrid, &list(&[]), Some(false));
    check(&hybrid, &[], None);
}

#[test]
fn the_columns_of_a_condition_come_once_and_sorted() {
    let expr = Expr::And(vec![
        flag("up"),
        not(Expr::Or(vec![flag("be"), flag("up")])),
    ]);
    assert_eq!(expr.columns(), ["be", "up"]);
}

fn expressions() -> impl Strategy<Value = Expr> {
    let columns = prop::sample::select(vec!["up", "uv", "be", "bs"]);
    let leaf = prop_oneof![
        (columns.clone(), any::<bool>())
            .prop_map(|(column, wanted)| Expr::Test(column, Test::Bool(wanted))),
        columns.prop_map(Expr::IsNull),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            inner.prop_map(not),
        ]
    })
}

fn asks_for_null(expr: &Expr) -> bool {
    match expr {
        Expr::And(list) | Expr::Or(list) => list.iter().any(asks_for_null),
        Expr::Not(inner) => asks_for_null(inner),
        Expr::IsNull(_) => true,
        Expr::Test(..) => false,
    }
}

fn rows() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let cell = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool)];
    let columns = prop::sample::select(vec!["up", "uv", "be", "bs"]);
    prop::collection::btree_map(columns.prop_map(str::to_owned), cell, 0..5)
}

proptest! {
    #[test]
    fn twice_not_is_nothing(expr in expressions(), row in rows()) {
        prop_assert_eq!(not(not(expr.clone())).matches(&row), expr.matches(&row));
    }

    #[test]
    fn de_morgan_holds(list in prop::collection::vec(expressions(), 0..4), row in rows()) {
        let left = not(Expr::And(list.clone()));
        let right = Expr::Or(list.into_iter().map(not).collect());
        prop_assert_eq!(left.matches(&row), right.matches(&row));
    }

    #[test]
    fn order_does_not_matter(list in prop::collection::vec(expressions(), 0..4), row in rows()) {
        let mut turned = list.clone();
        turned.reverse();
        let all = |list: &[Expr]| Expr::And(list.to_vec()).matches(&row);
        let any = |list: &[Expr]| Expr::Or(list.to_vec()).matches(&row);
        prop_assert_eq!(all(&list), all(&turned));
        prop_assert_eq!(any(&list), any(&turned));
    }

    #[test]
    fn learning_more_never_turns_an_answer_round(
        expr in expressions().prop_filter("null is an answer", |expr| !asks_for_null(expr)),
        row in rows(),
        column in prop::sample::select(vec!["up", "uv", "be", "bs"]),
        value in any::<bool>(),
    ) {
        if let (Value::Null, Some(before)) = (row.value(column), expr.matches(&row)) {
            let mut more = row;
            more.insert(column.to_owned(), Value::Bool(value));
            prop_assert_eq!(expr.matches(&more), Some(before));
        }
    }
}
