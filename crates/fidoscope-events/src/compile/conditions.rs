//! Conditions of a mapping file.

use serde_saphyr::Spanned;

use super::Compiler;
use crate::condition::{Condition, Test};
use crate::definition::{Clause, ConditionDefinition, TestDefinition, TestMembers};

impl Compiler<'_, '_, '_> {
    /// `visible` is how many of the `let` conditions may be named, so that none names itself.
    pub(super) fn condition(
        &mut self,
        condition: &ConditionDefinition,
        visible: usize,
    ) -> Condition {
        let mut all = Vec::new();
        for (name, clause) in &condition.0 {
            all.push(match clause {
                Clause::All(list) => Condition::All(self.conditions(list, visible)),
                Clause::Any(list) => Condition::Any(self.conditions(list, visible)),
                Clause::Not(inner) => Condition::Not(Box::new(self.condition(inner, visible))),
                Clause::Test(test) => match self.test(name, test, visible) {
                    Some(condition) => condition,
                    None => continue,
                },
            });
        }
        Condition::All(all)
    }

    fn conditions(&mut self, list: &[ConditionDefinition], visible: usize) -> Vec<Condition> {
        list.iter()
            .map(|condition| self.condition(condition, visible))
            .collect()
    }

    fn test(
        &mut self,
        name: &Spanned<String>,
        test: &TestDefinition,
        visible: usize,
    ) -> Option<Condition> {
        let lets = &self.definition.lets.0;
        let place = lets
            .iter()
            .take(visible)
            .position(|(found, _)| found.value == name.value);
        if let Some((place, (_, condition))) = place.and_then(|at| Some((at, lets.get(at)?))) {
            let condition = self.condition(condition, place);
            return match test {
                TestDefinition::Bool(true) => Some(condition),
                TestDefinition::Bool(false) => Some(Condition::Not(Box::new(condition))),
                _ => {
                    self.problems.let_wants_bool(name);
                    None
                }
            };
        }
        let slots = match name.value.strip_prefix('$') {
            None => vec![self.slot(name)?],
            Some(column) => self.slots_of(name, column)?,
        };
        let tests = match test {
            TestDefinition::Equals(text) => vec![(false, Test::Equals(text.clone()))],
            TestDefinition::Bool(flag) => vec![(false, Test::Equals(flag.to_string()))],
            TestDefinition::In(texts) => vec![(false, Test::OneOf(texts.clone()))],
            TestDefinition::Members(members) => self.tests(members),
        };
        let conditions = tests.into_iter().map(|(negated, test)| {
            let condition = Condition::Slots {
                name: name.value.as_str().into(),
                slots: slots.clone(),
                test,
            };
            if negated {
                Condition::Not(Box::new(condition))
            } else {
                condition
            }
        });
        Some(Condition::All(conditions.collect()))
    }

    fn slots_of(&mut self, name: &Spanned<String>, column: &str) -> Option<Vec<usize>> {
        let fields = &self.program.fields;
        let found = fields.iter().find(|field| field.column.name() == column);
        if let Some(field) = found {
            return Some(field.reading.slots.clone());
        }
        let names: Vec<_> = fields.iter().map(|field| field.column.name()).collect();
        self.problems.unknown_column_value(name, &names);
        None
    }

    fn tests(&mut self, members: &TestMembers) -> Vec<(bool, Test)> {
        let mut tests = Vec::new();
        tests.extend(members.exists.map(|flag| (false, Test::Exists(flag))));
        tests.extend(
            members
                .starts_with
                .clone()
                .map(|text| (false, Test::StartsWith(text))),
        );
        let part = members.contains.as_ref().map(|text| text.to_lowercase());
        tests.extend(part.map(|text| (false, Test::Contains(text))));
        tests.extend(
            members
                .one_of
                .clone()
                .map(|texts| (false, Test::OneOf(texts))),
        );
        tests.extend(
            members
                .not_in
                .clone()
                .map(|texts| (true, Test::OneOf(texts))),
        );
        tests.extend(members.bit.map(|place| (false, Test::Bit(place))));
        if let Some(pattern) = &members.matches {
            let compiled = self.pattern(&pattern.value, pattern.referenced);
            tests.extend(compiled.map(|pattern| (false, Test::Matches(pattern))));
        }
        tests
    }
}
