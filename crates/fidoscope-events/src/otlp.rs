//! Exports of OpenTelemetry logs and traces as the lines that mappings read: OTLP/JSON, a line at
//! most about a megabyte long unless one record is longer. Protobuf is translated record by record,
//! JSON is cut between its records.

use prost::Message as _;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

mod answer;
mod json;
mod lines;
mod messages;
#[cfg(test)]
mod tests;

pub use answer::OtlpPartialSuccess;
pub use json::otlp_json_lines;
pub use lines::{OtlpLimits, OtlpLines};

use lines::Writer;
use messages::{Export, LogRecord, Resources, Scopes, Span};

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpSignal {
    /// Log records.
    Logs,
    /// Spans.
    Traces,
}

impl OtlpSignal {
    const fn members(self) -> &'static Members {
        match self {
            Self::Logs => &Members {
                resources: "resourceLogs",
                scopes: "scopeLogs",
                records: "logRecords",
            },
            Self::Traces => &Members {
                resources: "resourceSpans",
                scopes: "scopeSpans",
                records: "spans",
            },
        }
    }
}

/// The names of the arrays of an export, from outside to inside.
#[derive(Debug)]
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
    /// A member has the name that it has in protobuf.
    #[error("{field}: the JSON of OTLP calls it {name}")]
    SnakeCase {
        /// The member.
        field: String,
        /// Its name in JSON.
        name: String,
    },
    /// Its lines would be longer than allowed.
    #[error("the export becomes more than {limit} bytes of JSON")]
    TooLarge {
        /// The bytes that are allowed.
        limit: usize,
    },
    /// A record is longer than any line that is read.
    #[error("{record} becomes a line of more than {limit} bytes")]
    LongRecord {
        /// Path of the record.
        record: String,
        /// The bytes that are allowed.
        limit: usize,
    },
}

impl OtlpError {
    /// Whether the export is only too much.
    #[must_use]
    pub const fn is_size(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::LongRecord { .. })
    }
}

/// Translates an export in protobuf to lines of OTLP/JSON. An export without records has no lines. A
/// record that is no message of its kind becomes an array of its bytes in base64 and of what is text in
/// them, which no mapping takes for a record.
pub fn otlp_protobuf_lines(
    signal: OtlpSignal,
    bytes: &[u8],
    limits: OtlpLimits,
) -> Result<OtlpLines, OtlpError> {
    let mut lines = Writer::new(signal.members(), limits);
    for resource in Export::decode(bytes)?.resources {
        let resource = Resources::decode(resource.as_slice())?;
        lines.resource(inner(&serde_json::to_string(&resource.head())?));
        for scope in &resource.scopes {
            let scope = Scopes::decode(scope.as_slice())?;
            lines.scope(inner(&serde_json::to_string(&scope.head())?));
            for record in &scope.records {
                lines.record(&translated(signal, record)?)?;
            }
        }
    }
    lines.finish()
}

fn translated(signal: OtlpSignal, record: &[u8]) -> Result<Vec<u8>, OtlpError> {
    let json = match signal {
        OtlpSignal::Logs => LogRecord::decode(record).map(|record| serde_json::to_vec(&record)),
        OtlpSignal::Traces => Span::decode(record).map(|record| serde_json::to_vec(&record)),
    };
    Ok(match json {
        Ok(json) => json?,
        Err(_) => {
            let text = String::from_utf8_lossy(record);
            serde_json::to_vec(&(messages::base64_of(record), text))?
        }
    })
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

impl Serialize for messages::AnyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_map(Some(0))?.end(),
        }
    }
}
