//! Lines that hold many records: what is wrong with one of them costs that one only, and it is told by
//! its path and its own bytes.

#![expect(
    clippy::unwrap_used,
    reason = "a test says what it could not do by failing"
)]

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{Catalogue, Context, Line, Pseudonyms, Scratch, Tally};

/// Decodes a line; `expected` has of each rejected record its path, its code and how its bytes begin,
/// and of the others how many became events.
#[track_caller]
fn check(source: &str, line: &[u8], mapped: u32, expected: &[(&str, &str, &str)]) -> Tally {
    let catalogue = Catalogue::builtin();
    let mapping = catalogue.get(source).unwrap();
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let mut scratch = Scratch::new();
    let mut ids = Vec::new();
    let found = mapping.decode(line, &context, &mut scratch, &mut |event| {
        ids.push(event.event_id.to_string());
    });
    let rejections = match &found {
        Line::Rejected(rejections) => rejections.as_slice(),
        _ => &[],
    };
    let told: Vec<(&str, &str, String)> = rejections
        .iter()
        .map(|why| {
            let path = why.record.as_ref().map_or("-", |within| &within.path);
            let bytes = String::from_utf8_lossy(why.bytes(line)).into_owned();
            (path, why.code, bytes)
        })
        .collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((path, code, bytes), (wanted, reason, begin)) in told.iter().zip(expected) {
        assert_eq!((path, code), (wanted, reason), "{found:?}");
        assert!(bytes.starts_with(begin), "{bytes} begins not with {begin}");
        assert!(bytes.ends_with(['}', '"', ']', '7']), "{bytes}");
    }
    assert_eq!(u32::try_from(ids.len()).unwrap(), mapped, "{found:?}");
    ids.sort();
    ids.dedup();
    assert_eq!(
        u32::try_from(ids.len()).unwrap(),
        mapped,
        "events of one name"
    );
    let tally = scratch.tally();
    assert_eq!(tally.mapped, mapped);
    assert_eq!(usize::try_from(tally.rejected).unwrap(), expected.len());
    tally
}

fn okta(id: &str, published: &str) -> String {
    format!(
        r#"{{"uuid":"{id}","published":"{published}","eventType":"user.authentication.auth_via_mfa","actor":{{"id":"a","type":"User"}},"outcome":{{"result":"SUCCESS"}},"debugContext":{{"debugData":{{"factor":"FIDO_WEBAUTHN"}}}}}}"#
    )
}

const DAY: &str = "2026-11-01T10:00:00Z";

#[test]
fn an_array_loses_its_bad_record_only() {
    let (one, bad, two) = (okta("1", DAY), okta("2", "yesterday"), okta("3", DAY));
    let line = format!("[{one}, {bad} ,{two}]");
    check(
        "okta",
        line.as_bytes(),
        2,
        &[("[1]", "bad_time", "{\"uuid\":\"2\"")],
    );
    // All bad, one by one.
    let line = format!("[{bad},{bad}]");
    let all = [
        ("[0]", "bad_time", bad.as_str()),
        ("[1]", "bad_time", bad.as_str()),
    ];
    check("okta", line.as_bytes(), 0, &all);
    // A line of a table that has lost its names is one record.
    let cells = r#"["2","yesterday","user.authentication.auth_via_mfa"]"#;
    check(
        "okta",
        cells.as_bytes(),
        0,
        &[("-", "not_this_source", cells)],
    );
    // A record that is the line has no path.
    check("okta", bad.as_bytes(), 0, &[("-", "bad_time", &bad)]);
}

#[test]
fn an_envelope_loses_its_bad_record_only() {
    let (one, bad) = (okta("1", DAY), okta("2", "yesterday"));
    let line =
        format!(r#"{{"data":{{"events":[{bad},{one}]}},"eventType":"com.okta.event_hook"}}"#);
    let expected = [("data.events[0]", "bad_time", "{\"uuid\":\"2\"")];
    check("okta", line.as_bytes(), 1, &expected);
    // An object where an array may be.
    let line = format!(r#"{{"event":{bad}}}"#);
    check(
        "okta",
        line.as_bytes(),
        0,
        &[("event", "bad_time", "{\"uuid\":\"2\"")],
    );
}

fn cloudtrail(id: &str, time: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventSource":"signin.amazonaws.com","eventName":"CredentialVerification","eventTime":"{time}","eventID":"{id}","userIdentity":{{"userName":"u","onBehalfOf":{{"userId":"u"}}}},"additionalEventData":{{"CredentialType":"WEB_AUTHN_FIDO"}},"serviceEventDetails":{{"CredentialVerification":"Success"}},"recipientAccountId":"1"}}"#
    )
}

#[test]
fn a_cloudtrail_file_loses_its_bad_record_only() {
    let (one, bad) = (cloudtrail("1", DAY), cloudtrail("2", "24/11"));
    let line = format!(r#"{{"Records":[{one},{bad},{}]}}"#, cloudtrail("3", DAY));
    let expected = [("Records[1]", "bad_time", bad.as_str())];
    check("aws_cloudtrail", line.as_bytes(), 2, &expected);
    // A record of somebody else.
    let line = format!(r#"{{"Records":[{one},{{"hello":"CredentialVerification"}}]}}"#);
    let expected = [("Records[1]", "not_this_source", "{\"hello\"")];
    check("aws_cloudtrail", line.as_bytes(), 1, &expected);
}

fn log_record(at: u32, attribute: &str) -> String {
    format!(
        r#"{{"timeUnixNano":"17935236{at:02}000000000","eventName":"webauthn.authentication.completed","attributes":[{{"key":"webauthn.outcome","value":{{"stringValue":"success"}}}},{{"key":"webauthn.sign_count","value":{attribute}}}]}}"#
    )
}

fn export(scopes: &[&[String]]) -> String {
    let scopes: Vec<String> = scopes
        .iter()
        .map(|records| format!(r#"{{"logRecords":[{}]}}"#, records.join(",")))
        .collect();
    let resource = r#"{"attributes":[{"key":"service.name","value":{"stringValue":"rp"}}]}"#;
    format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{}],"resource":{resource}}}]}}"#,
        scopes.join(",")
    )
}

