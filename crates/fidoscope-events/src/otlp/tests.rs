use super::messages::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, Resource, Scope, SpanEvent, SpanStatus, Value,
};
use super::*;

const LIMITS: OtlpLimits = OtlpLimits {
    total: 64 << 20,
    line: 16 << 20,
};

#[track_caller]
fn lines_of(signal: OtlpSignal, bytes: &[u8]) -> Vec<u8> {
    otlp_protobuf_lines(signal, bytes, LIMITS).unwrap().text
}

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
    let lines = lines_of(OtlpSignal::Logs, &bytes);
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

/// What the crate of OpenTelemetry encodes is read as it was meant.
mod witness {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
    use prost::Message;

    use super::super::OtlpSignal;

    const PAIRS: &str =
        r#"[{"key":"a","value":{"stringValue":"b"}},{"key":"n","value":{"intValue":"-7"}}]"#;

    #[track_caller]
    fn check(signal: OtlpSignal, export: &impl Message, expected: &str) {
        let lines = super::lines_of(signal, &export.encode_to_vec());
        assert_eq!(String::from_utf8(lines).unwrap().trim_end(), expected);
    }

    fn attributes() -> Vec<KeyValue> {
        let pair = |key: &str, value| KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value: Some(value) }),
            ..KeyValue::default()
        };
        vec![
            pair("a", Value::StringValue("b".to_owned())),
            pair("n", Value::IntValue(-7)),
        ]
    }

    fn scope() -> InstrumentationScope {
        InstrumentationScope {
            name: "rp".to_owned(),
            ..InstrumentationScope::default()
        }
    }

    #[test]
    fn of_logs() {
        let record = LogRecord {
            time_unix_nano: 1,
            observed_time_unix_nano: 2,
            severity_number: 9,
            body: Some(AnyValue {
                value: Some(Value::BoolValue(true)),
            }),
            attributes: attributes(),
            flags: 1,
            trace_id: vec![0xab; 2],
            span_id: vec![0xcd],
            event_name: "e".to_owned(),
            ..LogRecord::default()
        };
        let logs = ScopeLogs {
            scope: Some(scope()),
            log_records: vec![record],
            schema_url: "u".to_owned(),
        };
        let export = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs {
                scope_logs: vec![logs],
                ..ResourceLogs::default()
            }],
        };
        let expected = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"scope":{{"name":"rp"}},"schemaUrl":"u","logRecords":[{{"timeUnixNano":"1","observedTimeUnixNano":"2","severityNumber":9,"body":{{"boolValue":true}},"attributes":{PAIRS},"flags":1,"traceId":"abab","spanId":"cd","eventName":"e"}}]}}]}}]}}"#
        );
        check(OtlpSignal::Logs, &export, &expected);
    }

    #[test]
    fn of_spans() {
        let span = Span {
            trace_id: vec![1],
            span_id: vec![2],
            parent_span_id: vec![3],
            name: "s".to_owned(),
            kind: 2,
            start_time_unix_nano: 4,
            end_time_unix_nano: 5,
            attributes: attributes(),
            status: Some(Status {
                message: "m".to_owned(),
                code: 2,
            }),
            ..Span::default()
        };
        let spans = ScopeSpans {
            scope: Some(scope()),
            spans: vec![span],
            ..ScopeSpans::default()
        };
        let export = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![spans],
                ..ResourceSpans::default()
            }],
        };
        let expected = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"scope":{{"name":"rp"}},"spans":[{{"traceId":"01","spanId":"02","parentSpanId":"03","name":"s","kind":2,"startTimeUnixNano":"4","endTimeUnixNano":"5","attributes":{PAIRS},"status":{{"message":"m","code":2}},"flags":0}}]}}]}}]}}"#
        );
        check(OtlpSignal::Traces, &export, &expected);
    }
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
    let lines = lines_of(OtlpSignal::Traces, &bytes);
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
    let lines = lines_of(OtlpSignal::Logs, &bytes);
    let mut count = 0;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.len() < (1 << 20) + 4_000, "{}", line.len());
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert!(line["resourceLogs"][0]["resource"].is_object());
        count += line["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
            .as_array()
            .unwrap()
            .len();
    }
    assert_eq!(count, 4_000);
    let little = OtlpLimits {
        total: 1 << 20,
        ..LIMITS
    };
    let error = otlp_protobuf_lines(OtlpSignal::Logs, &bytes, little).unwrap_err();
    assert!(error.is_size());
    assert_eq!(
        error.to_string(),
        "the export becomes more than 1048576 bytes of JSON"
    );
    assert_eq!(lines_of(OtlpSignal::Logs, b""), b"");
}

#[track_caller]
fn check(signal: OtlpSignal, json: &str, expected: &str) {
    let found = otlp_json_lines(signal, json.as_bytes(), LIMITS);
    let found = found.map_or_else(
        |error| error.to_string(),
        |lines| String::from_utf8(lines.text).unwrap(),
    );
    assert_eq!(found, expected);
}

