//! OTLP over gRPC: `Export` of `LogsService` and of `TraceService`.
//!
//! tonic does what gRPC adds to HTTP/2: the frame around a message, its compression, statuses in trailers. A
//! message stays undecoded here: [`Service`] reads it record by record, as it does for HTTP, so that
//! one record that is none costs no other.

use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::post;
use bytes::{Buf as _, BufMut as _, Bytes};
use fidoscope_events::OtlpSignal;
use http_body_util::Full;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};

use super::desk::{Desk, Tongue, media_type};
use super::http::{known_client, right_place};
use super::judgement::Judgement;
use super::refusal::{Reason, Refusal};
use super::service::{Content, Encoding, Service};
use super::workers::Work;

const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Bytes around a message: whether it is compressed, and its length.
const FRAME: usize = 5;

/// Everything that is answered on the port of gRPC.
pub(super) fn routes(desk: Desk) -> Router {
    let at = |signal: OtlpSignal| {
        post(move |State(desk): State<Desk>, request: Request| take(desk, signal, request))
    };
    Router::new()
        .route(LOGS, at(OtlpSignal::Logs))
        .route(TRACES, at(OtlpSignal::Traces))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(from_fn_with_state(desk.clone(), known_client))
        .layer(from_fn_with_state(desk.clone(), right_place))
        .with_state(desk)
}

async fn nowhere(State(desk): State<Desk>, request: Request) -> Response {
    let path = request.uri().path();
    let message = format!(
        "there is no {path}; this port takes exports of logs and traces over gRPC, the other one those over HTTP"
    );
    let refusal = Refusal::new(Reason::Path, message);
    desk.refuse(Tongue::of(request.headers()), &refusal)
}

async fn take(desk: Desk, signal: OtlpSignal, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let tongue = Tongue::of(&head.headers);
    if tongue != Tongue::Grpc {
        let kind = media_type(&head.headers);
        let message = format!("Content-Type: `{kind}` is not application/grpc");
        return desk.refuse(tongue, &Refusal::new(Reason::MediaType, message));
    }
    let limit = desk.reception.limit.saturating_add(FRAME);
    let worker = desk.clone();
    let work = |body| -> Work {
        let request = Request::from_parts(head, Full::new(body));
        Box::new(move |service| worker.export(service, signal, request))
    };
    let taken = desk.hand_in(body, limit, work).await;
    taken.unwrap_or_else(|refusal| desk.refuse(tongue, &refusal))
}

impl Desk {
    fn export(
        &self,
        service: &Service<'_>,
        signal: OtlpSignal,
        request: Request<Full<Bytes>>,
    ) -> Response {
        let (response, taken) = unary(service, signal, request);
        let fault = || Refusal::new(Reason::Fault, "the message could not be read");
        let Some(response) = response else {
            return self.refuse(Tongue::Grpc, &fault());
        };
        match taken {
            Some(Ok(judgement)) => {
                let content = Content::Otlp(signal, Encoding::Protobuf);
                let metrics = &self.reception.metrics;
                metrics.taken(self.protocol, content.label(), &judgement);
                response.map(Body::new)
            }
            Some(Err(refusal)) => self.refuse(Tongue::Grpc, &refusal),
            None => {
                let status = response.extensions().get::<Status>();
                let refusal = status.map_or_else(fault, |status| unread(status, service.limit));
                let told = self.refuse(Tongue::Grpc, &refusal);
                // tonic says with it what could be read instead.
                match refusal.reason {
                    Reason::Encoding => response.map(Body::new),
                    _ => told,
                }
            }
        }
    }
}

/// What became of the message of a call, if it came to the service.
type Taken = Option<Result<Judgement, Refusal>>;

/// Lets tonic take a call apart, and the service take its message.
fn unary(
    service: &Service<'_>,
    signal: OtlpSignal,
    request: Request<Full<Bytes>>,
) -> (Option<http::Response<tonic::body::Body>>, Taken) {
    let mut taken = None;
    let response = {
        let export = Export {
            service,
            signal,
            taken: &mut taken,
        };
        let mut grpc = Grpc::new(Undecoded)
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Zstd)
            .max_decoding_message_size(service.limit);
        // The whole body is here, and the service answers at once: there is nothing to wait for.
        let mut answered = pin!(grpc.unary(export, request));
        let mut context = Context::from_waker(Waker::noop());
        match answered.as_mut().poll(&mut context) {
            Poll::Ready(response) => Some(response),
            Poll::Pending => None,
        }
    };
    (response, taken)
}

/// Why a message did not come to the service.
fn unread(status: &Status, limit: usize) -> Refusal {
    match status.code() {
        Code::Unimplemented => Refusal::new(Reason::Encoding, status.message()),
        Code::OutOfRange | Code::ResourceExhausted => Refusal::too_large(limit),
        _ => Refusal::new(Reason::Unreadable, status.message()),
    }
}

/// `Export` of a signal, for one call.
struct Export<'c, 's> {
    service: &'c Service<'s>,
    signal: OtlpSignal,
    taken: &'c mut Taken,
}

impl UnaryService<Bytes> for Export<'_, '_> {
    type Response = Vec<u8>;
    type Future = Ready<Result<tonic::Response<Vec<u8>>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let content = Content::Otlp(self.signal, Encoding::Protobuf);
        let taken = self.service.take(content, request.get_ref());
        let answer = match &taken {
            Ok(judgement) => {
                let partial = judgement.partial(self.signal);
                // What is empty is a whole response.
                let message = partial.map(|partial| partial.to_protobuf());
                Ok(tonic::Response::new(message.unwrap_or_default()))
            }
            // It is told by the desk.
            Err(refusal) => Err(Status::new(refusal.reason.code(), "")),
        };
        *self.taken = Some(taken);
        ready(answer)
    }
}

/// The codec of messages that are bytes.
#[derive(Clone, Copy)]
struct Undecoded;

impl Codec for Undecoded {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Undecoded {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Undecoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
