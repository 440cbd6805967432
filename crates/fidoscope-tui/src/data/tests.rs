use fidoscope_report::{Align, Cell, Column, Table};
use proptest::prelude::*;

use super::{Window, float, series, time, times};
use crate::Scale;

#[track_caller]
fn check_time(cell: Cell, expected: Option<&str>) {
    assert_eq!(
        time(&cell).map(|at| at.to_rfc3339()),
        expected.map(Into::into)
    );
}

#[test]
fn times_in_every_form_that_engines_write() {
    check_time(
        Cell::Text("2026-08-04".into()),
        Some("2026-08-04T00:00:00+00:00"),
    );
    check_time(
        Cell::Text("2026-08-04T10:15:00Z".into()),
        Some("2026-08-04T10:15:00+00:00"),
    );
    check_time(
        Cell::Text("2026-08-04T12:15:00+02:00".into()),
        Some("2026-08-04T10:15:00+00:00"),
    );
    check_time(
        Cell::Text("2026-08-04 10:15:00.5".into()),
        Some("2026-08-04T10:15:00.500+00:00"),
    );
    check_time(
        Cell::Integer(1_785_838_500),
        Some("2026-08-04T10:15:00+00:00"),
    );
    check_time(
        Cell::Integer(1_785_838_500_000),
        Some("2026-08-04T10:15:00+00:00"),
    );
    check_time(
        Cell::Integer(1_785_838_500_000_000),
        Some("2026-08-04T10:15:00+00:00"),
    );
    check_time(Cell::Text("native".into()), None);
    check_time(Cell::Null, None);
}

#[test]
fn amounts_are_not_taken_for_times() {
    for amount in [i64::MIN, -1, 0, 4711, 24_871_000, i64::MAX] {
        check_time(Cell::Integer(amount), None);
    }
}

#[test]
fn windows_step_through_the_list() {
    assert_eq!(Window::parse("1h 30m"), Ok(Window(5400)));
    assert_eq!(Window(5400).shorter(), Window(3600));
    assert_eq!(Window(5400).longer(), Window(6 * 3600));
    assert_eq!(Window::STEPS[0].shorter(), Window::STEPS[0]);
    assert_eq!(Window::DEFAULT.longer(), Window::DEFAULT);
    for wrong in [
        "",
        "5",
        "m",
        "0s",
        "-1d",
        "999999d",
        "5µ",
        "1M",
        "yesterday",
    ] {
        assert!(Window::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn columns_of_numbers_become_lines_and_unknown_stays_unknown() {
    let column = |name: &str| Column {
        name: name.into(),
        align: Align::Left,
    };
    let table = Table {
        columns: vec![column("day"), column("n"), column("who")],
        rows: vec![
            vec![
                Cell::Text("2026-08-03".into()),
                Cell::Integer(4),
                Cell::Text("a".into()),
            ],
            vec![
                Cell::Text("2026-08-04".into()),
                Cell::Null,
                Cell::Text("b".into()),
            ],
        ],
    };
    let found = series(&table, &Scale::default());
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), &found[0].values[..]),
        ("n", &[Some(4.0), None][..])
    );
    assert_eq!(times(&table, &Scale::default()).unwrap().len(), 2);
    let by_name = Scale {
        x: Some("who".into()),
        ..Scale::default()
    };
    assert_eq!(times(&table, &by_name), None);
}

proptest! {
    #[test]
    fn whole_numbers_stay_near(value in any::<i64>()) {
        let exact: f64 = value.to_string().parse().unwrap();
        prop_assert!((float(value) - exact).abs() <= exact.abs() * 1e-15);
    }
}
