//! Parts of a report beside its list.

use crate::Sheet;

/// A part of a report that people read; the formats for programs have the members instead.
#[derive(Clone, Debug, PartialEq)]
pub enum Section {
    /// A table under a headline.
    Table {
        /// The headline.
        title: String,
        /// The table.
        sheet: Sheet,
        /// Of what was left out.
        more: Option<String>,
    },
    /// The items of the list, where they stand among other sections.
    Items {
        /// The headline.
        title: String,
        /// How many there are.
        total: u64,
        /// How one sees those that are not shown.
        more: &'static str,
        /// Heads of columns that this report has no use for.
        without: &'static [&'static str],
    },
    /// Sentences.
    Text(Vec<String>),
}

/// All that a report says when its items are through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Closing {
    /// A sentence about all items.
    pub summary: String,
    /// What people read; without any the table of the items stands alone.
    pub sections: Vec<Section>,
    /// Sentences below the table of the items.
    pub below: Vec<String>,
    /// The table that people see in the place of the items' own.
    pub sheet: Option<Sheet>,
    /// A JSON object whose members stand behind the list.
    pub(crate) members: Option<String>,
}

impl Closing {
    /// A sentence about all items, and nothing more.
    #[must_use]
    pub fn said(summary: String) -> Self {
        Self {
            summary,
            ..Self::default()
        }
    }
}
