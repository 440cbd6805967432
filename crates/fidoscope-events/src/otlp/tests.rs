use super::messages::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, Resource, Scope, SpanEvent, SpanStatus, Value,
};
use super::*;

fn text(text: &str) -> AnyValue {
    AnyValue {
        value: Some(Value::StringValue(text.to_owned())),
    }
}

fn pair(key: &str, value: AnyValue) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(value),
    }
}

fn of(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// An export with one resource, one scope and these records.
fn export(records: Vec<Vec<u8>>) -> Vec<u8> {
    let resource = Resource {
        attributes: vec![pair("service.name", text("login"))],
    };
    let scope = Scope {
        name: "rp".to_owned(),
        ..Scope::default()
    };
    let mut scopes = Vec::new();
    // The messages with undecoded parts have private heads: written by their numbers.
    prost::encoding::message::encode(1, &scope, &mut scopes);
    prost::encoding::bytes::encode_repeated(2, &records, &mut scopes);
    let mut resources = Vec::new();
    prost::encoding::message::encode(1, &resource, &mut resources);
    prost::encoding::bytes::encode(2, &scopes, &mut resources);
    let export = Export {
        resources: vec![resources],
    };
    export.encode_to_vec()
}

fn record() -> LogRecord {
    LogRecord {
        time_unix_nano: 1_762_000_000_123_456_789,
        event_name: "webauthn.authentication.completed".to_owned(),
        trace_id: vec![0xab; 16],
        attributes: vec![
            pair("webauthn.outcome", text("success")),
            pair("webauthn.sign_count", of(Value::IntValue(-7))),
            pair("up", of(Value::BoolValue(true))),
            pair("raw", of(Value::BytesValue(vec![1, 2, 255]))),
            pair("ratio", of(Value::DoubleValue(0.5))),
            pair(
                "webauthn.transports",
                of(Value::ArrayValue(ArrayValue {
                    values: vec![text("usb"), AnyValue { value: None }],
                })),
            ),
            pair(
                "more",
                of(Value::KvlistValue(KeyValueList {
                    values: vec![pair("a", text("b\nc"))],
                })),
            ),
        ],
        ..LogRecord::default()
    }
}

#[test]
fn logs_become_lines_of_otlp_json() {
    let bytes = export(vec![record().encode_to_vec()]);
    let lines = otlp_lines(OtlpSignal::Logs, &bytes, 1 << 20).unwrap();
    let expected = concat!(
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"login"}}]},"#,
        r#""scopeLogs":[{"scope":{"name":"rp"},"logRecords":[{"timeUnixNano":"1762000000123456789","#,
        r#""observedTimeUnixNano":"0","severityNumber":0,"attributes":["#,
        r#"{"key":"webauthn.outcome","value":{"stringValue":"success"}},"#,
        r#"{"key":"webauthn.sign_count","value":{"intValue":"-7"}},"#,
        r#"{"key":"up","value":{"boolValue":true}},"#,
        r#"{"key":"raw","value":{"bytesValue":"AQL/"}},"#,
        r#"{"key":"ratio","value":{"doubleValue":0.5}},"#,
        r#"{"key":"webauthn.transports","value":{"arrayValue":{"values":[{"stringValue":"usb"},{}]}}},"#,
        r#"{"key":"more","value":{"kvlistValue":{"values":[{"key":"a","value":{"stringValue":"b\nc"}}]}}}"#,
        r#"],"flags":0,"traceId":"abababababababababababababababab","spanId":"","#,
        r#""eventName":"webauthn.authentication.completed"}]}]}]}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(lines).unwrap(), expected);
}

#[test]
fn spans_become_lines_of_otlp_json() {
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "webauthn.authentication".to_owned(),
        start_time_unix_nano: 1,
        end_time_unix_nano: 2,
        events: vec![SpanEvent {
            time_unix_nano: 2,
            name: "exception".to_owned(),
            attributes: vec![pair("exception.message", text("no"))],
        }],
        status: Some(SpanStatus {
            message: "denied".to_owned(),
            code: 2,
        }),
        ..Span::default()
    };
    let bytes = export(vec![span.encode_to_vec()]);
    let lines = otlp_lines(OtlpSignal::Traces, &bytes, 1 << 20).unwrap();
    let line: serde_json::Value = serde_json::from_slice(&lines).unwrap();
    let span = &line["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["traceId"], "01".repeat(16));
    assert_eq!(span["endTimeUnixNano"], "2");
    assert_eq!(span["status"]["code"], 2);
    assert_eq!(span["events"][0]["name"], "exception");
}

#[test]
fn many_records_are_cut_into_lines_and_bounded() {
    let records = vec![record().encode_to_vec(); 4_000];
    let bytes = export(records);
    let lines = otlp_lines(OtlpSignal::Logs, &bytes, 64 << 20).unwrap();
    let mut count = 0;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.len() < LINE + 4_000, "{}", line.len());
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert!(line["resourceLogs"][0]["resource"].is_object());
        count += line["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
            .as_array()
            .unwrap()
            .len();
    }
    assert_eq!(count, 4_000);
    let error = otlp_lines(OtlpSignal::Logs, &bytes, 1 << 20).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the export becomes more than 1048576 bytes of JSON"
    );
    assert_eq!(otlp_lines(OtlpSignal::Logs, b"", 10).unwrap(), b"");
}

#[track_caller]
fn check(signal: OtlpSignal, json: &str, expected: &str) {
    let found = otlp_json_line(signal, json.as_bytes());
    let found = found.map_or_else(
        |error| error.to_string(),
        |line| String::from_utf8(line).unwrap(),
    );
    assert_eq!(found, expected);
}

#[test]
fn json_is_put_on_one_line() {
    use OtlpSignal::{Logs, Traces};
    check(
        Logs,
        "{\n  \"resourceLogs\": [\r\n{}]\n}",
        "{   \"resourceLogs\": [  {}] }\n",
    );
    check(Logs, "{}", "");
    check(Traces, r#"{"resourceSpans":[]}"#, "");
    check(
        Traces,
        r#"{"resourceSpans":{}}"#,
        "resourceSpans: an array is expected",
    );
    check(
        Traces,
        r#"{"resourceLogs":[{}]}"#,
        "resourceLogs: belongs to the other signal",
    );
    check(
        Logs,
        "[]",
        "invalid type: sequence, expected a map at line 1 column 0",
    );
    check(Logs, "", "EOF while parsing a value at line 1 column 0");
}

#[test]
fn json_is_text() {
    let error = otlp_json_line(OtlpSignal::Logs, b"{\"resourceLogs\":[\"\xff\"]}").unwrap_err();
    assert!(error.to_string().starts_with("no text in UTF-8"), "{error}");
}

#[test]
fn a_refusal_of_protobuf_names_the_field() {
    // A LogRecord whose time is a varint.
    let bytes = export(vec![vec![0x08, 0x01]]);
    let error = otlp_lines(OtlpSignal::Logs, &bytes, 1 << 20).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("LogRecord.time_unix_nano"), "{error}");
}
