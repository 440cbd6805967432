//! Why a request is not taken, and what that is called in HTTP and in gRPC.

use std::time::Duration;

use http::StatusCode;
use tonic::Code;

/// After how long a sender is to try again, where that may help.
pub(super) const RETRY: Duration = Duration::from_secs(5);

/// What kind of refusal it is; the receiver counts them by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// The headers make no request.
    Malformed,
    /// It was sent to a name that is none of this machine.
    Host,
    /// A page of another place has sent it.
    Origin,
    /// Without the token.
    Token,
    /// Nothing is there.
    Path,
    /// Not the method that is taken there.
    Method,
    /// The body is of a type that is not read.
    MediaType,
    /// It is packed in a way that is not read.
    Encoding,
    /// It is larger than allowed.
    TooLarge,
    /// It came too slowly.
    Slow,
    /// Nothing of it can be read.
    Unreadable,
    /// As many clients as allowed are here.
    Connections,
    /// More bodies are on their way than fit.
    Busy,
    /// So much waits for the store that no more is taken.
    Full,
    /// The disk.
    Disk,
    /// A mistake of this program.
    Fault,
}

/// A reason as its label, its status of HTTP, its code of gRPC, and whether it passes.
struct Names(&'static str, StatusCode, Code, bool);

impl Reason {
    pub(super) const ALL: [Self; 16] = [
        Self::Malformed,
        Self::Host,
        Self::Origin,
        Self::Token,
        Self::Path,
        Self::Method,
        Self::MediaType,
        Self::Encoding,
        Self::TooLarge,
        Self::Slow,
        Self::Unreadable,
        Self::Connections,
        Self::Busy,
        Self::Full,
        Self::Disk,
        Self::Fault,
    ];

    /// OTLP/gRPC lets senders repeat what ends with `OUT_OF_RANGE`, `ABORTED` or `UNAVAILABLE`, and
    /// `RESOURCE_EXHAUSTED` where a delay is said; what will not pass must be none of these.
    const fn names(self) -> Names {
        use Code::{
            DeadlineExceeded, Internal, InvalidArgument, PermissionDenied, ResourceExhausted,
            Unauthenticated, Unavailable, Unimplemented,
        };
        use StatusCode as Http;
        match self {
            Self::Malformed => Names("malformed", Http::BAD_REQUEST, InvalidArgument, false),
            Self::Host => Names("host", Http::FORBIDDEN, PermissionDenied, false),
            Self::Origin => Names("origin", Http::FORBIDDEN, PermissionDenied, false),
            Self::Token => Names("token", Http::UNAUTHORIZED, Unauthenticated, false),
            Self::Path => Names("path", Http::NOT_FOUND, Unimplemented, false),
            Self::Method => Names("method", Http::METHOD_NOT_ALLOWED, Unimplemented, false),
            Self::MediaType => Names(
                "media_type",
                Http::UNSUPPORTED_MEDIA_TYPE,
                Unimplemented,
                false,
            ),
            Self::Encoding => Names(
                "encoding",
                Http::UNSUPPORTED_MEDIA_TYPE,
                Unimplemented,
                false,
            ),
            Self::TooLarge => Names("too_large", Http::PAYLOAD_TOO_LARGE, InvalidArgument, false),
            Self::Slow => Names("slow", Http::REQUEST_TIMEOUT, DeadlineExceeded, false),
            Self::Unreadable => Names("unreadable", Http::BAD_REQUEST, InvalidArgument, false),
            Self::Connections => Names(
                "connections",
                Http::TOO_MANY_REQUESTS,
                ResourceExhausted,
                true,
            ),
            Self::Busy => Names("busy", Http::TOO_MANY_REQUESTS, ResourceExhausted, true),
            Self::Full => Names("full", Http::TOO_MANY_REQUESTS, ResourceExhausted, true),
            Self::Disk => Names("disk", Http::SERVICE_UNAVAILABLE, Unavailable, true),
            Self::Fault => Names("fault", Http::INTERNAL_SERVER_ERROR, Internal, false),
        }
    }

    /// What it is counted as.
    pub(super) const fn label(self) -> &'static str {
        self.names().0
    }

    pub(super) const fn status(self) -> StatusCode {
        self.names().1
    }

    pub(super) const fn code(self) -> Code {
        self.names().2
    }

    /// After how long another attempt may end otherwise.
    pub(super) const fn retry(self) -> Option<Duration> {
        match self.names().3 {
            true => Some(RETRY),
            false => None,
        }
    }
}

/// A refusal, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    /// One of a body with more than so many bytes.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(
            Reason::TooLarge,
            format!("the body has more than {limit} bytes"),
        )
    }
}
