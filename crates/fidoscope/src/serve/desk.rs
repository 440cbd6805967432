//! What a request goes through, whichever protocol it is of: where it was sent, who sent it, its
//! body, and a thread that takes it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::admission::Admission;
use super::condition::Condition;
use super::guests::Guests;
use super::metrics::{Metrics, Now, Protocol};
use super::refusal::{Reason, Refusal};
use super::spool::Spool;
use super::workers::{self, Jobs, Work};

/// A body must be here, and a thread have it, this long after its head.
const REQUEST: Duration = Duration::from_secs(30);

/// Bodies that may be held at a time, where they are as large as allowed.
const BODIES: usize = 16;

/// Bytes of bodies that may be held at a time, at least.
const HELD: usize = 64 << 20;

pub(super) const JSON: &str = "application/json";
pub(super) const PROTOBUF: &str = "application/x-protobuf";

/// What all desks share.
pub(crate) struct Reception {
    pub(crate) admission: Admission,
    /// Bytes of a body at most.
    pub(crate) limit: usize,
    pub(crate) spool: Arc<Spool>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) condition: Arc<Condition>,
    pub(super) guests: Arc<Guests>,
    /// Bytes of bodies that may still be taken in.
    pub(super) room: Arc<Semaphore>,
    pub(super) jobs: Jobs,
}

/// The semaphore that counts the bytes of bodies in memory.
pub(super) fn room(limit: usize) -> Arc<Semaphore> {
    let bytes = limit.saturating_mul(BODIES).max(HELD);
    Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)))
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    Json,
    Protobuf,
    Grpc,
}

impl Tongue {
    /// The one of a request.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match media_type(headers).as_str() {
            PROTOBUF | "application/protobuf" => Self::Protobuf,
            grpc if grpc.starts_with("application/grpc") => Self::Grpc,
            _ => Self::Json,
        }
    }
}

/// `Content-Type` without its parameters, in small letters.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let value = String::from_utf8_lossy(value.unwrap_or_default());
    let kind = value.split(';').next().unwrap_or_default().trim();
    kind.to_ascii_lowercase()
}

/// Where the requests of one protocol are answered.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) reception: Arc<Reception>,
    pub(super) protocol: Protocol,
}

impl Desk {
    /// Reads a body and lets a thread work on it.
    pub(super) async fn hand_in(
        &self,
        body: Body,
        limit: usize,
        work: impl FnOnce(Bytes) -> Work,
    ) -> Result<Response, Refusal> {
        let deadline = Instant::now() + REQUEST;
        let (body, held) = self.read(body, limit, deadline).await?;
        let busy = || Refusal::new(Reason::Busy, "too many bodies wait to be read");
        let place = timeout_at(deadline, self.reception.jobs.place()).await;
        let place = place.ok().flatten().ok_or_else(busy)?;
        let work = work(body);
        let answer = workers::put(
            place,
            Box::new(move |service| {
                let answer = work(service);
                drop(held);
                answer
            }),
        );
        // From here on the disk decides how long it takes, and the answer says what became of it.
        answer
            .await
            .map_err(|_| Refusal::new(Reason::Fault, "the body could not be worked on"))
    }

    /// Reads a body, with the room that it takes up.
    async fn read(
        &self,
        body: Body,
        limit: usize,
        deadline: Instant,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
        let expected = body.size_hint().lower();
        if expected > u64::try_from(limit).unwrap_or(u64::MAX) {
            return Err(Refusal::too_large(self.reception.limit));
        }
        let mut body = Limited::new(body, limit);
        let mut bytes = BytesMut::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        let late = |_| Refusal::new(Reason::Slow, "the request did not come to its end");
        while let Some(frame) = timeout_at(deadline, body.frame()).await.map_err(late)? {
            let frame = frame.map_err(|error| match error.is::<LengthLimitError>() {
                true => Refusal::too_large(self.reception.limit),
                false => Refusal::new(Reason::Malformed, "the body did not come to its end"),
            })?;
            // A trailer is passed over.
            if let Ok(data) = frame.into_data() {
                self.hold(&mut held, data.len())?;
                bytes.extend_from_slice(&data);
            }
        }
        Ok((bytes.freeze(), held))
    }

    /// Takes room for more bytes. A slow client holds what it has sent, and no more.
    fn hold(&self, held: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> Result<(), Refusal> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.reception.room).try_acquire_many_owned(bytes);
        let Ok(more) = more else {
            return Err(Refusal::new(
                Reason::Busy,
                "too many bodies are on their way",
            ));
        };
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }

    /// What is true now, for the counts.
    pub(super) fn now(&self) -> Now {
        let Reception { spool, guests, .. } = &*self.reception;
        Now {
            waiting: spool.waiting(),
            limit: spool.limit(),
            lag: spool.lag().as_secs_f64(),
            connections: guests.count(),
        }
    }

    /// Counts a refusal and tells it.
    pub(super) fn refuse(&self, tongue: Tongue, refusal: &Refusal) -> Response {
        self.reception.metrics.refused(self.protocol, refusal);
        let Refusal { reason, message } = refusal;
        let details = match reason.retry() {
            Some(delay) => ErrorDetails::with_retry_info(Some(delay)),
            None => ErrorDetails::new(),
        };
        let status = tonic::Status::with_error_details(reason.code(), message, details);
        let mut response = match tongue {
            Tongue::Grpc => return status.into_http(),
            // OTLP/HTTP answers with the same message, `google.rpc.Status`.
            Tongue::Protobuf => answer(PROTOBUF, Bytes::copy_from_slice(status.details())),
            Tongue::Json => {
                let body = json!({ "code": i32::from(reason.code()), "message": message });
                answer(JSON, body.to_string())
            }
        };
        *response.status_mut() = reason.status();
        let headers = response.headers_mut();
        if let Some(delay) = reason.retry() {
            headers.insert(RETRY_AFTER, HeaderValue::from(delay.as_secs()));
        }
        match reason {
            Reason::Token => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Reason::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("POST"));
            }
            _ => {}
        }
        response
    }
}

/// An answer that something was done.
pub(super) fn answer(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
