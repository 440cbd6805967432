use super::*;

/// Our data file of steps and the table must say the same.
#[test]
fn the_table_equals_the_data_file() {
    let data: serde_json::Value = serde_json::from_str(include_str!("../../steps.json")).unwrap();
    let rows = data.as_array().unwrap();
    for row in rows {
        let id = row["id"].as_str().unwrap();
        let info = step(id).unwrap_or_else(|| panic!("{id} is not in the table"));
        assert_eq!(row["cls"], info.class, "{id}");
        assert_eq!(
            row["anchor"].as_str().unwrap_or_default(),
            info.anchor,
            "{id}"
        );
        match row["ref"].as_str() {
            Some(reference) => metadata_reference(info, reference),
            None => level_references(info, row),
        }
    }
    assert_eq!((rows.len(), STEPS.len()), (206, 206));
}

#[track_caller]
fn level_references(info: &StepInfo, row: &serde_json::Value) {
    for (level, place) in [("l2", &info.l2), ("l3", &info.l3)] {
        let id = info.id;
        let text = row[level].as_str().unwrap();
        assert_eq!(text == "-", place.clause.is_empty(), "{id} {level}");
        for number in text.split('/').filter(|part| *part != "-") {
            assert!(
                place.clause.contains(number),
                "{id} {level}: {}",
                place.clause
            );
        }
    }
}

/// The sections of the Metadata Service are the same in both levels.
#[track_caller]
fn metadata_reference(info: &StepInfo, reference: &str) {
    let written = reference.replace("stmt", "statement");
    assert_eq!(info.l2.clause, info.l3.clause);
    let said = info.l3.clause.trim_start_matches("MDS ");
    assert_eq!(
        said.trim_start_matches('§'),
        written.trim_matches('-'),
        "{}",
        info.id
    );
}

/// The crate that judges metadata names its rules as this one does, in the same order.
#[test]
fn the_rules_of_metadata_are_those_of_its_crate() {
    let ours: Vec<_> = STEPS
        .iter()
        .filter(|step| step.id.starts_with("mds."))
        .map(|step| {
            let clause = step.l3.clause.trim_start_matches("MDS ");
            (
                step.id,
                step.class,
                clause.trim_start_matches('§').replace("statement", "stmt"),
            )
        })
        .collect();
    let theirs: Vec<_> = fidoscope_metadata::RULES
        .iter()
        .map(|rule| (rule.id, rule.class, rule.reference.to_owned()))
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(theirs.len(), 39);
}

#[test]
fn names_are_unique_and_metadata_stands_below_its_step() {
    let mut ids: Vec<&str> = STEPS.iter().map(|step| step.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), STEPS.len());
    let below = |place: &Place, owner: &Place| {
        place.registration / 100 == owner.registration / 100
            && place.registration < owner.registration
    };
    for step in STEPS.iter().filter(|step| step.id.starts_with("mds.")) {
        assert!(below(&step.l2, &REG_TRUST_ANCHORS.l2), "{}", step.id);
        assert!(below(&step.l3, &REG_TRUST_ANCHORS.l3), "{}", step.id);
    }
}

#[test]
fn every_numbered_step_of_both_levels_is_there() {
    let numbers = |rank: fn(&StepInfo) -> u16, prefix: &str| {
        let mut found: Vec<u16> = STEPS
            .iter()
            .filter(|s| s.id.starts_with(prefix))
            .map(|s| rank(s) / 100)
            .collect();
        found.retain(|number| *number > 0);
        found.sort_unstable();
        found.dedup();
        found
    };
    assert_eq!(
        numbers(|s| s.l3.registration, "reg."),
        (1..=29).collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(|s| s.l3.authentication, "auth."),
        (1..=25).collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(|s| s.l2.registration, "reg."),
        (1..=24).collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(|s| s.l2.authentication, "auth."),
        (1..=22).collect::<Vec<_>>()
    );
}

#[test]
fn the_numbered_steps_of_a_ceremony_stand_together() {
    for (kind, prefix, count) in [
        (Kind::Registration, "reg.", 31),
        (Kind::Authentication, "auth.", 27),
    ] {
        let named = STEPS.iter().filter(|step| step.id.starts_with(prefix));
        assert_eq!(named.count(), count);
        assert_eq!(numbered(kind).count(), count);
    }
}

/// Sixty of them are made for every ceremony.
#[test]
fn an_outcome_stays_small() {
    assert!(size_of::<crate::Outcome>() <= 48);
}

/// Level 2 names sections of its ceremonies; a fragment that its text does not have leads to its front page.
#[test]
fn fragments_of_level_2_are_of_level_2() {
    for step in STEPS.iter().filter(|step| !step.l2.clause.is_empty()) {
        let anchor = step.anchor_under(Profile::WebauthnL2);
        let is_of_level_3 = anchor.contains("-ceremony-") || anchor.ends_with("step-origin");
        assert!(!is_of_level_3, "{}: {anchor}", step.id);
        for profile in [Profile::WebauthnL3, Profile::FidoServer, Profile::Strict] {
            assert_eq!(step.anchor_under(profile), step.anchor, "{}", step.id);
        }
    }
    let attested = step("reg.att-stmt").unwrap();
    let section = "#sctn-registering-a-new-credential";
    assert_eq!(attested.anchor_under(Profile::WebauthnL2), section);
}
