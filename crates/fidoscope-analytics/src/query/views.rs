//! Views over the event table.

/// One row for each event: of a line that was read twice, the place that was read first.
pub(super) const ONCE: &str = "
CREATE OR REPLACE VIEW events_once AS
SELECT * EXCEPT (copy) FROM (
  SELECT *, row_number() OVER (
    PARTITION BY source, event_id
    ORDER BY observed_ts, raw_ref['input'], raw_ref['offset']
  ) AS copy FROM events
) WHERE copy = 1";

/// The same where no event is in the table twice.
pub(super) const ONCE_WITHOUT_REPEATS: &str =
    "CREATE OR REPLACE VIEW events_once AS SELECT * FROM events";

/// Finds out whether any event is in the table twice.
pub(super) const REPEATS: &str =
    "SELECT 1 FROM events GROUP BY source, event_id HAVING count(*) > 1 LIMIT 1";

/// The columns that rules use beside those of an event; what they mean is said, row by row, by
/// `fidoscope_detect::enrich`.
///
/// Only few columns of the events whose signature counts go through the window, the rest is joined
/// to them: sorting whole events would take the memory of the whole table.
pub(super) const ENRICHED: &str = "
CREATE OR REPLACE VIEW events_enriched AS
WITH signed AS (
  SELECT source, event_id, credential_id, ts, sign_count, challenge_hash
  FROM events_once
  WHERE sign_count IS NOT NULL AND credential_id IS NOT NULL
    AND (outcome = 'success' OR signature_verified IS TRUE)
), chain AS (
  SELECT source AS chain_source, event_id AS chain_event,
    lag(sign_count) OVER w AS before,
    lag(challenge_hash) OVER w AS challenge_before,
    lag(event_id) OVER w AS event_before
  FROM signed
  WINDOW w AS (PARTITION BY source, credential_id ORDER BY ts, event_id)
), challenge AS (
  SELECT source AS used_source, challenge_hash AS used_hash,
    count(*) FILTER (WHERE kind = 'authentication.completed' AND outcome = 'success') AS uses
  FROM events_once
  WHERE challenge_hash IS NOT NULL
  GROUP BY source, challenge_hash
)
SELECT e.*,
  CASE WHEN (flags_known & 1) <> 0 THEN (flags & 1) <> 0 END AS up,
  CASE WHEN (flags_known & 4) <> 0 THEN (flags & 4) <> 0 END AS uv,
  CASE WHEN (flags_known & 8) <> 0 THEN (flags & 8) <> 0 END AS be,
  CASE WHEN (flags_known & 16) <> 0 THEN (flags & 16) <> 0 END AS bs,
  before AS counter_previous,
  event_before AS previous_event_id,
  CASE
    WHEN chain_event IS NULL THEN NULL
    WHEN before IS NULL THEN 'first'
    WHEN before = 0 AND sign_count = 0 THEN 'both_zero'
    WHEN sign_count > before THEN 'gt'
    WHEN sign_count < before AND sign_count = 0 THEN 'zero_drop'
    WHEN sign_count < before THEN 'lt'
    WHEN challenge_before IS NULL OR challenge_hash IS NULL THEN 'eq_unknown_challenge'
    WHEN challenge_before = challenge_hash THEN 'eq_same_challenge'
    ELSE 'eq_other_challenge'
  END AS counter_relation,
  uses AS challenge_use_count
FROM events_once e
LEFT JOIN chain ON e.source = chain_source AND e.event_id = chain_event
LEFT JOIN challenge ON e.source = used_source AND e.challenge_hash = used_hash";
