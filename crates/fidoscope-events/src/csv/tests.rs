use std::io::Read as _;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn lines(table: &[u8]) -> Result<String> {
    let mut text = Vec::new();
    CsvLines::new(table)?.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[track_caller]
fn check(table: &str, expected: &str) {
    assert_eq!(lines(table.as_bytes()).unwrap(), expected);
}

#[test]
fn records_are_objects() {
    check(
        "ticket_id,created_at,subject\n7,2026-11-01T10:00:00Z,Lost my key\n8,,\n",
        "{\"ticket_id\":\"7\",\"created_at\":\"2026-11-01T10:00:00Z\",\"subject\":\"Lost my key\"}\n\
         {\"ticket_id\":\"8\"}\n",
    );
    check("id;text\r\n1;a,b\r\n", "{\"id\":\"1\",\"text\":\"a,b\"}\n");
    check("id\tname\n1\tÄnne\n", "{\"id\":\"1\",\"name\":\"Änne\"}\n");
    check("\u{feff}id|a\n1|2", "{\"id\":\"1\",\"a\":\"2\"}\n");
    check("only\nx\n", "{\"only\":\"x\"}\n");
    check("id,name\n", "");
    check("", "");
}

#[test]
fn a_record_may_span_lines() {
    check(
        "id,text\n1,\"He said \"\"no\"\",\nthen left\t\\\u{1}\"\n2,b\n",
        "{\"id\":\"1\",\"text\":\"He said \\\"no\\\",\\nthen left\\t\\\\\\u0001\"}\n{\"id\":\"2\",\"text\":\"b\"}\n",
    );
}

#[test]
fn titles_become_names() {
    check(
        "Ticket ID,Created at,Category,E-mail,,Created at\n1,2,3,4,5,6\n",
        "{\"ticket_id\":\"1\",\"created_at\":\"2\",\"category\":\"3\",\"e_mail\":\"4\",\
         \"column_5\":\"5\",\"created_at_2\":\"6\"}\n",
    );
    check(
        "TimeGenerated [UTC],ResultType,actor.id\n1,2,3\n",
        "{\"TimeGenerated\":\"1\",\"ResultType\":\"2\",\"actor.id\":\"3\"}\n",
    );
}

#[test]
fn what_does_not_fit_is_passed_on() {
    check(
        "id,text\n1,a,b\n2,c\n",
        "[\"1\",\"a\",\"b\"]\n{\"id\":\"2\",\"text\":\"c\"}\n",
    );
    let mut text = Vec::new();
    let mut table = CsvLines::new(&b"id\n\xff\xfe\n"[..]).unwrap();
    table.read_to_end(&mut text).unwrap();
    assert_eq!(text, b"{\"id\":\"\xff\xfe\"}\n");
}

#[test]
fn what_cannot_be_a_table_is_refused() {
    let utf16 = lines(b"\xff\xfei\0d\0").unwrap_err().to_string();
    assert!(utf16.contains("UTF-16"), "{utf16}");
    let mut endless = b"id,text\n1,\"".to_vec();
    endless.resize(20 << 20, b'x');
    let endless = lines(&endless).unwrap_err().to_string();
    assert!(endless.contains("quotation mark"), "{endless}");
}

#[test]
fn tables_are_known_by_their_names() {
    let known = ["a.csv", "A.CSV.gz", "a.tsv", "x/a.tsv.zst"];
    assert!(known.iter().all(|name| is_csv(name)));
    let others = ["a.json", "csv", "a.csv.json", "a.gz"];
    assert!(!others.iter().any(|name| is_csv(name)));
}

/// A cell that survives: not empty, and nothing that a reader of lines would trim.
fn cell() -> impl Strategy<Value = String> {
    "[ -~äß€\n\"\\\\,;\t]{1,12}"
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(rows in prop::collection::vec((cell(), cell()), 1..8)) {
        let mut table = ::csv::Writer::from_writer(Vec::new());
        table.write_record(["a", "b"]).unwrap();
        for (a, b) in &rows {
            table.write_record([a, b]).unwrap();
        }
        let text = lines(&table.into_inner().unwrap()).unwrap();
        let read: Vec<(String, String)> = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let of = |name: &str| line[name].as_str().unwrap().to_owned();
            (of("a"), of("b"))
        }).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(mut table) = CsvLines::new(&bytes[..]) {
            let mut text = Vec::new();
            let _ = table.read_to_end(&mut text);
            prop_assert!(text.is_empty() || text.ends_with(b"\n"));
        }
    }
}
