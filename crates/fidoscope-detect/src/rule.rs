//! A rule as it was read.

use fidoscope_definitions::{Codes, Definition, Kind};
use fidoscope_report::{Diagnostic, Level};

use crate::{Expr, Summary};

pub(crate) const KIND: Kind = Kind {
    name: "rule",
    id: "id",
    codes: Codes {
        not_yaml: "FS-R001",
        unknown_key: "FS-R002",
        unknown_word: "FS-R014",
        missing_key: "FS-R004",
        wrong_shape: "FS-R005",
        twice_a_key: "FS-R001",
        twice: "FS-R017",
    },
};

impl Definition for Rule {
    const KIND: Kind = KIND;

    fn id(&self) -> &str {
        &self.id
    }

    fn read(yaml: &str, file: &str) -> Result<Vec<Self>, Vec<Diagnostic>> {
        Self::parse(yaml, file).map(|rule| vec![rule])
    }
}

/// A Sigma rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) status: Option<Status>,
    pub(crate) level: Level,
    pub(crate) tags: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) false_positives: Vec<String>,
    pub(crate) fields: Vec<&'static str>,
    pub(crate) case_columns: Vec<&'static str>,
    pub(crate) related: Vec<Related>,
    pub(crate) summary: Option<Summary>,
    pub(crate) condition: Expr,
}

/// How far a rule is trusted by its author (Sigma 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// In use.
    Stable,
    /// Being tried.
    Test,
    /// New.
    Experimental,
    /// Replaced; such a rule is not run.
    Deprecated,
    /// Cannot be used; such a rule is not run.
    Unsupported,
}

/// Which other events a finding shows beside those that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Related {
    /// The event of the same credential that `counter_previous` was taken from.
    Previous,
    /// Every event that has the same value in this column.
    Same(&'static str),
}

impl Rule {
    /// Identifier, a UUID; what `--rules` overrides by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Short name, e.g. `counter-did-not-increase`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the rule is about.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How far its author trusts it.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.status
    }

    /// Whether the rule is to be run.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self.status, Some(Status::Deprecated | Status::Unsupported))
    }

    /// Severity of its findings.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// ATT&CK and other tags.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Where to read more.
    #[must_use]
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// Harmless causes that the author knows of.
    #[must_use]
    pub fn false_positives(&self) -> &[String] {
        &self.false_positives
    }

    /// What an event has to look like.
    #[must_use]
    pub fn condition(&self) -> &Expr {
        &self.condition
    }

    /// Columns whose values make the case; events that agree in them belong to one finding.
    #[must_use]
    pub fn case_columns(&self) -> &[&'static str] {
        &self.case_columns
    }

    /// Which other events to show.
    #[must_use]
    pub fn related(&self) -> &[Related] {
        &self.related
    }

    /// Columns that the `facts` of a witness have to hold, sorted: those of the condition, the
    /// case, the summary and the author's `fields`.
    #[must_use]
    pub fn fact_columns(&self) -> Vec<&'static str> {
        let mut columns = self.condition.columns();
        columns.extend(&self.case_columns);
        columns.extend(&self.fields);
        columns.extend(self.summary.iter().flat_map(Summary::columns));
        columns.extend(self.related.iter().filter_map(|related| match related {
            Related::Previous => None,
            Related::Same(column) => Some(*column),
        }));
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
