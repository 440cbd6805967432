//! Why a file is no metadata BLOB.

use std::fmt;

/// The file cannot be opened as a BLOB. What is wrong with single entries is no error: they are
/// kept with their problems.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// Nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// A web page, as a proxy or a rate limit answers with.
    #[error("this is a web page, not a metadata BLOB; the download was answered by something else")]
    Html,
    /// JSON without an envelope.
    #[error(
        "this is plain JSON, not a metadata BLOB: a BLOB is a signed JWS of three base64url \
         segments, so nothing vouches for this file"
    )]
    PlainJson,
    /// Not three segments.
    #[error(
        "a compact JWS has three segments with a dot between them; found {found}{}",
        if *.found == 2 { " (is the file cut short?)" } else { "" }
    )]
    Segments {
        /// How many there are.
        found: usize,
    },
    /// A segment without content.
    #[error("the {segment} is empty")]
    EmptySegment {
        /// Which one.
        segment: Segment,
    },
    /// A segment that is not base64url.
    #[error("the {segment} is not base64url: {source}")]
    Base64Url {
        /// Which one.
        segment: Segment,
        /// What is wrong, with its offset in the segment.
        source: fidoscope_webauthn::base64url::Base64UrlError,
    },
    /// A segment that is not a JSON object.
    #[error(
        "the {segment} is not the JSON that belongs there: {}",
        in_words(source)
    )]
    Json {
        /// Which one.
        segment: Segment,
        /// What the parser said, with line and column in the decoded segment.
        source: serde_json::Error,
    },
    /// A header member of another type than RFC 7515 gives it.
    #[error("header member `{member}` has the wrong type")]
    HeaderMember {
        /// Its name.
        member: String,
    },
    /// A certificate of the header that is not base64.
    #[error("`x5c[{index}]` of the header is not base64")]
    HeaderCertificate {
        /// Its position.
        index: usize,
    },
    /// More of something than any BLOB has; reading on would cost memory without end.
    #[error("{pointer}: more than {limit} {what} in one BLOB; the live service has {live}")]
    TooMany {
        /// Where the limit is passed, as a JSON pointer into the payload.
        pointer: String,
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: usize,
        /// How many the live service has, about.
        live: &'static str,
    },
    /// A payload without a list of entries.
    #[error("the payload has no list `entries`")]
    NoEntries,
}

/// What is wrong with a JSON text, and where.
fn in_words(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("it ends at {place}, before its last bracket is closed"),
        Category::Syntax => format!("no JSON continues so at {place}"),
        Category::Data | Category::Io => "it is no object".to_owned(),
    }
}

/// A part of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header (first segment)",
            Self::Payload => "payload (second segment)",
            Self::Signature => "signature (third segment)",
        })
    }
}

/// Something in the payload that is not as the Metadata Service specifies; nothing is dropped
/// because of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON pointer into the payload.
    pub pointer: String,
    /// What.
    pub message: String,
}

/// What was noticed while a payload was read.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// What is missing now, as it could not be read.
    pub(crate) unread: Vec<Problem>,
    /// What was read all the same.
    pub(crate) odd: Vec<Problem>,
}

impl Problems {
    pub(crate) fn unread(&mut self, pointer: String, message: impl Into<String>) {
        self.unread.push(Problem {
            pointer,
            message: message.into(),
        });
    }

    pub(crate) fn odd(&mut self, pointer: String, message: impl Into<String>) {
        self.odd.push(Problem {
            pointer,
            message: message.into(),
        });
    }
}
