//! The value of a column in an event, found by the column.

use std::borrow::Cow;

use super::{Column, Event, Text};

/// The place of a column in an event, by what the column holds ([`super::Type`]). Types that have a
/// reader of their own have none.
#[derive(Debug)]
pub(crate) enum Slot<'e, 'a> {
    EventTime(&'e mut i64),
    Time(&'e mut Option<i64>),
    Name(&'e mut Text<'a>),
    Text(&'e mut Option<Text<'a>>),
    Excerpt(&'e mut Option<Text<'a>>),
    Kind(&'e mut Text<'a>),
    Ceremony(&'e mut Option<Text<'a>>),
    Outcome(&'e mut Text<'a>),
    Small(&'e mut Option<i16>),
    Integer(&'e mut Option<i32>),
    Counter(&'e mut Option<i64>),
    Duration(&'e mut Option<f64>),
    Float(&'e mut Option<f64>),
    Boolean(&'e mut Option<bool>),
    CredentialId(&'e mut Option<Cow<'a, [u8]>>),
    Hash16(&'e mut Option<[u8; 16]>),
    KeyHash(&'e mut Option<[u8; 16]>),
    Hash32(&'e mut Option<[u8; 32]>),
    Trace(&'e mut Option<[u8; 16]>),
    Span(&'e mut Option<[u8; 8]>),
    Uuid(&'e mut Option<[u8; 16]>),
    User(&'e mut Option<Text<'a>>),
    Session(&'e mut Option<Text<'a>>),
    /// A keyed hash, of the name itself.
    UserName(&'e mut Option<[u8; 16]>),
    /// A hash, of the challenge itself.
    Challenge(&'e mut Option<[u8; 16]>),
    Ip(&'e mut Option<[u8; 16]>),
    TextList(&'e mut Option<Vec<Text<'a>>>),
    Apart,
}

macro_rules! slot {
    (Flags $place:expr) => {
        Slot::Apart
    };
    (Attrs $place:expr) => {
        Slot::Apart
    };
    (AttestationObject $place:expr) => {
        Slot::Apart
    };
    (NameHash $place:expr) => {
        Slot::UserName($place)
    };
    ($holds:ident $place:expr) => {
        Slot::$holds($place)
    };
}

/// The value of a column, to be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Held<'e, 'a> {
    Nothing,
    Integer(i64),
    Float(f64),
    Bool(bool),
    Text(&'e str),
    Bytes(&'e [u8]),
    Texts(&'e [Text<'a>]),
    Pairs(&'e [(Text<'a>, Text<'a>)]),
}

/// A field of an event.
trait Hold<'a> {
    fn held(&self) -> Held<'_, 'a>;
}

impl<'a, T: Hold<'a>> Hold<'a> for Option<T> {
    fn held(&self) -> Held<'_, 'a> {
        self.as_ref().map_or(Held::Nothing, Hold::held)
    }
}

macro_rules! hold {
    ($($rust:ty, $value:ident => $held:expr;)*) => {
        $(impl<'a> Hold<'a> for $rust {
            fn held(&self) -> Held<'_, 'a> {
                let $value = self;
                $held
            }
        })*
    };
}

hold! {
    i16, number => Held::Integer(i64::from(*number));
    i32, number => Held::Integer(i64::from(*number));
    i64, number => Held::Integer(*number);
    f64, number => Held::Float(*number);
    bool, flag => Held::Bool(*flag);
    Text<'a>, text => Held::Text(text);
    Cow<'a, [u8]>, bytes => Held::Bytes(bytes);
    Vec<Text<'a>>, texts => Held::Texts(texts);
    Vec<(Text<'a>, Text<'a>)>, pairs => Held::Pairs(pairs);
}

impl<'a, const N: usize> Hold<'a> for [u8; N] {
    fn held(&self) -> Held<'_, 'a> {
        Held::Bytes(self)
    }
}

macro_rules! define {
    (
        columns { $($column:ident $field:ident: $rust:ty, $storage:ident, $holds:ident, $given:ident, $unit:literal, $meaning:literal;)* }
        made { $($made:ident $made_name:ident: $made_holds:ident, $made_given:ident, $made_unit:literal, $made_meaning:literal;)* }
        hashed { $($key:ident $key_name:ident: $key_holds:ident into $hash:ident, $key_unit:literal, $key_meaning:literal;)* }
        raw { $($raw:ident $raw_name:ident: $raw_holds:ident, $raw_unit:literal, $raw_meaning:literal;)* }
    ) => {
        impl<'a> Event<'a> {
            /// The place of a column, to put a value into.
            #[inline]
            pub(crate) fn slot(&mut self, column: Column) -> Slot<'_, 'a> {
                match column {
                    $(Column::$column => slot!($holds &mut self.$field),)*
                    $(Column::$key => Slot::$key_holds(&mut self.$hash),)*
                    $(Column::$made => Slot::Apart,)*
                    $(Column::$raw => Slot::Apart,)*
                }
            }

            /// The value of a column; nothing where it is unknown, or no column of an event.
            pub(crate) fn held(&self, column: Column) -> Held<'_, 'a> {
                match column {
                    $(Column::$column => self.$field.held(),)*
                    $(Column::$key => Held::Nothing,)*
                    $(Column::$made => Held::Nothing,)*
                    $(Column::$raw => Held::Nothing,)*
                }
            }
        }
    };
}

crate::event_columns!(define);
