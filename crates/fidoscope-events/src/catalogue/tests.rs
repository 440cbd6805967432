use super::*;

const NATIVE: &[u8] =
    br#"{"ts":"2026-03-01T12:00:00Z","kind":"session.started","outcome":"success"}"#;
const OKTA: &[u8] =
    br#"{"published":"2026-03-01T12:00:00Z","eventType":"user.session.start","actor":{"id":"a","type":"User"}}"#;
const KEYCLOAK: &[u8] = br#"[{"time":1772438400123,"type":"LOGIN","realmId":"r"}]"#;
const GOVUK: &[u8] = br#"{"event_name":"AUTH_X","component_id":"AUTH","event_timestamp_ms":1}"#;

#[track_caller]
fn check(lines: &[&[u8]], expected: Option<&str>) {
    let catalogue = Catalogue::builtin();
    assert_eq!(
        catalogue.detect(lines).map(|found| found.mapping.source()),
        expected
    );
}

#[test]
fn every_builtin_mapping_is_without_problems() {
    for (name, yaml) in BUILTIN {
        let mapping = Mapping::parse(yaml, name).unwrap_or_else(|found| panic!("{found:#?}"));
        assert_eq!(format!("{}.yaml", mapping.source()), *name);
        assert!(!mapping.description().is_empty(), "{name} says what it is");
    }
    assert_eq!(Catalogue::builtin().iter().count(), BUILTIN.len());
}

#[test]
fn the_source_is_found_from_lines() {
    check(&[NATIVE], Some("native"));
    check(&[b"", OKTA, b"not json"], Some("okta"));
    check(&[KEYCLOAK], Some("keycloak"));
    check(&[GOVUK, GOVUK, OKTA], Some("govuk_one_login"));
    check(&[b"{}", b"[]", b"\xff", b"12"], None);
    check(&[], None);
    let catalogue = Catalogue::builtin();
    let found = catalogue.detect(&[NATIVE, b" ", OKTA, NATIVE]).unwrap();
    assert_eq!((found.lines, found.of, found.tests), (2, 3, 3));
}

#[test]
fn an_unknown_source_names_the_nearest() {
    let error = Catalogue::builtin().named("keyclock").unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with(
            "there is no source \"keyclock\", did you mean \"keycloak\"?; known are native, okta, "
        ),
        "{message}"
    );
    assert_eq!(Catalogue::builtin().named("splunk").unwrap_err().near, None);
}

#[test]
fn a_mapping_of_ones_own_takes_the_place_of_ours() {
    let (_, okta) = BUILTIN
        .iter()
        .find(|(name, _)| *name == "okta.yaml")
        .unwrap();
    let mine = okta.replace("version: 1.1.0", "version: 9.0.0");
    let mut catalogue = Catalogue::builtin();
    let before = catalogue.get("okta").unwrap().version().to_owned();
    catalogue.overlay([("mine.yaml", mine.as_str())]).unwrap();
    assert_eq!(catalogue.iter().count(), BUILTIN.len());
    assert!(
        catalogue
            .get("okta")
            .unwrap()
            .version()
            .starts_with("9.0.0+")
    );
    assert_ne!(catalogue.get("okta").unwrap().version(), before);
    assert!(catalogue.overlay([("bad.yaml", "source: x")]).is_err());
}

#[test]
fn says_what_a_source_can_never_fill() {
    let catalogue = Catalogue::builtin();
    let check = |source: &str, column: &str, expected: bool| {
        assert_eq!(
            catalogue.get(source).unwrap().fills(column),
            expected,
            "{source} {column}"
        );
    };
    check("okta", "sign_count", false);
    check("okta", "server_ms", true);
    check("okta", "flags", true);
    check("okta", "flags_known", true);
    check("okta", "ceremony_id", false);
    check("keycloak", "aaguid", true);
    check("keycloak", "server_ms", false);
    check("keycloak", "failure_reason", true);
    check("govuk_one_login", "sign_count", true);
    check("govuk_one_login", "challenge_hash", false);
    check("native", "sign_count", true);
    check("native", "counter_relation", false);
    check("native", "no_such_column", false);
    check("ibm_verify", "flags", true);
    check("ibm_verify", "aaguid", true);
    check("zitadel", "challenge_hash", true);
    check("duo", "aaguid", false);
    assert_eq!(
        catalogue.get("okta").unwrap().coverage("sign_count"),
        Some("never")
    );
}

#[test]
fn what_is_declared_never_is_never_filled() {
    for mapping in Catalogue::builtin().iter() {
        for info in crate::COLUMNS {
            if mapping.coverage(info.name) == Some("never") {
                assert!(
                    !mapping.fills(info.name),
                    "{} {}",
                    mapping.source(),
                    info.name
                );
            }
        }
    }
}

#[test]
fn every_file_of_the_folder_is_in_the_program() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/mappings");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    files.sort();
    let mut known: Vec<_> = BUILTIN.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(files, known);
}

/// Run with `UPDATE_SOURCES=1` to write the table anew.
#[test]
fn the_table_of_sources_is_current() {
    const FILE: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../rules/mappings/README.md"
    );
    const MARKS: [&str; 2] = ["<!-- sources -->\n", "<!-- end of sources -->\n"];
    let mut table =
        String::from("\n| source | what it reads | maturity | never has |\n|---|---|---|---|\n");
    for mapping in Catalogue::builtin().iter() {
        let never: Vec<_> = [
            "sign_count",
            "flags",
            "aaguid",
            "credential_id",
            "server_ms",
        ]
        .into_iter()
        .filter(|column| !mapping.fills(column))
        .collect();
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            mapping.source(),
            mapping.description(),
            mapping.maturity(),
            never.join(", "),
        ));
    }
    table.push('\n');
    let text = std::fs::read_to_string(FILE).unwrap();
    let (head, rest) = text.split_once(MARKS[0]).unwrap();
    let (found, tail) = rest.split_once(MARKS[1]).unwrap();
    if std::env::var_os("UPDATE_SOURCES").is_some() {
        let new = format!("{head}{}{table}{}{tail}", MARKS[0], MARKS[1]);
        std::fs::write(FILE, new).unwrap();
        return;
    }
    assert_eq!(found, table, "run this test with UPDATE_SOURCES=1");
}

#[test]
fn a_named_mapping_that_fits_no_line_is_told_what_they_are() {
    let catalogue = Catalogue::builtin();
    let check = |source: &str, lines: &[&str], expected: Option<&str>| {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let named = catalogue.get(source).unwrap();
        let found = catalogue
            .misfit(named, &lines)
            .map(|misfit| misfit.to_string());
        assert_eq!(found.as_deref(), expected, "{source}");
    };
    let okta = r#"{"eventType":"user.session.start","actor":{"type":"User"},"uuid":"u"}"#;
    let told = "none of its first lines is one of zitadel; they look like okta";
    check("zitadel", &[okta, ""], Some(told));
    check("okta", &["plain words", okta], None);
    check(
        "okta",
        &["plain words"],
        Some("none of its first lines is one of okta"),
    );
    check("okta", &["", " "], None);
}
