//! The canonical event, `fidoscope.event.v1`: one row per thing that happened.
//!
//! `None` means that the source cannot say. A missing flag is never taken for false.

use std::borrow::Cow;

/// Text that is borrowed from the line where possible.
pub type Text<'a> = Cow<'a, str>;

macro_rules! define {
    (
        columns { $($column:ident $field:ident: $rust:ty, $storage:ident, $holds:ident, $given:ident, $unit:literal, $meaning:literal;)* }
        $($others:tt)*
    ) => {
        /// A canonical event. Field names are the column names of the event table.
        ///
        /// Times are microseconds since the Unix epoch, UTC.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Event<'a> {
            $(
                #[doc = $meaning]
                #[doc = ""]
                #[doc = $unit]
                pub $field: $rust,
            )*
        }
    };
}

crate::event_columns!(define);
