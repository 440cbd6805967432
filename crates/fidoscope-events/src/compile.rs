//! From a mapping file to a program.

use memchr::memmem::Finder;
use regex::Regex;
use serde_saphyr::{Location, Spanned};

use crate::assign::Manner;
use crate::condition::{Condition, Test};
use crate::definition::{
    Clause, ConditionDefinition, Definition, EnvelopeDefinition, FieldDefinition, FieldMembers,
    Form, Pairs, TestDefinition, TestMembers, TimeName, UnitName,
};
use crate::field::{Bit, Field, Flags, Reading};
use crate::mapping::{Mapping, Maturity};
use crate::problems::Problems;
use crate::program::{Program, RawReason};
use crate::reason::Reason;
use crate::time::TimeFormat;
use crate::trie::Node;
use crate::words::known;
use crate::{CEREMONIES, COLUMNS, Column, Given, KINDS, OUTCOMES, Type, hex, path};

const API_VERSION: &str = "fidoscope/mapping/v1";

/// Compiles a file; every problem that can be told apart is in `problems`.
pub(crate) fn compile(definition: &Definition, yaml: &str, problems: &mut Problems<'_>) -> Mapping {
    let mut compiler = Compiler {
        definition,
        problems,
        program: Program::default(),
    };
    compiler.head();
    compiler.whole();
    let fills = compiler.fills();
    let program = compiler.program;
    let hash = hex::encode(
        blake3::hash(yaml.as_bytes())
            .as_bytes()
            .get(..4)
            .unwrap_or_default(),
    );
    Mapping {
        source: definition.source.value.clone(),
        stamp: format!("{}+{hash}", definition.version.value),
        maturity: definition.maturity,
        description: definition.description.clone(),
        native: definition.form == Form::Native,
        coverage: coverage(definition),
        fills,
        program,
    }
}

fn coverage(definition: &Definition) -> Vec<(Column, String)> {
    let words = definition.coverage.0.iter();
    words
        .filter_map(|(name, word)| Some((Column::from_name(&name.value)?, word.clone())))
        .collect()
}

struct Compiler<'d, 'p, 's> {
    definition: &'d Definition,
    problems: &'p mut Problems<'s>,
    program: Program,
}

