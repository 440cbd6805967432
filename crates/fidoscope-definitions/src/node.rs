//! YAML as a tree in which every node knows its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

/// A node and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Contents.
    pub tree: Tree,
    /// Place; of an alias, where the alias stands.
    pub mark: Mark,
    /// Bytes of the scalar itself; of an alias, those behind its anchor.
    scalar: Option<(usize, usize)>,
}

/// Contents of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Whole number.
    Integer(i64),
    /// Number with a fraction or an exponent.
    Number(f64),
    /// Text.
    Text(String),
    /// Items in the order of the file.
    List(Vec<Node>),
    /// Keys, none of them twice, with their values in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Name.
    pub text: String,
    /// Place.
    pub mark: Mark,
}

/// Place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Line, from 1; 0 where it is not known.
    pub line: u64,
    /// Column in characters, from 1; 0 where it is not known.
    pub column: u64,
    /// Bytes, where they are known.
    pub span: Option<(usize, usize)>,
}

/// Depth of the deepest node of a file that is read.
const DEEPEST: usize = 32;

/// Nodes of a file at most; those that aliases repeat count each time.
const MOST_NODES: usize = 20_000;

/// Reads one document. `yes`, `no`, `on` and `off` are text (Norway is a country), and so is what
/// starts with a zero.
///
/// A file of ten lines can stand for a tree of a billion nodes by aliases of aliases, and a deep one can
/// exhaust the stack of whoever walks it. Both are bounded here, so that what walks a tree need not count.
pub(crate) fn parse(text: &str) -> Result<Node, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_NODES,
            max_events: 4 * MOST_NODES,
            max_documents: 2,
            max_aliases: 1_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_NODES,
            max_replay_stack_depth: DEEPEST,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}

impl Node {
    /// Words for the contents.
    #[must_use]
    pub fn shape(&self) -> &'static str {
        match self.tree {
            Tree::Null => "nothing",
            Tree::Bool(_) => "a truth value",
            Tree::Integer(_) | Tree::Number(_) => "a number",
            Tree::Text(_) => "text",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a map",
        }
    }

    /// Items of a list; anything else is the one item.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.tree {
            Tree::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Scalar as it was written: `1.10` stays `1.10` where a text is wanted.
    #[must_use]
    pub fn written<'a>(&'a self, source: &'a str) -> Option<&'a str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            Tree::Bool(_) | Tree::Integer(_) | Tree::Number(_) => {
                let (start, end) = self.scalar?;
                source.get(start..end).map(str::trim)
            }
            Tree::Null | Tree::List(_) | Tree::Map(_) => None,
        }
    }
}

impl Mark {
    /// Source text of the place.
    #[must_use]
    pub fn slice(self, source: &str) -> Option<&str> {
        self.span.and_then(|(start, end)| source.get(start..end))
    }

    /// Place of `length` bytes at `offset` of `text`, which was written at this place. Where
    /// the text was folded or escaped in the file, the place of the whole.
    #[must_use]
    pub fn within(self, source: &str, text: &str, offset: usize, length: usize) -> Self {
        let found = self.slice(source).and_then(|written| written.find(text));
        let (Some((start, _)), Some(indent)) = (self.span, found) else {
            return self;
        };
        let from = start.saturating_add(indent).saturating_add(offset);
        Self {
            span: Some((from, from.saturating_add(length))),
            ..Self::behind(source.get(..from).unwrap_or_default())
        }
    }

    /// Place of what follows a text.
    #[must_use]
    pub fn behind(before: &str) -> Self {
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        Self {
            line: count(before.matches('\n').count()).saturating_add(1),
            column: count(column).saturating_add(1),
            span: None,
        }
    }
}

impl From<Location> for Mark {
    fn from(location: Location) -> Self {
        if location == Location::UNKNOWN {
            return Self::default();
        }
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
            mark: spanned.referenced.into(),
            scalar: Mark::from(spanned.defined).span,
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
            let mark = key.referenced.into();
            map.push((
                Key {
                    text: key.value,
                    mark,
                },
                access.next_value()?,
            ));
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests;
