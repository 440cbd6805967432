//! Columns of a mapping file.

use serde_saphyr::{Location, Spanned};

use super::Compiler;
use crate::assign::Manner;
use crate::definition::{FieldDefinition, FieldMembers, TimeName, UnitName};
use crate::field::{Bit, Field, Flags, Reading};
use crate::time::TimeFormat;
use crate::{Column, Type};

const fn time_format(name: TimeName) -> TimeFormat {
    match name {
        TimeName::Rfc3339 => TimeFormat::Rfc3339,
        TimeName::Rfc3339OrNaiveUtc => TimeFormat::NaiveUtc,
        TimeName::UsTwelveHour => TimeFormat::UsTwelveHour,
        TimeName::EpochS => TimeFormat::EpochSeconds,
        TimeName::EpochMs => TimeFormat::EpochMillis,
        TimeName::EpochUs => TimeFormat::EpochMicros,
        TimeName::EpochNs => TimeFormat::EpochNanos,
    }
}

impl Compiler<'_, '_, '_> {
    pub(super) fn field(&mut self, column: Column, field: &FieldDefinition) -> Option<Field> {
        let FieldDefinition(members) = field;
        let time = members.time.map_or(TimeFormat::Rfc3339, time_format);
        let path = members.path.iter().chain(&members.first_of).next();
        Some(Field {
            column,
            reading: self.reading(members),
            manner: Manner {
                lenient: true,
                time,
            },
            other_times: members.or_time.iter().copied().map(time_format).collect(),
            path: path.map_or_else(|| column.name().to_owned(), |path| path.value.clone()),
            flags: self.flags(column, members)?,
            when: None,
        })
    }

    fn reading(&mut self, members: &FieldMembers) -> Reading {
        let paths = members.path.iter().chain(&members.first_of);
        Reading {
            slots: paths.filter_map(|path| self.slot(path)).collect(),
            unless: members.unless.clone(),
            capture: members
                .capture
                .as_ref()
                .and_then(|capture| self.pattern(&capture.value, capture.referenced)),
            map: members.map.as_ref().map(|map| {
                map.0
                    .iter()
                    .map(|(from, to)| (from.value.clone(), to.clone()))
                    .collect()
            }),
            scale: members.unit.map(|unit| match unit {
                UnitName::S => 1_000.0,
                UnitName::Ms => 1.0,
                UnitName::Us => 0.001,
                UnitName::Ns => 0.000_001,
            }),
            until: members.until.as_ref().and_then(|path| self.slot(path)),
        }
    }

    fn bit(&mut self, name: &Spanned<String>) -> Option<Bit> {
        let bit = Bit::of_name(&name.value);
        if bit.is_none() {
            let words = [
                "up", "uv", "be", "bs", "not_up", "not_uv", "not_be", "not_bs",
            ];
            self.problems.unknown_word(name, "flag", words.into_iter());
        }
        bit
    }

    fn flags(&mut self, column: Column, members: &FieldMembers) -> Option<Option<Flags>> {
        if column.holds() != Type::Flags {
            return Some(None);
        }
        let mut found = Vec::new();
        if let Some(fields) = &members.members {
            for (name, FieldDefinition(members)) in &fields.0 {
                if let Some(bit) = self.bit(name) {
                    found.push((bit, self.reading(members)));
                }
            }
            return Some(Some(Flags::Members(found)));
        }
        let (Some(tokens), Some(bits)) = (&members.tokens, &members.bits) else {
            let at = members
                .path
                .as_ref()
                .map_or(Location::UNKNOWN, |path| path.referenced);
            self.problems.flags_without_bits(at);
            return None;
        };
        let mut words = Vec::new();
        for (token, name) in &bits.0 {
            if let Some(bit) = self.bit(name) {
                words.push((token.value.clone(), bit));
            }
        }
        let strip = tokens.strip.chars().collect();
        Some(Some(Flags::Tokens {
            strip,
            split: tokens.split.clone(),
            bits: words,
        }))
    }
}