#[test]
fn an_export_of_telemetry_loses_its_bad_record_only() {
    let good = |at| log_record(at, r#"{"intValue":"7"}"#);
    let negative = log_record(1, r#"{"intValue":"-1"}"#);
    let line = export(&[&[good(0)], &[good(2), good(3), negative.clone(), good(4)]]);
    let path = "resourceLogs[0].scopeLogs[1].logRecords[2]";
    let expected = [(path, "wrong_type", negative.as_str())];
    check("otlp", line.as_bytes(), 4, &expected);
}

/// What is no JSON, no text or no object is so by itself.
#[test]
fn a_record_that_is_none_costs_no_other() {
    let good = |at| log_record(at, r#"{"intValue":"7"}"#);
    let path = "resourceLogs[0].scopeLogs[0].logRecords[1]";
    let beside = |bad: &str| export(&[&[good(0), bad.to_owned(), good(2)]]);
    for (bad, code) in [
        (log_record(1, r#"{"doubleValue":1e999}"#), "invalid_json"),
        (log_record(1, r#"{"stringValue":"\ud800"}"#), "invalid_json"),
        ("\"webauthn. as text\"".to_owned(), "not_an_object"),
        ("7".to_owned(), "not_an_object"),
    ] {
        check("otlp", beside(&bad).as_bytes(), 2, &[(path, code, &bad)]);
    }
    let latin = beside(&log_record(1, r#"{"stringValue":"Ren#"}"#)).replace('#', "\u{1}");
    let latin: Vec<u8> = latin
        .bytes()
        .map(|b| if b == 1 { 0xe9 } else { b })
        .collect();
    check(
        "otlp",
        &latin,
        2,
        &[(path, "invalid_utf8", "{\"timeUnixNano\"")],
    );
    let (one, two) = (okta("1", DAY), okta("2", DAY));
    let deep = format!(r#"{{"uuid":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let line = format!("[{one},{deep},{two}]");
    check(
        "okta",
        line.as_bytes(),
        2,
        &[("[1]", "invalid_json", &deep)],
    );
}

/// What cannot be told apart is one: its records may be anything.
#[test]
fn a_line_that_is_cut_off_is_rejected_as_a_whole() {
    let line = format!("[{},{}", okta("1", DAY), okta("2", DAY));
    check("okta", line.as_bytes(), 0, &[("-", "truncated_json", "[")]);
    let line = [
        b"[\"\xff\",".as_slice(),
        okta("1", DAY).as_bytes(),
        b"],\xff\"]",
    ]
    .concat();
    check("okta", &line, 0, &[("-", "invalid_utf8", "[")]);
}

#[test]
fn events_inside_of_a_record_are_records() {
    let event = |name: &str, time: &str| {
        format!(
            r#"{{"kind":"audit#activity","id":{{"time":"{time}","uniqueQualifier":"{name}","applicationName":"login"}},"actor":{{"profileId":"1"}},"events":[{{"type":"login","name":"login_success","parameters":[{{"name":"login_challenge_method","multiValue":["passkey"]}}]}}]}}"#
        )
    };
    let line = format!(
        r#"{{"items":[{},{},{}]}}"#,
        event("1", DAY),
        event("2", "never"),
        event("3", DAY)
    );
    let expected = [("items[1].events[0]", "bad_time", "{\"type\":\"login\"")];
    check("google_workspace", line.as_bytes(), 2, &expected);
}

/// Positions count from the first byte of the line, also where a mark stands there.
#[test]
fn bytes_are_counted_behind_a_mark() {
    let bad = okta("2", "yesterday");
    let line = format!("\u{feff}[{},{bad}]", okta("1", DAY));
    check("okta", line.as_bytes(), 1, &[("[1]", "bad_time", &bad)]);
}

/// The batch of a diagnostic setting, of which one record has the time of an American export.
#[test]
fn a_batch_of_entra_keeps_the_others() {
    let record = |id: &str, time: &str| {
        format!(
            r#"{{"time":"{time}","resourceId":"/tenants/t/providers/Microsoft.aadiam","category":"SignInLogs","tenantId":"t","properties":{{"id":"{id}","createdDateTime":"{time}","userId":"u","status":{{"errorCode":0}},"authenticationDetails":[{{"authenticationMethod":"FIDO2 security key","succeeded":true}}]}}}}"#
        )
    };
    let line = format!(
        r#"{{"records": [{}, {}, {}]}}"#,
        record("1", DAY),
        record("2", "the day before"),
        record("3", DAY)
    );
    let expected = [("records[1]", "bad_time", "{\"time\":\"the day before\"")];
    let tally = check("entra_id", line.as_bytes(), 2, &expected);
    assert_eq!(tally.records(), 3);
}
