//! Each event once: of an event that is in the table several times, the place that was read first.
//!
//! A line that was read from two inputs is there twice. Numbering the places of all events finds that
//! out, and sorts the whole table for it. A hash of eight bytes for each event finds out first which
//! events *may* be repeated; mostly none is, and else the few repeats are listed by their places and
//! left out of each scan. Hashes that are equal by chance, or by somebody's doing, only make that list
//! be looked for in more events: what is a repeat is decided by source and identifier.

use std::sync::Arc;

use deltalake::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::common::DataFusionError;
use deltalake::datafusion::common::hash_utils::{RandomState, create_hashes};
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use deltalake::datafusion::prelude::SessionContext;

use crate::StoreError;

/// SQL for what the places of one event share, and other events hardly ever do.
pub(crate) const EVENT_HASH: &str = "event_hash(source, event_id)";

/// Most repeats that are kept as a list; of more, every event's places are numbered.
const MOST: usize = 100_000;

/// The view where nothing is known about repeats.
pub(super) const RANKED: &str = "
CREATE OR REPLACE VIEW events_once AS
SELECT * EXCEPT (copy) FROM (
  SELECT *, row_number() OVER (
    PARTITION BY source, event_id
    ORDER BY observed_ts, raw_ref['input'], raw_ref['offset']
  ) AS copy FROM events
) WHERE copy = 1";

/// The view where no event is in the table twice.
const ALL: &str = "CREATE OR REPLACE VIEW events_once AS SELECT * FROM events";

/// The view where the repeats are listed. The list stands on the side that a join keeps in memory.
const LISTED: &str = "
CREATE OR REPLACE VIEW events_once AS
SELECT e.* FROM repeats RIGHT ANTI JOIN events e
  ON e.source = repeated_source AND e.event_id = repeated_event
    AND e.raw_ref['input'] = repeated_input AND e.raw_ref['offset'] = repeated_offset";

/// Makes the view `events_once`, the cheapest that is right for this table, and tells which it is.
pub(super) async fn make(context: &SessionContext) -> Result<&'static str, StoreError> {
    let view = fitting(context).await?;
    context.sql(view).await?;
    // The view has taken the list in.
    context.deregister_table("repeats")?;
    Ok(view)
}

async fn fitting(context: &SessionContext) -> Result<&'static str, StoreError> {
    let hashes = format!(
        "SELECT {EVENT_HASH} AS hash FROM events \
         GROUP BY 1 HAVING count(*) > 1 LIMIT {}",
        MOST + 1
    );
    let hashes = context.sql(&hashes).await?.collect().await?;
    let suspected = rows(&hashes);
    if suspected == 0 {
        return Ok(ALL);
    }
    if suspected > MOST {
        return Ok(RANKED);
    }
    let repeats = repeats(context, hashes).await?;
    if rows(&repeats) > MOST || !apart(&repeats) {
        return Ok(RANKED);
    }
    if rows(&repeats) == 0 {
        return Ok(ALL);
    }
    with_table(context, "repeats", repeats)?;
    Ok(LISTED)
}

/// Every place of an event but that which was read first, among the events with these hashes.
async fn repeats(
    context: &SessionContext,
    hashes: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, StoreError> {
    with_table(context, "suspected", hashes)?;
    let sql = format!(
        "SELECT source AS repeated_source, event_id AS repeated_event,
           input AS repeated_input, \"offset\" AS repeated_offset,
           input <> first_input OR \"offset\" <> first_offset AS apart
         FROM (
           SELECT source, event_id, input, \"offset\", row_number() OVER w AS copy,
             first_value(input) OVER w AS first_input, first_value(\"offset\") OVER w AS first_offset
           FROM (
             SELECT source, event_id, observed_ts, raw_ref['input'] AS input,
               raw_ref['offset'] AS \"offset\", {EVENT_HASH} AS own
             FROM events
           ) JOIN suspected ON own = hash
           WINDOW w AS (PARTITION BY source, event_id ORDER BY observed_ts, input, \"offset\")
         ) WHERE copy > 1 LIMIT {}",
        MOST + 1
    );
    let found = context.sql(&sql).await?.collect().await;
    context.deregister_table("suspected")?;
    Ok(found?)
}

fn with_table(
    context: &SessionContext,
    name: &str,
    batches: Vec<RecordBatch>,
) -> Result<(), StoreError> {
    let frame = context.read_batches(batches)?;
    // One may be left of an attempt that failed.
    context.deregister_table(name)?;
    context.register_table(name, frame.into_view())?;
    Ok(())
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// Whether each repeat has another place than the event that stays. Two records of one line, or an
/// event without a place, cannot be told apart by it.
fn apart(repeats: &[RecordBatch]) -> bool {
    repeats.iter().all(|batch| {
        let apart = batch.column_by_name("apart").map(AsArray::as_boolean);
        apart.is_some_and(|apart| apart.null_count() == 0 && apart.false_count() == 0)
    })
}

/// The SQL function `event_hash(source, event_id)`: eight bytes that equal events share.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(EventHash {
        signature: Signature::any(2, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct EventHash {
    signature: Signature,
}

impl ScalarUDFImpl for EventHash {
    fn name(&self) -> &'static str {
        "event_hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(
        &self,
        arguments: ScalarFunctionArgs,
    ) -> Result<ColumnarValue, DataFusionError> {
        let columns: Vec<ArrayRef> = ColumnarValue::values_to_arrays(&arguments.args)?;
        let mut hashes = vec![0; columns.first().map_or(0, Array::len)];
        create_hashes(&columns, &RandomState::default(), &mut hashes)?;
        let hashes = hashes.into_iter().map(u64::cast_signed);
        Ok(ColumnarValue::Array(Arc::new(
            Int64Array::from_iter_values(hashes),
        )))
    }
}

#[cfg(test)]
mod tests;
