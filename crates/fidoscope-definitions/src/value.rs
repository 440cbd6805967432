//! Types that a node can be read as.

use crate::{Mark, Node, Reader, Tree};

/// Type that a node can be read as.
pub trait Value: Sized {
    /// Reads a node; `what` names it in messages, e.g. `` `title` ``.
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self>;
}

/// Text and the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Text; a number or truth value as it was written.
    pub value: String,
    /// Place.
    pub mark: Mark,
}

/// Names and values in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs<T>(pub Vec<(Written, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Value for Written {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        let value = String::read(reader, what, node)?;
        let mark = node.mark;
        Some(Self { value, mark })
    }
}

impl Value for String {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        match node.written(reader.file().text) {
            Some(text) => Some(text.to_owned()),
            None => reader.wrong_shape(node, what, "text"),
        }
    }
}

/// `yes`, `no`, `on` and `off` are text, but where a truth value is wanted there is no doubt about them.
impl Value for bool {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        let word = match &node.tree {
            Tree::Bool(flag) => return Some(*flag),
            Tree::Text(word) => word.to_ascii_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => reader.wrong_shape(node, what, "true or false"),
        }
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl Value for $number {
            fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
                let Tree::Integer(number) = &node.tree else {
                    return reader.wrong_shape(node, what, "a whole number");
                };
                let (least, most) = (Self::MIN, Self::MAX);
                match Self::try_from(*number) {
                    Ok(number) => Some(number),
                    Err(_) => reader.wrong_shape(node, what, &format!("between {least} and {most}")),
                }
            }
        }
    )*};
}

whole_numbers!(u16 u32 i64);

impl Value for f64 {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        let number = match &node.tree {
            Tree::Integer(_) | Tree::Number(_) => node.written(reader.file().text),
            _ => None,
        };
        match number.and_then(|text| text.parse().ok()) {
            Some(number) => Some(number),
            None => reader.wrong_shape(node, what, "a number"),
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        let Tree::List(items) = &node.tree else {
            return reader.wrong_shape(node, what, "a list");
        };
        let read = items.iter().map(|item| T::read(reader, what, item));
        // Every item is looked at, so that every problem is told.
        let read: Vec<Option<T>> = read.collect();
        read.into_iter().collect()
    }
}

impl<T: Value> Value for Pairs<T> {
    fn read(reader: &mut Reader<'_>, what: &str, node: &Node) -> Option<Self> {
        let map = reader.open_map(node, what)?;
        let read = map.entries.iter().map(|(key, value)| {
            let name = Written {
                value: key.text.clone(),
                mark: key.mark,
            };
            Some((name, T::read(reader, &format!("`{}`", key.text), value)?))
        });
        let read: Vec<Option<(Written, T)>> = read.collect();
        read.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }
}
