use super::*;

#[test]
fn the_rules_of_metadata_are_those_of_its_crate() {
    let ours = STEPS.iter().filter(|step| step.id.starts_with("mds."));
    let ours: Vec<_> = ours.map(|step| (step.id, step.class)).collect();
    let theirs = fidoscope_metadata::RULES.iter();
    let theirs: Vec<_> = theirs.map(|rule| (rule.id, rule.class)).collect();
    assert_eq!(ours, theirs);
    assert_eq!((ours.len(), STEPS.len()), (39, 206));
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
            assert_eq!(step.anchor_under(profile), step.l3.anchor, "{}", step.id);
        }
    }
    let attested = step("reg.att-stmt").unwrap();
    let section = "#sctn-registering-a-new-credential";
    assert_eq!(attested.anchor_under(Profile::WebauthnL2), section);
}
