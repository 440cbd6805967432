//! Time series in Polars: every bucket of a span, gaps and rolling shares.

use std::io::Cursor;

use chrono::{DateTime, SecondsFormat};
use deltalake::arrow::array::RecordBatch;
use deltalake::arrow::ipc::writer::StreamWriter;
use fidoscope_report::{Align, Cell, Column, Table};
use polars::prelude::{
    DataFrame, DataType, IntoLazy, IpcStreamReader, JoinArgs, JoinType, LazyFrame, NamedFrom,
    RollingOptionsFixedWindow, SerReader, Series as PolarsSeries, SortMultipleOptions, col, lit,
    when,
};

use crate::schema::DAY_MICROS;
use crate::{Span, StoreError};

const SECOND: i64 = 1_000_000;

/// Widths that people read easily, up to an hour each a divisor of a day.
const WIDTHS: [i64; 9] = [
    10 * SECOND,
    30 * SECOND,
    60 * SECOND,
    300 * SECOND,
    900 * SECOND,
    1800 * SECOND,
    3600 * SECOND,
    21_600 * SECOND,
    DAY_MICROS,
];

/// Most buckets of a series: about as many as a terminal has columns for.
const MOST: i64 = 100;

/// How time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    /// Width in microseconds.
    pub(super) width: i64,
    /// Start of one bucket, in microseconds since the epoch.
    pub(super) origin: i64,
}

impl Bucket {
    /// Days, UTC.
    pub(super) fn day(span: Span) -> Self {
        Self::new(DAY_MICROS, span)
    }

    /// The narrowest width that gives few enough buckets.
    pub(super) fn fitting(span: Span) -> Self {
        let length = span.until.timestamp_micros() - span.since.timestamp_micros();
        let fits = WIDTHS.into_iter().find(|width| length / width <= MOST);
        Self::new(fits.unwrap_or(DAY_MICROS), span)
    }

    fn new(width: i64, span: Span) -> Self {
        let since = span.since.timestamp_micros();
        Self {
            width,
            origin: since.div_euclid(width) * width,
        }
    }

    fn starts(self, span: Span) -> Vec<i64> {
        let until = span.until.timestamp_micros();
        let mut starts = Vec::new();
        let mut start = self.origin;
        while start < until {
            starts.push(start);
            start += self.width;
        }
        starts
    }
}

/// A frame with one row for each bucket of a span, also where nothing happened.
pub(super) struct Series {
    frame: LazyFrame,
    bucket: Bucket,
}

impl Series {
    /// Spreads rows that have a column `bucket` over the span.
    pub(super) fn over(
        batches: &[RecordBatch],
        bucket: Bucket,
        span: Span,
    ) -> Result<Self, StoreError> {
        let all = PolarsSeries::new("bucket".into(), bucket.starts(span));
        let all = DataFrame::new(all.len(), vec![all.into()])?.lazy();
        let frame = match frame_of(batches)? {
            Some(rows) => all.join(
                rows.lazy().with_column(col("bucket").cast(DataType::Int64)),
                [col("bucket")],
                [col("bucket")],
                JoinArgs::new(JoinType::Left),
            ),
            None => all,
        };
        let frame = frame.sort(["bucket"], SortMultipleOptions::default());
        Ok(Self { frame, bucket })
    }

    /// Counts: nothing in a bucket is zero.
    pub(super) fn counts(self, columns: &[&str]) -> Result<Self, StoreError> {
        let filled = columns.iter().map(|name| col(*name).fill_null(lit(0.0)));
        let frame = self.frame.with_columns(filled.collect::<Vec<_>>());
        Ok(Self { frame, ..self })
    }

    /// Adds `day`, the share of `good` in a bucket, and `week`, the share over so many buckets to
    /// this one. Without any ceremony there is no share.
    pub(super) fn share_of(
        self,
        good: &str,
        bad: &str,
        buckets: usize,
    ) -> Result<Self, StoreError> {
        let rolling = RollingOptionsFixedWindow {
            window_size: buckets,
            min_periods: 1,
            ..RollingOptionsFixedWindow::default()
        };
        let Self { frame, bucket } = self.counts(&[good, bad])?;
        let share = |good: &str, all: &str| {
            when(col(all).gt(lit(0.0)))
                .then(col(good) / col(all))
                .otherwise(lit(polars::prelude::NULL))
        };
        let frame = frame
            .with_column((col(good) + col(bad)).alias("all"))
            .with_columns([
                col(good).rolling_sum(rolling.clone()).alias("good_rolling"),
                col("all").rolling_sum(rolling).alias("all_rolling"),
            ])
            .with_columns([
                share(good, "all").alias("day"),
                share("good_rolling", "all_rolling").alias("week"),
            ]);
        Ok(Self { frame, bucket })
    }

    /// The buckets and some columns as a table, under new names.
    pub(super) fn table(self, columns: &[(&str, &str)]) -> Result<Table, StoreError> {
        let Self { frame, bucket } = self;
        let frame = frame.collect()?;
        let starts = frame.column("bucket")?.cast(&DataType::Int64)?;
        let mut rows: Vec<Vec<Cell>> = starts
            .i64()?
            .iter()
            .map(|start| vec![start.map_or(Cell::Null, |start| time_cell(start, bucket))])
            .collect();
        let time = if bucket.width == DAY_MICROS {
            "day"
        } else {
            "time"
        };
        let mut heads = vec![Column {
            name: time.to_owned(),
            align: Align::Left,
        }];
        for (name, title) in columns {
            heads.push(Column {
                name: (*title).to_owned(),
                align: Align::Right,
            });
            let values = frame.column(name)?.cast(&DataType::Float64)?;
            for (row, value) in rows.iter_mut().zip(values.f64()?.iter()) {
                row.push(value.map_or(Cell::Null, Cell::Number));
            }
        }
        Ok(Table {
            columns: heads,
            rows,
        })
    }
}

fn time_cell(start: i64, bucket: Bucket) -> Cell {
    let Some(time) = DateTime::from_timestamp_micros(start) else {
        return Cell::Null;
    };
    Cell::Text(if bucket.width == DAY_MICROS {
        time.format("%Y-%m-%d").to_string()
    } else {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    })
}

/// Arrow batches as a Polars frame, by way of an Arrow IPC stream in memory.
fn frame_of(batches: &[RecordBatch]) -> Result<Option<DataFrame>, StoreError> {
    let Some(first) = batches.first() else {
        return Ok(None);
    };
    let mut stream = Vec::new();
    let mut writer = StreamWriter::try_new(&mut stream, &first.schema())?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(Some(IpcStreamReader::new(Cursor::new(stream)).finish()?))
}
