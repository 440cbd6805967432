use super::*;
use fidoscope_recording::Kind;

#[test]
fn the_same_rows_make_the_same_bytes() {
    let made = mutants(&|id| id.starts_with("cd-")).unwrap();
    assert_eq!(made, mutants(&|id| id.starts_with("cd-")).unwrap());
    let ids: Vec<&str> = made.mutants.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids[..2], ["cd-01", "cd-02"]);
    assert!(ids.contains(&"cd-24/null"));
}

#[test]
fn a_member_may_come_twice() {
    let made = mutants(&|id| id == "env-28").unwrap();
    let json = &made.mutants[0].json;
    let recording: Recording = serde_json::from_str(json).unwrap();
    let credential = recording.response.credential().unwrap();
    assert_eq!(credential.duplicates, ["response"]);
}

#[test]
fn every_base_comes_apart_and_together_again() {
    for base in bases().unwrap() {
        let again = Ceremony::open(&base).unwrap().into_recording().unwrap();
        assert_eq!(again, base, "{}", base.id);
    }
}

/// What a caller's own recording can stand for, and what it lacks for the rest.
#[track_caller]
fn check(base: &str, row: &str, expected: &str) {
    let bases = bases().unwrap();
    let base = bases.iter().find(|found| found.id == base).unwrap();
    let made = mutants_of(base, &|id| id == row).unwrap();
    let found = match (made.mutants.as_slice(), made.misfits.as_slice()) {
        ([mutant, ..], _) => format!("{} of {}", mutant.id, mutant.base),
        (_, [misfit, ..]) => misfit.reason.clone(),
        _ => "nothing".to_owned(),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_base_of_the_callers_runs_the_rows_that_it_is_fit_for() {
    check("V2", "cd-11", "cd-11 of V2");
    check("V2", "pk-07", "needs packed self attestation");
    check("V2", "as-31", "needs an authentication");
    check("A2", "cd-11", "needs a registration");
    check("A2", "as-31", "as-31 of A2");
    check("V7", "pk-26", "pk-26 of V7");
    check("V7", "cd-37", "cd-37 of V7");
    check("V3", "co-08", "needs packed attestation with certificates");
    assert!(
        bases()
            .unwrap()
            .iter()
            .any(|base| base.kind == Kind::Authentication)
    );
}

/// One signature in 256 begins with a zero; the search for it is not made again and again.
#[test]
fn the_counter_of_a_short_signature_is_known() {
    let made = mutants(&|id| id == "as-39").unwrap();
    let recording: Recording = serde_json::from_str(&made.mutants[0].json).unwrap();
    let ceremony = Ceremony::open(&recording).unwrap();
    assert_eq!(ceremony.data.sign_count, rows::STRIPPED_COUNTER);
}

#[test]
fn a_base_takes_its_key_from_the_recording() {
    for base in bases().unwrap() {
        let ceremony = Ceremony::open(&base).unwrap();
        assert!(ceremony.key.is_some(), "{}", base.id);
    }
    let mut base = bases().unwrap().remove(0);
    let other = bases().unwrap().remove(2);
    base.test_keys = other.test_keys;
    let unfit = mutants_of(&base, &|_| true).unwrap_err();
    assert_eq!(
        unfit.to_string(),
        "testKeys.credential is not the key of the credential"
    );
}
