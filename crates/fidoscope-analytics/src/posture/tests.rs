use fidoscope_report::PracticeState::{self, Kept, NotEvaluated, NotKept, Shown};

use super::*;
use crate::CredentialOptions;
use crate::tests::{days, noon, store_of};

/// The line of a report over some events: state, how many were seen, and of how many.
#[track_caller]
fn check(
    lines: &[(u32, &str)],
    id: &str,
    expected: (PracticeState, Option<u64>, Option<u64>),
) -> Practice {
    let (_folder, store) = store_of(lines);
    let update = CredentialOptions::new(noon(22), 2);
    crate::Credentials::of(&store).update(&update).unwrap();
    let options = PostureOptions {
        span: days(1, 22),
        privileged: None,
    };
    let practices = store.posture(&options).unwrap();
    let line = practices.into_iter().find(|line| line.id == id).unwrap();
    assert_eq!((line.state, line.seen, line.of), expected, "{line:#?}");
    line
}

const ADA: &str = r#""kind":"registration.completed","outcome":"success","credential_id":"AQ","user_id":"ada","user_segment":"admin","flags":{"be":false},"attestation_fmt":"packed","attestation_trust":"trusted""#;
const ADA_TOO: &str = r#""kind":"authentication.completed","outcome":"success","credential_id":"Ag","user_id":"ada","user_segment":"admin","flags":{"be":true,"bs":true}"#;
const ADA_OLD: &str = r#""kind":"authentication.completed","outcome":"success","credential_id":"BA","user_id":"ada","user_segment":"admin""#;
const BOB: &str = r#""kind":"registration.completed","outcome":"success","credential_id":"Aw","user_id":"bob","user_segment":"consumer","flags":{"be":true},"attestation_fmt":"packed","attestation_trust":"not_checked""#;
const BOB_AGAIN: &str =
    r#""kind":"authentication.completed","outcome":"success","credential_id":"Aw","user_id":"bob""#;
const BOB_LEAVES: &str =
    r#""kind":"credential.removed","outcome":"success","credential_id":"Aw","user_id":"bob""#;
const PASSWORD: &str =
    r#""kind":"fallback.used","outcome":"success","user_id":"bob","fallback_method":"password""#;
const RECOVERY: &str = r#""kind":"recovery.requested","outcome":"success","user_id":"bob""#;

#[test]
fn users_with_one_authenticator() {
    let id = "single-authenticator";
    check(
        &[(1, ADA), (2, ADA_TOO), (3, BOB)],
        id,
        (NotKept, Some(1), Some(2)),
    );
    check(&[(1, ADA), (2, ADA_TOO)], id, (Kept, Some(0), Some(1)));
    check(
        &[(1, ADA), (2, ADA_TOO), (3, BOB), (4, BOB_LEAVES)],
        id,
        (Kept, Some(0), Some(1)),
    );
    // Used after the removal: it is still there.
    check(
        &[(1, ADA), (2, ADA_TOO), (3, BOB_LEAVES), (4, BOB_AGAIN)],
        id,
        (NotKept, Some(1), Some(2)),
    );
    check(&[(1, PASSWORD)], id, (NotEvaluated, None, None));
    let line = check(
        &[(1, ADA), (2, BOB_LEAVES)],
        id,
        (NotKept, Some(1), Some(1)),
    );
    assert!(line.not_seen[0].starts_with("1 removal"), "{line:#?}");
}

#[test]
fn privileged_users() {
    let id = "privileged-keys";
    check(&[(1, ADA), (3, BOB)], id, (Kept, Some(0), Some(1)));
    let line = check(&[(1, ADA), (2, ADA_TOO)], id, (NotKept, Some(1), Some(1)));
    assert_eq!(line.users.len(), 1);
    // Nothing is known of her other key, so it may be the one that should not be there.
    let both = [(1, ADA), (2, ADA_OLD)];
    let line = check(&both, id, (NotEvaluated, None, None));
    assert!(line.not_seen[0].starts_with("1 credential"), "{line:#?}");
    let line = check(&[(3, BOB)], id, (NotEvaluated, None, None));
    assert!(line.computed_from.contains("--privileged"), "{line:#?}");
}

#[test]
fn fallbacks_after_a_passkey() {
    let id = "weak-fallback";
    check(&[(1, PASSWORD), (2, BOB)], id, (Kept, Some(0), Some(1)));
    check(
        &[(1, BOB), (2, PASSWORD), (3, ADA)],
        id,
        (NotKept, Some(1), Some(2)),
    );
    // A source that never logs fallbacks does not say that there are none.
    let line = check(&[(1, BOB)], id, (NotEvaluated, None, None));
    assert_eq!(
        line.not_seen,
        ["sources of which no fallback was seen: native"]
    );
}

#[test]
fn recoveries_in_a_row() {
    let id = "recovery-bursts";
    let many = |minutes: [u32; 4]| minutes.map(|minute| (minute, RECOVERY));
    check(&many([1, 2, 3, 4]), id, (NotKept, Some(1), None));
    check(&many([1, 30, 60, 90]), id, (Kept, Some(0), None));
    check(&[(1, BOB)], id, (NotEvaluated, None, None));
}

#[test]
fn synced_credentials() {
    let id = "synced-share";
    check(
        &[(1, ADA), (2, ADA_TOO), (3, BOB)],
        id,
        (Shown, Some(2), Some(3)),
    );
    check(&[(1, PASSWORD)], id, (NotEvaluated, None, None));
}

#[test]
fn attestation_that_nobody_looks_at() {
    let id = "unused-attestation";
    check(&[(1, ADA), (3, BOB)], id, (NotKept, Some(1), Some(2)));
    check(&[(1, ADA)], id, (Kept, Some(0), Some(1)));
    check(&[(2, ADA_TOO)], id, (NotEvaluated, None, None));
}

#[test]
fn a_list_of_privileged_users_counts() {
    let (_folder, store) = store_of(&[(1, BOB)]);
    let update = CredentialOptions::new(noon(22), 1);
    crate::Credentials::of(&store).update(&update).unwrap();
    let pseudonyms = fidoscope_events::Pseudonyms::new([7; 32]);
    let options = PostureOptions {
        span: days(1, 22),
        privileged: Some([pseudonyms.of_user("bob").unwrap(), "'; --".to_owned()].into()),
    };
    let line = store.posture(&options).unwrap().swap_remove(1);
    assert_eq!(
        (line.state, line.seen, line.of),
        (NotKept, Some(1), Some(1))
    );
    assert!(line.computed_from.contains("the list given"), "{line:#?}");
}