#[test]
fn json_is_put_on_one_line() {
    use OtlpSignal::{Logs, Traces};
    check(
        Logs,
        "{\n  \"resourceLogs\": [\r\n{\"scopeLogs\":[{\"logRecords\":[{\n\"a\": 1}, {}],\"scope\":{\"name\":\"rp\"}},{\"logRecords\":[7]}],\"resource\":{}}, {\"scopeLogs\":[{\"logRecords\":[{\"b\":2}]}]}]\n}",
        "{\"resourceLogs\":[{\"resource\":{},\"scopeLogs\":[{\"scope\":{\"name\":\"rp\"},\"logRecords\":[{ \"a\": 1},{}]},{\"logRecords\":[7]}]},{\"scopeLogs\":[{\"logRecords\":[{\"b\":2}]}]}]}\n",
    );
    check(Logs, "{}", "");
    check(Logs, r#"{"resourceLogs":null}"#, "");
    check(
        Logs,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[]}]}]}"#,
        "",
    );
    check(Traces, r#"{"resourceSpans":[]}"#, "");
    check(
        Traces,
        r#"{"resourceSpans":{}}"#,
        "resourceSpans: an array is expected",
    );
    check(
        Logs,
        r#"{"resourceLogs":[{},{"scopeLogs":[{},3]}]}"#,
        "resourceLogs[1].scopeLogs[1]: an object is expected",
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
fn names_of_protobuf_are_refused_in_json() {
    use OtlpSignal::{Logs, Traces};
    check(
        Logs,
        r#"{"resource_logs":[]}"#,
        "resource_logs: the JSON of OTLP calls it resourceLogs",
    );
    check(
        Traces,
        r#"{"resourceSpans":[{"scope_spans":[]}]}"#,
        "resourceSpans[0].scope_spans: the JSON of OTLP calls it scopeSpans",
    );
    check(
        Logs,
        r#"{"resourceLogs":[{"scopeLogs":[{},{"log_records":[]}]}]}"#,
        "resourceLogs[0].scopeLogs[1].log_records: the JSON of OTLP calls it logRecords",
    );
    check(
        Logs,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[7,{"event_name":"a"}]}]}]}"#,
        "resourceLogs[0].scopeLogs[0].logRecords[1].event_name: the JSON of OTLP calls it eventName",
    );
    // Others are passed over, as the protocol says.
    check(Logs, r#"{"my_member":1,"resourceLogs":[]}"#, "");
}

/// Bytes that are no text stay in the record that has them; around the records there may be none.
#[test]
fn damage_stays_in_its_record() {
    let body = b"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"a\":\"\xff\"},{}]}]}]}";
    let lines = otlp_json_lines(OtlpSignal::Logs, body, LIMITS).unwrap();
    assert!(lines.text.windows(5).any(|bytes| bytes == b"\"\xff\"},"));
    let body = b"{\"resourceLogs\":[{\"a\":\"\xff\",\"scopeLogs\":[{\"logRecords\":[{}]}]}]}";
    let error = otlp_json_lines(OtlpSignal::Logs, body, LIMITS).unwrap_err();
    assert!(error.to_string().starts_with("no text in UTF-8"), "{error}");
}

/// A record keeps its path in the export, on whatever line it is.
#[test]
fn a_path_on_a_line_is_one_in_the_export() {
    let record = format!("{{\"body\":\"{}\"}}", "x".repeat(600 << 10));
    let scope = format!("{{\"logRecords\":[{record},{record},{record}]}}");
    let body = format!("{{\"resourceLogs\":[{{}},{{\"scopeLogs\":[{scope},{scope}]}}]}}");
    let lines = otlp_json_lines(OtlpSignal::Logs, body.as_bytes(), LIMITS).unwrap();
    assert_eq!(lines.lines().count(), 3);
    let path = |line, place: &str| lines.path(line, &format!("resourceLogs[0].{place}"));
    let there = |place: &str| format!("resourceLogs[1].{place}");
    let second = "scopeLogs[0].logRecords[1]";
    assert_eq!(path(0, second), there("scopeLogs[0].logRecords[1]"));
    assert_eq!(
        path(1, "scopeLogs[0].logRecords[0]"),
        there("scopeLogs[0].logRecords[2]")
    );
    assert_eq!(
        path(1, "scopeLogs[1].logRecords[0]"),
        there("scopeLogs[1].logRecords[0]")
    );
    assert_eq!(path(2, second), there("scopeLogs[1].logRecords[2]"));
    let little = OtlpLimits {
        line: 500 << 10,
        ..LIMITS
    };
    let error = otlp_json_lines(OtlpSignal::Logs, body.as_bytes(), little).unwrap_err();
    assert!(error.is_size());
    assert_eq!(
        error.to_string(),
        "resourceLogs[1].scopeLogs[0].logRecords[0] becomes a line of more than 512000 bytes"
    );
}

#[test]
fn a_record_of_protobuf_that_is_none_is_kept_as_it_is() {
    // The time is a varint.
    let bytes = export(vec![record().encode_to_vec(), b"\x08\x01webauthn".to_vec()]);
    let lines = lines_of(OtlpSignal::Logs, &bytes);
    let line: serde_json::Value = serde_json::from_slice(&lines).unwrap();
    let records = &line["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
    assert_eq!(records[0]["traceId"], "ab".repeat(16));
    assert_eq!(
        records[1],
        serde_json::json!(["CAF3ZWJhdXRobg==", "\u{8}\u{1}webauthn"])
    );
}

#[test]
fn a_partial_success_says_what_was_not_taken() {
    let answer = |signal| OtlpPartialSuccess {
        signal,
        rejected: 2,
        message: "no".to_owned(),
    };
    let json = |signal| String::from_utf8(answer(signal).to_json()).unwrap();
    assert_eq!(
        json(OtlpSignal::Logs),
        r#"{"partialSuccess":{"errorMessage":"no","rejectedLogRecords":"2"}}"#
    );
    assert_eq!(
        json(OtlpSignal::Traces),
        r#"{"partialSuccess":{"errorMessage":"no","rejectedSpans":"2"}}"#
    );
    assert_eq!(
        answer(OtlpSignal::Logs).to_protobuf(),
        [0x0a, 6, 0x08, 2, 0x12, 2, b'n', b'o']
    );
}
