//! Shares of ceremonies that succeeded, as whole numbers.

use fidoscope_report::Basis;

use crate::evaluate::{Slice, groups};
use crate::{Ceremony, Inputs};

/// Ceremonies of one group that are divided by the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Value of the group as text.
    pub group: Option<String>,
    /// The basis of the denominator.
    pub basis: Basis,
    /// Those that succeeded.
    pub good: u64,
    /// Those that are divided by.
    pub sample: u64,
}

/// The numbers whose quotient [`crate::evaluate`] gives as a success rate, for each group and basis that
/// has ceremonies.
///
/// Where groups are the steps of a span, the basis of a source is decided once for all of them: five
/// minutes without a start do not make a source one that logs none.
#[must_use]
pub fn successes(inputs: &Inputs, ceremony: Ceremony) -> Vec<Share> {
    let mut found = Vec::new();
    for group in groups(inputs) {
        let slice = Slice { inputs, group };
        for basis in [Basis::Started, Basis::Submitted] {
            let (good, sample) = slice.successes(ceremony, basis);
            if sample > 0 {
                found.push(Share {
                    group: group.map(str::to_owned),
                    basis,
                    good,
                    sample,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::measure::{
        AUTHENTICATION_ABANDONED, AUTHENTICATION_COMPLETED, AUTHENTICATION_FAILED,
        AUTHENTICATION_PAIRED, AUTHENTICATION_STARTS,
    };
    use crate::{CountRow, Loggable, Measure, SourceInput, evaluate};

    fn row(step: &str, source: &str, counts: &[(&Measure, u64)]) -> CountRow {
        CountRow {
            group: Some(step.to_owned()),
            source: source.to_owned(),
            counts: counts
                .iter()
                .map(|(of, count)| (of.name.clone(), *count))
                .collect(),
        }
    }

    fn source(source: &str) -> SourceInput {
        let kinds = ["authentication.completed", "authentication.failed"].map(str::to_owned);
        SourceInput {
            source: source.to_owned(),
            seen: BTreeSet::from(kinds),
            loggable: Loggable::Open,
        }
    }

    #[test]
    fn steps_have_the_basis_of_the_span_and_add_up_to_its_rate() {
        let (good, bad) = (AUTHENTICATION_COMPLETED, AUTHENTICATION_FAILED);
        let (starts, paired) = (AUTHENTICATION_STARTS, AUTHENTICATION_PAIRED);
        let counts = vec![
            row(
                "1",
                "a",
                &[
                    (starts, 9),
                    (paired, 8),
                    (good, 7),
                    (AUTHENTICATION_ABANDONED, 2),
                ],
            ),
            // A step of the first source without a start, and one of a source that logs none.
            row("2", "a", &[(good, 1)]),
            row("2", "b", &[(good, 3), (bad, 1)]),
        ];
        let inputs = Inputs {
            grouped: true,
            sources: vec![source("a"), source("b")],
            counts,
            ..Inputs::default()
        };
        let shares = successes(&inputs, Ceremony::Authentication);
        let told: Vec<_> = (shares.iter())
            .map(|of| (of.group.as_deref().unwrap(), of.basis, of.good, of.sample))
            .collect();
        let (started, submitted) = (Basis::Started, Basis::Submitted);
        assert_eq!(
            told,
            [
                ("1", started, 7, 9),
                ("2", started, 1, 1),
                ("2", submitted, 3, 4)
            ]
        );
        let whole = Inputs {
            grouped: false,
            ..inputs
        };
        for (basis, rate) in [(started, 8.0 / 10.0), (submitted, 3.0 / 4.0)] {
            let slis = evaluate(&whole);
            let found = slis
                .iter()
                .find(|sli| sli.id == "M2" && sli.basis == Some(basis));
            assert_eq!(found.unwrap().value, Some(rate));
        }
    }
}
