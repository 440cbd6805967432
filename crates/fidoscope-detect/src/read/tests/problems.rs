use super::*;

/// `code line:column message (help)` of each problem, one a line; a column of `-` for none.
fn told(yaml: &str) -> String {
    let problems = Rule::parse(yaml, "rule.yml").expect_err("the rule should have problems");
    problems
        .iter()
        .map(|problem| {
            let place = match (problem.at.line, problem.at.column) {
                (Some(line), Some(column)) => format!("{line}:{column}"),
                _ => "-".to_owned(),
            };
            let marked = problem
                .at
                .span
                .map(|(start, end)| yaml[start..end].trim_end());
            let marked = marked
                .filter(|text| !text.is_empty() && !text.contains('\n'))
                .unwrap_or("…");
            let help = problem
                .help
                .as_deref()
                .map_or_else(String::new, |help| format!(" ({help})"));
            format!(
                "{} {place} «{marked}» {}{help}\n",
                problem.code, problem.message
            )
        })
        .collect()
}

#[track_caller]
fn check(detection: &str, expected: &str) {
    assert_eq!(told(&rule(detection)).trim_end(), expected);
}

#[track_caller]
fn check_file(yaml: &str, expected: &str) {
    assert_eq!(told(yaml).trim_end(), expected);
}

#[test]
fn a_misspelt_column_is_shown_with_the_right_one() {
    check(
        "sel:\n  sign_cont|gt: 5\ncondition: sel",
        "FS-R006 7:5 «sign_cont» unknown column `sign_cont` (did you mean `sign_count`?)",
    );
    check(
        "sel: {Image: cmd.exe}\ncondition: sel",
        "FS-R006 6:9 «Image» unknown column `Image` (rules use the columns of the event table and \
         authenticator_level, authenticator_statuses, authenticator_statuses_then, \
         changed_since_then, advisories, registered_at, up, uv, be, bs, counter_previous, \
         previous_event_id, counter_relation, challenge_use_count)",
    );
}

/// What a rule finds does not depend on when it is read.
#[test]
fn a_time_has_to_be_fixed() {
    for (written, found) in [("yesterday", "yesterday"), ("7d", "7d"), ("soon", "soon")] {
        check(
            &format!("sel: {{registered_at|gt: {written}}}\ncondition: sel"),
            &format!(
                "FS-R009 6:27 «{written}» `registered_at` is compared with a point in time \
                 (2026-11-17T10:00:00Z), not with `{found}`"
            ),
        );
    }
    check(
        "sel: {registered_at|contains: '2026'}\ncondition: sel",
        "FS-R008 6:23 «contains» modifier `contains` cannot be used on `registered_at`: it is not a \
         column of text",
    );
}

#[test]
fn a_misspelt_key_is_shown_with_the_right_one() {
    check_file(
        &rule("sel: {up: true}\ncondition: sel").replace("level:", "levle:"),
        "FS-R004 1:1 «…» `level` is missing (informational, low, medium, high or critical)\n\
         FS-R002 3:1 «levle» unknown key `levle` (did you mean `level`?)",
    );
}

/// Sigma: a rule may have keys of its own.
#[test]
fn keys_of_the_authors_own_are_passed_over() {
    for own in [
        "ticket: SOC-417",
        "x-owner: {team: identity}",
        "simulation: [a, b]",
        "regression_tests_path: tests/clone",
        "ruletype: Sigma",
    ] {
        let yaml = format!("{}{own}\n", rule("sel: {up: true}\ncondition: sel"));
        let read = Rule::parse(&yaml, "rule.yml");
        assert!(read.is_ok(), "{own}: {read:#?}");
    }
    check_file(
        &format!(
            "{}falsepositive: [x]\n",
            rule("sel: {up: true}\ncondition: sel")
        ),
        "FS-R002 8:1 «falsepositive» unknown key `falsepositive` (did you mean `falsepositives`?)",
    );
}

