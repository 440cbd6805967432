//! Time series in Polars: every bucket of a span, gaps and rolling shares.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use fidoscope_report::{Align, Cell, Column, Table};
use polars::prelude::{
    DataFrame, DataType, IntoLazy, NamedFrom, RollingOptionsFixedWindow, Series as PolarsSeries,
    col, lit, when,
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
    frame: DataFrame,
    bucket: Bucket,
    starts: Vec<i64>,
}

impl Series {
    /// The buckets of a span, without anything in them.
    pub(super) fn over(bucket: Bucket, span: Span) -> Result<Self, StoreError> {
        let starts = bucket.starts(span);
        let all = PolarsSeries::new("bucket".into(), &starts);
        Ok(Self {
            frame: DataFrame::new(all.len(), vec![all.into()])?,
            bucket,
            starts,
        })
    }

    /// Adds numbers by the starts of buckets; those of other buckets are unknown.
    pub(super) fn values(
        self,
        name: &str,
        values: &BTreeMap<i64, f64>,
    ) -> Result<Self, StoreError> {
        let found = self.starts.iter().map(|start| values.get(start).copied());
        let column = PolarsSeries::new(name.into(), found.collect::<Vec<Option<f64>>>());
        let mut frame = self.frame;
        frame.with_column(column.into())?;
        Ok(Self { frame, ..self })
    }

    /// Adds counts by the starts of buckets: nothing in a bucket is zero.
    pub(super) fn counts<N: TryInto<i64>>(
        self,
        name: &str,
        counts: impl IntoIterator<Item = (i64, N)>,
    ) -> Result<Self, StoreError> {
        let known = counts
            .into_iter()
            .map(|(start, count)| (start, float(count.try_into().unwrap_or(i64::MAX))));
        let mut all: BTreeMap<i64, f64> = self.starts.iter().map(|start| (*start, 0.0)).collect();
        all.extend(known);
        self.values(name, &all)
    }

    /// Adds a column of which nothing is known.
    pub(super) fn nothing(self, name: &str) -> Result<Self, StoreError> {
        self.values(name, &BTreeMap::new())
    }

    /// Adds the share of `part` in `whole` over so many buckets to each. Without any of the whole there
    /// is no share.
    pub(super) fn share(
        self,
        part: &str,
        whole: &str,
        buckets: usize,
        name: &str,
    ) -> Result<Self, StoreError> {
        let rolling = RollingOptionsFixedWindow {
            window_size: buckets,
            min_periods: 1,
            ..RollingOptionsFixedWindow::default()
        };
        let sum = |of: &str| col(of).rolling_sum(rolling.clone());
        let share = when(sum(whole).gt(lit(0.0)))
            .then(sum(part) / sum(whole))
            .otherwise(lit(polars::prelude::NULL));
        let frame = self.frame.lazy().with_column(share.alias(name)).collect()?;
        Ok(Self { frame, ..self })
    }

    /// The buckets and some columns as a table.
    pub(super) fn table(self, columns: &[&str]) -> Result<Table, StoreError> {
        let Self {
            frame,
            bucket,
            starts,
        } = self;
        let mut rows: Vec<Vec<Cell>> = starts
            .into_iter()
            .map(|start| vec![time_cell(start, bucket)])
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
        for name in columns {
            heads.push(Column {
                name: (*name).to_owned(),
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

/// The nearest number; exact to 2^53.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts below 2^53 are exact"
)]
const fn float(count: i64) -> f64 {
    count as f64
}
