//! SQL over the tables of a store.

use std::future::poll_fn;
use std::sync::Arc;

use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use deltalake::datafusion::common::ScalarValue;
use deltalake::datafusion::execution::session_state::SessionStateBuilder;
use deltalake::datafusion::logical_expr::{Expr, LogicalPlan, cast, ident, lit};
use deltalake::datafusion::prelude::{DataFrame, SQLOptions, SessionContext};
use fidoscope_report as report;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::latency::latency_bucket;
use crate::scan::{config, within};
use crate::store::Table;
use crate::{StoreError, StoreVersion, Tables};

mod cells;
mod enriched;
mod fault;
mod fold;
mod once;
mod parameters;
mod printed;
mod session;
#[cfg(test)]
mod tests;
mod views;

pub(crate) use crate::scan::{Single, bytes, over, texts};
pub(crate) use cells::{table, text_of};
pub(crate) use enriched::{beside, is_of_credential};
pub(crate) use fault::without_advice;
pub(crate) use fold::function as fold_case;
pub(crate) use once::EVENT_HASH;
pub use parameters::Parameters;
pub use printed::NoBytes;
pub use session::Store;

/// What a query may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Rows that are returned at most.
    pub rows: Option<usize>,
}

impl Store {
    /// Runs a query. Only what reads is allowed: `SELECT`, `WITH`, `EXPLAIN`, `SHOW`.
    ///
    /// Tables are `events`, `minutes`, `credentials`, `quarantine` and `inputs`; the view `events_once` has one
    /// row for each event, also when its line was read twice, `events_enriched` adds what is known
    /// about the credential and the columns of rules, `credential_timeline` is what happened with
    /// each credential, and `ceremonies` joins starts with their ends.
    /// `text_of('aaguid', aaguid)` writes bytes the way a table shows them, and that text is also what
    /// bytes may be compared with: `credential_id = 'l3GY...'`.
    pub fn query(&self, sql: &str, limits: &Limits) -> Result<report::Table, StoreError> {
        self.query_with(sql, &[], limits)
    }

    /// The same, with times for the parameters in the query.
    pub fn query_with(
        &self,
        sql: &str,
        times: Parameters<'_>,
        limits: &Limits,
    ) -> Result<report::Table, StoreError> {
        let engine = self.engine()?;
        let (schema, batches) = self.runtime().block_on(engine.read(sql, times, limits))?;
        table(&schema, &batches)
    }
}

/// The columns of a result, and its rows.
pub(crate) type Rows = (SchemaRef, Vec<RecordBatch>);

/// How two sides of a join find each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joins {
    /// By a hash table of one side, in memory.
    Hashed,
    /// By sorting both sides, on disk where memory is short.
    Sorted,
}

/// A DataFusion session over one version of the tables.
#[derive(Clone)]
pub(crate) struct Engine {
    version: StoreVersion,
    context: SessionContext,
    once: Arc<OnceCell<()>>,
}

impl Engine {
    pub(crate) fn over(
        store: &Tables,
        version: StoreVersion,
        memory: usize,
    ) -> Result<Self, StoreError> {
        let state = SessionStateBuilder::new()
            .with_config(config())
            .with_runtime_env(within(memory)?)
            .with_default_features()
            .with_analyzer_rules(printed::analyzer_rules());
        let context = SessionContext::new_with_state(state.build());
        context.register_udf(cells::text_of());
        context.register_udf(fold_case());
        context.register_udf(latency_bucket());
        context.register_udf(once::function());
        for table in Table::ALL {
            let found = store.has(table).then(|| store.load(table)).transpose()?;
            let known = register(&context, found, table);
            store.runtime().block_on(known)?;
        }
        let views = async {
            context.sql(once::RANKED).await?;
            for view in views::statements() {
                context.sql(&view).await?;
            }
            Ok::<_, StoreError>(())
        };
        store.runtime().block_on(views)?;
        Ok(Self {
            version,
            context,
            once: Arc::default(),
        })
    }

