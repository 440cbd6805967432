use super::*;

const MINIMAL: &str = r#"{"schema":"fidoscope.ceremony/1","id":"one","kind":"authentication",
"options":{"challenge":"AAAA"},"rp":{"id":"example.org","origins":["https://example.org"]},
"response":{"id":"AQ","rawId":"AQ","type":"public-key","response":{"clientDataJSON":"e30",
"authenticatorData":"AA","signature":"AA"}}}"#;

#[track_caller]
fn check(document: &str, expected: &str) {
    let mut said = String::new();
    for loaded in load(document.as_bytes(), Layout::One) {
        match loaded.recording {
            Ok(recording) => said.push_str(&recording.id),
            Err(LoadError::Content {
                message,
                line,
                column,
                path,
            }) => {
                said.push_str(&format!("{line}:{column} {path}: {message}"));
            }
            Err(other) => said.push_str(&other.to_string()),
        }
        for member in loaded.foreign {
            let word = if member.fatal { "error" } else { "warning" };
            let place = member.offset.map(|at| &document[at..at + member.length]);
            said.push_str(&format!("; {word} {} {place:?}", member.path));
            if let Some(meant) = member.suggestion {
                said.push_str(&format!(" did you mean {meant}"));
            }
        }
    }
    assert_eq!(said, expected);
}

#[test]
fn a_minimal_recording_loads() {
    check(MINIMAL, "one");
}

#[test]
fn foreign_members_are_named_with_their_path() {
    check(
        &MINIMAL.replace("\"origins\"", "\"orgins\""),
        "one; warning rp.orgins Some(\"orgins\") did you mean origins",
    );
    check(
        &MINIMAL.replacen(
            "\"challenge\"",
            "\"allowCredentials\":[{\"id\":\"AQ\",\"type\":\"public-key\",\"x\":1}],\"challenge\"",
            1,
        ),
        "one; warning options.allowCredentials[0].x Some(\"x\")",
    );
}

#[test]
fn a_misspelt_policy_or_expectation_is_an_error() {
    check(
        &MINIMAL.replacen("\"rp\":", "\"policy\":{\"requireUV\":true},\"rp\":", 1),
        "2:52 policy.requireUV: unknown field `requireUV`, expected one of `profile`, `requireUv`, \
         `requireAttestation`, `acceptSelf`, `anchors`, `untrusted`, `compound`, `backup`, \
         `extensions`, `signCount`, `acceptedModels`, `originMatching`, `relatedOrigins`, \
         `crossOrigin`, `topOrigins`, `safetynet`, `androidKey`, \
         `legacyCertificates`, `metadata`; error policy.requireUV Some(\"requireUV\") did you mean requireUv",
    );
    check(
        &MINIMAL.replacen("\"rp\":", "\"expect\":{\"webauthn-l4\":null},\"rp\":", 1),
        "2:54 expect.webauthn-l4: unknown field `webauthn-l4`, expected one of `webauthn-l3`, \
         `webauthn-l2`, `fido-server`, `strict`; error expect.webauthn-l4 Some(\"webauthn-l4\") \
         did you mean webauthn-l2",
    );
}

