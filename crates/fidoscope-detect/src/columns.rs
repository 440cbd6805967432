//! The columns that rules may use.

use std::sync::LazyLock;

use fidoscope_events::{COLUMNS, Column, ColumnType};

use crate::Enrichment;

/// A column that a rule may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Name in the event table or view.
    pub name: &'static str,
    /// Type.
    pub column_type: ColumnType,
    /// Meaning.
    pub meaning: &'static str,
}

impl ColumnDef {
    fn of_event(column: Column) -> Option<Self> {
        Some(Self {
            name: column.name(),
            column_type: column.holds().compared()?,
            meaning: column.info().meaning,
        })
    }

    fn of_enrichment(enrichment: Enrichment) -> Self {
        Self {
            name: enrichment.name(),
            column_type: enrichment.column_type(),
            meaning: enrichment.meaning(),
        }
    }

    /// Whether it is a column of the event table, which says itself what is in it.
    #[must_use]
    pub fn is_of_event(&self) -> bool {
        Column::from_name(self.name).is_some_and(Column::is_stored)
    }
}

/// Every column that a rule may use: those of the event table, then those that enrichment adds.
#[must_use]
pub fn columns() -> &'static [ColumnDef] {
    static ALL: LazyLock<Vec<ColumnDef>> = LazyLock::new(|| {
        let stored = COLUMNS.iter().filter(|info| info.column.is_stored());
        let of_event = stored.filter_map(|info| ColumnDef::of_event(info.column));
        let added = Enrichment::ALL.iter().copied().filter(|one| one.is_added());
        of_event
            .chain(added.map(ColumnDef::of_enrichment))
            .collect()
    });
    &ALL
}

/// The column of this name.
#[must_use]
pub fn column(name: &str) -> Option<ColumnDef> {
    columns().iter().copied().find(|column| column.name == name)
}
