//! What the sender of an export is answered.

use prost::Message as _;
use serde_json::json;

use super::OtlpSignal;
use super::messages::{PartialSuccess, Response};

/// The answer to an export of which not everything was taken (OTLP 1.x, "Partial Success"): the
/// sender is not to send it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpPartialSuccess {
    /// What was exported.
    pub signal: OtlpSignal,
    /// Records that were not taken.
    pub rejected: u64,
    /// Why, for a person.
    pub message: String,
}

impl OtlpPartialSuccess {
    /// The answer as JSON, in which whole numbers of 64 bits are text.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let rejected = match self.signal {
            OtlpSignal::Logs => "rejectedLogRecords",
            OtlpSignal::Traces => "rejectedSpans",
        };
        let partial = json!({
            rejected: self.rejected.to_string(),
            "errorMessage": self.message,
        });
        json!({ "partialSuccess": partial })
            .to_string()
            .into_bytes()
    }

    /// The answer as protobuf.
    #[must_use]
    pub fn to_protobuf(&self) -> Vec<u8> {
        let partial = PartialSuccess {
            rejected: i64::try_from(self.rejected).unwrap_or(i64::MAX),
            error_message: self.message.clone(),
        };
        let response = Response {
            partial_success: Some(partial),
        };
        response.encode_to_vec()
    }
}
