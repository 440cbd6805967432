//! A mapping file as a person writes it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::Maturity;

/// The members of an object in the order of the file.
pub(crate) struct Pairs<T>(pub(crate) Vec<(Spanned<String>, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = members.next_key::<Spanned<String>>()? {
                    pairs.push((name, members.next_value()?));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

/// The whole file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) struct Definition {
    #[serde(rename = "apiVersion")]
    pub(crate) api_version: Spanned<String>,
    pub(crate) source: Spanned<String>,
    pub(crate) version: Spanned<String>,
    pub(crate) maturity: Maturity,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) form: Form,
    pub(crate) detect: ConditionDefinition,
    #[serde(default)]
    pub(crate) envelopes: Vec<EnvelopeDefinition>,
    #[serde(default)]
    pub(crate) lowercase_keys: bool,
    /// A name such as `event.action` stands for `action` within `event`.
    #[serde(default)]
    pub(crate) dotted_keys: bool,
    /// Members whose members count as those of the record.
    #[serde(default)]
    pub(crate) merge: Vec<String>,
    /// Arrays of which each element is a record of its own, outer before inner.
    #[serde(default)]
    pub(crate) explode: Vec<Spanned<String>>,
    pub(crate) text: Option<TextDefinition>,
    /// Names for the beginnings of paths: `<log>.body`.
    #[serde(default)]
    pub(crate) shorthands: Pairs<String>,
    #[serde(default)]
    pub(crate) prefilter: Vec<String>,
    /// The member that says what a record is about.
    pub(crate) discriminator: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) fields: Pairs<FieldDefinition>,
    #[serde(default)]
    pub(crate) constants: Pairs<Spanned<String>>,
    #[serde(default)]
    pub(crate) keep: Pairs<Spanned<String>>,
    #[serde(default, rename = "let")]
    pub(crate) lets: Pairs<ConditionDefinition>,
    #[serde(default)]
    pub(crate) shadows: Vec<ConditionDefinition>,
    #[serde(default)]
    pub(crate) events: Vec<EventDefinition>,
    #[serde(default)]
    pub(crate) reasons: Pairs<Spanned<String>>,
    #[serde(default)]
    pub(crate) coverage: Pairs<Spanned<String>>,
}

/// Whether records are read by paths or are native lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    #[default]
    Paths,
    Native,
}

/// Where records are inside a line.
#[derive(serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnvelopeDefinition {
    Array,
    Path(Spanned<String>),
}

/// Lines and members that hold `name="value"` pairs.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextDefinition {
    #[serde(default)]
    pub(crate) at: Vec<Spanned<String>>,
    pub(crate) before: Option<Spanned<String>>,
    pub(crate) inside: Option<String>,
    #[serde(default)]
    pub(crate) bare: bool,
}

/// Which records are an event, and which one.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventDefinition {
    pub(crate) when: ConditionDefinition,
    pub(crate) emit: Pairs<Spanned<String>>,
}

/// How a column gets its value.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldMembers {
    pub(crate) path: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) first_of: Vec<Spanned<String>>,
    pub(crate) time: Option<TimeName>,
    #[serde(default)]
    pub(crate) or_time: Vec<TimeName>,
    pub(crate) until: Option<Spanned<String>>,
    pub(crate) unit: Option<UnitName>,
    pub(crate) map: Option<Pairs<String>>,
    pub(crate) capture: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    pub(crate) tokens: Option<TokensDefinition>,
    pub(crate) bits: Option<Pairs<Spanned<String>>>,
    pub(crate) members: Option<Pairs<FieldDefinition>>,
    /// The records of which the column is read.
    pub(crate) when: Option<ConditionDefinition>,
}

/// A path alone, or members.
pub(crate) struct FieldDefinition(pub(crate) FieldMembers);

impl<'de> Deserialize<'de> for FieldDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FieldMembers::deserialize(deserializer).map(Self)
    }
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TimeName {
    Rfc3339,
    Rfc3339OrNaiveUtc,
    #[serde(rename = "us_12h")]
    UsTwelveHour,
    EpochS,
    EpochMs,
    EpochUs,
    EpochNs,
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UnitName {
    S,
    Ms,
    Us,
    Ns,
}

/// How a text holds a list of words.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokensDefinition {
    #[serde(default)]
    pub(crate) strip: String,
    pub(crate) split: String,
}

/// All of its members hold.
pub(crate) struct ConditionDefinition(pub(crate) Vec<(Spanned<String>, Clause)>);

/// One member of a condition.
pub(crate) enum Clause {
    All(Vec<ConditionDefinition>),
    Any(Vec<ConditionDefinition>),
    Not(ConditionDefinition),
    Test(TestDefinition),
}

impl<'de> Deserialize<'de> for ConditionDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;

        impl<'de> Visitor<'de> for ConditionVisitor {
            type Value = ConditionDefinition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("paths and what their values must be")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut members: A,
            ) -> Result<ConditionDefinition, A::Error> {
                let mut clauses = Vec::new();
                while let Some(name) = members.next_key::<Spanned<String>>()? {
                    let clause = match name.value.as_str() {
                        "all" => Clause::All(members.next_value()?),
                        "any" => Clause::Any(members.next_value()?),
                        "not" => Clause::Not(members.next_value()?),
                        _ => Clause::Test(members.next_value()?),
                    };
                    clauses.push((name, clause));
                }
                Ok(ConditionDefinition(clauses))
            }
        }

        deserializer.deserialize_map(ConditionVisitor)
    }
}

/// What a value must be.
pub(crate) enum TestDefinition {
    Equals(String),
    Bool(bool),
    In(Vec<String>),
    Members(TestMembers),
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestMembers {
    pub(crate) exists: Option<bool>,
    pub(crate) starts_with: Option<String>,
    pub(crate) contains: Option<String>,
    pub(crate) matches: Option<Spanned<String>>,
    #[serde(rename = "in")]
    pub(crate) one_of: Option<Vec<String>>,
    pub(crate) not_in: Option<Vec<String>>,
    /// The place of a bit that is set in a whole number, from 0.
    pub(crate) bit: Option<u32>,
}

impl<'de> Deserialize<'de> for TestDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestVisitor;

        impl<'de> Visitor<'de> for TestVisitor {
            type Value = TestDefinition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, true, false, a list, or tests")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<TestDefinition, E> {
                Ok(TestDefinition::Bool(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<TestDefinition, E> {
                Ok(TestDefinition::Equals(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<TestDefinition, E> {
                Ok(TestDefinition::Equals(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<TestDefinition, E> {
                Ok(TestDefinition::Equals(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> Result<TestDefinition, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = items.next_element()? {
                    texts.push(text);
                }
                Ok(TestDefinition::In(texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<TestDefinition, A::Error> {
                TestMembers::deserialize(MapAccessDeserializer::new(members))
                    .map(TestDefinition::Members)
            }
        }

        deserializer.deserialize_any(TestVisitor)
    }
}
