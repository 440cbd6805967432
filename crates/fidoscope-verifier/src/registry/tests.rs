use super::*;

/// Our data file of steps and the table must say the same.
#[test]
fn the_table_equals_the_data_file() {
    let data: serde_json::Value = serde_json::from_str(include_str!("../../steps.json")).unwrap();
    let mut listed = 0;
    for row in data
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["part"] != "mds")
    {
        let id = row["id"].as_str().unwrap();
        let info = step(id).unwrap_or_else(|| panic!("{id} is not in the table"));
        assert_eq!(row["cls"], info.class, "{id}");
        assert_eq!(row["anchor"], info.anchor, "{id}");
        for (level, place) in [("l2", &info.l2), ("l3", &info.l3)] {
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
        listed += 1;
    }
    assert_eq!(listed, STEPS.len());
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
fn the_judge_knows_how_many_steps_it_must_say() {
    let count = |prefix| {
        STEPS
            .iter()
            .filter(|step| step.id.starts_with(prefix))
            .count()
    };
    assert_eq!(count("reg."), crate::judge::REGISTRATION_STEPS);
    assert_eq!(count("auth."), crate::judge::AUTHENTICATION_STEPS);
}

/// Sixty of them are made for every ceremony.
#[test]
fn an_outcome_stays_small() {
    assert!(size_of::<crate::Outcome>() <= 48);
}
