use deltalake::arrow::array::Array;
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
