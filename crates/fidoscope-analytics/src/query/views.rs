//! Views over the event table.

use fidoscope_detect::Beside;
use fidoscope_slo::measure::predicate::{AUTHENTICATES, SIGNED};

use super::enriched::{beside, selected};

/// Each event with what is known about its credential: a sign-in that names no model has that of
/// the registration.
fn known() -> String {
    let columns: Vec<&str> = beside(Beside::Credential).map(|one| one.name()).collect();
    let filled = beside(Beside::Credential).filter(|one| !one.is_added());
    let filled: Vec<&str> = filled.map(|one| one.name()).collect();
    let of_row = columns.iter().map(|name| format!("{name} AS known_{name}"));
    let of_row = of_row.collect::<Vec<_>>().join(", ");
    format!(
        "CREATE OR REPLACE VIEW events_known AS
SELECT e.* EXCEPT ({}, own_key, own_raw),
  {}
FROM (
  SELECT source AS known_source, coalesce(
      arrow_cast(credential_id, 'BinaryView'), arrow_cast(credential_ref, 'BinaryView')
    ) AS known_key,
    credential_id IS NOT NULL AS known_raw, {of_row}
  FROM credentials
) RIGHT JOIN (
  SELECT *, coalesce(
      arrow_cast(credential_id, 'BinaryView'), arrow_cast(credential_ref, 'BinaryView')
    ) AS own_key,
    credential_id IS NOT NULL AS own_raw
  FROM events_once
) e ON e.source = known_source AND own_key = known_key AND own_raw = known_raw",
        filled.join(", "),
        selected(beside(Beside::Credential)),
    )
}

/// A column of text or bytes in one piece. What sorts and groups leaves a column of views into as many
/// buffers as it read, and each batch that a join makes of it would carry them all.
fn in_one_piece(column: &str, kind: &str) -> String {
    format!("arrow_cast(arrow_cast({column}, '{kind}'), '{kind}View')")
}

/// Events with what follows from those around them.
///
/// Only few columns of the events whose signature counts go through the window, the rest is joined
/// to them: sorting whole events would take the memory of the whole table. A join keeps its left side
/// in memory where it cannot tell which is smaller, so the events, which are the larger side and the
/// wider one, stand right. That a signature and the event have one credential says nothing new; it lets
/// a planner who is asked for some credentials look at no others.
fn counted(name: &str, events: &str) -> String {
    let text = |column: &str| in_one_piece(column, "Utf8");
    let bytes = |column: &str| in_one_piece(column, "Binary");
    let (source, event, credential) = (text("source"), text("event_id"), bytes("credential_id"));
    let (used_source, used_hash) = (text("source"), bytes("challenge_hash"));
    let (signed, authenticates) = (SIGNED.sql(), AUTHENTICATES.sql());
    let of_event = [Beside::Nothing, Beside::Signatures, Beside::Challenges];
    let added = selected(of_event.into_iter().flat_map(beside));
    format!(
        "CREATE OR REPLACE VIEW {name} AS
WITH signed AS (
  SELECT source, event_id, credential_id, sign_count, challenge_hash,
    lag(sign_count) OVER w AS before,
    lag(challenge_hash) OVER w AS challenge_before,
    lag(event_id) OVER w AS event_before
  FROM events_once
  WHERE sign_count IS NOT NULL AND credential_id IS NOT NULL
    AND {signed}
  WINDOW w AS (PARTITION BY source, credential_id ORDER BY ts, event_id)
), chain AS (
  SELECT {source} AS chain_source, {event} AS chain_event, {credential} AS chain_credential,
    before, arrow_cast(event_before, 'Utf8') AS event_before,
    arrow_cast(CASE
      WHEN before IS NULL THEN 'first'
      WHEN before = 0 AND sign_count = 0 THEN 'both_zero'
      WHEN sign_count > before THEN 'gt'
      WHEN sign_count < before AND sign_count = 0 THEN 'zero_drop'
      WHEN sign_count < before THEN 'lt'
      WHEN challenge_before IS NULL OR challenge_hash IS NULL THEN 'eq_unknown_challenge'
      WHEN challenge_before = challenge_hash THEN 'eq_same_challenge'
      ELSE 'eq_other_challenge'
    END, 'Utf8') AS relation
  FROM signed
), used AS (
  SELECT source, challenge_hash,
    count(*) FILTER (WHERE {authenticates}) AS uses
  FROM events_once
  WHERE challenge_hash IS NOT NULL
  GROUP BY source, challenge_hash
), challenge AS (
  SELECT {used_source} AS used_source, {used_hash} AS used_hash, uses FROM used
)
SELECT e.*,
  {added}
FROM challenge RIGHT JOIN (
  chain RIGHT JOIN {events} e ON e.source = chain_source AND e.event_id = chain_event
    AND e.credential_id = chain_credential
) ON e.source = used_source AND e.challenge_hash = used_hash"
    )
}

/// What happened with each credential, event by event.
const TIMELINE: &str = "
CREATE OR REPLACE VIEW credential_timeline AS
SELECT source, credential_id, credential_ref, ts, kind, outcome, failure_reason, user_id, rp_id,
  aaguid, authenticator_model, authenticator_level, attestation_trust, be, bs, uv, sign_count,
  counter_relation, client_ip, asn, geo_country, user_agent, event_id
FROM events_enriched
WHERE credential_id IS NOT NULL OR credential_ref IS NOT NULL
ORDER BY source, credential_id, credential_ref, ts, event_id";

/// Starts and ends joined, as they stood at the last event of the store: by then a start without an
/// end is abandoned or still pending. `orphan` says that there is no start, of a source that logs them.
fn ceremonies() -> String {
    let now = "(SELECT max(CAST(ts AS BIGINT)) FROM events)";
    let ledger = fidoscope_slo::ledger_sql_at("events_once", None, now);
    let time = |column: &str, name: &str| {
        format!("arrow_cast({column}, 'Timestamp(Microsecond, Some(\"UTC\"))') AS {name}")
    };
    let (started, ended) = (time("started_ts", "started"), time("ended_ts", "ended"));
    let closed = time("closed_ts", "closed");
    format!(
        "CREATE OR REPLACE VIEW ceremonies AS
SELECT source, ceremony, state, {started}, {ended}, {closed}, failure_reason, ceremony_id,
  challenge_hash, user_id, rp_id, credential_id, late, skewed,
  CASE WHEN max(CASE WHEN has_start THEN 1 ELSE 0 END) OVER (PARTITION BY source, ceremony) = 1
    THEN NOT has_start END AS orphan, events
FROM ({ledger})"
    )
}

/// Names of the views that rest on `events_once`.
const NAMES: [&str; 6] = [
    "ceremonies",
    "events_once",
    "events_known",
    "events_counted",
    "events_enriched",
    "credential_timeline",
];

/// Whether a query uses a view.
pub(super) fn are_in(sql: &str) -> bool {
    NAMES.iter().any(|name| sql.contains(name))
}

/// The statements that make the views that rest on `events_once`, in order.
pub(super) fn statements() -> [String; 5] {
    [
        known(),
        // The same without what credentials are known for, which costs a join.
        counted("events_counted", "events_once"),
        counted("events_enriched", "events_known"),
        TIMELINE.to_owned(),
        ceremonies(),
    ]
}
