use std::borrow::Cow;

use deltalake::arrow::array::{Array, AsArray as _};
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::{TryFromArrow, TryIntoArrow};

use super::*;

/// What Delta makes of the schema is the schema itself, so files and tables agree.
#[test]
fn delta_keeps_the_schema() {
    for schema in [event_schema(), quarantine_schema(), input_schema()] {
        let delta = StructType::try_from_arrow(schema.as_ref()).unwrap();
        let back: Schema = (&delta).try_into_arrow().unwrap();
        assert_eq!(back.fields(), schema.fields());
    }
}

#[test]
fn a_batch_of_bare_events_has_only_what_they_say() {
    let mut columns = EventColumns::default();
    let place = Place {
        line: 1,
        offset: 0,
        length: 9,
    };
    columns.push(&Event::default(), place);
    columns.push(
        &Event {
            sign_count: Some(7),
            ..Event::default()
        },
        place,
    );
    let batch = columns.finish(1, 0).unwrap();
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(batch.column_by_name("sign_count").unwrap().null_count(), 1);
    assert_eq!(batch.column_by_name("attrs").unwrap().null_count(), 2);
    assert_eq!(columns.finish(1, 0).unwrap().num_rows(), 0);
}

#[test]
fn days_are_utc() {
    assert_eq!(date_text(day_of(1_763_769_600_000_000)), "2025-11-22");
    assert_eq!(date_text(day_of(-1)), "1969-12-31");
}

/// Values of some rows of the five that there are.
#[track_caller]
fn check_text(column: &mut TextColumn, values: &[(usize, &str)], expected: &[Option<&str>]) {
    for (row, value) in values {
        column.push(*row, &Cow::Borrowed(*value));
    }
    let array = column.finish(5);
    let found: Vec<Option<&str>> = array.as_string::<i32>().iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn a_row_without_a_value_is_unknown() {
    let mut column = TextColumn::default();
    let (some, none) = ([(1, "ä"), (3, ""), (4, "z")], [None; 5]);
    check_text(
        &mut column,
        &some,
        &[None, Some("ä"), None, Some(""), Some("z")],
    );
    check_text(&mut column, &[], &none);
    check_text(
        &mut column,
        &[(0, "a")],
        &[Some("a"), None, None, None, None],
    );
    let all = [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (4, "e")];
    check_text(&mut column, &all, &all.map(|(_, value)| Some(value)));
}

#[test]
fn batches_without_values_have_each_its_own_length() {
    let (mut texts, mut numbers) = (TextColumn::default(), LongColumn::default());
    for rows in [3, 2, 0, 90, 40] {
        for column in [texts.finish(rows), numbers.finish(rows)] {
            assert_eq!((column.len(), column.null_count()), (rows, rows));
        }
    }
    numbers.push(1, &7);
    let column = numbers.finish(2);
    assert_eq!((column.is_null(0), column.is_null(1)), (true, false));
}
