use fidoscope_report::Cell;

use super::*;
use crate::tests::{noon, store_of};
use crate::{CredentialOptions, Limits, Store};

const LINES: [(u32, &str); 2] = [
    (
        0,
        r#""kind":"registration.completed","outcome":"success","event_id":"a","credential_id":"l3GYCulLG5IHNk-GAz4ypjM2Hzv2FXFcxejZI5ap4u4","aaguid":"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4","client_ip":"192.0.2.1","challenge_hash":"AAECAwQFBgcICQoLDA0ODw","user_name":"mara","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","public_key_hash":"AAECAwQFBgcICQoLDA0ODw""#,
    ),
    (
        1,
        r#""kind":"authentication.completed","outcome":"success","event_id":"b","credential_id":"AQID","client_ip":"2001:db8::1""#,
    ),
];

fn store() -> (tempfile::TempDir, Store) {
    let (folder, store) = store_of(&LINES);
    let update = CredentialOptions::new(noon(22), 1);
    crate::Credentials::of(&store).update(&update).unwrap();
    (folder, store)
}

fn ids(store: &Store, condition: &str) -> Result<String, String> {
    let sql = format!("SELECT event_id FROM events WHERE {condition} ORDER BY event_id");
    let table = store.query(&sql, &Limits::default());
    let table = table.map_err(|error| error.to_string())?;
    let ids = table.rows.iter().map(|row| match row.first() {
        Some(Cell::Text(id)) => id.clone(),
        other => panic!("{other:?}"),
    });
    Ok(ids.collect())
}

/// What a table shows of a value finds it, in every column of bytes.
#[test]
fn what_is_printed_is_found() {
    let (_folder, store) = store();
    for table in ["events", "events_once", "events_enriched", "credentials"] {
        let all = store
            .query(&format!("SELECT * FROM {table}"), &Limits::default())
            .unwrap();
        assert_eq!(all.rows.len(), 2, "{table}");
        let engine = store.engine().unwrap();
        let batches = engine
            .collect(store.runtime(), &format!("SELECT * FROM {table}"))
            .unwrap();
        let schema = batches[0].schema();
        for (at, field) in schema.fields().iter().enumerate() {
            if !matches!(field.data_type(), DataType::Binary | DataType::BinaryView) {
                continue;
            }
            let name = field.name();
            for row in &all.rows {
                let Cell::Text(shown) = &row[at] else {
                    continue;
                };
                let sql = format!("SELECT count(*) FROM {table} WHERE {name} = '{shown}'");
                let found = store.query(&sql, &Limits::default()).unwrap();
                assert!(
                    matches!(found.rows[0][0], Cell::Integer(1..)),
                    "{sql}: {found:?}"
                );
            }
        }
    }
}

#[test]
fn bytes_are_compared_with_what_they_stand_for() {
    let (_folder, store) = store();
    let check = |condition: &str, expected: &str| {
        assert_eq!(
            ids(&store, condition).as_deref(),
            Ok(expected),
            "{condition}"
        );
    };
    check(
        "credential_id = 'l3GYCulLG5IHNk-GAz4ypjM2Hzv2FXFcxejZI5ap4u4'",
        "a",
    );
    check(
        "'l3GYCulLG5IHNk+GAz4ypjM2Hzv2FXFcxejZI5ap4u4=' = credential_id",
        "a",
    );
    check("credential_id <> 'AQID'", "a");
    check("credential_id IN ('AQID', 'AQIE')", "b");
    check("credential_id NOT IN ('AQID')", "a");
    check("credential_id IS DISTINCT FROM 'AQID'", "a");
    check("aaguid = 'EA9B8D66-4D01-1D21-3CE4-B6B48CB575D4'", "a");
    check("client_ip = '192.0.2.1' OR client_ip = '2001:DB8::1'", "ab");
    check("challenge_hash = '000102030405060708090a0b0c0d0e0f'", "a");
    check("span_id = 'b7ad6b7169203331'", "a");
    check("credential_id = X'010203'", "b");
    check("credential_id = NULL", "");
    check("kind = 'authentication.completed'", "b");
    check(
        "event_id IN (SELECT event_id FROM events WHERE credential_id = 'AQID')",
        "b",
    );
    check(
        "EXISTS (SELECT 1 FROM credentials c WHERE c.credential_id = 'AQID' AND c.credential_id = events.credential_id)",
        "b",
    );
    let sql = "SELECT credential_id = 'AQID', CASE WHEN credential_id = 'AQID' THEN 1 END FROM \
               (SELECT credential_id FROM events) ORDER BY 1 DESC LIMIT 1";
    let table = store.query(sql, &Limits::default()).unwrap();
    assert_eq!(table.rows, [[Cell::Bool(true), Cell::Integer(1)]]);
}

#[test]
fn text_that_stands_for_no_bytes_is_an_error() {
    let (_folder, store) = store();
    let check = |condition: &str, expected: &str| {
        let error = ids(&store, condition).unwrap_err();
        assert!(error.contains(expected), "{condition}: {error}");
    };
    check(
        "credential_id = 'not base64!'",
        r#"credential_id is compared with "not base64!", which is not base64url"#,
    );
    check(
        "aaguid IN ('ea9b8d66')",
        r#"aaguid is compared with "ea9b8d66", which is not a UUID"#,
    );
    check("client_ip <> 'localhost'", "which is not an IP address");
    check("challenge_hash = 'xyz'", "which is not hexadecimal digits");
}
