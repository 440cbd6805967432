//! The ledger of ceremonies: starts joined with their ends.
//!
//! The SQL keeps to `coalesce` where `IS TRUE` would do: DataFusion 55 plans a column of `IS TRUE`
//! as never null, simplifies it to one that may be, and then stops at the difference.

use chrono::{DateTime, Utc};

use crate::measure::predicate::{
    COMPLETES, EXPLAINS, FAILS, LEAVES, MISTRUSTS_SIGNATURE, Predicate, REGISTERS,
    REJECTS_ATTESTATION, STARTS,
};

/// Timeout of a ceremony whose source does not log one: the default of WebAuthn L3 §5.4 is
/// 300 seconds (§15.1, recommended range 300 to 600 seconds).
pub const DEFAULT_TIMEOUT_MS: i64 = 300_000;

/// Longest timeout that is believed, WebAuthn L3 §15.1.
pub const MAX_TIMEOUT_MS: i64 = 600_000;

/// Time that an answer may take beyond the timeout before its start counts as abandoned.
pub const GRACE_MS: i64 = 30_000;

/// SQL that makes one row per ceremony of the rows of `events` (a table or subquery in brackets).
///
/// Columns: `source`; `ceremony` (`create` or `get`); `group_value` (of `by`, an SQL expression
/// that gives text: the end's value, else the start's); `has_start`; `has_end`; `state`;
/// `explained`, `attestation_rejected`, `signature_failed`; `closed_ts` (microseconds since the
/// epoch: the time of the end, or when the timeout had passed, or the start of what is still open);
/// `ceremony_id`, `challenge_hash`, `user_id`, `rp_id`, `credential_id`, `failure_reason`;
/// `started_ts`, `ended_ts` (microseconds since the epoch); `late`: it ended after its timeout and
/// grace; `skewed`: its end is logged before its start; `events`: how many it has.
///
/// `state` is `completed` when any event of the ceremony says so, else `failed`, else `abandoned`
/// when a source says so or the timeout passed before `now`, else `pending`. A start with
/// conditional mediation never ages (its timer is infinite, WebAuthn L3 §5.1.4): without an end it
/// is `left_out`. Events belong together by `ceremony_id`, else by challenge; an end without
/// either is a ceremony of its own, a start without either is not counted. `challenge.issued` and
/// `ceremony.abandoned` that name no ceremony are taken for authentications.
///
/// The window is chosen afterwards, by `closed_ts`; `events` must reach back from the window by
/// the longest timeout and grace, 630 seconds.
#[must_use]
pub fn ledger_sql(events: &str, by: Option<&str>, now: DateTime<Utc>) -> String {
    ledger_sql_at(events, by, &now.timestamp_micros().to_string())
}

/// The same as it stood at the last of some events: `now` is an SQL expression that gives
/// microseconds since the epoch.
#[must_use]
pub fn ledger_sql_at(events: &str, by: Option<&str>, now: &str) -> String {
    let group = by.unwrap_or("CAST(NULL AS VARCHAR)");
    ledger_sql_of(events, &[("group_value", group)], &[], now)
}