impl Compiler<'_, '_, '_> {
    fn head(&mut self) {
        let definition = self.definition;
        if definition.api_version.value != API_VERSION {
            self.problems
                .unsupported_version(&definition.api_version, API_VERSION);
        }
        let named = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
        let source = definition.source.value.as_bytes();
        if source.is_empty() || !source.iter().all(named) {
            self.problems.bad_source(&definition.source);
        }
    }

    fn whole(&mut self) {
        let definition = self.definition;
        self.program.root = Node::root(definition.lowercase_keys);
        self.program.prefilter = definition
            .prefilter
            .iter()
            .map(|word| Finder::new(word.as_bytes()).into_owned())
            .collect();
        for envelope in &definition.envelopes {
            match envelope {
                EnvelopeDefinition::Array => self.program.envelope.array = true,
                EnvelopeDefinition::Path(path) => {
                    if let Some(parts) = self.path(path) {
                        self.program.envelope.insert(&parts);
                    }
                }
            }
        }
        // Fields come first, because conditions may name their columns.
        for (name, field) in &definition.fields.0 {
            if let Some(field) = self
                .column(name)
                .and_then(|column| self.field(column, field))
            {
                self.program.fields.push(field);
            }
        }
        self.program.detect = Some(self.condition(&definition.detect, definition.lets.0.len()));
        for shadow in &definition.shadows {
            let shadow = self.condition(shadow, definition.lets.0.len());
            self.program.shadows.push(shadow);
        }
        for event in &definition.events {
            let when = self.condition(&event.when, definition.lets.0.len());
            let emit = self.texts(&event.emit);
            self.program.events.push((when, emit));
        }
        self.program.constants = self.texts(&definition.constants);
        for (name, path) in &definition.keep.0 {
            if let Some(slot) = self.slot(path) {
                self.program.keep.push((name.value.clone(), slot));
            }
        }
        self.reasons();
        for (name, _) in &definition.coverage.0 {
            self.column(name);
        }
    }

    fn reasons(&mut self) {
        for (raw, word) in &self.definition.reasons.0 {
            let Some(reason) = Reason::of_word(&word.value) else {
                self.problems
                    .unknown_word(word, "reason", Reason::all().iter().map(|r| r.word));
                continue;
            };
            let from = match raw.value.strip_prefix("re:") {
                None => RawReason::Text(raw.value.clone()),
                Some(pattern) => match self.pattern(pattern, raw.referenced) {
                    Some(pattern) => RawReason::Pattern(pattern),
                    None => continue,
                },
            };
            self.program.reasons.push((from, reason));
        }
    }

    /// Every column that some event of this source can have.
    fn fills(&self) -> Vec<Column> {
        if self.definition.form == Form::Native {
            return COLUMNS
                .iter()
                .filter(|info| !matches!(info.given, Given::Ingest | Given::Input))
                .map(|info| info.column)
                .collect();
        }
        let program = &self.program;
        let emitted = program.events.iter().flat_map(|(_, emit)| emit.iter());
        let mut fills: Vec<Column> = program.fields.iter().map(|field| field.column).collect();
        fills.extend(emitted.chain(&program.constants).map(|(column, _)| *column));
        fills.extend([
            Column::Ts,
            Column::TsPrecision,
            Column::EventId,
            Column::Source,
            Column::MappingVersion,
            Column::SourceEventType,
            Column::Ceremony,
        ]);
        for (from, to) in [
            (Column::Challenge, Column::ChallengeHash),
            (Column::UserName, Column::UserNameHash),
            (Column::FailureRaw, Column::FailureReason),
            (Column::FailureReason, Column::FailureSide),
            (Column::Flags, Column::FlagsKnown),
            (Column::Flags, Column::CredentialKind),
            (Column::CredentialId, Column::CredentialRef),
            (Column::ServerMs, Column::LatencyBasis),
            (Column::CeremonyMs, Column::LatencyBasis),
        ] {
            if fills.contains(&from) {
                fills.push(to);
            }
        }
        if !program.keep.is_empty() {
            fills.push(Column::Attrs);
        }
        fills.retain(|column| column.given() != Given::Input);
        fills.sort_unstable();
        fills.dedup();
        fills
    }

    fn column(&mut self, name: &Spanned<String>) -> Option<Column> {
        let found = Column::from_name(&name.value);
        let given = |column: &Column| !matches!(column.given(), Given::Derived | Given::Ingest);
        match found {
            Some(column) if given(&column) => Some(column),
            Some(_) => {
                self.problems.derived_column(name);
                None
            }
            None => {
                let names = COLUMNS.iter().map(|info| info.name);
                self.problems.unknown_word(name, "column", names);
                None
            }
        }
    }

    fn texts(&mut self, pairs: &Pairs<Spanned<String>>) -> Vec<(Column, String)> {
        let mut texts = Vec::new();
        for (name, text) in &pairs.0 {
            let Some(column) = self.column(name) else {
                continue;
            };
            let words = match column {
                Column::Kind => KINDS,
                Column::Outcome => OUTCOMES,
                Column::Ceremony => CEREMONIES,
                _ if column.holds() == Type::Text => &[],
                _ => {
                    self.problems.no_constant(name);
                    continue;
                }
            };
            if !words.is_empty() && known(words, &text.value).is_none() {
                self.problems
                    .unknown_word(text, column.name(), words.iter().copied());
            }
            texts.push((column, text.value.clone()));
        }
        texts
    }

    fn path(&mut self, text: &Spanned<String>) -> Option<Vec<path::Part>> {
        path::parse(&text.value)
            .map_err(|why| self.problems.bad_path(text, why))
            .ok()
    }

    fn slot(&mut self, text: &Spanned<String>) -> Option<usize> {
        let parts = self.path(text)?;
        Some(self.program.root.insert(&parts, &mut self.program.width))
    }

    fn pattern(&mut self, pattern: &str, at: Location) -> Option<Regex> {
        Regex::new(pattern)
            .map_err(|error| self.problems.bad_pattern(pattern, &error, at))
            .ok()
    }

    fn field(&mut self, column: Column, field: &FieldDefinition) -> Option<Field> {
        let FieldDefinition(members) = field;
        let time = match members.time {
            Some(TimeName::EpochS) => TimeFormat::EpochSeconds,
            Some(TimeName::EpochMs) => TimeFormat::EpochMillis,
            Some(TimeName::Rfc3339OrNaiveUtc) => TimeFormat::NaiveUtc,
            Some(TimeName::Rfc3339) | None => TimeFormat::Rfc3339,
        };
        let path = members.path.iter().chain(&members.first_of).next();
        Some(Field {
            column,
            reading: self.reading(members),
            manner: Manner {
                lenient: true,
                time,
            },
            path: path.map_or_else(|| column.name().to_owned(), |path| path.value.clone()),
            flags: self.flags(column, members)?,
        })
    }

    fn reading(&mut self, members: &FieldMembers) -> Reading {
        let paths = members.path.iter().chain(&members.first_of);
        Reading {
            slots: paths.filter_map(|path| self.slot(path)).collect(),
            unless: members.unless.clone(),
            capture: members
                .capture
                .as_ref()
                .and_then(|capture| self.pattern(&capture.value, capture.referenced)),
            map: members.map.as_ref().map(|map| {
                map.0
                    .iter()
                    .map(|(from, to)| (from.value.clone(), to.clone()))
                    .collect()
            }),
            scale: members.unit.map(|unit| match unit {
                UnitName::S => 1_000.0,
                UnitName::Ms => 1.0,
                UnitName::Us => 0.001,
                UnitName::Ns => 0.000_001,
            }),
        }
    }

    fn bit(&mut self, name: &Spanned<String>) -> Option<Bit> {
        let bit = Bit::of_name(&name.value);
        if bit.is_none() {
            let words = [
                "up", "uv", "be", "bs", "not_up", "not_uv", "not_be", "not_bs",
            ];
            self.problems.unknown_word(name, "flag", words.into_iter());
        }
        bit
    }

    fn flags(&mut self, column: Column, members: &FieldMembers) -> Option<Option<Flags>> {
        if column.holds() != Type::Flags {
            return Some(None);
        }
        let mut found = Vec::new();
        if let Some(fields) = &members.members {
            for (name, FieldDefinition(members)) in &fields.0 {
                if let Some(bit) = self.bit(name) {
                    found.push((bit, self.reading(members)));
                }
            }
            return Some(Some(Flags::Members(found)));
        }
        let (Some(tokens), Some(bits)) = (&members.tokens, &members.bits) else {
            let at = members
                .path
                .as_ref()
                .map_or(Location::UNKNOWN, |path| path.referenced);
            self.problems.flags_without_bits(at);
            return None;
        };
        let mut words = Vec::new();
        for (token, name) in &bits.0 {
            if let Some(bit) = self.bit(name) {
                words.push((token.value.clone(), bit));
            }
        }
        let strip = tokens.strip.chars().collect();
        Some(Some(Flags::Tokens {
            strip,
            split: tokens.split.clone(),
            bits: words,
        }))
    }

    /// `visible` is how many of the `let` conditions may be named, so that none names itself.
    fn condition(&mut self, condition: &ConditionDefinition, visible: usize) -> Condition {
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
            let condition = Condition::Slots(slots.clone(), test);
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
        if let Some(pattern) = &members.matches {
            let compiled = self.pattern(&pattern.value, pattern.referenced);
            tests.extend(compiled.map(|pattern| (false, Test::Matches(Box::new(pattern)))));
        }
        tests
    }
}

/// How well known a mapping is, for messages.
impl std::fmt::Display for Maturity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Verified => "verified",
        })
    }
}
