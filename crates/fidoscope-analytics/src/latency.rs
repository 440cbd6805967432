//! Latencies in buckets that can be added up.
//!
//! A bucket is named by the latency that stands for it, in whole microseconds with two to three
//! digits: 20, 40 and 50 steps from 100 to 250, 500 and 1 000, and so on with every power of ten. So
//! no latency is further from its bucket than 1 %, or half a microsecond.

use std::collections::BTreeMap;
use std::sync::Arc;

use deltalake::arrow::array::{ArrayRef, AsArray, Float64Array};
use deltalake::arrow::compute::cast;
use deltalake::arrow::datatypes::{DataType, Float64Type};
use deltalake::datafusion::error::DataFusionError;
use deltalake::datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// What a quantile of `sli` is off by at most, as a share of its value.
pub const QUANTILE_ERROR: f64 = 0.01;

/// Name of the SQL function that gives the bucket of milliseconds.
pub(crate) const FUNCTION: &str = "latency_bucket";

/// Longest latency that is told apart, microseconds: some thirty years.
const LONGEST: f64 = 1e15;

/// How many latencies lie in each bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latencies(pub(crate) BTreeMap<i64, i64>);

impl Latencies {
    pub(crate) fn add(&mut self, bucket: i64, count: i64) {
        *self.0.entry(bucket).or_default() += count;
    }

    pub(crate) fn add_all(&mut self, others: &Self) {
        for (bucket, count) in &others.0 {
            self.add(*bucket, *count);
        }
    }

    /// What is left of these without others.
    pub(crate) fn without(&self, others: &Self) -> Self {
        let left = |(bucket, count): (&i64, &i64)| {
            let left = count - others.0.get(bucket).copied().unwrap_or(0);
            (left > 0).then_some((*bucket, left))
        };
        Self(self.0.iter().filter_map(left).collect())
    }

    /// A quantile in milliseconds, between two neighbours where it falls between them.
    pub(crate) fn quantile(&self, quantile: f64) -> Option<f64> {
        let count: i64 = self.0.values().sum();
        if count <= 0 {
            return None;
        }
        let place = quantile * float(count - 1);
        let (below, share) = (place.floor(), place - place.floor());
        let low = self.at(below)?;
        let high = self.at(below + 1.0).unwrap_or(low);
        let value = share.mul_add(high - low, low);
        Some(value / 1000.0)
    }

    /// The bucket of the latency at a place from 0, in order of length.
    fn at(&self, place: f64) -> Option<f64> {
        let mut seen = 0;
        let mut all = self.0.iter();
        let found = all.find(|(_, count)| {
            seen += **count;
            float(seen) > place
        });
        found.map(|(bucket, _)| float(*bucket))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "counts and microseconds below 2^53 are exact"
)]
const fn float(number: i64) -> f64 {
    number as f64
}

/// The bucket of a latency in milliseconds.
fn bucket(milliseconds: f64) -> f64 {
    let micros = (milliseconds * 1000.0).clamp(-LONGEST, LONGEST);
    let mut decade = 100.0;
    if micros < decade {
        return micros.round();
    }
    while micros >= decade * 10.0 {
        decade *= 10.0;
    }
    let steps = if micros < decade * 2.5 {
        50.0
    } else if micros < decade * 5.0 {
        20.0
    } else {
        10.0
    };
    let step = decade / steps;
    (micros / step).round() * step
}

/// The SQL function `latency_bucket(ms)`.
pub(crate) fn latency_bucket() -> ScalarUDF {
    ScalarUDF::from(LatencyBucket {
        signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LatencyBucket {
    signature: Signature,
}

impl ScalarUDFImpl for LatencyBucket {
    fn name(&self) -> &'static str {
        FUNCTION
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
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let Some(latencies) = arrays
            .first()
            .and_then(|array| array.as_primitive_opt::<Float64Type>())
        else {
            return Err(DataFusionError::Plan(format!(
                "{FUNCTION} takes milliseconds"
            )));
        };
        let buckets = latencies
            .iter()
            .map(|latency| latency.filter(|latency| !latency.is_nan()).map(bucket));
        let buckets: ArrayRef = Arc::new(buckets.collect::<Float64Array>());
        Ok(ColumnarValue::Array(cast(&buckets, &DataType::Int64)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(milliseconds: f64, expected: f64) {
        assert_eq!(bucket(milliseconds), expected);
    }

    #[test]
    fn a_bucket_is_a_round_latency() {
        check(40.0, 40_000.0);
        check(88.123, 88_000.0);
        check(141.3, 142_000.0);
        check(900.0, 900_000.0);
        check(854.0, 850_000.0);
        check(0.0004, 0.0);
        check(0.099, 99.0);
        check(-5.0, -5000.0);
        check(f64::INFINITY, LONGEST);
    }

    fn of(latencies: &[f64]) -> Latencies {
        let mut found = Latencies::default();
        for latency in latencies {
            let text = bucket(*latency).to_string();
            found.add(text.parse().unwrap(), 1);
        }
        found
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(of(&[]).quantile(0.5), None);
        assert_eq!(of(&[40.0]).quantile(0.95), Some(40.0));
        assert_eq!(of(&[10.0, 20.0]).quantile(0.5), Some(15.0));
        assert_eq!(of(&[10.0, 20.0, 20.0, 30.0]).quantile(1.0), Some(30.0));
        let left = of(&[10.0, 20.0, 20.0]).without(&of(&[20.0]));
        assert_eq!(left, of(&[10.0, 20.0]));
    }

    proptest! {
        #[test]
        fn no_quantile_is_further_off_than_stated(
            mut latencies in prop::collection::vec(0.05_f64..1e7, 1..60),
            quantile in 0.0_f64..=1.0,
        ) {
            let found = of(&latencies).quantile(quantile).unwrap();
            latencies.sort_by(f64::total_cmp);
            let place = quantile * float(i64::try_from(latencies.len()).unwrap() - 1);
            let below: usize = place.floor().to_string().parse().unwrap();
            let low = latencies[below];
            let high = latencies.get(below + 1).copied().unwrap_or(low);
            let exact = low + (high - low) * (place - place.floor());
            prop_assert!((found - exact).abs() <= QUANTILE_ERROR * exact + 1e-9, "{found} {exact}");
        }
    }
}