/// The same with several groups, each a name and its expression, and with columns of `events` whose
/// values are kept apart as if each had a ledger of its own. They are columns of the ledger too, and
/// `now` may be made of them.
#[must_use]
pub fn ledger_sql_of(events: &str, groups: &[(&str, &str)], apart: &[&str], now: &str) -> String {
    let list = |each: &dyn Fn(&str, &str) -> String| -> String {
        groups.iter().map(|(name, sql)| each(name, sql)).collect()
    };
    let keys: String = apart.iter().map(|column| format!("{column}, ")).collect();
    let marked = list(&|name, sql| format!(",\n    {sql} AS {name}"));
    let joined = list(&|name, _| {
        format!(
            "coalesce(max({name}) FILTER (WHERE NOT starts),
      max({name}) FILTER (WHERE starts)) AS {name},\n    "
        )
    });
    let named = list(&|name, _| format!("{name}, "));
    let ceremonial = Predicate::any_kind_of(&[STARTS, COMPLETES, FAILS, LEAVES]);
    let [starts, completes, fails, leaves] = [STARTS, COMPLETES, FAILS, LEAVES].map(|of| of.sql());
    let [registers, explains, rejects, mistrusts] = [
        REGISTERS,
        EXPLAINS,
        REJECTS_ATTESTATION,
        MISTRUSTS_SIGNATURE,
    ]
    .map(|of| of.sql());
    format!(
        "WITH marked AS (
  SELECT {keys}source,
    CASE WHEN {registers} OR ceremony = 'create' THEN 'create' ELSE 'get' END AS ceremony,
    ceremony_id,
    CASE WHEN ceremony_id IS NULL THEN challenge_hash END AS challenge,
    CASE WHEN ceremony_id IS NULL AND challenge_hash IS NULL THEN event_id END AS single,
    CAST(ts AS BIGINT) AS at,
    {starts} AS starts,
    {completes} AS completes,
    {fails} AS fails,
    {leaves} AS leaves,
    coalesce(conditional_ui, false) AS conditional,
    ceremony_timeout_ms AS timeout,
    {explains} AS explains,
    {rejects} AS rejects,
    {mistrusts} AS mistrusts,
    user_id, rp_id, credential_id, failure_reason{marked}
  FROM {events}
  WHERE {ceremonial}
    AND NOT ({starts} AND ceremony_id IS NULL AND challenge_hash IS NULL)
), joined AS (
  SELECT {keys}source, ceremony, ceremony_id, challenge, single,
    {joined}bool_or(starts) AS has_start,
    bool_or(completes OR fails) AS has_end,
    bool_or(completes) AS completed,
    bool_or(fails) AS failed,
    bool_or(leaves) AS left_early,
    bool_or(conditional) AS conditional,
    coalesce(bool_or(explains), false) AS explained,
    coalesce(bool_or(rejects), false) AS attestation_rejected,
    coalesce(bool_or(mistrusts), false) AS signature_failed,
    coalesce(min(at) FILTER (WHERE completes), min(at) FILTER (WHERE fails OR leaves)) AS ended,
    min(at) AS began,
    min(at) FILTER (WHERE starts) AS started,
    max(user_id) AS user_id, max(rp_id) AS rp_id, max(credential_id) AS credential_id,
    max(failure_reason) AS failure_reason, count(*) AS events,
    min(at) + 1000 * ({GRACE_MS}
      + greatest(least(coalesce(max(timeout), {DEFAULT_TIMEOUT_MS}), {MAX_TIMEOUT_MS}), 0)) AS expires
  FROM marked
  GROUP BY {keys}source, ceremony, ceremony_id, challenge, single
)
SELECT {keys}source, ceremony, {named}has_start, has_end, explained, attestation_rejected,
  signature_failed,
  CASE WHEN completed THEN 'completed' WHEN failed THEN 'failed' WHEN left_early THEN 'abandoned'
    WHEN conditional THEN 'left_out' WHEN expires <= {now} THEN 'abandoned'
    ELSE 'pending' END AS state,
  coalesce(ended, CASE WHEN conditional OR expires > {now} THEN began ELSE expires END)
    AS closed_ts,
  ceremony_id, challenge AS challenge_hash, user_id, rp_id, credential_id, failure_reason,
  started AS started_ts, ended AS ended_ts,
  coalesce(ended > expires, false) AS late, coalesce(ended < started, false) AS skewed, events
FROM joined"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_takes_its_events_its_group_and_its_clock_from_the_caller() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let sql = ledger_sql("(SELECT * FROM events)", Some("CAST(os AS VARCHAR)"), now);
        assert!(sql.contains("FROM (SELECT * FROM events)\n"));
        assert!(sql.contains("CAST(os AS VARCHAR) AS group_value\n"));
        assert!(sql.contains("expires <= 1700000000000000 THEN 'abandoned'"));
        let whole = ledger_sql("events", None, now);
        assert!(whole.contains("CAST(NULL AS VARCHAR) AS group_value\n"));
    }
}