    pub(crate) const fn version(&self) -> StoreVersion {
        self.version
    }

    /// Runs SQL of our own; gives at least one batch, so that the columns are known.
    pub(crate) fn collect(
        &self,
        runtime: &Runtime,
        sql: &str,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        runtime.block_on(async {
            self.prepare(sql).await?;
            let (schema, mut batches) = collect(self.context.sql(sql).await?).await?;
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            Ok(batches)
        })
    }

    /// Runs SQL of our own and hands the rows over batch by batch.
    pub(crate) fn each(
        &self,
        runtime: &Runtime,
        sql: &str,
        mut take: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        runtime.block_on(async {
            self.prepare(sql).await?;
            let mut batches = self.context.sql(sql).await?.execute_stream().await?;
            while let Some(batch) = poll_fn(|context| batches.as_mut().poll_next(context)).await {
                take(&batch?)?;
            }
            Ok(())
        })
    }

    /// Runs SQL of our own and gives the values as cells.
    pub(crate) fn cells(&self, runtime: &Runtime, sql: &str) -> Result<report::Table, StoreError> {
        let (schema, batches) = runtime.block_on(self.read(sql, &[], &Limits::default()))?;
        table(&schema, &batches)
    }

    /// The rows that are made of those of a view.
    ///
    /// The views are written so that each join has its smaller side left, where it is kept in memory.
    /// What the planner knows of the sides is less, so it may not exchange them. A side that does not
    /// fit into the memory at all is no error: both are sorted then, on disk, which takes longer.
    pub(crate) fn of_view(
        &self,
        runtime: &Runtime,
        view: &str,
        shape: impl Fn(DataFrame) -> Result<DataFrame, StoreError>,
    ) -> Result<Rows, StoreError> {
        runtime.block_on(async {
            self.prepare(view).await?;
            let hashed = self.frame(view, Joins::Hashed).await?;
            match collect(shape(hashed)?).await {
                Err(StoreError::Memory) => {
                    let sorted = self.frame(view, Joins::Sorted).await?;
                    collect(shape(sorted)?).await
                }
                done => done,
            }
        })
    }

    /// The rows that are made of those of a view, taken in batch by batch; begun anew where the memory does
    /// not suffice.
    pub(crate) fn fold_view<T>(
        &self,
        runtime: &Runtime,
        view: &str,
        shape: impl Fn(DataFrame) -> Result<DataFrame, StoreError>,
        begin: impl Fn() -> T,
        take: impl Fn(&mut T, &RecordBatch),
    ) -> Result<T, StoreError> {
        let fold = async |joins| -> Result<T, StoreError> {
            let mut batches = shape(self.frame(view, joins).await?)?
                .execute_stream()
                .await?;
            let mut taken = begin();
            while let Some(batch) = poll_fn(|context| batches.as_mut().poll_next(context)).await {
                take(&mut taken, &batch?);
            }
            Ok(taken)
        };
        runtime.block_on(async {
            self.prepare(view).await?;
            match fold(Joins::Hashed).await {
                Err(StoreError::Memory) => fold(Joins::Sorted).await,
                done => done,
            }
        })
    }

    /// The rows of a view, joined that way.
    async fn frame(&self, view: &str, joins: Joins) -> Result<DataFrame, StoreError> {
        let (mut state, plan) = self.context.table(view).await?.into_parts();
        let options = state.config_mut().options_mut();
        options.optimizer.join_reordering = false;
        options.optimizer.prefer_hash_join = joins == Joins::Hashed;
        if joins == Joins::Sorted {
            // Every sort that goes on at the same time has a share of the memory, and keeps some of it to
            // merge what it put on disk: few sorts with small reserves go a long way.
            options.execution.target_partitions = 1;
            options.execution.sort_spill_reservation_bytes = 1 << 20;
        }
        Ok(DataFrame::new(state, plan))
    }

