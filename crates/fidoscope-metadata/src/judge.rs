//! The rules of the Metadata Service for entries, each a named step: for all of a BLOB's entries
//! together, where a fault of one is a warning about its publisher, or for one model, where what
//! the entry says decides whether a new registration is acceptable.

mod lookup;
mod statement;
mod status;

use crate::blob::Blob;
use crate::entry::Entry;
use crate::lint::{LintFinding, LintSeverity};
use crate::model::Model;
use crate::rules::{self, RULES, Rule};
use crate::trace::{Outcome, Step, Strictness};
use crate::verify::is_of_entries;
use chrono::NaiveDate;
use fidoscope_webauthn::Aaguid;

use crate::MetadataPolicy;

/// What an authenticator's attestation turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// A statement with certificates.
    Certified,
    /// Self attestation, `basic_surrogate` in metadata.
    SelfSigned,
    /// No attestation.
    None,
}

/// What is known of an authenticator whose model is looked up; whatever is left out leaves the
/// rules about it open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attested<'a> {
    /// Its AAGUID.
    pub aaguid: Option<Aaguid>,
    /// Identifier of its attestation key, for a caller without the certificate (U2F).
    pub key_identifier: Option<&'a str>,
    /// What its attestation is.
    pub observed: Option<Observed>,
    /// The certificates it sent, DER, leaf first.
    pub chain: &'a [&'a [u8]],
    /// COSE algorithm of the credential.
    pub algorithm: Option<i64>,
    /// The flag BE of the credential.
    pub backup_eligible: Option<bool>,
}

/// What a BLOB says of a model.
#[derive(Clone, Debug)]
pub struct ModelVerdict<'b> {
    /// The model, if the BLOB has it.
    pub model: Option<Model<'b>>,
    /// Every rule about entries.
    pub steps: Vec<Step>,
}

impl ModelVerdict<'_> {
    /// The first step that fails by this measure.
    #[must_use]
    pub fn first_failed(&self, strictness: Strictness) -> Option<&Step> {
        let mut steps = self.steps.iter();
        steps.find(|step| step.outcome_in(strictness) == Outcome::Fail)
    }
}

impl Blob {
    /// Judges all entries as of `day`. None of them can make the BLOB bad: what breaks a rule is a
    /// warning with its place, what concerns some models only is an observation that names them.
    #[must_use]
    pub fn judge_entries(&self, day: NaiveDate, previous: Option<&Self>) -> Vec<Step> {
        let findings = self.lint(day);
        let of_entries = RULES.iter().filter(|rule| is_of_entries(rule.id));
        let together = |rule: &&'static Rule| self.judge_together(rule, &findings, day, previous);
        of_entries.map(together).collect()
    }

    /// Judges the model of an authenticator as of `day`. Where several entries are the model's, each
    /// rule is judged by each of them, and the gravest outcome counts.
    #[must_use]
    pub fn judge_model(
        &self,
        attested: &Attested<'_>,
        day: NaiveDate,
        policy: &MetadataPolicy,
    ) -> ModelVerdict<'_> {
        let places = lookup::find(self, attested);
        let model = Model::new(self.entries(), places);
        let findings = self.lint_entries(places, day);
        let case = |entry| Case {
            blob: self,
            entry,
            attested,
            day,
            policy,
            findings: &findings,
        };
        let cases: Vec<_> = match &model {
            Some(model) => model.entries().map(|entry| case(Some(entry))).collect(),
            None => vec![case(None)],
        };
        let of_entries = RULES.iter().filter(|rule| is_of_entries(rule.id));
        let judge = |rule: &&'static Rule| {
            let steps = cases.iter().map(|case| case.judge(rule));
            steps.reduce(heavier)
        };
        ModelVerdict {
            steps: of_entries.filter_map(judge).collect(),
            model,
        }
    }

    fn judge_together(
        &self,
        rule: &'static Rule,
        findings: &[LintFinding],
        day: NaiveDate,
        previous: Option<&Self>,
    ) -> Step {
        let step = Step::new(rule);
        let of_rule: Vec<_> = findings.iter().filter(|f| f.rule == rule.id).collect();
        let worst = of_rule.iter().map(|finding| finding.severity).max();
        if let (Some(worst), Some(first)) = (worst, of_rule.first()) {
            let first = of_rule
                .iter()
                .find(|f| f.severity == worst)
                .unwrap_or(first);
            let step = step.outcome(match worst {
                LintSeverity::Note => Outcome::Observation,
                LintSeverity::Warning | LintSeverity::Error => Outcome::Warn,
            });
            return step
                .found(format!("{}: {}", first.pointer, first.message))
                .note(format!(
                    "{} of {} entries",
                    entries_of(&of_rule),
                    self.entries().len()
                ));
        }
        let entries = self.entries();
        if let Some(models) = status::spoken_against(rule, entries, day) {
            return match models.as_slice() {
                [] => step.found("no model"),
                some => step
                    .outcome(Outcome::Observation)
                    .found(some.join(", "))
                    .note(format!("{} of {} models", some.len(), entries.len())),
            };
        }
        match rule.id {
            "mds.entry.status-change" => status::changed_since(step, self, previous),
            "mds.stmt.att-types"
            | "mds.stmt.algs"
            | "mds.stmt.version"
            | "mds.stmt.multi-device" => {
                step.not_evaluated("needs an authenticator: its attestation and its credential")
            }
            "mds.entry.relevance" => step.not_applicable("no policy leaves models out"),
            "mds.entry.rogue-list" => step.not_applicable("no entry has a rogue list"),
            _ => step.found(format!("{} entries", entries.len())),
        }
    }
}

