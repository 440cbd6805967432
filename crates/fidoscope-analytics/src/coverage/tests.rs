use fidoscope_detect::Catalogue as Rules;
use fidoscope_report::Basis;

use super::*;
use crate::tests::store_of;

/// `id[/basis] state [missing (because); ...]`, of the rows that are not simply supported.
fn told(support: &[Support]) -> Vec<String> {
    let told = |one: &Support| {
        let basis = one.basis.map_or("", Basis::word);
        let missing = one.missing.iter();
        let missing: Vec<String> = missing
            .map(|lack| format!("{} ({})", lack.any_of.join("|"), lack.because))
            .collect();
        format!(
            "{} {basis} {} {}",
            one.id,
            one.state.word(),
            missing.join("; ")
        )
    };
    let whole = |one: &&Support| one.state != SupportState::Supported || !one.missing.is_empty();
    support.iter().filter(whole).map(told).collect()
}

fn rules() -> Rules {
    Rules::builtin()
}

#[track_caller]
fn check(lines: &[(u32, &str)], expected: &[&str]) {
    let (_folder, store) = store_of(lines);
    let rules = rules();
    let rules: Vec<&Rule> = rules.rules().collect();
    let found = store.coverage(&rules, &Catalogue::builtin()).unwrap();
    assert_eq!(told(&found), expected, "{:#?}", told(&found));
}

#[test]
fn a_store_says_what_is_missing() {
    check(
        &[
            (
                0,
                r#""kind":"authentication.started","outcome":"unknown","ceremony_id":"c""#,
            ),
            (
                1,
                r#""kind":"authentication.completed","outcome":"success","ceremony_id":"c","sign_count":3,"credential_id":"AQID","server_ms":4"#,
            ),
        ],
        &[
            "M1 started not-seen registration.completed (native can log it, not seen); registration.failed (native can log it, not seen); registration.started (native can log it, not seen)",
            "M1 submitted not-seen registration.completed (native can log it, not seen); registration.failed (native can log it, not seen)",
            "M2 submitted other-basis ",
            "M3  not-seen ceremony_ms (native can log it, not seen)",
            "M4  not-seen registration.completed (native can log it, not seen); registration.failed (native can log it, not seen)",
            "M5  not-seen recovery.requested|support.ticket (native can log it, not seen)",
            "M6  not-seen registration.completed|registration.failed (native can log it, not seen)",
            "M8  not-seen credential.removed|credential.revoked (native can log it, not seen)",
            "M10  not-seen sync.error (native can log it, not seen)",
            "counter-did-not-increase  supported signature_verified (native can log it, not seen)",
            "challenge-accepted-twice  not-seen challenge_hash (native can log it, not seen)",
        ],
    );
    check(&[], &[]);
}

#[test]
fn a_detection_without_its_kind_is_blind() {
    let line = r#""kind":"recovery.requested","outcome":"success","challenge":"AAAA""#;
    let (_folder, store) = store_of(&[(0, line)]);
    let rules = rules();
    let rules: Vec<&Rule> = rules.rules().collect();
    let found = told(&store.coverage(&rules, &Catalogue::builtin()).unwrap());
    let twice =
        "challenge-accepted-twice  not-seen authentication.completed (native can log it, not seen)";
    assert!(found.iter().any(|row| row == twice), "{found:#?}");
}

/// What the whole store sees is what its sources see.
#[test]
fn agrees_with_the_sight_of_the_store() {
    let lines = [
        (
            0,
            r#""kind":"authentication.completed","outcome":"success""#,
        ),
        (
            1,
            r#""kind":"registration.failed","outcome":"failure","challenge":"AAAA""#,
        ),
    ];
    let (_folder, store) = store_of(&lines);
    let rules = rules();
    let rules: Vec<&Rule> = rules.rules().collect();
    let coverage = store.coverage(&rules, &Catalogue::builtin()).unwrap();
    for (rule, sight) in rules.iter().zip(store.detect(&rules, None).unwrap().sights) {
        let mut rows = coverage
            .iter()
            .filter(|row| Some(row.id.as_str()) == rule.name());
        let supported = rows.any(|row| row.state == SupportState::Supported);
        assert!(!supported || !sight.blind, "{}", rule.title());
    }
}

#[test]
fn what_a_mapping_can_support_at_most() {
    let rules = rules();
    let rules: Vec<&Rule> = rules.rules().collect();
    let catalogue = Catalogue::builtin();
    let reach = |source: &str| reach(catalogue.get(source).unwrap(), &rules);
    assert_eq!(
        told(&reach("native")),
        ["M1 submitted other-basis ", "M2 submitted other-basis "]
    );
    let okta = told(&reach("okta"));
    let never = "M3  unsupported ceremony_ms (okta never has it)";
    assert!(okta.iter().any(|row| row == never), "{okta:#?}");
    let counter = "counter-did-not-increase  unsupported credential_id (okta never has it); sign_count (okta never has it)";
    assert!(okta.iter().any(|row| row == counter), "{okta:#?}");
    let start = "M1 started unsupported registration.started (the mapping of okta yields none)";
    assert!(okta.iter().any(|row| row == start), "{okta:#?}");
}
