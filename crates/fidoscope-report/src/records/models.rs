//! Authenticator models from metadata.

use crate::{Cell, Field, Model, Record};

impl Record for Model {
    const NAME: &'static str = "models";
    const EMPTY: &'static str = "no models";

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::word("aaguid", |model: &Self| Cell::from(&model.aaguid)),
            Field::text("description", |model: &Self| {
                Cell::known(model.description.as_deref())
            })
            .head("model"),
            Field::text("status", |model: &Self| {
                Cell::known(model.status.as_deref())
            }),
            Field::word("status_since", |model: &Self| {
                Cell::known(model.status_since.as_deref())
            })
            .head("since")
            .rank(2),
            Field::word("level", |model: &Self| Cell::known(model.level.as_deref())).rank(3),
            Field::word("protocol", |model: &Self| {
                Cell::known(model.protocol.as_deref())
            })
            .rank(4),
            Field::number("events", |model: &Self| Cell::known(model.events)).optional(),
        ]
    }

    fn view() -> &'static [&'static str] {
        &[
            "aaguid",
            "description",
            "status",
            "status_since",
            "level",
            "protocol",
            "events",
        ]
    }

    fn id(&self) -> Option<String> {
        Some(self.aaguid.clone())
    }
}
