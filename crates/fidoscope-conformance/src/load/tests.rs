use super::*;

const MINIMAL: &str = r#"{"schema":"fidoscope.ceremony/1","id":"one","kind":"authentication",
"options":{"challenge":"AAAA"},"rp":{"id":"example.org","origins":["https://example.org"]},
"response":{"id":"AQ","rawId":"AQ","type":"public-key","response":{}}}"#;

#[track_caller]
fn check(name: &str, text: &str, expected: &str) {
    let (recordings, diagnostics) = load(name, text.as_bytes());
    let mut said: Vec<String> = recordings
        .iter()
        .map(|r| format!("{} {}", r.file, r.recording.id))
        .collect();
    for d in diagnostics {
        let place = format!("{}:{}", d.at.line.unwrap(), d.at.column.unwrap());
        let help = d.help.map(|help| format!(" ({help})")).unwrap_or_default();
        said.push(format!(
            "{} {:?} {place} {}{help}",
            d.code, d.severity, d.message
        ));
    }
    assert_eq!(said.join("\n"), expected);
}

#[test]
fn one_or_many() {
    let line = MINIMAL.replace('\n', "");
    check("a.json", MINIMAL, "a.json one");
    check(
        "a.jsonl",
        &format!("{line}\n\n{line}\n"),
        "a.jsonl:1 one\na.jsonl:3 one",
    );
    check("-", &format!("{line}\n{line}\n"), "-:1 one\n-:2 one");
}

#[test]
fn an_unknown_member_is_a_warning_and_inside_policy_an_error() {
    check(
        "a.json",
        &MINIMAL.replace("\"origins\"", "\"orgins\""),
        "a.json one\nFS-C001 Warning 2:58 unknown member `rp.orgins` (did you mean `origins`?)",
    );
    check(
        "a.json",
        &MINIMAL.replacen("\"rp\":", "\"policy\":{\"requireUV\":true},\"rp\":", 1),
        "FS-C002 Error 2:43 unknown member `policy.requireUV` (did you mean `requireUv`?)",
    );
}

#[test]
fn names_of_steps_and_profiles_are_checked() {
    check(
        "a.json",
        &MINIMAL.replacen(
            "\"rp\":",
            "\"expect\":{\"webauthn-l3\":{\"verdict\":\"reject\",\"step\":\"auth.orgin\"}},\"rp\":",
            1,
        ),
        "FS-C005 Error 2:84 no step is called `auth.orgin` (did you mean `auth.origin`?)",
    );
    check(
        "a.json",
        &MINIMAL.replacen(
            "\"rp\":",
            "\"policy\":{\"profile\":\"paranoid\"},\"rp\":",
            1,
        ),
        "FS-C004 Error 2:53 unknown profile `paranoid`; there are webauthn-l3, webauthn-l2, \
         fido-server and strict",
    );
}

#[test]
fn what_is_no_recording_is_told_with_its_place() {
    check(
        "a.json",
        "{\n \"id\": }",
        "FS-C003 Error 2:8 not a recording: expected value",
    );
    check(
        "a.json",
        &MINIMAL.replace("\"authentication\"", "\"login\""),
        "FS-C003 Error 1:58 not a recording: unknown variant `login`, expected `registration` or \
         `authentication`",
    );
}
