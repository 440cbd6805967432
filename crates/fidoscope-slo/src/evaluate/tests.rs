use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{CountRow, QuantileRow, measure};

use crate::measure::{
    AUTHENTICATION_ABANDONED, AUTHENTICATION_COMPLETED, AUTHENTICATION_FAILED,
    AUTHENTICATION_PAIRED, AUTHENTICATION_PENDING, AUTHENTICATION_SIGNATURE_FAILED,
    AUTHENTICATION_STARTS, AUTHENTICATION_UNEXPLAINED, AUTHENTICATIONS_HANDLED,
    AUTHENTICATIONS_HANDLED_TIMED, INTERACTIVE_AUTHENTICATIONS, INTERACTIVE_AUTHENTICATIONS_TIMED,
    RECOVERY_REQUESTS, REGISTRATION_ATTESTATION_REJECTED, REGISTRATION_COMPLETED,
    REGISTRATION_FAILED, REVOCATIONS, SYNC_ERRORS,
};

const ENDS: &[&str] = &[
    "registration.completed",
    "registration.failed",
    "authentication.completed",
    "authentication.failed",
];

fn kinds(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A source whose mapping has these kinds, all of which were seen, and reasons of refusal.
fn declared(source: &str, names: &[&str]) -> SourceInput {
    SourceInput {
        source: source.to_owned(),
        seen: kinds(names),
        loggable: Loggable::declared(kinds(names), &|column| column == "failure_reason"),
    }
}

/// An open source of which these kinds were seen.
fn seen(source: &str, names: &[&str]) -> SourceInput {
    SourceInput {
        source: source.to_owned(),
        seen: kinds(names),
        loggable: Loggable::Open,
    }
}

fn counts(source: &str, counts: &[(&Measure, u64)]) -> CountRow {
    CountRow {
        group: None,
        source: source.to_owned(),
        counts: counts
            .iter()
            .map(|(of, count)| (of.name.clone(), *count))
            .collect(),
    }
}

fn in_group(group: &str, row: CountRow) -> CountRow {
    CountRow {
        group: Some(group.to_owned()),
        ..row
    }
}

fn inputs(sources: &[SourceInput], counts: &[CountRow]) -> Inputs {
    Inputs {
        sources: sources.to_vec(),
        counts: counts.to_vec(),
        ..Inputs::default()
    }
}

/// `[group ]basis value status sample coverage [sources] note` of each row of an indicator.
fn told(inputs: &Inputs, id: &str) -> Vec<String> {
    evaluate(inputs)
        .iter()
        .filter(|sli| sli.id == id)
        .map(|sli| {
            let group = sli
                .group
                .as_ref()
                .map_or_else(String::new, |group| format!("{group}: "));
            let basis = sli
                .basis
                .map_or_else(String::new, |basis| format!("{basis:?} "));
            let value = sli.value.map_or("-".to_owned(), |value| value.to_string());
            let coverage = sli
                .coverage
                .map_or("-".to_owned(), |share| format!("{share:.2}"));
            let note = sli
                .note
                .as_ref()
                .map_or_else(String::new, |note| format!(" | {note}"));
            let sources = sli.sources.join(" ");
            format!(
                "{group}{basis}{value} {:?} n={} c={coverage} [{sources}]{note}",
                sli.status, sli.sample
            )
        })
        .collect()
}

#[track_caller]
fn check(inputs: &Inputs, id: &str, expected: &[&str]) {
    assert_eq!(told(inputs, id), expected);
}

#[test]
fn an_empty_store_says_so_for_every_indicator() {
    let rows = evaluate(&Inputs::default());
    assert_eq!(rows.len(), 10);
    for row in rows {
        assert_eq!(
            (row.value, row.status, row.sample),
            (None, SliStatus::NoData, 0),
            "{}",
            row.id
        );
        assert!(
            row.note.is_some_and(|note| note.starts_with("no data")),
            "{}",
            row.id
        );
    }
}

#[test]
fn bases_are_never_mixed_and_a_source_is_in_one_of_them() {
    let inputs = inputs(
        &[seen("native", ENDS), declared("okta", ENDS)],
        &[
            counts(
                "native",
                &[
                    (AUTHENTICATION_STARTS, 105),
                    (AUTHENTICATION_PAIRED, 95),
                    (AUTHENTICATION_COMPLETED, 90),
                    (AUTHENTICATION_FAILED, 5),
                    (AUTHENTICATION_ABANDONED, 5),
                    (AUTHENTICATION_PENDING, 5),
                ],
            ),
            counts(
                "okta",
                &[(AUTHENTICATION_COMPLETED, 99), (AUTHENTICATION_FAILED, 1)],
            ),
        ],
    );
    check(
        &inputs,
        "M2",
        &[
            "Started 0.9 Missed n=100 c=1.00 [native] | native: 5 still pending, left out",
            "Submitted 0.99 Met n=100 c=1.00 [okta]",
        ],
    );
}

#[test]
fn a_source_that_cannot_log_failures_has_no_success_rate() {
    let okta = declared("okta", &["authentication.completed"]);
    let ends = [(AUTHENTICATION_COMPLETED, 50)];
    let alone = inputs(std::slice::from_ref(&okta), &[counts("okta", &ends)]);
    let reason = "no data: okta does not log authentication.failed";
    check(&alone, "M2", &[&format!("- NoData n=0 c=- [] | {reason}")]);
    check(
        &alone,
        "M9",
        &[&format!("Submitted - NoData n=0 c=0.00 [] | {reason}")],
    );

    let both = inputs(
        &[okta, seen("native", &["authentication.completed"])],
        &[counts("okta", &ends), counts("native", &ends)],
    );
    let left_out = "left out: okta does not log authentication.failed; \
                    native: no authentication.failed seen";
    check(
        &both,
        "M2",
        &[&format!(
            "Submitted 1 Met n=50 c=0.50 [native] | {left_out}"
        )],
    );
}

/// What a mapping has, a store may hold none of: that is not "does not log".
#[test]
fn what_could_have_been_logged_and_was_not_seen_is_told_apart() {
    let okta = SourceInput {
        seen: kinds(&["authentication.completed"]),
        loggable: Loggable::declared(
            kinds(&[ENDS, &["credential.removed"]].concat()),
            &|column| ["failure_reason", "server_ms"].contains(&column),
        ),
        ..declared("okta", &[])
    };
    let rows = [
        (AUTHENTICATION_COMPLETED, 40),
        (AUTHENTICATIONS_HANDLED, 40),
        (INTERACTIVE_AUTHENTICATIONS, 40),
    ];
    let inputs = inputs(&[okta], &[counts("okta", &rows)]);
    let no_end = "okta: no registration.completed or registration.failed seen";
    check(
        &inputs,
        "M1",
        &[&format!("- NoData n=0 c=- [] | no data: {no_end}")],
    );
    check(
        &inputs,
        "M2",
        &["Submitted 1 Met n=40 c=1.00 [okta] | okta: no authentication.failed seen"],
    );
    check(
        &inputs,
        "M4",
        &[&format!(
            "Submitted - NoData n=0 c=- [] | no data: {no_end}"
        )],
    );
    check(
        &inputs,
        "M6",
        &[&format!("- NoData n=0 c=- [] | no data: {no_end}")],
    );
    check(
        &inputs,
        "M7",
        &["- NoData n=0 c=0.00 [] | no data: okta: no server_ms seen"],
    );
    check(
        &inputs,
        "M3",
        &["- NoData n=0 c=0.00 [] | no data: okta does not log ceremony_ms"],
    );
    check(
        &inputs,
        "M8",
        &["0 NoTarget n=0 c=- [okta] | okta: no credential.removed or credential.revoked seen"],
    );
}

/// 0 % of refusals for a reason, out of a source that never gives reasons.
#[test]
fn a_source_without_reasons_has_no_share_of_them() {
    let of = |source: SourceInput| {
        let rows = [(AUTHENTICATION_COMPLETED, 50), (REGISTRATION_COMPLETED, 50)];
        inputs(std::slice::from_ref(&source), &[counts("zitadel", &rows)])
    };
    let mute = |names: &[&str]| SourceInput {
        loggable: Loggable::declared(kinds(names), &|_| false),
        ..declared("zitadel", names)
    };
    let reason = "zitadel does not log failure_reason";
    for id in ["M4", "M9"] {
        check(
            &of(mute(ENDS)),
            id,
            &[&format!(
                "Submitted - NoData n=0 c=0.00 [] | no data: {reason}"
            )],
        );
    }
    // One kind of event says that it was the attestation, whatever the columns.
    let rejects = [ENDS, &["attestation.rejected"]].concat();
    check(
        &of(mute(&rejects)),
        "M4",
        &["Submitted 0 Met n=50 c=1.00 [zitadel]"],
    );
    check(
        &of(declared("zitadel", ENDS)),
        "M9",
        &["Submitted 0 Met n=50 c=1.00 [zitadel]"],
    );
}

/// A store whose source has no mapping any more: what it could have logged is not known.
#[test]
fn a_source_without_a_mapping_is_known_by_what_was_seen_only() {
    let acme = SourceInput {
        loggable: Loggable::Unknown,
        ..seen("acme", &["registration.completed"])
    };
    let inputs = inputs(&[acme], &[counts("acme", &[(REGISTRATION_COMPLETED, 5)])]);
    check(
        &inputs,
        "M1",
        &["- NoData n=0 c=- [] | no data: acme: no registration.failed seen"],
    );
}

#[test]
fn starts_that_cannot_be_joined_do_not_count_as_abandoned() {
    let inputs = inputs(
        &[seen("native", ENDS)],
        &[counts(
            "native",
            &[
                (AUTHENTICATION_STARTS, 40),
                (AUTHENTICATION_ABANDONED, 40),
                (AUTHENTICATION_COMPLETED, 39),
                (AUTHENTICATION_FAILED, 1),
            ],
        )],
    );
    check(
        &inputs,
        "M2",
        &[
            "Submitted 0.975 Missed n=40 c=1.00 [native] | native: 40 starts without an end to \
           join, left out",
        ],
    );
}

#[test]
fn an_outage_in_which_nothing_ends_is_zero() {
    let starts = [(AUTHENTICATION_STARTS, 8), (AUTHENTICATION_ABANDONED, 8)];
    let inputs = inputs(&[seen("native", ENDS)], &[counts("native", &starts)]);
    check(&inputs, "M2", &["Started 0 Missed n=8 c=1.00 [native]"]);
}

#[test]
fn a_window_without_ceremonies_has_no_rate() {
    let inputs = inputs(&[seen("native", ENDS)], &[]);
    check(
        &inputs,
        "M1",
        &["- NoData n=0 c=- [] | no data: no registration"],
    );
    check(
        &inputs,
        "M4",
        &["Submitted - NoData n=0 c=- [] | no data: no registration"],
    );
}

#[test]
fn refusals_are_shared_among_those_that_say_why() {
    let of = |unexplained| {
        inputs(
            &[seen("native", ENDS)],
            &[counts(
                "native",
                &[
                    (AUTHENTICATION_COMPLETED, 990),
                    (AUTHENTICATION_FAILED, 10),
                    (AUTHENTICATION_UNEXPLAINED, unexplained),
                    (AUTHENTICATION_SIGNATURE_FAILED, 2),
                ],
            )],
        )
    };
    check(
        &of(0),
        "M9",
        &["Submitted 0.002 Missed n=1000 c=1.00 [native]"],
    );
    check(
        &of(5),
        "M9",
        &[
            "Submitted 0.0020100502512562816 Missed n=995 c=0.99 [native] | native: 5 refused \
           without a reason, left out",
        ],
    );
    let silent = "no data: native: no failure_reason seen";
    check(
        &of(10),
        "M9",
        &[&format!("Submitted - NoData n=0 c=0.00 [] | {silent}")],
    );
}

#[test]
fn attestation_rejections_are_a_share_of_registrations() {
    let rows = [
        (REGISTRATION_COMPLETED, 996),
        (REGISTRATION_FAILED, 4),
        (REGISTRATION_ATTESTATION_REJECTED, 3),
    ];
    let inputs = inputs(&[seen("native", ENDS)], &[counts("native", &rows)]);
    check(
        &inputs,
        "M4",
        &["Submitted 0.003 Met n=1000 c=1.00 [native]"],
    );
}

#[test]
fn a_quantile_names_the_sources_that_do_not_log_the_column() {
    let native = [
        (INTERACTIVE_AUTHENTICATIONS, 80),
        (INTERACTIVE_AUTHENTICATIONS_TIMED, 60),
        (AUTHENTICATIONS_HANDLED, 100),
    ];
    let okta = [
        (INTERACTIVE_AUTHENTICATIONS, 20),
        (AUTHENTICATIONS_HANDLED, 20),
    ];
    let mut inputs = inputs(
        &[seen("native", ENDS), declared("okta", ENDS)],
        &[counts("native", &native), counts("okta", &okta)],
    );
    let quantile = QuantileRow {
        group: None,
        indicator: "M3",
        value: Some(850.0),
    };
    inputs.quantiles.push(quantile);
    check(
        &inputs,
        "M3",
        &["850 Met n=60 c=0.60 [native] | left out: okta does not log ceremony_ms"],
    );
    check(
        &inputs,
        "M7",
        &[
            "- NoData n=0 c=0.00 [] | no data: native: no server_ms seen; okta does not log \
           server_ms",
        ],
    );
    check(
        &inputs,
        "M6",
        &["- NoData n=0 c=- [] | no data: no registration response"],
    );
}

#[test]
fn none_is_zero_only_where_it_could_have_been_logged() {
    let sources = [
        declared("okta", &["credential.removed"]),
        seen(
            "native",
            &["recovery.requested", "authentication.completed"],
        ),
    ];
    let silent = inputs(&sources, &[counts("native", &[(RECOVERY_REQUESTS, 3)])]);
    check(
        &silent,
        "M8",
        &[
            "- NoData n=0 c=- [] | no data: okta logged nothing; native: no \
           credential.removed or credential.revoked seen",
        ],
    );
    let inputs = inputs(
        &sources,
        &[
            counts("native", &[(RECOVERY_REQUESTS, 3)]),
            counts("okta", &[]),
        ],
    );
    check(
        &inputs,
        "M5",
        &[
            "3 NoTarget n=3 c=- [native] | left out: okta does not log recovery.requested or \
           support.ticket",
        ],
    );
    check(
        &inputs,
        "M8",
        &[
            "0 NoTarget n=0 c=- [okta] | left out: native: no credential.removed or \
           credential.revoked seen",
        ],
    );
    check(
        &inputs,
        "M10",
        &[
            "- NoData n=0 c=- [] | no data: okta does not log sync.error; native: no sync.error \
           seen",
        ],
    );
}

#[test]
fn what_was_counted_was_logged_whatever_was_declared() {
    let inputs = inputs(
        &[declared("okta", &[])],
        &[counts("okta", &[(SYNC_ERRORS, 2), (REVOCATIONS, 1)])],
    );
    check(&inputs, "M10", &["2 NoTarget n=2 c=- [okta]"]);
    check(&inputs, "M8", &["1 NoTarget n=1 c=- [okta]"]);
}

#[test]
fn groups_come_in_order_and_support_is_decided_over_all_of_them() {
    let ends = |completed, failed| {
        counts(
            "okta",
            &[
                (AUTHENTICATION_COMPLETED, completed),
                (AUTHENTICATION_FAILED, failed),
            ],
        )
    };
    let mut inputs = inputs(
        &[declared("okta", &["authentication.completed"])],
        &[
            in_group("usb", ends(10, 0)),
            in_group("hybrid", ends(5, 5)),
            ends(3, 1),
        ],
    );
    inputs.grouped = true;
    inputs.quantiles.push(QuantileRow {
        group: Some("usb".to_owned()),
        indicator: "M7",
        value: Some(20.0),
    });
    inputs.counts[0]
        .counts
        .insert(AUTHENTICATIONS_HANDLED.name.clone(), 10);
    inputs.counts[0]
        .counts
        .insert(AUTHENTICATIONS_HANDLED_TIMED.name.clone(), 10);
    inputs.counts[1]
        .counts
        .insert(AUTHENTICATIONS_HANDLED.name.clone(), 10);
    check(
        &inputs,
        "M2",
        &[
            "unknown: Submitted 0.75 Missed n=4 c=1.00 [okta]",
            "hybrid: Submitted 0.5 Missed n=10 c=1.00 [okta]",
            "usb: Submitted 1 Met n=10 c=1.00 [okta]",
        ],
    );
    check(
        &inputs,
        "M7",
        &[
            "unknown: - NoData n=0 c=- [] | no data: no authentication response",
            "hybrid: - NoData n=0 c=0.00 [] | no data: okta: 10 events without server_ms",
            "usb: 20 Met n=10 c=1.00 [okta]",
        ],
    );
}

/// What nobody finished has no credential, so by model it would all fall on the unknown model.
#[test]
fn groups_that_unfinished_ceremonies_do_not_name_are_counted_as_submitted() {
    let of_model = counts(
        "native",
        &[
            (AUTHENTICATION_PAIRED, 50),
            (AUTHENTICATION_COMPLETED, 49),
            (AUTHENTICATION_FAILED, 1),
        ],
    );
    let of_none = counts(
        "native",
        &[
            (AUTHENTICATION_STARTS, 60),
            (AUTHENTICATION_ABANDONED, 8),
            (AUTHENTICATION_COMPLETED, 1),
            (AUTHENTICATION_FAILED, 1),
        ],
    );
    let mut inputs = inputs(
        &[declared("native", ENDS)],
        &[in_group("Halden Key 5", of_model), of_none],
    );
    inputs.grouped = true;
    check(
        &inputs,
        "M2",
        &[
            "unknown: Submitted 0.5 Missed n=2 c=1.00 [native] | native: 8 abandoned that do not say \
             their group, left out of all groups",
            "Halden Key 5: Submitted 0.98 Missed n=50 c=1.00 [native] | native: 8 abandoned that do \
             not say their group, left out of all groups",
        ],
    );
    inputs.counts[1]
        .counts
        .remove(AUTHENTICATION_ABANDONED.name.as_ref());
    check(
        &inputs,
        "M2",
        &[
            "unknown: Started 0.5 Missed n=2 c=1.00 [native]",
            "Halden Key 5: Started 0.98 Missed n=50 c=1.00 [native]",
        ],
    );
}

#[test]
fn indicators_rest_on_measures_that_belong_together() {
    let ids: Vec<&str> = indicators().iter().map(|indicator| indicator.id).collect();
    assert_eq!(
        ids,
        ["M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10"]
    );
    for indicator in indicators() {
        if let Formula::Quantile(latency) = indicator.formula {
            assert_eq!(latency.indicator, indicator.id);
            let [relevant, timed] =
                [latency.relevant, latency.timed].map(|of| of.predicate.kinds());
            assert_eq!(relevant, timed);
            assert_eq!(latency.timed.predicate, latency.latencies.predicate);
            let ending = format!("{} IS NOT NULL))", latency.column());
            assert!(latency.timed.condition().ends_with(&ending));
        }
    }
}

#[test]
fn numbers_are_exact_where_floating_point_is() {
    for count in [0, 1, 4_294_967_295, 4_294_967_296, 9_007_199_254_740_991] {
        assert_eq!(format!("{:.0}", float(count)), count.to_string());
    }
}

fn some_counts() -> impl Strategy<Value = BTreeMap<Cow<'static, str>, u64>> {
    let names = measure::ALL.iter().map(|of| of.name.clone());
    let counter = prop::sample::select(names.collect::<Vec<_>>());
    prop::collection::btree_map(counter, 0_u64..1000, 0..25)
}

