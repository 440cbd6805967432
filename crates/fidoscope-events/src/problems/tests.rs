use crate::Mapping;

const HEAD: &str = "apiVersion: fidoscope/mapping/v1
source: acme
version: 1.0.0
maturity: documented
detect: {type: {exists: true}}
";

/// `line:column code message (help)`, one problem a line.
#[track_caller]
fn check(tail: &str, expected: &str) {
    let yaml = format!("{HEAD}{tail}");
    let found = match Mapping::parse(&yaml, "acme.yaml") {
        Ok(_) => String::new(),
        Err(found) => found
            .iter()
            .map(|p| {
                let help = p
                    .help
                    .as_ref()
                    .map_or_else(String::new, |help| format!(" ({help})"));
                let (line, column) = (p.at.line.unwrap_or(0), p.at.column.unwrap_or(0));
                format!("{line}:{column} {} {}{help}", p.code, p.message)
            })
            .collect::<Vec<_>>()
            .join("\n"),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_good_file_has_no_problems() {
    check(
        "fields:\n  ts: {path: time}\nevents:\n  - when: {type: a}\n    emit: {kind: other, outcome: unknown}\n",
        "",
    );
}

#[test]
fn a_key_that_is_misspelt() {
    check(
        "feilds: {}\n",
        r#"6:1 FS-M001 the key "feilds" is not known here (did you mean "fields"?)"#,
    );
    check(
        "fields:\n  ts: {paht: time}\n",
        r#"7:8 FS-M001 the key "paht" is not known here (did you mean "path"?)"#,
    );
    check(
        "fields:\n  sign_cout: {path: n}\n",
        r#"7:3 FS-M004 "sign_cout" is no column (did you mean "sign_count"?)"#,
    );
    check(
        "fields:\n  flags: {path: f}\n",
        r#"7:17 FS-M009 flags say not which bits they hold (write `members`, or `path` with `tokens` and `bits`)"#,
    );
}

#[test]
fn words_that_are_not_known() {
    check(
        "events:\n  - when: {type: a}\n    emit: {kind: authentication.complete, outcome: sucess}\n",
        r#"8:18 FS-M004 "authentication.complete" is no kind (did you mean "authentication.completed"?)
8:52 FS-M004 "sucess" is no outcome (did you mean "success"?)"#,
    );
    check(
        "reasons: {x: signatur_invalid}\n",
        r#"6:14 FS-M004 "signatur_invalid" is no reason (did you mean "signature_invalid"?)"#,
    );
    check(
        "fields:\n  ts: {path: time, time: epoch_mss}\n",
        r#"7:26 FS-M001 the word "epoch_mss" is not known here (did you mean "epoch_ms"?)"#,
    );
    check(
        "constants: {sign_count: '1'}\n",
        r#"6:13 FS-M006 the column "sign_count" holds no text, so it takes no constant"#,
    );
    check(
        "constants: {raw_ref: '1'}\n",
        r#"6:13 FS-M005 the column "raw_ref" is filled by fidoscope"#,
    );
}

#[test]
fn paths_patterns_and_conditions() {
    check(
        "fields:\n  app: {path: 'a[b].c'}\n",
        r#"7:15 FS-M007 the path "a[b].c" cannot be read: `[` must hold `name=text`, `name~=pattern`, a place or `*`"#,
    );
    check(
        "shadows:\n  - type: {matches: '(a'}\n",
        r#"7:21 FS-M008 the pattern "(a" cannot be read: unclosed group"#,
    );
    check(
        "let: {is_it: {type: a}}\nshadows:\n  - is_it: maybe\n",
        r#"8:5 FS-M010 "is_it" is a condition and can only be true or false"#,
    );
    check(
        "fields: {method_raw: {path: m}}\nshadows:\n  - $metod_raw: {exists: true}\n",
        r#"8:5 FS-M011 "$metod_raw" names a column that `fields` does not fill (did you mean "method_raw"?)"#,
    );
    check(
        "shadows:\n  - type: {exits: true}\n",
        r#"7:12 FS-M001 the key "exits" is not known here (did you mean "exists"?)"#,
    );
}

#[test]
fn statements_of_coverage() {
    check(
        "fields:\n  aaguid: {path: a}\ncoverage:\n  aaguid: yes, at registration only\n  sign_count: never\n  ceremony_ms: derived\n",
        "",
    );
    check(
        "fields:\n  aaguid: {path: a}\ncoverage: {aaguid: never, sign_count: yes, flags: some}\n",
        r#"8:20 FS-M012 "never" is not true of this column: a field fills it
8:39 FS-M012 "yes" is not true of this column: no field fills it
8:51 FS-M012 "some" is no statement of coverage (never, derived or yes, and a remark after a comma)"#,
    );
}

#[test]
fn records_in_arrays_and_text() {
    check(
        "explode: [items]\ntext: {at: [message], before: log_prefix}\nfields:\n  ts: {path: items.t, time: epoch_ns, or_time: [rfc3339]}\n  server_ms: {path: a, until: b, unit: ns}\n",
        "",
    );
    check(
        "explode: ['items[*].parts']\n",
        r#"6:11 FS-M007 the path "items[*].parts" cannot be read: only names lead to an array of records"#,
    );
    check(
        "text: {at: [message], befor: x}\n",
        r#"6:23 FS-M001 the key "befor" is not known here (did you mean "before"?)"#,
    );
}

#[test]
fn the_place_is_also_a_span_of_bytes() {
    let yaml = format!("{HEAD}# é\nreasons: {{x: signatur_invalid}}\n");
    let found = Mapping::parse(&yaml, "acme.yaml").unwrap_err();
    let (start, end) = found[0].at.span.unwrap();
    assert_eq!(&yaml[start..end], "signatur_invalid");
}
