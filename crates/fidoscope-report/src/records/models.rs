//! Authenticator models from metadata.

use super::{Document, optional};
use crate::sheet::{Cut, Sheet, Shown};
use crate::{Align, Cell, Model, Table};

impl Document {
    /// One line per model.
    #[must_use]
    pub fn models(models: &[Model]) -> Self {
        Self::new("models", models, table(models), sheet(models), "no models")
    }
}

fn table(models: &[Model]) -> Table {
    let columns = [
        "aaguid",
        "description",
        "status",
        "status_since",
        "level",
        "protocol",
        "events",
    ];
    let mut table = Table::with_columns(&columns);
    for model in models {
        table.rows.push(vec![
            Cell::Text(model.aaguid.clone()),
            optional(model.description.as_deref()),
            optional(model.status.as_deref()),
            optional(model.status_since.as_deref()),
            optional(model.level.as_deref()),
            optional(model.protocol.as_deref()),
            model.events.map_or(Cell::Null, super::whole),
        ]);
    }
    table
}

fn sheet(models: &[Model]) -> Sheet {
    let text = |value: &Option<String>| value.as_ref().map_or_else(Shown::unknown, Shown::plain);
    let counted = models.iter().any(|model| model.events.is_some());
    let mut sheet = Sheet::default()
        .column("aaguid", 0, Align::Left, Cut::Never)
        .column("model", 0, Align::Left, Cut::End)
        .column("status", 0, Align::Left, Cut::End)
        .column("since", 2, Align::Left, Cut::Never)
        .column("level", 3, Align::Left, Cut::Never)
        .column("protocol", 4, Align::Left, Cut::Never);
    if counted {
        sheet = sheet.column("events", 0, Align::Right, Cut::Never);
    }
    for model in models {
        let mut row = vec![
            Shown::plain(&model.aaguid),
            text(&model.description),
            text(&model.status),
            text(&model.status_since),
            text(&model.level),
            text(&model.protocol),
        ];
        if counted {
            row.push(
                model
                    .events
                    .map_or_else(Shown::unknown, |n| Shown::plain(crate::number::count(n))),
            );
        }
        sheet.rows.push(row);
    }
    sheet
}
