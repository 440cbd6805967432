use super::*;
use crate::evaluate;

/// `M1/started missing a|b, c` of the rows that are not supported.
fn lacking(inputs: &Inputs) -> Vec<String> {
    let row = |row: &Support| {
        let basis = row
            .basis
            .map_or_else(String::new, |basis| format!("/{}", basis.word()));
        let id = format!("{}{basis}", row.indicator.id);
        match &row.state {
            State::Supported => None,
            State::OtherBasis => Some(format!("{id} other")),
            State::Missing(missing) => {
                let missing: Vec<String> = missing.iter().map(|any| any.join("|")).collect();
                Some(format!("{id} {}", missing.join(", ")))
            }
        }
    };
    support(inputs).iter().filter_map(row).collect()
}

#[track_caller]
fn check(kinds: &[&str], columns: &[&str], expected: &[&str]) {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let inputs = at_most("acme", kinds, &|column| columns.contains(&column));
    assert_eq!(lacking(&inputs), expected);
    // No indicator that evaluation gives a value is called unsupported, and none without is called
    // supported but a quantile, whose value is not made here.
    let rows = evaluate(&inputs);
    for row in support(&inputs) {
        let value = rows.iter().any(|sli| {
            sli.id == row.indicator.id
                && sli.value.is_some()
                && (row.basis.is_none() || sli.basis == row.basis)
        });
        let quantile = matches!(row.indicator.formula, Formula::Quantile(_));
        let supported = row.state == State::Supported;
        assert!(value == supported || quantile, "{row:?}");
    }
}

const ENDS: [&str; 4] = [
    "registration.completed",
    "registration.failed",
    "authentication.completed",
    "authentication.failed",
];

#[test]
fn a_source_that_logs_everything_supports_all() {
    let kinds = [
        &ENDS[..],
        &[
            "registration.started",
            "authentication.started",
            "recovery.requested",
            "credential.removed",
            "sync.error",
        ],
    ];
    check(
        &kinds.concat(),
        &["ceremony_id", "failure_reason", "ceremony_ms", "server_ms"],
        &["M1/submitted other", "M2/submitted other"],
    );
}

#[test]
fn what_a_log_of_ends_lacks() {
    check(
        &ENDS,
        &["failure_reason"],
        &[
            "M1/started registration.started",
            "M2/started authentication.started",
            "M3 ceremony_ms",
            "M5 recovery.requested|support.ticket",
            "M6 server_ms",
            "M7 server_ms",
            "M8 credential.removed|credential.revoked",
            "M10 sync.error",
        ],
    );
}

#[test]
fn starts_that_nothing_joins_with_their_ends() {
    let kinds = [&ENDS[..], &["registration.started", "challenge.issued"]].concat();
    let inputs = at_most(
        "acme",
        kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        &|_| false,
    );
    let lacking = lacking(&inputs);
    assert_eq!(
        lacking[..4],
        [
            "M1/started ceremony_id|challenge_hash",
            "M2/started ceremony_id|challenge_hash",
            "M3 ceremony_ms",
            "M4 failure_reason|signature_verified|attestation_trust",
        ]
    );
}

#[test]
fn a_source_without_ends_names_both() {
    check(
        &["support.ticket"],
        &["ticket_category"],
        &[
            "M1/started registration.completed, registration.failed, registration.started",
            "M1/submitted registration.completed, registration.failed",
            "M2/started authentication.completed, authentication.failed, authentication.started",
            "M2/submitted authentication.completed, authentication.failed",
            "M3 authentication.completed",
            "M4 registration.completed, registration.failed",
            "M6 registration.completed|registration.failed",
            "M7 authentication.completed|authentication.failed",
            "M8 credential.removed|credential.revoked",
            "M9 authentication.completed, authentication.failed",
            "M10 sync.error",
        ],
    );
}