#[test]
fn a_keyword_has_few_modifiers() {
    check(
        "sel:\n  '|all': virtual\ncondition: sel",
        "FS-R008 7:7 «all» modifier `all` cannot be used on keywords: it needs a list of keywords",
    );
    check(
        "sel:\n  '|startswith': [virtual, x]\ncondition: sel",
        "FS-R008 7:7 «startswith» modifier `startswith` cannot be used on keywords: a keyword is \
         looked for anywhere in all columns of text",
    );
    check(
        "sel:\n  '|all|lt': [1, 2]\ncondition: sel",
        "FS-R008 7:11 «lt» modifier `lt` cannot be used on keywords: a keyword is looked for \
         anywhere in all columns of text",
    );
    check(
        "sel:\n  '|all': [virtual, {a: b}]\ncondition: sel",
        "FS-R005 7:23 «{» a keyword has to be text, not a map",
    );
}

const SUPPORTED: &str = "(supported are all, cased, contains, endswith, exists, gt, gte, i, lt, \
                         lte, m, neq, re, s, startswith)";

#[test]
fn modifiers_that_are_not_supported_are_refused_by_name() {
    for modifier in super::super::selection::REFUSED_MODIFIERS {
        check(
            &format!("sel: {{user_agent|{modifier}: x}}\ncondition: sel"),
            &format!(
                "FS-R003 6:20 «{modifier}» the Sigma modifier `{modifier}` is not supported \
                 {SUPPORTED}"
            ),
        );
    }
    check(
        "sel:\n  user_agent|base64offset|contains: x\n  rp_id|contians: y\ncondition: sel",
        &format!(
            "FS-R003 7:16 «base64offset» the Sigma modifier `base64offset` is not supported \
             {SUPPORTED}\n\
             FS-R007 8:11 «contians» unknown modifier `contians` (did you mean `contains`?)"
        ),
    );
}

#[test]
fn parts_of_a_file_that_are_not_supported_are_refused_by_name() {
    let reason = "(the rule would mean something else without it, so it is not read)";
    for key in REFUSED_KEYS {
        check_file(
            &format!("{}{key}: x\n", rule("sel: {up: true}\ncondition: sel")),
            &format!("FS-R003 8:1 «{key}» Sigma's `{key}` is not supported {reason}"),
        );
    }
    check_file(
        &rule("sel: {up: true}\ncondition: sel").replace(
            "product: webauthn, category: ceremony",
            "product: windows, service: security",
        ),
        &format!(
            "FS-R003 4:22 «windows» a log source with product `windows` is not supported \
             (product: webauthn is the only one)\n\
             FS-R003 4:31 «service» Sigma's `service` is not supported {reason}"
        ),
    );
    check_file(
        &format!("{}---\ntitle: x\n", rule("sel: {up: true}\ncondition: sel")),
        "FS-R001 9:1 «…» a file holds one rule, and here another document begins",
    );
}

#[test]
fn parts_of_a_condition_that_are_not_supported_are_refused_by_name() {
    let one = "sel: {up: true}";
    check(
        &format!("{one}\ntimeframe: 5m\ncondition: sel"),
        "FS-R003 7:3 «timeframe» Sigma's `timeframe` is not supported (a rule looks at one \
         event and its enriched columns)",
    );
    check(
        &format!("{one}\ncondition: sel | count() by user_id > 5"),
        "FS-R003 7:18 «|» an aggregation (`|` in a condition) is not supported (a rule looks at one \
         event; counts are enriched columns)",
    );
    check(
        &format!("{one}\ncondition: near sel and sel"),
        "FS-R003 7:14 «near» Sigma's `near` is not supported (a rule looks at one event)",
    );
    check(
        &format!("{one}\ncondition: 2 of sel*"),
        "FS-R003 7:14 «2» Sigma's `2 of` is not supported (supported are `1 of`, `any of` and \
         `all of`)",
    );
    check(
        &format!("{one}\ncondition: [sel, sel]"),
        "FS-R003 7:14 «[» a list of conditions is not supported (write one condition, or one \
         rule for each)",
    );
}

