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
/// Counters are compared within a source and credential, among events whose signature counts. The
/// others form partitions of their own, whose comparison is thrown away.
pub(super) const ENRICHED: &str = "
CREATE OR REPLACE VIEW events_enriched AS
SELECT * EXCEPT (signed, success, before, challenge_before, event_before, uses),
  CASE WHEN (flags_known & 1) <> 0 THEN (flags & 1) <> 0 END AS up,
  CASE WHEN (flags_known & 4) <> 0 THEN (flags & 4) <> 0 END AS uv,
  CASE WHEN (flags_known & 8) <> 0 THEN (flags & 8) <> 0 END AS be,
  CASE WHEN (flags_known & 16) <> 0 THEN (flags & 16) <> 0 END AS bs,
  CASE WHEN signed THEN before END AS counter_previous,
  CASE WHEN signed THEN event_before END AS previous_event_id,
  CASE
    WHEN NOT signed THEN NULL
    WHEN before IS NULL THEN 'first'
    WHEN before = 0 AND sign_count = 0 THEN 'both_zero'
    WHEN sign_count > before THEN 'gt'
    WHEN sign_count < before AND sign_count = 0 THEN 'zero_drop'
    WHEN sign_count < before THEN 'lt'
    WHEN challenge_before IS NULL OR challenge_hash IS NULL THEN 'eq_unknown_challenge'
    WHEN challenge_before = challenge_hash THEN 'eq_same_challenge'
    ELSE 'eq_other_challenge'
  END AS counter_relation,
  CASE WHEN challenge_hash IS NOT NULL THEN uses END AS challenge_use_count
FROM (
  SELECT *,
    lag(sign_count) OVER chain AS before,
    lag(challenge_hash) OVER chain AS challenge_before,
    lag(event_id) OVER chain AS event_before,
    sum(success) OVER (PARTITION BY source, challenge_hash) AS uses
  FROM (
    SELECT *,
      sign_count IS NOT NULL AND credential_id IS NOT NULL
        AND (outcome = 'success' OR signature_verified IS TRUE) AS signed,
      CASE WHEN kind = 'authentication.completed' AND outcome = 'success'
        THEN 1 ELSE 0 END AS success
    FROM events_once
  )
  WINDOW chain AS (PARTITION BY signed, source, credential_id ORDER BY ts, event_id)
)";
