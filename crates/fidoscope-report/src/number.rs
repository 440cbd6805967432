//! Numbers as people read them: `99.2 %`, `182 ms`, `12 034`.

use crate::{Comparison, Target, Unit};

/// A whole number in groups of three: `12 034`.
#[must_use]
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// What part `part` is of `whole`; nothing of nothing is 0.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    #[expect(
        clippy::as_conversions,
        reason = "counts below 2^53 are exact, and a share needs fewer digits"
    )]
    let float = |count: u64| count as f64;
    if whole == 0 {
        0.0
    } else {
        float(part) / float(whole)
    }
}

/// A share as a percentage with one decimal, and as many more as it takes to keep a value that is
/// not 0 or 100 % from looking like it.
#[must_use]
pub fn ratio(value: f64) -> String {
    let percent = value * 100.0;
    (1..=4)
        .map(|decimals| format!("{percent:.decimals$}"))
        .find(|text| !rounds_to_an_end(percent, text))
        .map_or_else(|| edge(percent), |text| format!("{text} %"))
}

/// Milliseconds, as seconds from 1 000 on: `4.2 ms`, `182 ms`, `1.24 s`.
#[must_use]
pub fn milliseconds(value: f64) -> String {
    if value.abs() >= 999.5 {
        format!("{:.2} s", value / 1000.0)
    } else if value.abs() >= 9.95 {
        format!("{value:.0} ms")
    } else {
        format!("{value:.1} ms")
    }
}

/// A number of a query: whole numbers in groups, others with at most four decimals.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text.split_once('.') {
        Some((whole, part)) => format!("{}.{part}", group(whole)),
        None => group(text),
    }
}

/// A value in its unit.
#[must_use]
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Ratio => ratio(value),
        Unit::Milliseconds => milliseconds(value),
        Unit::Count => number(value),
    }
}

/// A target with its side: `≥ 98 %`, `< 200 ms`.
#[must_use]
pub fn target(target: Target, unit: Unit) -> String {
    let side = match target.comparison {
        Comparison::AtLeast => "≥",
        Comparison::Below => "<",
    };
    let number = match unit {
        Unit::Ratio => format!("{} %", number(target.value * 100.0)),
        Unit::Milliseconds if target.value >= 1000.0 => {
            format!("{} s", number(target.value / 1000.0))
        }
        Unit::Milliseconds => format!("{} ms", number(target.value)),
        Unit::Count => number(target.value),
    };
    format!("{side} {number}")
}

fn rounds_to_an_end(percent: f64, text: &str) -> bool {
    let shown: f64 = text.parse().unwrap_or(percent);
    (shown == 0.0 && percent > 0.0) || (shown == 100.0 && percent < 100.0)
}

fn edge(percent: f64) -> String {
    let text = if percent > 50.0 {
        "> 99.9999 %"
    } else {
        "< 0.0001 %"
    };
    text.to_owned()
}

fn group(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("-", rest));
    let mut out = String::from(sign);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests;
