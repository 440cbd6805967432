//! An export in JSON, cut between its records.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::Writer;
use super::{Members, OtlpError, OtlpLimits, OtlpLines, OtlpSignal};
use crate::mended::{Mended, offset_of};

/// Members of exports, resources, scopes and records of which something depends, by their names in protobuf
/// and in JSON. In the JSON of protobuf both mean the same; that of OTLP knows the second alone, and says
/// that members of unknown names are passed over: an export that is written by a library for any protobuf
/// would be nothing at all, and its sender be told that it was taken.
const SNAKE_CASE: [(&str, &str); 12] = [
    ("resource_logs", "resourceLogs"),
    ("resource_spans", "resourceSpans"),
    ("scope_logs", "scopeLogs"),
    ("scope_spans", "scopeSpans"),
    ("log_records", "logRecords"),
    ("time_unix_nano", "timeUnixNano"),
    ("observed_time_unix_nano", "observedTimeUnixNano"),
    ("event_name", "eventName"),
    ("start_time_unix_nano", "startTimeUnixNano"),
    ("end_time_unix_nano", "endTimeUnixNano"),
    ("trace_id", "traceId"),
    ("span_id", "spanId"),
];

/// Cuts an export in JSON into lines. Records stay as they are written, so that what is wrong with one
/// of them is wrong with that one; the arrays around them must be sound. An export without records has
/// no lines.
pub fn otlp_json_lines(
    signal: OtlpSignal,
    bytes: &[u8],
    limits: OtlpLimits,
) -> Result<OtlpLines, OtlpError> {
    let members = signal.members();
    let other = match signal {
        OtlpSignal::Logs => OtlpSignal::Traces.members().resources,
        OtlpSignal::Traces => OtlpSignal::Logs.members().resources,
    };
    let source = Source {
        bytes,
        mended: Mended::new(bytes),
    };
    let export: Object<'_> = serde_json::from_str(&source.mended.text)?;
    if export.0.iter().any(|(name, _)| name == other) {
        return Err(wrong(other, "belongs to the other signal"));
    }
    let mut cut = Cut {
        source: &source,
        members,
        lines: Writer::new(members, limits),
        in_records: 0,
    };
    cut.export(&export)?;
    // Outside of records nothing may be damaged.
    if cut.in_records < source.mended.damaged() {
        std::str::from_utf8(bytes)?;
    }
    cut.lines.finish()
}

/// An export on its way to lines.
struct Cut<'s, 'b> {
    source: &'s Source<'b>,
    members: &'static Members,
    lines: Writer,
    /// Damaged bytes inside of records.
    in_records: usize,
}

impl Cut<'_, '_> {
    fn export(&mut self, export: &Object<'_>) -> Result<(), OtlpError> {
        let name = self.members.resources;
        export.check_names("")?;
        for (index, text) in export.elements(name, name)?.into_iter().enumerate() {
            self.resource(text, &format!("{name}[{index}]"))?;
        }
        Ok(())
    }

    fn resource(&mut self, text: &RawValue, path: &str) -> Result<(), OtlpError> {
        let Members { scopes, .. } = self.members;
        let resource = Object::read(text, path)?;
        resource.check_names(path)?;
        self.lines.resource(resource.head(scopes)?);
        let path = format!("{path}.{scopes}");
        for (index, text) in resource.elements(scopes, &path)?.into_iter().enumerate() {
            self.scope(text, &format!("{path}[{index}]"))?;
        }
        Ok(())
    }

    fn scope(&mut self, text: &RawValue, path: &str) -> Result<(), OtlpError> {
        let Members { records, .. } = self.members;
        let scope = Object::read(text, path)?;
        scope.check_names(path)?;
        self.lines.scope(scope.head(records)?);
        let path = format!("{path}.{records}");
        for (index, record) in scope.elements(records, &path)?.into_iter().enumerate() {
            // What is no object is rejected by itself, with its place.
            if let Ok(record) = serde_json::from_str::<Object<'_>>(record.get()) {
                record.check_names(&format!("{path}[{index}]"))?;
            }
            self.in_records += self.source.mended.damaged_in(record.get());
            self.lines.record(self.source.bytes_of(record))?;
        }
        Ok(())
    }
}

/// The body, and its text in which what is no UTF-8 is replaced.
struct Source<'b> {
    bytes: &'b [u8],
    mended: Mended<'b>,
}

impl<'b> Source<'b> {
    /// The bytes of a part of the text, as they came.
    fn bytes_of<'t>(&'t self, part: &'t RawValue) -> &'t [u8] {
        let text = part.get();
        let found = offset_of(text, &self.mended.text)
            .and_then(|start| self.bytes.get(start..start + text.len()));
        found.unwrap_or(text.as_bytes())
    }
}

fn wrong(field: &str, reason: &'static str) -> OtlpError {
    OtlpError::Member {
        field: field.to_owned(),
        reason,
    }
}

/// The members of an object, as they are written.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    fn read(text: &'a RawValue, path: &str) -> Result<Self, OtlpError> {
        serde_json::from_str(text.get()).map_err(|_| wrong(path, "an object is expected"))
    }

    /// Refuses members that are named as in protobuf.
    fn check_names(&self, path: &str) -> Result<(), OtlpError> {
        let found = self.0.iter().find_map(|(name, _)| {
            let known = SNAKE_CASE.iter().find(|(snake_case, _)| name == snake_case);
            known.copied()
        });
        let Some((snake_case, name)) = found else {
            return Ok(());
        };
        let dot = if path.is_empty() { "" } else { "." };
        Err(OtlpError::SnakeCase {
            field: format!("{path}{dot}{snake_case}"),
            name: name.to_owned(),
        })
    }

    /// The elements of the array of a name. In the JSON of protobuf `null` is one without elements.
    fn elements(&self, name: &str, path: &str) -> Result<Vec<&'a RawValue>, OtlpError> {
        let mut elements = Vec::new();
        for (_, value) in self.0.iter().filter(|(known, _)| known == name) {
            let found: Option<Vec<&RawValue>> = serde_json::from_str(value.get())
                .map_err(|_| wrong(path, "an array is expected"))?;
            elements.extend(found.into_iter().flatten());
        }
        Ok(elements)
    }

    /// All members but those of a name, each with a comma behind it.
    fn head(&self, but: &str) -> Result<String, OtlpError> {
        let mut head = String::new();
        for (name, value) in self.0.iter().filter(|(name, _)| name != but) {
            head.push_str(&serde_json::to_string(name)?);
            head.push(':');
            head.push_str(value.get());
            head.push(',');
        }
        Ok(head)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor).map(Object)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        // Names may have escapes in them.
        while let Some((name, value)) = members.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            all.push((name, value));
        }
        Ok(all)
    }
}