fn some_inputs() -> impl Strategy<Value = Inputs> {
    let source = prop::sample::select(vec!["native", "okta", "keycloak"]);
    let group = prop::option::of(prop::sample::select(vec!["usb", "hybrid"]));
    let row = (group.clone(), source, some_counts()).prop_map(|(group, source, counts)| CountRow {
        group: group.map(str::to_owned),
        source: source.to_owned(),
        counts,
    });
    let quantile = (
        group,
        prop::sample::select(vec!["M3", "M6", "M7"]),
        any::<f64>(),
    )
        .prop_map(|(group, indicator, value)| QuantileRow {
            group: group.map(str::to_owned),
            indicator,
            value: Some(value),
        });
    let rows = prop::collection::vec(row, 0..6);
    let quantiles = prop::collection::vec(quantile, 0..4);
    (any::<bool>(), rows, quantiles).prop_map(|(grouped, counts, quantiles)| Inputs {
        grouped,
        sources: vec![
            seen("native", ENDS),
            declared("okta", &ENDS[2..]),
            declared("keycloak", &[]),
        ],
        counts,
        quantiles,
    })
}

proptest! {
    #[test]
    fn shares_are_shares_and_no_data_has_no_value(inputs in some_inputs()) {
        for sli in evaluate(&inputs) {
            let shares = [sli.coverage, sli.value.filter(|_| sli.unit == fidoscope_report::Unit::Ratio)];
            for share in shares.into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share), "{sli:?}");
            }
            prop_assert_eq!(sli.value.is_none(), sli.status == SliStatus::NoData);
            prop_assert_eq!(sli.value.is_none(), sli.note.as_ref().is_some_and(|note| note.starts_with("no data")));
            prop_assert!(sli.value.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn a_source_that_supports_nothing_changes_no_value(inputs in some_inputs(), ends in 0_u64..1000) {
        let mut more = inputs.clone();
        more.sources.push(declared("mute", &[]));
        more.counts.push(CountRow {
            group: inputs.counts.first().and_then(|row| row.group.clone()),
            source: "mute".to_owned(),
            counts: BTreeMap::from([
                (AUTHENTICATION_COMPLETED.name.clone(), ends),
                (INTERACTIVE_AUTHENTICATIONS.name.clone(), ends),
                (REGISTRATION_COMPLETED.name.clone(), ends),
            ]),
        });
        if inputs.counts.is_empty() && inputs.grouped {
            return Ok(());
        }
        let values = |inputs: &Inputs| -> Vec<_> {
            let rows = evaluate(inputs).into_iter();
            rows.map(|sli| (sli.id, sli.group, sli.basis, sli.value, sli.sample)).collect()
        };
        prop_assert_eq!(values(&inputs), values(&more));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(inputs in some_inputs()) {
        let mut turned = inputs.clone();
        turned.counts.reverse();
        prop_assert_eq!(evaluate(&inputs), evaluate(&turned));
    }
}
