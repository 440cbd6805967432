//! OTLP over HTTP, native lines, and what probes ask.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use fidoscope_events::OtlpSignal;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::desk::{Desk, JSON, PROTOBUF, Tongue, answer, media_type};
use super::guests::Guest;
use super::judgement::Judgement;
use super::refusal::{Reason, Refusal};
use super::service::{Content, Encoding, Service};
use super::workers::Work;

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is posted somewhere.
#[derive(Clone, Copy)]
enum Place {
    Otlp(OtlpSignal),
    Events,
}

/// Everything that is answered on the port of HTTP.
pub(super) fn routes(desk: Desk) -> Router {
    let at = |place: Place| {
        post(move |State(desk): State<Desk>, request: Request| take(desk, place, request))
    };
    let posts = Router::new()
        .route("/v1/logs", at(Place::Otlp(OtlpSignal::Logs)))
        .route("/v1/traces", at(Place::Otlp(OtlpSignal::Traces)))
        .route("/v1/events", at(Place::Events))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_posted)
        .layer(from_fn_with_state(desk.clone(), known_client));
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .merge(posts)
        .layer(from_fn_with_state(desk.clone(), right_place))
        .with_state(desk)
}

/// Turns away what was sent to another name, or from a page of another place.
pub(super) async fn right_place(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match desk.reception.admission.place(&head) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(refusal) => desk.refuse(Tongue::of(&head.headers), &refusal),
    }
}

/// Turns away who does not know the token, and who finds no place.
pub(super) async fn known_client(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    let known = desk.reception.admission.client(&head).and_then(|()| {
        let guest = head.extensions.get::<Arc<Guest>>();
        match guest.is_none_or(|guest| guest.is_let_in()) {
            true => Ok(()),
            false => Err(Refusal::new(Reason::Connections, "too many connections")),
        }
    });
    match known {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(refusal) => desk.refuse(Tongue::of(&head.headers), &refusal),
    }
}

async fn nowhere(State(desk): State<Desk>, request: Request) -> Response {
    let path = request.uri().path();
    let message = format!("there is no {path}; there are /v1/logs, /v1/traces and /v1/events");
    let refusal = Refusal::new(Reason::Path, message);
    desk.refuse(Tongue::of(request.headers()), &refusal)
}

async fn not_posted(State(desk): State<Desk>, request: Request) -> Response {
    let message = format!("{} is not POST", request.method());
    let refusal = Refusal::new(Reason::Method, message);
    desk.refuse(Tongue::of(request.headers()), &refusal)
}

async fn healthz() -> Response {
    answer(TEXT, "alive\n")
}

async fn readyz(State(desk): State<Desk>) -> Response {
    let reception = &desk.reception;
    match reception.condition.obstacle(&reception.spool) {
        None => answer(TEXT, "ready\n"),
        Some(why) => {
            let mut response = answer(TEXT, format!("not ready: {why}\n"));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}

async fn metrics(State(desk): State<Desk>) -> Response {
    answer(OPEN_METRICS, desk.reception.metrics.text(&desk.now()))
}

async fn take(desk: Desk, place: Place, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let tongue = Tongue::of(&head.headers);
    let answered = async {
        let content = content(place, &head.headers)?;
        let coding = coding(&head.headers);
        let limit = desk.reception.limit;
        let worker = desk.clone();
        let work = |body| -> Work {
            Box::new(move |service| {
                let taken = work_on(service, content, &coding, body);
                worker.answer(tongue, content, taken)
            })
        };
        desk.hand_in(body, limit, work).await
    };
    match answered.await {
        Ok(response) => response,
        Err(refusal) => desk.refuse(tongue, &refusal),
    }
}

/// What a body is, by where it was posted and what it says of itself.
fn content(place: Place, headers: &HeaderMap) -> Result<Content, Refusal> {
    // None of those that a web page may send anywhere without being asked for it.
    const LINES: [&str; 3] = ["application/x-ndjson", "application/ndjson", JSON];
    let kind = media_type(headers);
    let other = |known: &str| {
        let message = format!("Content-Type: `{kind}` is {known}");
        Err(Refusal::new(Reason::MediaType, message))
    };
    match (place, Tongue::of(headers)) {
        (Place::Otlp(signal), Tongue::Protobuf) => Ok(Content::Otlp(signal, Encoding::Protobuf)),
        (Place::Otlp(signal), _) if kind == JSON => Ok(Content::Otlp(signal, Encoding::Json)),
        (Place::Otlp(_), _) => other(&format!("neither {JSON} nor {PROTOBUF}")),
        (Place::Events, _) if LINES.contains(&kind.as_str()) => Ok(Content::Events),
        (Place::Events, _) => other("not application/x-ndjson"),
    }
}

/// `Content-Encoding` in small letters; nothing where there is none.
fn coding(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    let coding = String::from_utf8_lossy(value.unwrap_or_default());
    match coding.trim().to_ascii_lowercase() {
        identity if identity == "identity" => String::new(),
        coding => coding,
    }
}

fn work_on(
    service: &Service<'_>,
    content: Content,
    coding: &str,
    body: bytes::Bytes,
) -> Result<Judgement, Refusal> {
    match coding {
        "" => service.take(content, &body),
        coding => {
            let unpacked = service.unpacked(coding, &body)?;
            drop(body);
            service.take(content, &unpacked)
        }
    }
}

impl Desk {
    /// Counts and tells what became of a body.
    fn answer(
        &self,
        tongue: Tongue,
        content: Content,
        taken: Result<Judgement, Refusal>,
    ) -> Response {
        let judgement = match taken {
            Ok(judgement) => judgement,
            Err(refusal) => return self.refuse(tongue, &refusal),
        };
        let metrics = &self.reception.metrics;
        metrics.taken(self.protocol, content.label(), &judgement);
        match content {
            Content::Otlp(signal, encoding) => exported(signal, encoding, &judgement),
            Content::Events => answer(JSON, lines(&judgement)),
        }
    }
}

fn exported(signal: OtlpSignal, encoding: Encoding, judgement: &Judgement) -> Response {
    // What is empty is a whole ExportLogsServiceResponse or ExportTraceServiceResponse.
    match (encoding, judgement.partial(signal)) {
        (Encoding::Protobuf, None) => answer(PROTOBUF, Vec::new()),
        (Encoding::Protobuf, Some(partial)) => answer(PROTOBUF, partial.to_protobuf()),
        (Encoding::Json, None) => answer(JSON, "{}"),
        (Encoding::Json, Some(partial)) => answer(JSON, partial.to_json()),
    }
}

fn lines(judgement: &Judgement) -> String {
    let answer = match judgement.rejected {
        0 => json!({ "accepted": judgement.accepted }),
        rejected => json!({
            "accepted": judgement.accepted,
            "rejected": rejected,
            "errorMessage": judgement.message(),
        }),
    };
    answer.to_string()
}
