use chrono::{TimeZone as _, Utc};
use sha2::{Digest as _, Sha256};

use crate::{
    Addresses, Catalogue, Context, Event, Ids, Line, Privacy, Pseudonyms, Scratch, Users,
    write_line,
};

const START: &str =
    r#"{"ts":"2026-03-01T12:00:00.250Z","kind":"authentication.completed","outcome":"success""#;

fn decode(line: &[u8]) -> (Line, Option<Event<'static>>, u32) {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
    let context = Context::new(&pseudonyms, now);
    let catalogue = Catalogue::builtin();
    let mut scratch = Scratch::new();
    let mut found = None;
    let native = catalogue.get("native").unwrap();
    let line = native.decode(line, &context, &mut scratch, &mut |event| {
        found = Some(owned(event));
    });
    (line, found, scratch.tally().unknown_keys)
}

/// What is left of a person in an event: user, actor, session, whether the name's hash is there, address.
#[track_caller]
fn check_privacy(users: Users, addresses: Addresses, expected: [Option<&str>; 5]) {
    let privacy = Privacy { users, addresses };
    let pseudonyms = Pseudonyms::new([7; 32]).with_privacy(privacy);
    let now = Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
    let line = format!(
        r#"{START},"user_id":"ada","actor_id":"eve","session_id":"s-1","user_name":"Ada","client_ip":"198.51.100.7"}}"#
    );
    let (context, mut scratch) = (Context::new(&pseudonyms, now), Scratch::new());
    let catalogue = Catalogue::builtin();
    let native = catalogue.get("native").unwrap();
    let mut found = None;
    native.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
        assert_eq!(event.attrs, []);
        found = Some([
            event.user_id.as_deref().map(str::to_owned),
            event.actor_id.as_deref().map(str::to_owned),
            event.session_id.as_deref().map(str::to_owned),
            event.user_name_hash.map(|_| "hashed".to_owned()),
            event.client_ip.map(crate::ip::format),
        ]);
    });
    assert_eq!(found.unwrap(), expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn of_people_only_what_was_chosen() {
    let [ada, eve, session] =
        ["ada", "eve", "s-1"].map(|user| Pseudonyms::new([7; 32]).of_user(user).unwrap());
    let hashed = Some("hashed");
    let (whole, network) = (Some("198.51.100.7"), Some("198.51.100.0"));
    check_privacy(
        Users::Hash,
        Addresses::Keep,
        [Some(&ada), Some(&eve), Some(&session), hashed, whole],
    );
    check_privacy(
        Users::Keep,
        Addresses::Truncate,
        [Some("ada"), Some("eve"), Some("s-1"), hashed, network],
    );
    check_privacy(Users::Drop, Addresses::Drop, [None; 5]);
}

/// An event that outlives its line: written and compared as text, so only what tests look at.
fn owned(event: &Event<'_>) -> Event<'static> {
    let text = |text: &Option<crate::Text<'_>>| text.as_deref().map(|t| t.to_owned().into());
    Event {
        ts: event.ts,
        ts_precision: event.ts_precision,
        event_id: event.event_id.to_string().into(),
        kind: event.kind.to_string().into(),
        outcome: event.outcome.to_string().into(),
        ceremony: text(&event.ceremony),
        user_id: text(&event.user_id),
        user_name_hash: event.user_name_hash,
        challenge_hash: event.challenge_hash,
        credential_id: event.credential_id.as_deref().map(|id| id.to_vec().into()),
        credential_ref: text(&event.credential_ref),
        credential_kind: text(&event.credential_kind),
        failure_raw: text(&event.failure_raw),
        failure_reason: text(&event.failure_reason),
        failure_side: text(&event.failure_side),
        flags: event.flags,
        flags_known: event.flags_known,
        sign_count: event.sign_count,
        aaguid: event.aaguid,
        attestation_fmt: text(&event.attestation_fmt),
        attestation_type: text(&event.attestation_type),
        attestation_object: event
            .attestation_object
            .as_deref()
            .map(|object| object.to_vec().into()),
        client_data_hash: event.client_data_hash,
        client_ip: event.client_ip,
        server_ms: event.server_ms,
        latency_basis: text(&event.latency_basis),
        attrs: event
            .attrs
            .iter()
            .map(|(name, value)| (name.to_string().into(), value.to_string().into()))
            .collect(),
        ..Event::default()
    }
}

#[track_caller]
fn accepted(members: &str) -> Event<'static> {
    let (line, event, _) = decode(format!("{START}{members}}}").as_bytes());
    assert_eq!(line, Line::Mapped(1), "{members}");
    event.unwrap()
}

/// `code at offset (field): message`
#[track_caller]
fn rejected(line: impl AsRef<[u8]>, expected: &str) {
    let (line, event, _) = decode(line.as_ref());
    let Line::Rejected(mut why) = line else {
        panic!("not rejected: {line:?}");
    };
    let why = why.remove(0);
    assert_eq!(event, None);
    let field = why.field.unwrap_or_else(|| "-".to_owned());
    let offset = why
        .offset_in_line
        .map_or_else(|| "-".to_owned(), |at| at.to_string());
    assert_eq!(
        format!("{} {field}@{offset}: {}", why.code, why.message),
        expected
    );
}

#[test]
fn takes_columns_as_they_are() {
    let event = accepted(
        r#","user_id":"ada","user_name":"Ada@Example.org","credential_id":"AQID","challenge":"AAAA",
        "flags":{"up":true,"uv":false,"be":true},"sign_count":7,"aaguid":"00010203-0405-0607-0809-0a0b0c0d0e0f",
        "client_ip":"192.0.2.7","server_ms":12,"transports":["usb"]"#,
    );
    assert_eq!(event.ts, 1_772_366_400_250_000);
    assert_eq!(event.ts_precision, Some(3));
    assert_eq!(event.ceremony.as_deref(), Some("get"));
    assert_eq!(event.credential_id.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!((event.flags, event.flags_known), (Some(9), Some(13)));
    assert_eq!(event.credential_kind.as_deref(), Some("passkey_synced"));
    assert_eq!(event.aaguid.unwrap()[15], 15);
    assert_eq!(event.server_ms, Some(12.0));
    assert_eq!(event.latency_basis.as_deref(), Some("reported"));
    assert_ne!(
        event.user_id.as_deref(),
        Some("ada"),
        "identifiers are pseudonyms"
    );
    assert_eq!(event.user_id.unwrap().len(), 32);
    assert!(event.user_name_hash.is_some());
    assert_eq!(&event.client_ip.unwrap()[10..], &[0xff, 0xff, 192, 0, 2, 7]);
}

#[test]
fn null_and_absent_are_unknown() {
    let event = accepted(r#","sign_count":null,"flags":{"up":null},"user_id":null"#);
    assert_eq!(
        (event.sign_count, event.flags, event.flags_known),
        (None, None, None)
    );
    assert_eq!(event.user_id, None);
}

#[test]
fn unknown_keys_go_to_attrs_and_are_counted() {
    let line = format!("{START},\"shard\":3,\"where\":{{\"rack\":[1,2]}}}}");
    let (_, event, unknown) = decode(line.as_bytes());
    let attrs = event.unwrap().attrs;
    assert_eq!(unknown, 2);
    assert_eq!(
        attrs,
        vec![
            ("shard".into(), "3".into()),
            ("where".into(), r#"{"rack":[1,2]}"#.into())
        ]
    );
}

#[test]
fn a_credential_id_that_is_no_base64url_becomes_a_reference() {
    let event = accepted(r#","credential_id":"key of Ada!""#);
    assert_eq!(event.credential_id, None);
    assert_eq!(event.credential_ref.as_deref(), Some("key of Ada!"));
}

#[test]
fn the_same_line_has_the_same_identifier() {
    assert_eq!(accepted("").event_id, accepted("").event_id);
    assert_ne!(accepted("").event_id, accepted(r#","app":"x""#).event_id);
    assert_eq!(accepted(r#","event_id":"e-1""#).event_id, "e-1");
}

/// The identifier of a record under a key, in each form in which a line is read.
#[test]
fn an_identifier_under_a_key_cannot_be_guessed_from_the_line() {
    let of = |key: u8, ids, source: &str, line: &str| {
        let pseudonyms = Pseudonyms::new([key; 32]).with_ids(ids);
        let now = Utc.with_ymd_and_hms(2026, 3, 2, 0, 0, 0).unwrap();
        let (context, mut scratch) = (Context::new(&pseudonyms, now), Scratch::new());
        let catalogue = Catalogue::builtin();
        let mapping = catalogue.get(source).unwrap();
        let mut found = Vec::new();
        mapping.decode(line.as_bytes(), &context, &mut scratch, &mut |event| {
            found.push(event.event_id.to_string());
        });
        found
    };
    let plain = format!("{START}}}");
    let general = format!(r#"{START},"app":"a\u0041"}}"#);
    let authelia = r#"{"error":"challenge session data is not present","level":"error","method":"POST","msg":"Error occurred validating a WebAuthn authentication challenge for user 'ada': error occurred retrieving the session data","path":"/api/secondfactor/webauthn","remote_ip":"198.51.100.9","time":"2026-03-01T08:00:00Z"}"#;
    for (source, line) in [
        ("native", &*plain),
        ("native", &general),
        ("authelia", authelia),
    ] {
        let unkeyed = of(7, Ids::Plain, source, line);
        let keyed = of(7, Ids::Keyed, source, line);
        assert_eq!(unkeyed.len(), 1, "{line}");
        assert_eq!(unkeyed, of(8, Ids::Plain, source, line), "anybody has it");
        assert_eq!(keyed, of(7, Ids::Keyed, source, line));
        assert_ne!(keyed, unkeyed);
        assert_ne!(keyed, of(8, Ids::Keyed, source, line));
    }
    let own = format!(r#"{START},"event_id":"e-1"}}"#);
    assert_eq!(of(7, Ids::Keyed, "native", &own), ["e-1"]);
}

#[test]
fn refuses_with_code_field_and_place() {
    rejected(
        format!("{START},\"sign_count\":-1}}"),
        "wrong_type sign_count@100: sign_count must be a whole number from 0 to 4294967295, found -1",
    );
    rejected(
        format!("{START},\"flags\":{{\"up\":true,\"uv\":1}}}}"),
        "wrong_type flags.uv@111: flags.uv must be true or false, found 1",
    );
    rejected(
        format!("{START},\"mapping_version\":\"1\"}}"),
        "refused_column mapping_version@105: mapping_version is filled by ingest and may not be given",
    );
    rejected(
        format!("{START},\"app\":\"a\",\"app\":\"b\"}}"),
        "duplicate_key app@103: the key \"app\" stands twice",
    );
    rejected(
        r#"{"ts":"2026-03-01T12:00:00Z","kind":"authentication.complete","outcome":"success"}"#,
        "unknown_value kind@36: \"authentication.complete\" is no kind, did you mean \"authentication.completed\"?",
    );
    rejected(
        r#"{"ts":"2026-03-01T12:00:00Z","kind":"registration.failed"}"#,
        "missing_field -@-: outcome is missing",
    );
    rejected(
        r#"{"ts":"2031-01-01T00:00:00Z"}"#,
        "time_out_of_range ts@6: the time 2031-01-01T00:00:00Z lies outside 2012-01-01T00:00:00Z to 2026-03-03T00:00:00Z",
    );
    rejected(
        r#"{"ts":"yesterday"}"#,
        "bad_time ts@6: ts must be a time as in RFC 3339 with a zone, found \"yesterday\"",
    );
}

#[test]
fn refuses_what_is_no_object() {
    rejected(
        "[{}]",
        "not_an_object -@-: the line is a JSON array; write one event object on each line",
    );
    rejected(
        &START[..40],
        "truncated_json -@40: the line is not JSON: EOF while parsing a value",
    );
    rejected(
        b"{\"ts\":\"\xff\"}",
        "invalid_utf8 -@7: the line is not UTF-8 from byte 7",
    );
    rejected(
        format!("{START}}} {{"),
        "invalid_json -@88: the line is not JSON: trailing characters",
    );
    assert_eq!(decode(b" \t").0, Line::Blank);
}

#[test]
fn long_failure_text_is_cut_between_characters() {
    let event = accepted(&format!(",\"failure_raw\":\"x{}\"", "é".repeat(1000)));
    assert_eq!(event.failure_raw.unwrap().len(), 1023);
}

#[test]
fn what_is_written_reads_back() {
    let line = format!(
        "{START},\"credential_id\":\"AQID\",\"flags\":{{\"up\":true,\"be\":false}},\"attrs\":{{\"a\":\"\\u0001\\\"\"}}}}"
    );
    let (_, first, _) = decode(line.as_bytes());
    let first = first.unwrap();
    let mut text = String::new();
    write_line(&first, &mut text);
    let (line, second, unknown) = decode(text.trim_end().as_bytes());
    assert_eq!((line, unknown), (Line::Mapped(1), 0), "{text}");
    assert_eq!(second, Some(first));
}

/// `WebAuthn L3 §6.1`: 32 bytes of hash, flags, counter.
/// What is left of a registration with this format, and whether its statement has certificates.
#[track_caller]
fn registered(format: &str, certified: bool, expected: Option<&str>) {
    let text = |text: &str| [&[0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let chain = [text("x5c"), vec![0x81, 0x41, 0x30]].concat();
    let mut data = vec![0; 32];
    data.extend([0x01, 0, 0, 0, 9]);
    let bytes = [
        vec![0xa3],
        [text("fmt"), text(format)].concat(),
        text("attStmt"),
        if certified {
            [vec![0xa1], chain].concat()
        } else {
            vec![0xa0]
        },
        [text("authData"), vec![0x58, 37], data].concat(),
    ]
    .concat();
    let client = br#"{"type":"webauthn.create","challenge":"AAAA","origin":"https://a.example"}"#;
    let event = accepted(&format!(
        ",\"attestation_object\":\"{}\",\"client_data_json\":\"{}\"",
        crate::base64::encode_url(&bytes),
        crate::base64::encode_url(client),
    ));
    assert_eq!(event.attestation_fmt.as_deref(), Some(format));
    assert_eq!(event.attestation_type.as_deref(), expected);
    assert_eq!((event.sign_count, event.flags), (Some(9), Some(1)));
    assert_eq!(event.attestation_object.as_deref(), Some(bytes.as_slice()));
    let hash = Sha256::digest(client);
    assert_eq!(
        event.client_data_hash.as_ref().map(|h| &h[..]),
        Some(&hash[..])
    );
}

#[test]
fn a_registration_keeps_its_bytes_and_the_type_that_they_leave_no_doubt_about() {
    registered("none", false, Some("none"));
    registered("packed", false, Some("self"));
    registered("packed", true, None);
    registered("tpm", true, Some("attca"));
    registered("android-key", true, Some("basic"));
    registered("apple", true, Some("anonca"));
    registered("fido-u2f", true, None);
    registered("homemade", true, None);
}

#[test]
fn raw_bytes_are_read() {
    let mut data = vec![0; 32];
    data.extend([0x1d, 0, 0, 1, 2]);
    let client = br#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://a.example","crossOrigin":false}"#;
    let (data, client) = (
        crate::base64::encode_url(&data),
        crate::base64::encode_url(client),
    );
    let event = accepted(&format!(
        ",\"authenticator_data\":\"{data}\",\"client_data_json\":\"{client}\",\"sign_count\":7"
    ));
    assert_eq!((event.flags, event.flags_known), (Some(0x1d), Some(0xdd)));
    assert_eq!(
        event.sign_count,
        Some(258),
        "the authenticator's own counter goes first"
    );
    assert_eq!(
        event.challenge_hash,
        accepted(",\"challenge\":\"AAAA\"").challenge_hash
    );
    assert_eq!(event.attrs, vec![]);
    let event = accepted(",\"authenticator_data\":\"AAAA\"");
    assert_eq!(
        event.attrs,
        vec![(
            "authenticator_data_problem".into(),
            "3 bytes, fewer than 37".into()
        )]
    );
    rejected(
        format!("{START},\"attestation_object\":\"*\"}}"),
        "wrong_type attestation_object@108: attestation_object must be base64url or base64",
    );
}
