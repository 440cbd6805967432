//! YAML as a tree in which every node knows its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// A node and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) tree: Tree,
    pub(crate) place: Place,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// Line and column from 1; byte range where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) span: Option<(usize, usize)>,
}

/// Reads one document. `yes`, `no`, `on` and `off` are text (Norway is a country), and so is what
/// starts with a zero.
pub(crate) fn parse(text: &str) -> Result<Node, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: 32 },
    };
    serde_saphyr::from_str_with_options(text, options)
}

impl Node {
    /// The words for what the node holds.
    pub(crate) fn shape(&self) -> &'static str {
        match self.tree {
            Tree::Null => "nothing",
            Tree::Bool(_) => "a truth value",
            Tree::Integer(_) | Tree::Number(_) => "a number",
            Tree::Text(_) => "text",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a map",
        }
    }

    /// The scalar as it was written: `1.10` stays `1.10` where a text is wanted.
    pub(crate) fn written<'a>(&'a self, source: &'a str) -> Option<&'a str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            Tree::Bool(_) | Tree::Integer(_) | Tree::Number(_) => {
                self.place.slice(source).map(str::trim)
            }
            Tree::Null | Tree::List(_) | Tree::Map(_) => None,
        }
    }
}

impl Place {
    /// The source text of the place.
    pub(crate) fn slice(self, source: &str) -> Option<&str> {
        self.span.and_then(|(start, end)| source.get(start..end))
    }

    /// The place of `length` bytes at `offset` of `text`, which was written at this place. Where
    /// the text was folded or escaped in the file, the place of the whole.
    pub(crate) fn within(self, source: &str, text: &str, offset: usize, length: usize) -> Self {
        let found = self.slice(source).and_then(|written| written.find(text));
        let (Some((start, _)), Some(indent)) = (self.span, found) else {
            return self;
        };
        let from = start.saturating_add(indent).saturating_add(offset);
        let before = source.get(..from).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self {
            line: count(before.matches('\n').count()).saturating_add(1),
            column: count(before.get(line_start..).unwrap_or_default().chars().count())
                .saturating_add(1),
            span: Some((from, from.saturating_add(length))),
        }
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let byte = |offset: Option<u64>| offset.and_then(|offset| usize::try_from(offset).ok());
        let span = location.span();
        let start = byte(span.byte_offset());
        let length = byte(span.byte_len());
        Self {
            line: location.line(),
            column: location.column(),
            span: start
                .zip(length)
                .map(|(start, length)| (start, start.saturating_add(length))),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        Ok(Self {
            tree: spanned.value,
            place: spanned.referenced.into(),
        })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tree, E> {
        let small = i64::try_from(value);
        small
            .map(Tree::Integer)
            .map_err(|_| E::custom(format!("the number {value} is too large")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element()? {
            list.push(node);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            if map.iter().any(|(known, _)| known.text == key.value) {
                return Err(A::Error::custom(format!(
                    "the key `{}` comes twice",
                    key.value
                )));
            }
            let place = key.referenced.into();
            map.push((
                Key {
                    text: key.value,
                    place,
                },
                access.next_value()?,
            ));
        }
        Ok(Tree::Map(map))
    }
}