#[test]
fn a_condition_that_does_not_read_is_shown_at_the_word() {
    let two = "sel_a: {up: true}\nsel_b: {uv: true}";
    check(
        &format!("{two}\ncondition: sel_a and sel_c"),
        "FS-R011 8:24 «sel_c» condition: there is no selection `sel_c` (did you mean \
         `sel_a`?)",
    );
    check(
        &format!("{two}\ncondition: sel_a"),
        "FS-R012 7:3 «sel_b» the condition does not use the selection `sel_b` (name it in the \
         condition or take it out)",
    );
    check(
        &format!("{two}\ncondition: sel_a and (sel_b"),
        "FS-R010 8:30 «…» condition: a closing bracket is missing",
    );
    check(
        &format!("{two}\ncondition: sel_a sel_b"),
        "FS-R010 8:20 «sel_b» condition: `sel_b` is not expected here",
    );
    check(
        &format!("{two}\ncondition: sel_a and or sel_b"),
        "FS-R010 8:24 «or» condition: `or` where a selection is expected",
    );
    check(
        &format!("{two}\ncondition: sel_a or"),
        "FS-R010 8:22 «…» condition: it ends where a selection is expected",
    );
    check(
        &format!("{two}\ncondition: 1 of filter_*"),
        "FS-R011 8:19 «filter_*» condition: there is no selection `filter_*` (selections \
         here: sel_a, sel_b)",
    );
    check(
        &format!("{two}\ncondition: >\n  sel_a\n  and sel_x"),
        "FS-R011 9:5 «…» condition: there is no selection `sel_x` (did you mean `sel_a`?)",
    );
    check(
        &format!("{two}\ncondition: {}sel_a", "not ".repeat(80)),
        "FS-R010 8:274 «…» condition: nested too deeply",
    );
}

#[test]
fn values_have_to_fit_their_column() {
    check(
        "sel: {sign_count: many}\ncondition: sel",
        "FS-R009 6:21 «many» `sign_count` is compared with a whole number, not with `many`",
    );
    check(
        "sel: {sign_count: 1.5}\ncondition: sel",
        "FS-R009 6:21 «1.5» `sign_count` is compared with a whole number, not with `1.5`",
    );
    check(
        "sel: {be: maybe}\ncondition: sel",
        "FS-R009 6:13 «maybe» `be` is compared with true or false, not with `maybe`",
    );
    check(
        "sel: {aaguid: 1234}\ncondition: sel",
        "FS-R009 6:17 «1234» `aaguid` is compared with a UUID, not with `1234`",
    );
    check(
        "sel: {credential_id: 'a+b='}\ncondition: sel",
        "FS-R009 6:24 «'a+b='» `credential_id` is compared with base64url text without \
         padding, not with `a+b=`",
    );
    check(
        "sel: {client_ip: 10.0.0}\ncondition: sel",
        "FS-R009 6:20 «10.0.0» `client_ip` is compared with an IP address, not with `10.0.0`",
    );
    check(
        "sel: {kind: {a: b}}\ncondition: sel",
        "FS-R009 6:15 «{» `kind` is compared with text, not with a map",
    );
    check(
        "sel: {kind: []}\ncondition: sel",
        "FS-R005 6:15 «[» `kind` has to be a value or some, not empty",
    );
    check(
        "sel: {}\ncondition: sel",
        "FS-R005 6:8 «{» a selection has to be a map of columns or a list, not empty",
    );
    check(
        "sel: {user_agent|re: 'a(b'}\ncondition: sel",
        "FS-R013 6:24 «'a(b'» the regular expression cannot be used: unclosed group",
    );
    check(
        "sel: {be|exists: perhaps}\ncondition: sel",
        "FS-R005 6:20 «perhaps» `exists` has to be true or false, not text",
    );
    check(
        "sel: {kind|contains: null}\ncondition: sel",
        "FS-R008 6:9 «kind|contains» modifier `contains` cannot be used on `kind`: null is \
         not a value that it could look at",
    );
}