/// How many entries some findings are about.
fn entries_of(findings: &[&LintFinding]) -> usize {
    let entry = |finding: &&LintFinding| {
        let within = finding.pointer.strip_prefix("/entries/")?;
        within.split('/').next().map(str::to_owned)
    };
    let entries: std::collections::BTreeSet<_> = findings.iter().filter_map(entry).collect();
    entries.len()
}

/// A model before its judges.
struct Case<'a> {
    blob: &'a Blob,
    entry: Option<&'a Entry>,
    attested: &'a Attested<'a>,
    day: NaiveDate,
    policy: &'a MetadataPolicy,
    findings: &'a [LintFinding],
}

impl Case<'_> {
    fn judge(&self, rule: &'static Rule) -> Step {
        match rule.id {
            "mds.entry.zero-aaguid" => return lookup::zero_aaguid(self),
            "mds.entry.acki" => return lookup::key_identifiers(self),
            "mds.entry.identity" => return lookup::identity(self),
            _ => {}
        }
        let Some(entry) = self.entry else {
            return Step::new(rule).not_evaluated("the BLOB has no entry of the model");
        };
        let judged =
            status::judge(self, rule, entry).or_else(|| statement::judge(self, rule, entry));
        // What a report says against the model counts, not how well it is written.
        let linted = match status::status_of(rule) {
            Some(_) => None,
            None => self.linted(rule),
        };
        match (judged, linted) {
            (Some(judged), Some(linted)) => heavier(judged, linted),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.quiet(rule, entry),
        }
    }

    /// A rule about which there is nothing to say but that it holds.
    fn quiet(&self, rule: &'static Rule, entry: &Entry) -> Step {
        let step = Step::new(rule);
        match rule.id {
            "mds.entry.relevance" => step.not_applicable("no policy leaves models out"),
            "mds.entry.rogue-list" if entry.extra.contains_key("rogueListURL") => {
                step.not_evaluated("the rogue list itself is not fetched")
            }
            "mds.entry.rogue-list" => step.not_applicable("the model has no rogue list"),
            "mds.entry.status-change" => match entry.time_of_last_status_change {
                Some(day) => step.found(day.to_string()),
                None => step,
            },
            "mds.entry.statement" => step.found(entry.description()),
            _ => step,
        }
    }

    /// What linting found against a rule. A fault of the publisher counts against the model by the
    /// rule's own class.
    fn linted(&self, rule: &'static Rule) -> Option<Step> {
        let of_rule = self.findings.iter().filter(|f| f.rule == rule.id);
        let worst = of_rule.clone().map(|finding| finding.severity).max()?;
        let first = of_rule.clone().find(|f| f.severity == worst)?;
        let step = Step::new(rule)
            .expected("an entry as the Metadata Service specifies it")
            .found(format!("{}: {}", first.pointer, first.message));
        let step = match of_rule.count() {
            ..=1 => step,
            more => step.note(format!("the first of {more}")),
        };
        Some(match (rule.class, worst) {
            (_, LintSeverity::Note) | ("INFO" | "MAY", _) => step.outcome(Outcome::Observation),
            ("S" | "MUST(3.1)", _) => step.fails_in(Strictness::Strict),
            ("MUST(F)", LintSeverity::Error) => step.fails_in(Strictness::FidoServer),
            ("MUST" | "MUST(if)", LintSeverity::Error) if *rule != rules::STMT_ROOTS => {
                step.outcome(Outcome::Fail)
            }
            _ => step.outcome(Outcome::Warn),
        })
    }
}

/// The graver of two steps about one rule; the first of two that weigh the same.
fn heavier(first: Step, second: Step) -> Step {
    let weight = |step: &Step| match (step.outcome, step.fails_in) {
        (Outcome::Fail, _) => 5,
        (_, Some(_)) => 4,
        (Outcome::Warn, _) => 3,
        (Outcome::NotEvaluated, _) => 2,
        (Outcome::Observation, _) => 1,
        (Outcome::Pass | Outcome::NotApplicable, _) => 0,
    };
    if weight(&second) > weight(&first) {
        second
    } else {
        first
    }
}

#[cfg(test)]
mod tests;
