use fidoscope_report::Cell;
use tempfile::TempDir;

use super::*;

fn query(sql: &str) -> Result<report::Table, StoreError> {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    store.query(sql, &Limits { rows: Some(10) })
}

#[track_caller]
fn refused(sql: &str, expected: &str) {
    let error = query(sql).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn only_reading_is_allowed() {
    refused("DROP TABLE events", "DropTable is refused");
    refused("INSERT INTO inputs SELECT * FROM inputs", "Insert");
    refused("COPY (SELECT 1) TO '/tmp/x.csv'", "COPY is refused");
    refused(
        "SET datafusion.execution.batch_size = 1",
        "SetVariable is refused",
    );
    refused("EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'", "COPY");
    assert!(query("EXPLAIN SELECT * FROM events").is_ok());
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    refused(
        "SELECT sign_cont FROM events",
        "Did you mean 'events.sign_count'?",
    );
}

#[test]
fn values_are_written_for_people() {
    let table = query(
        "SELECT arrow_cast(X'ea9b8d664d011d213ce4b6b48cb575d4', 'Binary') AS aaguid, \
         arrow_cast(X'00000000000000000000ffff7f000001', 'Binary') AS client_ip, \
         arrow_cast(X'fbff', 'Binary') AS credential_id, X'fbff' AS trace_id, \
         arrow_cast(1763769600123000, 'Timestamp(Microsecond, None)') AS ts, \
         NULL AS nothing, 1.5 AS number, true AS truth",
    )
    .unwrap();
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(
        table.rows,
        [[
            text("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"),
            text("127.0.0.1"),
            text("-_8"),
            text("fbff"),
            text("2025-11-22T00:00:00.123Z"),
            Cell::Null,
            Cell::Number(1.5),
            Cell::Bool(true),
        ]]
    );
}
