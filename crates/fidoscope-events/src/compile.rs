//! From a mapping file to a program.

use std::borrow::Cow;

use serde_saphyr::{Location, Spanned};

use crate::definition::{Definition, EnvelopeDefinition, Form, Pairs};
use crate::glance::Glance;
use crate::mapping::{Mapping, Maturity};
use crate::pairs::TextPairs;
use crate::pattern::{Pattern, Words};
use crate::problems::Problems;
use crate::program::{Program, RawReason};
use crate::reason::Reason;
use crate::trie::{Naming, Node};
use crate::words::known;
use crate::{COLUMNS, Column, hex, path};

mod conditions;
mod coverage;
mod fields;

const API_VERSION: &str = "fidoscope/mapping/v1";

/// Compiles a file; every problem that can be told apart is in `problems`. The patterns of a file
/// that is `trusted` are compiled when they are first used.
pub(crate) fn compile(
    definition: &Definition,
    yaml: &str,
    trusted: bool,
    problems: &mut Problems<'_>,
) -> Mapping {
    let mut compiler = Compiler {
        definition,
        trusted,
        problems,
        program: Program::default(),
    };
    compiler.head();
    compiler.whole();
    let fills = compiler.fills();
    let coverage = compiler.coverage(&fills);
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
        yaml: yaml.to_owned(),
        coverage,
        fills,
        program,
    }
}

struct Compiler<'d, 'p, 's> {
    definition: &'d Definition,
    trusted: bool,
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
        self.program.root = Node::root(Naming {
            fold_case: definition.lowercase_keys,
            dotted: definition.dotted_keys,
            merge: definition.merge.clone(),
        });
        self.whole_records();
        self.program.prefilter = Words::new(&definition.prefilter);
        // Fields come first, because conditions may name their columns.
        for (name, field) in &definition.fields.0 {
            if let Some(field) = self
                .column(name)
                .and_then(|column| self.field(column, field))
            {
                self.program.fields.push(field);
            }
        }
        self.field_conditions();
        self.program.detect = Some(self.condition(&definition.detect, definition.lets.0.len()));
        for shadow in &definition.shadows {
            let shadow = self.condition(shadow, definition.lets.0.len());
            self.program.shadows.push(shadow);
        }
        if let Some(member) = &definition.discriminator {
            self.glance(member);
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
    }

    /// Which records each field is read of. They may name columns, so all fields are there first.
    fn field_conditions(&mut self) {
        let definition = self.definition;
        for (name, field) in &definition.fields.0 {
            let Some(when) = &field.0.when else { continue };
            let when = self.condition(when, definition.lets.0.len());
            let mut fields = self.program.fields.iter_mut();
            if let Some(field) = fields.find(|field| field.column.name() == name.value) {
                field.when = Some(when);
            }
        }
    }

    /// A record is told by one member of it; only where nothing else could stand in its place.
    fn glance(&mut self, member: &Spanned<String>) {
        let definition = self.definition;
        let whole = definition.explode.is_empty()
            && definition.text.is_none()
            && definition.merge.is_empty()
            && !definition.dotted_keys;
        let parts = self.path(member);
        let Some([path::Part::Key(name)]) = parts.as_deref().filter(|_| whole) else {
            let why = "a discriminator is one member, of records without text, explode, merge or dotted_keys";
            self.problems.bad_path(member, why);
            return;
        };
        if let Some(slot) = self.slot(member) {
            self.program.glance = Glance::new(name, slot, definition.lowercase_keys);
        }
    }

    /// Where records are and how they are told apart.
    fn whole_records(&mut self) {
        let definition = self.definition;
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
        for path in &definition.explode {
            let Some(parts) = self.path(path) else {
                continue;
            };
            let program = &mut self.program;
            match program.root.explode(&parts, &mut program.width) {
                Some(slot) => program.explode.push(slot),
                None => self
                    .problems
                    .bad_path(path, "only names lead to an array of records"),
            }
        }
        if let Some(text) = &definition.text {
            let before = text.before.as_ref().and_then(|path| self.slot(path));
            self.program.text = Some(TextPairs {
                at: text.at.iter().filter_map(|path| self.slot(path)).collect(),
                before,
                inside: text.inside.clone(),
                bare: text.bare,
            });
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

    fn column(&mut self, name: &Spanned<String>) -> Option<Column> {
        let found = Column::from_name(&name.value);
        let given = |column: &Column| !column.given().is_refused();
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
            let words = column.holds().words();
            if words.is_empty() && !column.holds().is_plain_text() {
                self.problems.no_constant(name);
                continue;
            }
            if !words.is_empty() && known(words, &text.value).is_none() {
                self.problems
                    .unknown_word(text, column.name(), words.iter().copied());
            }
            texts.push((column, text.value.clone()));
        }
        texts
    }

    fn path(&mut self, text: &Spanned<String>) -> Option<Vec<path::Part>> {
        let parts = path::parse(&self.long(&text.value))
            .map_err(|why| self.problems.bad_path(text, why))
            .ok()?;
        for part in &parts {
            if let path::Part::Select(which) = part {
                for pattern in which.patterns() {
                    self.pattern(pattern, text.referenced)?;
                }
            }
        }
        Some(parts)
    }

    /// The path that a shorthand such as `<log>.body` stands for.
    fn long<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let named = text.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        let long = named.and_then(|(name, rest)| {
            let shorthands = &self.definition.shorthands.0;
            let (_, long) = shorthands.iter().find(|(known, _)| known.value == name)?;
            Some(format!("{long}{rest}"))
        });
        long.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    fn slot(&mut self, text: &Spanned<String>) -> Option<usize> {
        let parts = self.path(text)?;
        Some(self.program.root.insert(&parts, &mut self.program.width))
    }

    fn pattern(&mut self, text: &str, at: Location) -> Option<Pattern> {
        let pattern = Pattern::new(text.to_owned(), false);
        if self.trusted {
            return Some(pattern);
        }
        match pattern.check() {
            Ok(()) => Some(pattern),
            Err(error) => {
                self.problems.bad_pattern(text, &error, at);
                None
            }
        }
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
