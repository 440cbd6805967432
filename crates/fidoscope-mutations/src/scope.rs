//! What the catalogue says must come out of each row, per profile.

use fidoscope_recording::{Expectations, ExpectedOutcome, ExpectedVerdict};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueRow {
    /// Identifier, e.g. `cd-37`.
    pub id: String,
    /// Letter and title of its group.
    pub group: String,
    /// Base that it changes, e.g. `V2`.
    pub base: String,
    /// What it changes.
    pub mutation: String,
    /// Who signs the result: `R0` nobody, `R1` the credential key, `R2` the attestation key, `R3`
    /// the test PKI, `RM` the signer of the metadata.
    pub signing: String,
    /// Step that must name the fault; `PASS` for a positive control; two steps for an order pair.
    pub must_fail_at: String,
    /// In which levels and profiles it counts.
    pub scope: String,
}

/// The catalogue, in its order.
#[must_use]
pub fn catalogue() -> &'static [CatalogueRow] {
    static ROWS: LazyLock<Vec<CatalogueRow>> = LazyLock::new(|| {
        // A test reads the file, so it is well-formed.
        serde_json::from_str(include_str!("catalogue.json")).unwrap_or_default()
    });
    &ROWS
}

/// A row by its identifier.
pub(crate) fn entry(id: &str) -> Option<&'static CatalogueRow> {
    catalogue().iter().find(|row| row.id == id)
}

impl CatalogueRow {
    /// True for a positive control: unusual, and to be accepted.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.must_fail_at == "PASS"
    }

    /// The profile that the row is about; `None` for the default one.
    pub(crate) fn profile(&self) -> Option<&'static str> {
        let profile = self.rule()?.profile;
        (profile != "webauthn-l3").then_some(profile)
    }

    /// What must come out of one of its mutants, per profile.
    pub(crate) fn expectations(&self, mutant: &str) -> Expectations {
        let of_mutant = rules().get(format!("row {mutant}").as_str());
        let Some(rule) = of_mutant.or_else(|| self.rule()) else {
            return Expectations::default();
        };
        let [l3, l2, fido_server, strict] = rule.outcomes.map(|word| self.outcome(word));
        Expectations {
            l3,
            l2,
            fido_server,
            strict,
        }
    }

    fn rule(&self) -> Option<&'static Rule> {
        let scope = match self.is_positive() {
            true => format!("PASS {}", self.scope),
            false => self.scope.clone(),
        };
        let rules = rules();
        rules
            .get(format!("row {}", self.id).as_str())
            .or_else(|| rules.get(scope.as_str()))
    }

    fn outcome(&self, word: &str) -> Option<ExpectedOutcome> {
        let (first, second) = self
            .must_fail_at
            .split_once(" / ")
            .unwrap_or((&self.must_fail_at, &self.must_fail_at));
        let (verdict, step) = match word.split_once(' ').unwrap_or((word, "")) {
            ("-", _) => return None,
            ("accept", _) => (ExpectedVerdict::Accept, None),
            ("open", step) => (ExpectedVerdict::Indeterminate, Some(step)),
            ("step", _) => (ExpectedVerdict::Reject, Some(self.must_fail_at.as_str())),
            ("first", _) => (ExpectedVerdict::Reject, Some(first)),
            ("second", _) => (ExpectedVerdict::Reject, Some(second)),
            (step, _) => (ExpectedVerdict::Reject, Some(step)),
        };
        Some(ExpectedOutcome {
            verdict,
            step: step.map(str::to_owned),
        })
    }
}

/// A line of `scopes.tsv`.
struct Rule {
    profile: &'static str,
    /// Level 3, Level 2, FIDO server, strict.
    outcomes: [&'static str; 4],
}

fn rules() -> &'static BTreeMap<&'static str, Rule> {
    static RULES: LazyLock<BTreeMap<&'static str, Rule>> = LazyLock::new(|| {
        let lines = include_str!("scopes.tsv").lines();
        lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut columns = line.split('\t');
                let scope = columns.next()?;
                let profile = columns.next()?;
                let outcomes = [
                    columns.next()?,
                    columns.next()?,
                    columns.next()?,
                    columns.next()?,
                ];
                Some((scope, Rule { profile, outcomes }))
            })
            .collect()
    });
    &RULES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_catalogue_has_a_rule() {
        assert_eq!(catalogue().len(), 404);
        let without: Vec<&str> = catalogue()
            .iter()
            .filter(|row| row.rule().is_none())
            .map(|row| row.id.as_str())
            .collect();
        assert_eq!(without, [""; 0]);
    }

    #[test]
    fn every_rule_is_used_and_says_why() {
        let lines = include_str!("scopes.tsv").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 7, "{line}");
            assert!(!columns[6].is_empty(), "{line}");
            let used = match columns[0].strip_prefix("row ") {
                Some(id) => entry(id.split('/').next().unwrap_or_default()).is_some(),
                None => catalogue().iter().any(|row| {
                    let rule = row.rule().map(std::ptr::from_ref);
                    rule == rules().get(columns[0]).map(std::ptr::from_ref)
                }),
            };
            assert!(used, "{line}");
        }
    }
}