#[test]
fn modifiers_have_to_fit_their_column_and_each_other() {
    check(
        "sel: {sign_count|contains: 1}\ncondition: sel",
        "FS-R008 6:20 «contains» modifier `contains` cannot be used on `sign_count`: it is \
         not a column of text",
    );
    check(
        "sel: {kind|gt: 1}\ncondition: sel",
        "FS-R008 6:14 «gt» modifier `gt` cannot be used on `kind`: it is not a column of \
         numbers or times",
    );
    check(
        "sel: {kind|contains|startswith: a}\ncondition: sel",
        "FS-R008 6:23 «startswith» modifier `startswith` cannot be used on `kind`: it does \
         not go together with `contains`",
    );
    check(
        "sel: {kind|re|contains: a}\ncondition: sel",
        "FS-R008 6:17 «contains» modifier `contains` cannot be used on `kind`: it does not go \
         together with `re`",
    );
    check(
        "sel: {kind|i: a}\ncondition: sel",
        "FS-R008 6:14 «i» modifier `i` cannot be used on `kind`: it belongs after `re`",
    );
    check(
        "sel: {kind|contains|all: a}\ncondition: sel",
        "FS-R008 6:23 «all» modifier `all` cannot be used on `kind`: it needs a list of \
         values",
    );
}

#[test]
fn the_head_of_a_rule_is_checked() {
    check_file(
        "- a\n- b\n",
        "FS-R005 1:1 «…» a rule has to be a map, not a list",
    );
    check_file(
        "title: [a\n",
        "FS-R001 1:8 «…» not a rule in YAML: unclosed bracket '['",
    );
    check_file(
        "title: a\ntitle: b\n",
        "FS-R001 2:1 «title» the key `title` comes twice",
    );
    check_file(
        "# to be written\n",
        "FS-R005 2:1 «…» a rule has to be a map, not nothing",
    );
    check_file(
        "title: x\n",
        "FS-R004 1:1 «…» `logsource` is missing (logsource: {product: webauthn, category: \
         ceremony})\n\
         FS-R004 1:1 «…» `id` is missing (a UUID of its own, by which findings are told apart \
         and rules overridden)\n\
         FS-R004 1:1 «…» `level` is missing (informational, low, medium, high or critical)\n\
         FS-R004 1:1 «…» `detection` is missing (selections by name, and a condition that \
         joins them)",
    );
    let good = rule("sel: {up: true}\ncondition: sel");
    check_file(
        &good.replace("level: low", "level: hihg"),
        "FS-R014 3:8 «hihg» `level` cannot be `hihg` (did you mean `high`?)",
    );
    check_file(
        &good.replace("00000000-", "0000-"),
        "FS-R016 2:5 «0000-0000-4000-8000-000000000001» `0000-0000-4000-8000-000000000001` is \
         not a UUID (five groups of 8, 4, 4, 4 and 12 hexadecimal digits)",
    );
    check_file(
        &good.replace("  condition: sel\n", ""),
        "FS-R004 6:3 «…» `condition` is missing (condition: NAME OF A SELECTION)",
    );
    check_file(
        &format!("{good}status: stabel\nfields: [kind, sing_count]\ntags: {{a: b}}\n"),
        "FS-R014 8:9 «stabel» `status` cannot be `stabel` (did you mean `stable`?)\n\
         FS-R006 9:16 «sing_count» unknown column `sing_count` (did you mean `sign_count`?)\n\
         FS-R005 10:7 «{» `tags` has to be a list of texts, not a map",
    );
}

#[test]
fn the_block_of_our_own_is_checked() {
    let ours = |block: &str| {
        format!(
            "{}fidoscope:\n{block}",
            rule("sel: {up: true}\ncondition: sel")
        )
    };
    check_file(
        &ours("  case: credential_id\n"),
        "FS-R002 9:3 «case» unknown key `case` (known here: case_key, witness, summary)",
    );
    check_file(
        &ours("  case_key: credental_id\n"),
        "FS-R006 9:13 «credental_id» unknown column `credental_id` (did you mean \
         `credential_id`?)",
    );
    check_file(
        &ours("  witness: [previuos, {same: chalenge_hash}]\n"),
        "FS-R014 9:13 «previuos» `witness` cannot be `previuos` (did you mean `previous`?)\n\
         FS-R006 9:30 «chalenge_hash» unknown column `chalenge_hash` (did you mean \
         `challenge_hash`?)",
    );
    check_file(
        &ours("  summary: from {counter_previos} to {sign_count\n"),
        "FS-R006 9:18 «counter_previos» unknown column `counter_previos` (did you mean \
         `counter_previous`?)",
    );
    check_file(
        &ours("  summary: to {sign_count\n"),
        "FS-R015 9:15 «{» a brace without its partner (a column stands in braces: \
         {sign_count})",
    );
}
