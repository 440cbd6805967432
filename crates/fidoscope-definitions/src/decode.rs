//! Nodes as serde reads them, for types that have another form besides YAML.

use fidoscope_report::Diagnostic;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::file::nearest;
use crate::{File, Key, Mark, Node, Tree};

/// Reads a type from the entries of a map at `mark`.
pub(crate) fn decode<T: DeserializeOwned>(
    source: &str,
    entries: &[(Key, Node)],
    mark: Mark,
) -> Result<T, Fault> {
    let entries = Entries {
        source,
        rest: entries,
        value: None,
    };
    let read = T::deserialize(de::value::MapAccessDeserializer::new(entries));
    read.map_err(|fault| fault.at(mark))
}

/// Reason why a node is not what the type asks for, with its place once that is known.
#[derive(Debug)]
pub(crate) struct Fault {
    reason: Reason,
    mark: Option<Mark>,
    key: Option<String>,
}

#[derive(Debug)]
enum Reason {
    Key(String, &'static [&'static str]),
    Word(String, &'static [&'static str]),
    Missing(&'static str),
    Other(String),
}

impl Fault {
    /// The innermost place counts.
    fn at(mut self, mark: Mark) -> Self {
        self.mark.get_or_insert(mark);
        self
    }

    fn under(mut self, key: &str) -> Self {
        self.key.get_or_insert_with(|| key.to_owned());
        self
    }

    pub(crate) fn told(self, file: File<'_>) -> Diagnostic {
        let mark = self.mark.unwrap_or_default();
        let key = self.key.unwrap_or_default();
        match self.reason {
            Reason::Key(text, known) => file.unknown_key(&Key { text, mark }, known),
            Reason::Word(word, known) => file.unknown_word(mark, &key, &word, known),
            Reason::Missing(key) => file.missing_key(mark, key, None),
            Reason::Other(words) => {
                let message = match key.is_empty() {
                    true => words,
                    false => format!("`{key}`: {words}"),
                };
                file.error(file.kind.codes.wrong_shape, mark, message, None)
            }
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.reason {
            Reason::Key(key, known) => write!(
                f,
                "unknown key {key}; {}",
                nearest(key, known, "known here")
            ),
            Reason::Word(word, known) => {
                write!(f, "unknown word {word}; {}", nearest(word, known, "one of"))
            }
            Reason::Missing(key) => write!(f, "{key} is missing"),
            Reason::Other(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            mark: None,
            key: None,
        }
    }
}

impl de::Error for Fault {
    fn custom<T: std::fmt::Display>(words: T) -> Self {
        Reason::Other(words.to_string()).into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Reason::Key(field.to_owned(), expected).into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Reason::Word(variant.to_owned(), expected).into()
    }

    fn missing_field(field: &'static str) -> Self {
        Reason::Missing(field).into()
    }
}

/// A node with the text that it was read from.
#[derive(Clone, Copy)]
struct Reading<'n> {
    source: &'n str,
    node: &'n Node,
}

impl<'n> Reading<'n> {
    /// Scalar as it was written, for types that want text.
    fn text(self) -> Option<&'n str> {
        match &self.node.tree {
            Tree::Text(text) => Some(text),
            _ => self.node.written(self.source),
        }
    }
}

impl<'de> Deserializer<'de> for Reading<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let source = self.source;
        let read = match &self.node.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(flag) => visitor.visit_bool(*flag),
            Tree::Integer(number) => visitor.visit_i64(*number),
            Tree::Number(number) => visitor.visit_f64(*number),
            Tree::Text(text) => visitor.visit_str(text),
            Tree::List(rest) => visitor.visit_seq(Items { source, rest }),
            Tree::Map(rest) => visitor.visit_map(Entries {
                source,
                rest,
                value: None,
            }),
        };
        read.map_err(|fault| fault.at(self.node.mark))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.text() {
            Some(text) => visitor
                .visit_str(text)
                .map_err(|fault: Fault| fault.at(self.node.mark)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let word = match &self.node.tree {
            Tree::Text(word) => word.to_ascii_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "true" | "yes" | "on" => visitor.visit_bool(true),
            "false" | "no" | "off" => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor
            .visit_enum(self)
            .map_err(|fault| fault.at(self.node.mark))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A word without more, or a map of one word and what comes with it.
impl<'de> EnumAccess<'de> for Reading<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let (word, rest) = match &self.node.tree {
            Tree::Map(entries) => match entries.as_slice() {
                [(key, node)] => (Some(key.text.as_str()), node),
                _ => (None, self.node),
            },
            _ => (self.text(), self.node),
        };
        let Some(word) = word else {
            return Err(de::Error::custom(format!(
                "a word is wanted, not {}",
                self.node.shape()
            )));
        };
        let word = seed.deserialize(StrDeserializer::<Fault>::new(word))?;
        let source = self.source;
        Ok((word, Reading { source, node: rest }))
    }
}

impl<'de> VariantAccess<'de> for Reading<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }
}

struct Items<'n> {
    source: &'n str,
    rest: &'n [Node],
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((node, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        self.rest = rest;
        let source = self.source;
        let read = seed.deserialize(Reading { source, node });
        read.map(Some).map_err(|fault| fault.at(node.mark))
    }
}

struct Entries<'n> {
    source: &'n str,
    rest: &'n [(Key, Node)],
    value: Option<&'n (Key, Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((entry, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        self.rest = rest;
        self.value = Some(entry);
        let (key, _) = entry;
        let read = seed.deserialize(StrDeserializer::<Fault>::new(&key.text));
        read.map(Some).map_err(|fault| fault.at(key.mark))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some((key, node)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        let source = self.source;
        let read = seed.deserialize(Reading { source, node });
        read.map_err(|fault| fault.at(node.mark).under(&key.text))
    }
}
