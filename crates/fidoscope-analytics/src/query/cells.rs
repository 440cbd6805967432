//! Arrow values as the cells of a table.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};
use deltalake::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{
    DataType, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use deltalake::arrow::util::display::{ArrayFormatter, FormatOptions};
use deltalake::datafusion::error::DataFusionError;
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use fidoscope_report::{Align, Cell, Column, Table};

use super::printed;
use crate::StoreError;
use crate::scan::{bytes, texts};

/// The rows as a table.
pub(crate) fn table(schema: &Schema, batches: &[RecordBatch]) -> Result<Table, StoreError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| Column {
            name: field.name().clone(),
            align: if field.data_type().is_numeric() {
                Align::Right
            } else {
                Align::Left
            },
        })
        .collect();
    let mut rows = Vec::new();
    for batch in batches {
        let named = batch.schema_ref().fields().iter().zip(batch.columns());
        let cells: Vec<Vec<Cell>> = named
            .map(|(field, column)| cells(field.name(), column))
            .collect::<Result<_, _>>()?;
        let mut cells: Vec<_> = cells.into_iter().map(Vec::into_iter).collect();
        for _ in 0..batch.num_rows() {
            rows.push(
                cells
                    .iter_mut()
                    .map(|cells| cells.next().unwrap_or(Cell::Null))
                    .collect(),
            );
        }
    }
    Ok(Table { columns, rows })
}

/// The values of one column.
fn cells(name: &str, column: &ArrayRef) -> Result<Vec<Cell>, StoreError> {
    Ok(match column.data_type() {
        DataType::Null => vec![Cell::Null; column.len()],
        DataType::Boolean => column
            .as_boolean()
            .iter()
            .map(|value| value.map_or(Cell::Null, Cell::Bool))
            .collect(),
        DataType::Binary | DataType::BinaryView | DataType::LargeBinary => bytes(column)
            .into_iter()
            .map(|value| value.map_or(Cell::Null, |value| Cell::Text(printed::write(name, &value))))
            .collect(),
        DataType::Timestamp(_, _) => times(column)?,
        DataType::UInt64 | DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => {
            let longs = cast(column, &DataType::Int64)?;
            numbers(&longs)
        }
        kind if kind.is_integer() => numbers(&cast(column, &DataType::Int64)?),
        kind if kind.is_floating() => cast(column, &DataType::Float64)?
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map_or(Cell::Null, Cell::Number))
            .collect(),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => texts(column)
            .into_iter()
            .map(|text| text.map_or(Cell::Null, Cell::Text))
            .collect(),
        _ => formatted(column)?,
    })
}

fn numbers(column: &ArrayRef) -> Vec<Cell> {
    let longs = column.as_primitive::<Int64Type>();
    longs
        .iter()
        .map(|value| value.map_or(Cell::Null, Cell::Integer))
        .collect()
}

fn times(column: &ArrayRef) -> Result<Vec<Cell>, StoreError> {
    let micros = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let micros = micros.as_primitive::<TimestampMicrosecondType>();
    let text = |value| {
        let time = DateTime::from_timestamp_micros(value)?;
        Some(Cell::Text(
            time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        ))
    };
    Ok(micros
        .iter()
        .map(|value| value.and_then(text).unwrap_or(Cell::Null))
        .collect())
}

fn formatted(column: &ArrayRef) -> Result<Vec<Cell>, StoreError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let text = |row| {
        if column.is_null(row) {
            Cell::Null
        } else {
            Cell::Text(formatter.value(row).to_string())
        }
    };
    Ok((0..column.len()).map(text).collect())
}

/// The SQL function `text_of(name, bytes)`: bytes as text, in the form that suits the name.
pub(crate) fn text_of() -> ScalarUDF {
    ScalarUDF::from(TextOf {
        signature: Signature::any(2, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TextOf {
    signature: Signature,
}

impl ScalarUDFImpl for TextOf {
    fn name(&self) -> &'static str {
        "text_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(
        &self,
        arguments: ScalarFunctionArgs,
    ) -> Result<ColumnarValue, DataFusionError> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [names, values] = arrays.as_slice() else {
            return Err(DataFusionError::Plan(
                "text_of takes a name and bytes".to_owned(),
            ));
        };
        let written = texts(names).into_iter().zip(bytes(values));
        let written = written.map(|(name, value)| Some(printed::write(&name?, &value?)));
        Ok(ColumnarValue::Array(Arc::new(
            written.collect::<StringArray>(),
        )))
    }
}