#[test]
fn an_array_is_no_object() {
    let array =
        r#"["fidoscope.ceremony/1","one","registration",null,{"challenge":"AAAA"},null,{},{}]"#;
    check(array, "1:1 : invalid type: sequence, expected an object");
    check("[]", "1:2 : invalid type: sequence, expected an object");
    let member = |from: &str, to: &str, expected: &str| {
        let said = format!("{expected}: invalid type: sequence, expected an object");
        check(&MINIMAL.replacen(from, to, 1), &said);
    };
    member(
        r#"{"challenge":"AAAA"}"#,
        r#"["AAAA",null]"#,
        "2:11 options",
    );
    member(
        r#"{"id":"example.org","origins":["https://example.org"]}"#,
        r#"["example.org",["https://example.org"]]"#,
        "2:37 rp",
    );
    member(
        r#""rp":"#,
        r#""policy":{"backup":[null,null,null]},"rp":"#,
        "2:51 policy.backup",
    );
    member(
        r#""rp":"#,
        r#""expect":{"webauthn-l3":["accept"]},"rp":"#,
        "2:56 expect.webauthn-l3",
    );
    member(r#""rp":"#, r#""mdsBlob":["a","b"],"rp":"#, "2:42 mdsBlob");
    member(
        r#"{"challenge":"AAAA"}"#,
        r#"{"challenge":"AAAA","allowCredentials":[["AQ","public-key"]]}"#,
        "2:51 options.allowCredentials[0]",
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    check(&format!("\u{feff}{MINIMAL}"), "one");
}

#[test]
fn options_are_read_as_a_client_reads_them() {
    let document = MINIMAL.replacen("{\"challenge\"", "{\"timeout\":\"60000\",\"challenge\"", 1);
    let recording = Recording::from_json(document.as_bytes()).unwrap();
    assert_eq!(recording.options.timeout, Some(60_000));
    assert_eq!(recording.options.conversions.len(), 1);
}

#[test]
fn another_schema_is_refused() {
    check(
        &MINIMAL.replace("ceremony/1", "ceremony/2"),
        "`schema` is `fidoscope.ceremony/2`, not `fidoscope.ceremony/1`",
    );
}

#[test]
fn a_strange_response_still_loads() {
    let recording = |response: &str| {
        let document = format!(
            r#"{{"schema":"fidoscope.ceremony/1","id":"x","kind":"registration","options":{{"challenge":""}},"rp":{{}},"response":{response}}}"#
        );
        serde_json::from_str::<Recording>(&document)
            .unwrap()
            .response
    };
    assert_eq!(
        recording("[1]"),
        CredentialBody::Other(serde_json::json!([1]))
    );
    let body = recording(r#"{"id":7,"response":"no","response":{"signature":null}}"#);
    let credential = body.credential().unwrap();
    assert_eq!(credential.id.kind(), "number");
    assert_eq!(credential.raw_id, Member::Missing);
    assert_eq!(credential.duplicates, ["response"]);
    let inner = credential.authenticator_response().unwrap();
    assert_eq!(inner.signature.kind(), "null");
}

#[test]
fn a_recording_survives_writing_and_reading() {
    let recording: Recording = serde_json::from_str(MINIMAL).unwrap();
    let text = serde_json::to_string(&recording).unwrap();
    assert_eq!(serde_json::from_str::<Recording>(&text).unwrap(), recording);
}

#[test]
fn lines_are_counted_and_blank_ones_skipped() {
    let one = MINIMAL.replace('\n', "");
    let text = format!("{one}\n\n{{\n{one}\n");
    let loaded = load(text.as_bytes(), Layout::Lines);
    let lines: Vec<_> = loaded
        .iter()
        .map(|l| (l.line, l.recording.is_ok()))
        .collect();
    assert_eq!(lines, [(1, true), (3, false), (4, true)]);
    assert_eq!(loaded[2].offset, one.len() + 4);
}

#[test]
fn the_published_schema_is_current() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../fidoscope/assets/ceremony.schema.json"
    );
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, schema_text()).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        published,
        schema_text(),
        "run the tests once with UPDATE_SCHEMA=1"
    );
}

/// The walk that finds foreign members and the types must know the same names.
#[test]
fn every_member_of_the_schema_is_known_to_the_walk() {
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true);
    let schema = settings
        .into_generator()
        .into_root_schema_for::<Recording>();
    compare(
        "",
        schema.as_value(),
        members::Shape::Object(members::RECORDING),
    );
}

#[track_caller]
fn compare(path: &str, schema: &serde_json::Value, shape: members::Shape) {
    use members::Shape;
    let (Shape::Object(known) | Shape::Strict(known) | Shape::List(known)) = shape else {
        return;
    };
    let schema = schema.pointer("/anyOf/0").unwrap_or(schema);
    let schema = schema.get("items").unwrap_or(schema);
    let properties = schema["properties"]
        .as_object()
        .unwrap_or_else(|| panic!("{path}: {schema}"));
    let mut named: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let mut typed: Vec<&str> = properties.keys().map(String::as_str).collect();
    named.sort_unstable();
    typed.sort_unstable();
    assert_eq!(named, typed, "members of `{path}`");
    for (name, shape) in known {
        compare(&format!("{path}.{name}"), &properties[*name], *shape);
    }
}

#[test]
fn how_many_parts_must_verify_is_a_word_or_a_number() {
    let read = |json: &str| serde_json::from_str::<CompoundPolicy>(json).ok();
    let two = std::num::NonZeroU8::new(2).map(CompoundPolicy::AtLeast);
    assert_eq!(read("\"all\""), Some(CompoundPolicy::All));
    assert_eq!(read("\"any\""), Some(CompoundPolicy::Any));
    assert_eq!((read("2"), read("\"2\"")), (two, two));
    for wrong in ["\"some\"", "0", "\"0\"", "-1", "256", "true"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    for policy in ["\"all\"", "\"any\"", "2"] {
        let written = serde_json::to_string(&read(policy).unwrap()).unwrap();
        assert_eq!(written, policy);
    }
}
