use super::*;

#[test]
fn text_is_compared_without_case_and_with_wildcards() {
    check(
        "sel: {rp_id: Example.org}",
        &[("rp_id", text("example.ORG"))],
        Some(true),
    );
    check(
        "sel: {rp_id: '*.example.org'}",
        &[("rp_id", text("login.example.org"))],
        Some(true),
    );
    check(
        "sel: {rp_id: '*.example.org'}",
        &[("rp_id", text("example.org"))],
        Some(false),
    );
    check("sel: {rp_id: example.org}", &[], None);
    check(
        "sel: {rp_id|cased: Example.org}",
        &[("rp_id", text("example.org"))],
        Some(false),
    );
    check("sel: {rp_id: ''}", &[("rp_id", text(""))], Some(true));
}

#[test]
fn modifiers_of_text_open_the_ends() {
    let agent = [(
        "user_agent",
        text("Mozilla/5.0 (X11; Linux) HeadlessChrome/141"),
    )];
    check("sel: {user_agent|contains: headless}", &agent, Some(true));
    check("sel: {user_agent|startswith: mozilla/}", &agent, Some(true));
    check("sel: {user_agent|endswith: /141}", &agent, Some(true));
    check("sel: {user_agent|endswith: mozilla}", &agent, Some(false));
    check(
        "sel: {user_agent|contains|cased: headless}",
        &agent,
        Some(false),
    );
    check(
        "sel: {user_agent|contains|all: [linux, headless]}",
        &agent,
        Some(true),
    );
    check(
        "sel: {user_agent|contains|all: [linux, android]}",
        &agent,
        Some(false),
    );
    check(
        "sel: {user_agent|contains: [windows, linux]}",
        &agent,
        Some(true),
    );
}

#[test]
fn a_regular_expression_looks_anywhere_and_minds_case() {
    let raw = [("failure_raw", text("Unexpected RP ID hash\nfor login"))];
    check("sel: {failure_raw|re: 'RP ID \\w+'}", &raw, Some(true));
    check("sel: {failure_raw|re: 'rp id'}", &raw, Some(false));
    check("sel: {failure_raw|re|i: 'rp id'}", &raw, Some(true));
    check("sel: {failure_raw|re: 'hash.for'}", &raw, Some(false));
    check("sel: {failure_raw|re|s: 'hash.for'}", &raw, Some(true));
    check("sel: {failure_raw|re|m: '^for'}", &raw, Some(true));
}

#[test]
fn numbers_may_be_quoted_and_are_compared_as_numbers() {
    let row = [
        ("sign_count", Value::Integer(42)),
        ("server_ms", Value::Number(10.5)),
    ];
    check("sel: {sign_count: 42}", &row, Some(true));
    check("sel: {sign_count: '42'}", &row, Some(true));
    check("sel: {sign_count|gt: 9}", &row, Some(true));
    check("sel: {sign_count|lte: 41}", &row, Some(false));
    check("sel: {sign_count: [41, 42]}", &row, Some(true));
    check("sel: {server_ms|lt: 11}", &row, Some(true));
    check(
        "sel: {public_key_alg: -7}",
        &[("public_key_alg", Value::Integer(-7))],
        Some(true),
    );
}

#[test]
fn times_are_compared_as_points_in_time() {
    // 2026-11-17T10:00:00Z
    let row = [("registered_at", Value::Integer(1_794_909_600_000_000))];
    for (test, expected) in [
        ("registered_at: 2026-11-17 10:00", true),
        ("registered_at: 2026-11-17T11:00:00+01:00", true),
        ("registered_at|gte: 2026-11-17T10:00:00Z", true),
        ("registered_at|gt: '2026-11-17T10:00:00Z'", false),
        ("registered_at|gt: 2026-11-17T09:59:59.999Z", true),
        ("registered_at|lt: 2026-11-18", true),
    ] {
        check(&format!("sel: {{{test}}}"), &row, Some(expected));
        check(&format!("sel: {{{test}}}"), &[], None);
    }
}

#[test]
fn a_text_column_takes_what_was_written() {
    check("sel: {os: 10.10}", &[("os", text("10.10"))], Some(true));
    check("sel: {app: true}", &[("app", text("true"))], Some(true));
    check(
        "sel: {geo_country: NO}",
        &[("geo_country", text("no"))],
        Some(true),
    );
    check(
        "sel: {ticket_id: 0042}",
        &[("ticket_id", text("0042"))],
        Some(true),
    );
}

#[test]
fn null_and_exists_ask_whether_a_column_is_known() {
    let known = [("aaguid", Value::Bytes(vec![0; 16]))];
    check("sel: {aaguid: null}", &[], Some(true));
    check("sel: {aaguid: null}", &known, Some(false));
    check("sel: {aaguid|exists: true}", &known, Some(true));
    check("sel: {aaguid|exists: false}", &known, Some(false));
    check("sel: {be: [true, null]}", &[], Some(true));
    check("sel: {be|neq: true}", &[], None);
    check(
        "sel: {be|neq: true}",
        &[("be", Value::Bool(false))],
        Some(true),
    );
}

#[test]
fn bytes_are_written_in_the_form_of_their_column() {
    let aaguid = [("aaguid", Value::Bytes((0..16).collect()))];
    check(
        "sel: {aaguid: 00010203-0405-0607-0809-0A0B0C0D0E0F}",
        &aaguid,
        Some(true),
    );
    check(
        "sel: {credential_id: AQL_}",
        &[("credential_id", Value::Bytes(vec![1, 2, 255]))],
        Some(true),
    );
    let address = Value::Bytes(vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]);
    check(
        "sel: {client_ip: 192.0.2.1}",
        &[("client_ip", address)],
        Some(true),
    );
    let hash = Value::Bytes(vec![0xab; 16]);
    check(
        &format!("sel: {{challenge_hash: {}}}", "aB".repeat(16)),
        &[("challenge_hash", hash)],
        Some(true),
    );
}

#[test]
fn maps_are_all_lists_are_any_and_bare_texts_are_looked_for_everywhere() {
    let row = [
        ("kind", text("authentication.failed")),
        ("failure_raw", text("Bad Signature!")),
    ];
    check(
        "sel: {kind: authentication.failed, failure_raw: bad*}",
        &row,
        Some(true),
    );
    check(
        "sel: {kind: authentication.failed, failure_raw: good*}",
        &row,
        Some(false),
    );
    check("sel: [{kind: x}, {failure_raw: bad*}]", &row, Some(true));
    check("sel: [nothing, signature]", &row, Some(true));
    check("sel: bad signature", &row, Some(true));
    check("sel: nowhere", &row, Some(false));
}

/// Keywords are looked for in the whole event: what an event does not have does not hold them.
#[test]
fn keywords_are_there_or_not_whatever_is_unknown() {
    let event = [
        ("user_agent", text("HeadlessChrome on Linux")),
        ("credential_label", text("Virtual key")),
    ];
    let check = |selection: &str, expected| check(selection, &event, Some(expected));
    check("sel: [virtual, nowhere]", true);
    check("sel: [nowhere]", false);
    check("sel:\n  '|all': [VIRTUAL, headless]", true);
    check("sel:\n  '|all': [virtual, nowhere]", false);
    check("sel:\n  '|all|cased': [Virtual, Headless]", true);
    check("sel:\n  '|all|cased': [virtual, Headless]", false);
    check("sel:\n  '|all|re': ['^Virtual', 'Linux$']", true);
    check("sel:\n  '|contains': nowhere", false);
}
