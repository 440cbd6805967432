use fidoscope_report::Cell;
use tempfile::TempDir;

use super::*;

fn query(sql: &str) -> Result<report::Table, StoreError> {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    let limits = Limits { rows: Some(10) };
    store.query(sql, &limits)
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

/// One row of a query with two parameters, as text.
#[track_caller]
fn with_times(sql: &str, expected: &str) {
    let folder = TempDir::new().unwrap();
    let store = Store::create_or_open(&folder.path().join("store")).unwrap();
    let time = |text: &str| text.parse().unwrap();
    let times = [
        ("since", time("2026-11-20T09:00:00Z")),
        ("until", time("2026-11-20T15:00:00Z")),
    ];
    let found = match store.query_with(sql, &times, &Limits::default()) {
        Ok(table) => format!("{:?}", table.rows),
        Err(error) => error.to_string(),
    };
    assert!(found.contains(expected), "{sql}: {found}");
}

#[test]
fn parameters_are_times_and_nothing_else() {
    with_times("SELECT $since AS since", "2026-11-20T09:00:00Z");
    with_times(
        "SELECT count(*) FROM events WHERE ts >= $since AND ts < $until",
        "Integer(0)",
    );
    with_times(
        "SELECT count(*) FROM events_once WHERE event_date >= CAST($since AS DATE)",
        "Integer(0)",
    );
    with_times(
        "SELECT count(*) FROM events WHERE event_date = $since",
        "Integer(0)",
    );
    with_times("SELECT arrow_typeof($until - $since)", "Duration");
    with_times(
        "SELECT arrow_typeof($now)",
        "nothing is given for the parameter $now",
    );
    with_times("SELECT $until - INTERVAL '6 hours' = $since", "Bool(true)");
    with_times("SELECT date_trunc('day', $since)", "2026-11-20");
    with_times(
        "SELECT date_bin(INTERVAL '1 hour', ts, $since), count(*) FROM events GROUP BY 1",
        "[]",
    );
    with_times(
        "SELECT (SELECT max($until) FROM (SELECT 1))",
        "2026-11-20T15:00:00Z",
    );
    with_times("SELECT '$since'", "$since");
    with_times(
        "SELECT $sinze",
        "nothing is given for the parameter $sinze; there are $since, $until",
    );
    with_times("DROP TABLE events", "DropTable is refused");
    refused(
        "SELECT $since",
        "only queries of dashboards have parameters",
    );
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    refused(
        "SELECT sign_cont FROM events",
        "there is no column `sign_cont` (line 1, column 8); did you mean `sign_count`?",
    );
    refused(
        "SELECT 1\nFROM evnts_once",
        "there is no table `evnts_once` (line 2, column 6); did you mean `events_once`?",
    );
    refused(
        "SELECT path AS \u{e9}, pth FROM inputs",
        "there is no column `pth` (line 1, column 19); did you mean `path`?",
    );
    refused(
        "SELECT nothing_like_it FROM events",
        "`DESCRIBE events` lists the columns",
    );
    refused(
        "SELECT x FROM nowhere",
        "there are ceremonies, credential_timeline",
    );
    refused("SELECT count(* FROM events", "(line 1, column");
}

#[test]
fn no_message_sends_users_to_the_engines_makers() {
    for sql in [
        "SELECT sign_cont FROM events",
        "SELEKT 1",
        "SELECT cuont(*) FROM events",
        "SELECT ts + kind FROM events",
        "SELECT kind, count(*) FROM events",
        "SELECT * FROM events PIVOT (count(kind) FOR kind IN ('a'))",
        "SELECT 1 / 0",
        "SELECT CAST('x' AS INT)",
        "SELECT arrow_cast(1, 'Nothing')",
        "SELECT * FROM events FETCH FIRST 10 PERCENT ROWS ONLY",
        "SELECT * FROM (VALUES (1), (1, 2))",
        "SELECT sum(kind) OVER (ROWS BETWEEN UNBOUNDED FOLLOWING AND 1 PRECEDING) FROM events",
    ] {
        let error = query(sql).unwrap_err().to_string();
        assert!(
            !error.contains("bug") && !error.contains("github"),
            "{sql}: {error}"
        );
    }
    let advice = "odd.\nThis issue was likely caused by a bug in DataFusion's code. Please";
    assert_eq!(without_advice(advice), "odd");
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

/// State, whether there is a start, and the minutes from start to end, of each ceremony in order.
#[track_caller]
fn check_ceremonies(lines: &[(u32, &str)], expected: &[&str]) {
    let (_folder, store) = crate::tests::store_of(lines);
    let sql = "SELECT ceremony_id || ' ' || state || CASE WHEN late THEN ' late' ELSE '' END \
        || CASE WHEN skewed THEN ' skewed' ELSE '' END \
        || CASE WHEN orphan THEN ' orphan' ELSE '' END \
        || coalesce(' ' || CAST(date_part('minute', ended - started) AS BIGINT), '') \
        || ' of ' || events FROM ceremonies ORDER BY ceremony_id";
    let table = store.query(sql, &Limits::default()).unwrap();
    let found: Vec<String> = table
        .rows
        .iter()
        .map(|row| match row.as_slice() {
            [Cell::Text(text)] => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn ceremonies_join_starts_with_their_ends() {
    let line = |kind: &str, outcome: &str, id: &str| {
        format!(r#""kind":"authentication.{kind}","outcome":"{outcome}","ceremony_id":"{id}""#)
    };
    let started = |id| line("started", "challenge", id);
    let completed = |id| line("completed", "success", id);
    let waiting = format!("{},\"conditional_ui\":true", started("e"));
    let (a, a2, b) = (started("a"), completed("a"), started("b"));
    let (c, c2, d, d2) = (started("c"), completed("c"), completed("d"), started("d"));
    let alone = completed("g");
    let lines: [(u32, &str); 11] = [
        (1, &a),
        (2, &a2),
        (2, &a2),
        (3, &b),
        (4, &c),
        (5, &waiting),
        (20, &d),
        (21, &d2),
        (22, &alone),
        (30, &c2),
        (31, &line("started", "challenge", "f")),
    ];
    check_ceremonies(
        &lines,
        &[
            "a completed 1 of 2",
            "b abandoned of 1",
            "c completed late 26 of 2",
            "d completed skewed -1 of 2",
            "e left_out of 1",
            "f pending of 1",
            "g completed orphan of 1",
        ],
    );
}

#[test]
fn little_memory_is_enough_or_the_error_says_so() {
    let (_folder, store) =
        crate::tests::store_of(&[(1, r#""kind":"prompt.shown","outcome":"unknown""#)]);
    let sql = "SELECT count(DISTINCT value % 1000) FROM generate_series(1, 200000) ORDER BY 1";
    let store = store.within_memory(64 << 20);
    let rows = store.query(sql, &Limits::default()).unwrap().rows;
    assert_eq!(rows, [[Cell::Integer(1000)]]);
    let path = store.place().clone();
    let store = Store::open(path).unwrap().within_memory(1000);
    let error = store.query(sql, &Limits::default()).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("memory"), "{error}");
}

#[test]
fn joins_that_sort_give_what_joins_in_memory_give() {
    let signed = |count: u32, challenge: &str| {
        format!(
            r#""kind":"authentication.completed","outcome":"success","credential_id":"AQID","sign_count":{count},"challenge":"{challenge}","event_id":"{count}{challenge}""#
        )
    };
    let lines = [
        signed(5, "AAAA"),
        signed(9, "AAAB"),
        signed(9, "AAAB"),
        signed(6, "AAAC"),
    ];
    let lines: Vec<(u32, &str)> = (0..).zip(lines.iter().map(String::as_str)).collect();
    let (_folder, store) = crate::tests::store_of(&lines);
    let engine = store.engine().unwrap();
    let rows = |joins| {
        let rows = store.runtime().block_on(async {
            engine.prepare("events_enriched").await?;
            let frame = engine.frame("events_enriched", joins).await?;
            let columns = [
                "sign_count",
                "counter_relation",
                "counter_previous",
                "challenge_use_count",
            ];
            let sorted = frame.select_columns(&columns)?;
            collect(sorted.sort(vec![ident("sign_count").sort(true, true)])?).await
        });
        let (schema, batches) = rows.unwrap();
        table(&schema, &batches).unwrap().rows
    };
    let hashed = rows(Joins::Hashed);
    assert_eq!(hashed.len(), 3);
    assert_eq!(hashed, rows(Joins::Sorted));
}