    /// Finds out how each event is found once, before the first query that asks for it.
    async fn prepare(&self, sql: &str) -> Result<(), StoreError> {
        if !views::are_in(sql) {
            return Ok(());
        }
        let decide = async || -> Result<(), StoreError> {
            once::make(&self.context).await?;
            for view in views::statements() {
                self.context.sql(&view).await?;
            }
            Ok(())
        };
        self.once.get_or_try_init(decide).await.copied()
    }

    /// Runs SQL of somebody else.
    async fn read(
        &self,
        sql: &str,
        times: Parameters<'_>,
        limits: &Limits,
    ) -> Result<Rows, StoreError> {
        self.prepare(sql).await?;
        let wrong = |error| fault::of(&error, sql, &self.context);
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let mut statement = state.sql_to_statement(sql, &dialect).map_err(wrong)?;
        parameters::declare(&mut statement, times);
        let plan = state.statement_to_plan(statement).await.map_err(wrong)?;
        let plan = parameters::fill(plan, times)?;
        refuse_changes(&plan)?;
        let frame = self.context.execute_logical_plan(plan).await?;
        let frame = match limits.rows {
            Some(rows) if limitable(frame.logical_plan()) => frame.limit(0, Some(rows))?,
            _ => frame,
        };
        collect(frame).await
    }
}

/// Makes a table known by its name. What an older store lacks, and could not be given, is empty.
async fn register(
    context: &SessionContext,
    found: Option<DeltaTable>,
    table: Table,
) -> Result<(), StoreError> {
    let Some(found) = found else {
        let schema = table.schema();
        let fields: Vec<Field> = schema.fields().iter().map(|field| scanned(field)).collect();
        let nothing = RecordBatch::new_empty(Arc::new(Schema::new(fields)));
        context.register_batch(table.name(), nothing)?;
        return Ok(());
    };
    found.update_datafusion_session(&context.state())?;
    let provider = found.table_provider().await?;
    let held = provider.schema();
    let lacks = |field: &&FieldRef| held.field_with_name(field.name()).is_err();
    let schema = table.schema();
    let absent: Vec<Expr> = schema.fields().iter().filter(lacks).map(absent).collect();
    if absent.is_empty() {
        context.register_table(table.name(), provider)?;
        return Ok(());
    }
    let columns = held.fields().iter().map(|field| ident(field.name()));
    let all: Vec<Expr> = columns.chain(absent).collect();
    let view = context.read_table(provider)?.select(all)?.into_view();
    context.register_table(table.name(), view)?;
    Ok(())
}

/// A column of nothing.
fn absent(field: &FieldRef) -> Expr {
    let kind = scanned(field).data_type().clone();
    cast(lit(ScalarValue::Null), kind).alias(field.name())
}

/// A column as the scan of a table gives it.
fn scanned(field: &Field) -> Field {
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        other => other.clone(),
    };
    field.clone().with_data_type(kind)
}

async fn collect(frame: DataFrame) -> Result<Rows, StoreError> {
    let schema = Arc::clone(frame.schema().inner());
    Ok((schema, frame.collect().await?))
}

const fn limitable(plan: &LogicalPlan) -> bool {
    !matches!(
        plan,
        LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_)
    )
}

/// A query must not change the store, and `COPY` must not write files.
fn refuse_changes(plan: &LogicalPlan) -> Result<(), StoreError> {
    let statement = match plan {
        LogicalPlan::Ddl(ddl) => ddl.name().to_owned(),
        LogicalPlan::Dml(dml) => dml.op.to_string(),
        LogicalPlan::Copy(_) => "COPY".to_owned(),
        LogicalPlan::Statement(statement) => statement.name().to_owned(),
        _ => String::new(),
    };
    if !statement.is_empty() {
        return Err(StoreError::NotAQuery { statement });
    }
    let options = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    Ok(options.verify_plan(plan)?)
}
