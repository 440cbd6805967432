//! Columns and native keys: their names, and what is known about each.

use super::Type;

/// Who gives a column its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A native line must have it.
    Required,
    /// A native line may have it.
    Optional,
    /// A native line may have it raw, and columns are read from it; only `attestation_object` is
    /// kept beside them.
    Input,
    /// Decoding makes it.
    Derived,
    /// Ingest makes it; it is not in [`crate::Event`].
    Ingest,
    /// The name of a column that is made when somebody asks, or is to come.
    Reserved,
}

impl Given {
    /// Whether neither a native line nor a mapping may give it.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Derived | Self::Ingest | Self::Reserved)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The column.
    pub column: Column,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Type,
    /// Who gives it.
    pub given: Given,
    /// Unit or values.
    pub unit: &'static str,
    /// Meaning.
    pub meaning: &'static str,
}

impl ColumnInfo {
    /// Whether a decoded event can have it.
    #[must_use]
    pub const fn is_of_event(&self) -> bool {
        !matches!(self.given, Given::Ingest | Given::Reserved | Given::Input)
    }
}

macro_rules! define {
    (
        columns { $($column:ident $field:ident: $rust:ty, $storage:ident, $holds:ident, $given:ident, $unit:literal, $meaning:literal;)* }
        made { $($made:ident $made_name:ident: $made_holds:ident, $made_given:ident, $made_unit:literal, $made_meaning:literal;)* }
        hashed { $($key:ident $key_name:ident: $key_holds:ident into $hash:ident, $key_unit:literal, $key_meaning:literal;)* }
        raw { $($raw:ident $raw_name:ident: $raw_holds:ident, $raw_unit:literal, $raw_meaning:literal;)* }
    ) => {
        table! {
            $($column $field $holds $given $unit $meaning;)*
            $($made $made_name $made_holds $made_given $made_unit $made_meaning;)*
            $($key $key_name $key_holds Input $key_unit $key_meaning;)*
            $($raw $raw_name $raw_holds Input $raw_unit $raw_meaning;)*
        }

        impl Column {
            /// Whether the event table has it.
            #[must_use]
            pub const fn is_stored(self) -> bool {
                match self {
                    $(Self::$column => true,)*
                    $(Self::$made => matches!(Given::$made_given, Given::Ingest),)*
                    $(Self::$key => false,)*
                    $(Self::$raw => false,)*
                }
            }
        }
    };
}

macro_rules! table {
    ($($variant:ident $name:ident $holds:ident $given:ident $unit:literal $meaning:literal;)*) => {
        /// A column of the event table, or a key of a native line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Column {
            $(#[doc = $meaning] $variant,)*
        }

        /// All columns and native keys, in the order of the event table.
        pub static COLUMNS: &[ColumnInfo] = &[$(Column::$variant.info(),)*];

        impl Column {
            /// Its row of the table.
            #[must_use]
            pub const fn info(self) -> ColumnInfo {
                match self {
                    $(Self::$variant => ColumnInfo {
                        column: self,
                        name: stringify!($name),
                        holds: Type::$holds,
                        given: Given::$given,
                        unit: $unit,
                        meaning: $meaning,
                    },)*
                }
            }

            /// Name, as in SQL and in a native line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name),)* }
            }

            /// What it holds.
            #[must_use]
            pub const fn holds(self) -> Type {
                match self { $(Self::$variant => Type::$holds,)* }
            }

            /// Who gives it.
            #[must_use]
            pub const fn given(self) -> Given {
                match self { $(Self::$variant => Given::$given,)* }
            }

            /// The column of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

crate::event_columns!(define);

/// The keys of a native line are told apart by the bits of a number.
const _: () = assert!(COLUMNS.len() <= 128, "a column for each bit of a u128");

impl Column {
    /// How many of them the event table has.
    pub const STORED: u32 = {
        let (mut count, mut rest) = (0, COLUMNS);
        while let [info, more @ ..] = rest {
            if info.column.is_stored() {
                count += 1;
            }
            rest = more;
        }
        count
    };

    /// Its place in [`COLUMNS`].
    #[must_use]
    pub const fn place(self) -> u8 {
        #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u8) enum")]
        let place = self as u8;
        place
    }

    /// Raw bytes of a ceremony, from which columns are read.
    pub(crate) const fn is_raw(self) -> bool {
        self.holds().is_raw()
    }
}
