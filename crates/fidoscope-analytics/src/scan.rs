//! SQL of our own over tables of a store, as they are stored: no view, no function, no rule of the planner.

use std::sync::Arc;

use deltalake::DeltaTable;
use deltalake::arrow::array::{Array as _, ArrayRef, AsArray, RecordBatch};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::DataType;
use deltalake::datafusion::execution::memory_pool::FairSpillPool;
use deltalake::datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use deltalake::datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;

use crate::StoreError;

/// Memory that a query may take; what sorts and groups spills to disk before that.
pub(crate) const MEMORY: usize = 2 << 30;

pub(crate) fn config() -> SessionConfig {
    // The planner takes a column of the table that is never null for one that may be, and then
    // takes offence at its own mistake.
    SessionConfig::new()
        .with_information_schema(true)
        .with_target_partitions(2)
        .set_bool(
            "datafusion.execution.skip_physical_aggregate_schema_check",
            true,
        )
        .set_bool("datafusion.sql_parser.collect_spans", true)
}

/// Where queries find their memory; what does not fit is put on disk.
pub(crate) fn within(memory: usize) -> Result<Arc<RuntimeEnv>, StoreError> {
    let pool = Arc::new(FairSpillPool::new(memory));
    let builder = RuntimeEnvBuilder::new().with_memory_pool(pool);
    Ok(builder.build_arc()?)
}

/// Runs SQL of our own over one table, in the version that is at hand.
pub(crate) fn over(
    runtime: &Runtime,
    name: &str,
    table: &DeltaTable,
    sql: &str,
) -> Result<Vec<RecordBatch>, StoreError> {
    Single::new(runtime, name, table)?.run(runtime, sql)
}

/// The same for several queries.
pub(crate) struct Single(SessionContext);

impl Single {
    pub(crate) fn new(
        runtime: &Runtime,
        name: &str,
        table: &DeltaTable,
    ) -> Result<Self, StoreError> {
        let context = SessionContext::new_with_config_rt(config(), within(MEMORY)?);
        table.update_datafusion_session(&context.state())?;
        let provider = runtime.block_on(table.table_provider().into_future())?;
        context.register_table(name, provider)?;
        Ok(Self(context))
    }

    pub(crate) fn run(&self, runtime: &Runtime, sql: &str) -> Result<Vec<RecordBatch>, StoreError> {
        runtime.block_on(async { Ok(self.0.sql(sql).await?.collect().await?) })
    }
}

/// The values of a text column, whatever its layout.
pub(crate) fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    match cast(column, &DataType::Utf8) {
        Ok(column) => column
            .as_string::<i32>()
            .iter()
            .map(|text| text.map(str::to_owned))
            .collect(),
        Err(_) => vec![None; column.len()],
    }
}

/// The values of a column of bytes, whatever its layout.
pub(crate) fn bytes(column: &ArrayRef) -> Vec<Option<Vec<u8>>> {
    match cast(column, &DataType::Binary) {
        Ok(column) => column
            .as_binary::<i32>()
            .iter()
            .map(|value| value.map(Vec::from))
            .collect(),
        Err(_) => vec![None; column.len()],
    }
}
