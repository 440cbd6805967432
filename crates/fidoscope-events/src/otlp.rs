//! Exports of OpenTelemetry logs and traces as the lines that mappings read: OTLP/JSON, a line at
//! most about a megabyte long. Protobuf is translated, JSON is checked and put on one line.

use std::collections::BTreeMap;
use std::fmt;

use prost::Message as _;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

mod messages;
#[cfg(test)]
mod tests;

use messages::{Export, LogRecord, Resources, Scopes, Span, Status};

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpSignal {
    /// Log records.
    Logs,
    /// Spans.
    Traces,
}

impl OtlpSignal {
    const fn members(self) -> Members {
        match self {
            Self::Logs => Members {
                resources: "resourceLogs",
                scopes: "scopeLogs",
                records: "logRecords",
            },
            Self::Traces => Members {
                resources: "resourceSpans",
                scopes: "scopeSpans",
                records: "spans",
            },
        }
    }
}

struct Members {
    resources: &'static str,
    scopes: &'static str,
    records: &'static str,
}

/// Why an export cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// It is not the protobuf message that it should be.
    #[error("{0}")]
    Protobuf(#[from] prost::DecodeError),
    /// It is not the JSON that it should be.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is no text in UTF-8.
    #[error("no text in UTF-8: {0}")]
    Text(#[from] std::str::Utf8Error),
    /// A member of the JSON is not what it should be.
    #[error("{field}: {reason}")]
    Member {
        /// The member.
        field: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Its lines would be longer than allowed.
    #[error("the export becomes more than {limit} bytes of JSON")]
    TooLarge {
        /// The bytes that are allowed.
        limit: usize,
    },
}

/// Records are put on one line until they have this many bytes.
const LINE: usize = 1 << 20;

/// Translates an export in protobuf to lines of OTLP/JSON, each with its line break; at most `limit`
/// bytes of them. An export without records has no lines.
pub fn otlp_lines(signal: OtlpSignal, bytes: &[u8], limit: usize) -> Result<Vec<u8>, OtlpError> {
    let members = signal.members();
    let mut lines = Lines {
        out: Vec::new(),
        records: 0,
        limit,
        members: &members,
    };
    for resource in Export::decode(bytes)?.resources {
        let resource = Resources::decode(resource.as_slice())?;
        let head = serde_json::to_string(&resource.head())?;
        for scope in &resource.scopes {
            let scope = Scopes::decode(scope.as_slice())?;
            let scope_head = serde_json::to_string(&scope.head())?;
            for record in &scope.records {
                let record = match signal {
                    OtlpSignal::Logs => serde_json::to_vec(&LogRecord::decode(record.as_slice())?),
                    OtlpSignal::Traces => serde_json::to_vec(&Span::decode(record.as_slice())?),
                };
                lines.add(&head, &scope_head, &record?)?;
            }
            lines.end()?;
        }
    }
    Ok(lines.out)
}

/// Checks an export in JSON and puts it on one line with its line break, or on none when it is
/// empty.
pub fn otlp_json_line(signal: OtlpSignal, bytes: &[u8]) -> Result<Vec<u8>, OtlpError> {
    let own = signal.members().resources;
    let text = std::str::from_utf8(bytes)?;
    let members: BTreeMap<String, Shape> = serde_json::from_str(text)?;
    let other = match signal {
        OtlpSignal::Logs => OtlpSignal::Traces.members().resources,
        OtlpSignal::Traces => OtlpSignal::Logs.members().resources,
    };
    let wrong = |field: &str, reason| {
        let field = field.to_owned();
        Err(OtlpError::Member { field, reason })
    };
    if members.contains_key(other) {
        return wrong(other, "belongs to the other signal");
    }
    match members.get(own) {
        None | Some(Shape::Array(0)) => return Ok(Vec::new()),
        Some(Shape::Array(_)) => {}
        Some(Shape::Other) => return wrong(own, "an array is expected"),
    }
    // A line break in JSON lies between its parts: inside of a string it is written as \n.
    let space = |byte: &u8| match byte {
        b'\n' | b'\r' => b' ',
        other => *other,
    };
    let mut line: Vec<u8> = bytes.iter().map(space).collect();
    line.push(b'\n');
    Ok(line)
}

/// The protobuf message with which a refusal is explained (`google.rpc.Status`).
#[must_use]
pub fn otlp_status(message: &str) -> Vec<u8> {
    /// `INVALID_ARGUMENT`; clients go by the status of HTTP.
    const CODE: i32 = 3;
    let status = Status {
        code: CODE,
        message: message.to_owned(),
    };
    status.encode_to_vec()
}

struct Lines<'m> {
    out: Vec<u8>,
    /// Bytes of the records on the open line; 0 when none is open.
    records: usize,
    limit: usize,
    members: &'m Members,
}

impl Lines<'_> {
    fn add(&mut self, resource: &str, scope: &str, record: &[u8]) -> Result<(), OtlpError> {
        if self.records == 0 {
            let Members {
                resources,
                scopes,
                records,
            } = self.members;
            let begin = format!(
                "{{\"{resources}\":[{{{resource}\"{scopes}\":[{{{scope}\"{records}\":[",
                resource = inner(resource),
                scope = inner(scope),
            );
            self.out.extend_from_slice(begin.as_bytes());
        } else {
            self.out.push(b',');
        }
        self.out.extend_from_slice(record);
        self.records += record.len().max(1);
        match self.records >= LINE {
            true => self.end(),
            false => self.check(),
        }
    }

    fn end(&mut self) -> Result<(), OtlpError> {
        if self.records > 0 {
            self.out.extend_from_slice(b"]}]}]}\n");
            self.records = 0;
        }
        self.check()
    }

    const fn check(&self) -> Result<(), OtlpError> {
        let limit = self.limit;
        match self.out.len() > limit {
            true => Err(OtlpError::TooLarge { limit }),
            false => Ok(()),
        }
    }
}

/// The members of an object as text, each followed by a comma.
fn inner(object: &str) -> String {
    let members = object
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match members.unwrap_or_default() {
        "" => String::new(),
        members => format!("{members},"),
    }
}

/// What a member is, without keeping it.
enum Shape {
    Array(usize),
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut count = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Shape::Array(count))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Shape::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }
}

impl Serialize for messages::AnyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_map(Some(0))?.end(),
        }
    }
}
