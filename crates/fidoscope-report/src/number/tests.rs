use super::{count, milliseconds, number, ratio, target};
use crate::{Comparison, Target, Unit};

#[test]
fn counts_are_grouped() {
    assert_eq!(
        [0, 999, 1000, 12_034, 1_000_000].map(count),
        ["0", "999", "1 000", "12 034", "1 000 000"]
    );
}

#[test]
fn ratios_never_round_to_perfection() {
    let shown = [
        0.992,
        1.0,
        0.0,
        0.9996,
        0.999_99,
        0.000_2,
        0.999_999_9,
        0.000_000_1,
    ]
    .map(ratio);
    assert_eq!(
        shown,
        [
            "99.2 %",
            "100.0 %",
            "0.0 %",
            "99.96 %",
            "99.999 %",
            "0.02 %",
            "> 99.9999 %",
            "< 0.0001 %"
        ]
    );
}

#[test]
fn durations() {
    let shown = [0.0, 4.24, 9.96, 182.4, 999.6, 1240.0].map(milliseconds);
    assert_eq!(
        shown,
        ["0.0 ms", "4.2 ms", "10 ms", "182 ms", "1.00 s", "1.24 s"]
    );
}

#[test]
fn numbers_of_queries() {
    let shown = [12.5, -1234.0, 0.333_333, f64::NAN].map(number);
    assert_eq!(shown, ["12.5", "-1 234", "0.3333", "not a number"]);
}

#[test]
fn targets_say_their_side() {
    let show = |comparison, value, unit| target(Target { comparison, value }, unit);
    assert_eq!(show(Comparison::AtLeast, 0.98, Unit::Ratio), "≥ 98 %");
    assert_eq!(show(Comparison::Below, 0.005, Unit::Ratio), "< 0.5 %");
    assert_eq!(
        show(Comparison::Below, 200.0, Unit::Milliseconds),
        "< 200 ms"
    );
    assert_eq!(show(Comparison::Below, 1000.0, Unit::Milliseconds), "< 1 s");
}
