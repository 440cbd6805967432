//! What a mapping says of its source, for people who look at it.

use fidoscope_report::{ColumnStatement, Statement};

use crate::field::Field;
use crate::glance::Glance;
use crate::{COLUMNS, Column, KINDS, Mapping};

impl Mapping {
    /// The file, as it was written.
    #[must_use]
    pub fn yaml(&self) -> &str {
        &self.yaml
    }

    /// What the comments above the first key say: where it was taken from, and what is in doubt.
    #[must_use]
    pub fn remarks(&self) -> String {
        let lines = self.yaml.lines();
        let comments = lines.map_while(|line| line.strip_prefix('#'));
        comments.map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// The kinds of event that it can yield, in the order of [`KINDS`].
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        let words = self.words(Column::Kind);
        let can = |kind: &&str| words.as_ref().is_none_or(|words| words.contains(kind));
        KINDS.iter().copied().filter(can).collect()
    }

    /// Whether the record itself names the kind, so that any may come.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.words(Column::Kind).is_none()
    }

    /// The texts that a column can get; `None` when the record itself holds them.
    fn words(&self, column: Column) -> Option<Vec<&str>> {
        if self.native {
            return None;
        }
        let program = &self.program;
        let emitted = program.events.iter().flat_map(|(_, emit)| emit);
        let named = emitted.chain(&program.constants);
        let named = named.filter(|(named, _)| *named == column);
        let mut words: Vec<&str> = named.map(|(_, word)| word.as_str()).collect();
        for field in program.fields.iter().filter(|one| one.column == column) {
            let map = field.reading.map.as_ref()?;
            words.extend(map.iter().map(|(_, word)| word.as_str()));
        }
        Some(words)
    }

    /// The forms in which a line may hold records.
    #[must_use]
    pub fn formats(&self) -> Vec<String> {
        let program = &self.program;
        let mut formats = vec!["JSON lines".to_owned()];
        if program.envelope.array {
            formats.push("JSON array on a line".to_owned());
        }
        let paths = program.envelope.paths();
        formats.extend(paths.iter().map(|path| format!("records at {path}")));
        if program.text.is_some() {
            formats.push("k=\"v\" text".to_owned());
        }
        formats
    }

    /// The words of which a line of interest has at least one; none when every line is read.
    #[must_use]
    pub fn prefilter(&self) -> Vec<String> {
        let words = self.program.prefilter.as_ref();
        words.map_or_else(Vec::new, |words| words.list().to_vec())
    }

    /// The member by which a line is told without reading it.
    #[must_use]
    pub fn discriminator(&self) -> Option<&str> {
        self.program.glance.as_ref().map(Glance::member)
    }

    /// What it says of every column of an event.
    #[must_use]
    pub fn statements(&self) -> Vec<ColumnStatement> {
        let columns = COLUMNS.iter().filter(|info| info.is_of_event());
        columns
            .map(|info| ColumnStatement {
                column: info.name.to_owned(),
                statement: self.statement(info.column),
                remark: self.coverage_remark(info.name).map(str::to_owned),
                from: self.place(info.column),
            })
            .collect()
    }

    /// What it says of a column: its own statement first, else whether a field fills it.
    #[must_use]
    pub fn statement(&self, column: Column) -> Statement {
        match self.coverage(column.name()) {
            Some("never") => Statement::Never,
            Some("derived") => Statement::Derived,
            _ if self.fills.contains(&column) => Statement::Yes,
            _ => Statement::NotMapped,
        }
    }

    /// Where a column is read from, as far as a field says so.
    fn place(&self, column: Column) -> Option<String> {
        let program = &self.program;
        let field = program.fields.iter().find(|field| field.column == column);
        let constant = || {
            let (_, text) = program.constants.iter().find(|(of, _)| *of == column)?;
            Some(format!("always {text}"))
        };
        field.map(place_of).or_else(constant)
    }
}

fn place_of(field: &Field) -> String {
    match field.reading.slots.len() {
        0 | 1 => field.path.clone(),
        places => format!("{} and {} more", field.path, places - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[track_caller]
    fn check(source: &str, column: &str, expected: (Statement, Option<&str>, Option<&str>)) {
        let catalogue = Catalogue::builtin();
        let statements = catalogue.get(source).unwrap().statements();
        let found = statements.iter().find(|found| found.column == column);
        let found = found.unwrap();
        let found = (
            found.statement,
            found.remark.as_deref(),
            found.from.as_deref(),
        );
        assert_eq!(found, expected, "{source} {column}");
    }

    #[test]
    fn statements_of_columns() {
        let flags = "user presence, user verification and device binding, where Okta lists them";
        let at = "target[type=AuthenticatorEnrollment].detailEntry.methodUsedVerifiedProperties";
        check("okta", "flags", (Statement::Yes, Some(flags), Some(at)));
        check("okta", "sign_count", (Statement::Never, None, None));
        check("okta", "rp_id", (Statement::NotMapped, None, None));
        check("okta", "flags_known", (Statement::Yes, None, None));
        check(
            "google_workspace",
            "user_segment",
            (Statement::Yes, None, Some("always workforce")),
        );
        check(
            "okta",
            "request_id",
            (Statement::Yes, None, Some("transaction.id and 1 more")),
        );
    }

    #[test]
    fn kinds_forms_and_remarks() {
        let catalogue = Catalogue::builtin();
        let okta = catalogue.get("okta").unwrap();
        assert!(okta.kinds().contains(&"registration.completed"));
        assert!(!okta.kinds().contains(&"registration.started"));
        assert!(!okta.is_open());
        assert_eq!(
            okta.formats(),
            [
                "JSON lines",
                "JSON array on a line",
                "records at data.events",
                "records at event"
            ]
        );
        assert!(okta.prefilter().contains(&"user.mfa.".to_owned()));
        assert!(okta.remarks().starts_with("Okta System Log. WebAuthn"));
        assert!(okta.yaml().contains("source: okta"));
        let native = catalogue.get("native").unwrap();
        assert_eq!(native.kinds(), KINDS);
        assert!(native.is_open());
        let keycloak = catalogue.get("keycloak").unwrap();
        assert!(keycloak.formats().contains(&"k=\"v\" text".to_owned()));
    }

    /// A kind that no event of the tests' own lines has is not promised by chance.
    #[test]
    fn every_mapping_yields_a_kind() {
        for mapping in Catalogue::builtin().iter() {
            assert!(!mapping.kinds().is_empty(), "{}", mapping.source());
        }
    }
}
