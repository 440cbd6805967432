//! What the receiver counts, for whoever watches it. Counts alone: nothing here tells of a person.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::judgement::Judgement;
use super::refusal::{Reason, Refusal};

/// Labels of a count, with their values.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// A protocol by which bodies come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Grpc,
}

impl Protocol {
    pub(super) const ALL: [Self; 2] = [Self::Http, Self::Grpc];

    const fn label(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// What is true at the moment of looking.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Now {
    /// Bytes that were accepted and are not in the store yet.
    pub(super) waiting: u64,
    /// Bytes that may wait.
    pub(super) limit: u64,
    /// Age in seconds of the oldest of them, at most.
    pub(super) lag: f64,
    /// Newcomers and known connections.
    pub(super) connections: (usize, usize),
}

/// The counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    accepted: Family<Labels<2>, Counter>,
    rejected: Family<Labels<2>, Counter>,
    refused: Family<Labels<2>, Counter>,
    stored: Counter,
    quarantined: Counter,
    failures: Counter,
    waiting: Gauge<u64, AtomicU64>,
    limit: Gauge<u64, AtomicU64>,
    lag: Gauge<f64, AtomicU64>,
    connections: Family<Labels<1>, Gauge>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("fidoscope_receiver"),
            accepted: Family::default(),
            rejected: Family::default(),
            refused: Family::default(),
            stored: Counter::default(),
            quarantined: Counter::default(),
            failures: Counter::default(),
            waiting: Gauge::default(),
            limit: Gauge::default(),
            lag: Gauge::default(),
            connections: Family::default(),
        };
        metrics.register();
        metrics.begin_at_zero();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "records_accepted",
            "Records that were accepted",
            self.accepted.clone(),
        );
        registry.register(
            "records_rejected",
            "Records of accepted bodies that cannot be read; they lie in quarantine",
            self.rejected.clone(),
        );
        registry.register(
            "requests_refused",
            "Requests of which nothing was taken",
            self.refused.clone(),
        );
        registry.register(
            "events_stored",
            "Events that came into the store",
            self.stored.clone(),
        );
        registry.register(
            "records_quarantined",
            "Records that came into quarantine",
            self.quarantined.clone(),
        );
        registry.register(
            "store_failures",
            "Attempts to store what waits that failed",
            self.failures.clone(),
        );
        registry.register_with_unit(
            "waiting",
            "What was accepted and is not in the store yet",
            Unit::Bytes,
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "waiting_limit",
            "What may wait before senders are told to come back later",
            Unit::Bytes,
            self.limit.clone(),
        );
        registry.register_with_unit(
            "lag",
            "Age of the oldest accepted record that is not in the store yet, at most",
            Unit::Seconds,
            self.lag.clone(),
        );
        registry.register(
            "connections",
            "Connections: new ones, which have sent no request yet that was let in, and known ones",
            self.connections.clone(),
        );
    }

    /// A count that is not there looks like one that cannot be: rates begin with a zero.
    fn begin_at_zero(&self) {
        for protocol in Protocol::ALL {
            for content in ["logs", "traces", "events"] {
                // Native lines have no place in gRPC.
                if (protocol, content) != (Protocol::Grpc, "events") {
                    let labels = labels(protocol, "signal", content);
                    drop(self.accepted.get_or_create(&labels));
                    drop(self.rejected.get_or_create(&labels));
                }
            }
            for reason in Reason::ALL {
                let labels = labels(protocol, "reason", reason.label());
                drop(self.refused.get_or_create(&labels));
            }
        }
    }

    /// A body was taken.
    pub(super) fn taken(&self, protocol: Protocol, content: &'static str, judgement: &Judgement) {
        let labels = labels(protocol, "signal", content);
        let (accepted, rejected) = (judgement.accepted, judgement.rejected);
        self.accepted.get_or_create(&labels).inc_by(accepted);
        self.rejected.get_or_create(&labels).inc_by(rejected);
    }

    /// A request was refused.
    pub(super) fn refused(&self, protocol: Protocol, refusal: &Refusal) {
        let labels = labels(protocol, "reason", refusal.reason.label());
        self.refused.get_or_create(&labels).inc();
    }

    /// So much has come into the store by now.
    pub(crate) fn stored(&self, events: u64, quarantined: u64) {
        let more = |counter: &Counter, total: u64| {
            counter.inc_by(total.saturating_sub(counter.get()));
        };
        more(&self.stored, events);
        more(&self.quarantined, quarantined);
    }

    /// What waits could not be stored.
    pub(crate) fn failed(&self) {
        self.failures.inc();
    }

    /// The counts as OpenMetrics text.
    pub(super) fn text(&self, now: &Now) -> String {
        self.waiting.set(now.waiting);
        self.limit.set(now.limit);
        self.lag.set(now.lag);
        for (state, count) in [("new", now.connections.0), ("known", now.connections.1)] {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            self.connections
                .get_or_create(&[("state", state)])
                .set(count);
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

const fn labels(protocol: Protocol, name: &'static str, value: &'static str) -> Labels<2> {
    [("protocol", protocol.label()), (name, value)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_open_metrics() {
        let metrics = Metrics::new();
        let judgement = Judgement {
            accepted: 7,
            rejected: 2,
            ..Judgement::default()
        };
        metrics.taken(Protocol::Grpc, "logs", &judgement);
        metrics.refused(Protocol::Http, &Refusal::new(Reason::Token, "no"));
        metrics.stored(5, 1);
        metrics.stored(7, 2);
        metrics.failed();
        let text = metrics.text(&Now {
            waiting: 10,
            limit: 100,
            lag: 1.5,
            connections: (2, 3),
        });
        // Labels come in no order.
        let (mut counts, words): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| !line.starts_with('#'));
        counts.sort_unstable();
        counts.retain(|count| !count.ends_with(" 0"));
        insta::assert_snapshot!([words.join("\n"), counts.join("\n")].join("\n"));
    }
}
