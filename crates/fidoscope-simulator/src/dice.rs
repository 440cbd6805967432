//! Randomness that follows from a seed, drawn in whole numbers only.
//!
//! No logarithm, exponential or other function of the platform's mathematics library is used:
//! its last digit differs between systems, and the data sets would too.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Quantiles of a log-normal law (sigma one half) in thousandths of its median, at 0.2 %, each
/// 32nd and 99.8 %.
const SPREAD: [u32; 33] = [
    237, 394, 464, 517, 563, 604, 642, 678, 714, 749, 783, 818, 853, 888, 924, 962, 1000, 1040,
    1082, 1126, 1173, 1223, 1277, 1336, 1401, 1474, 1558, 1657, 1777, 1933, 2153, 2538, 4217,
];

/// One stream of random numbers.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream that belongs to a seed and a purpose.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        source.set_stream(purpose);
        Self(source)
    }

    /// A number of 64 bits.
    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`; zero when `end` is zero.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(end);
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A number from `first` up to and including `last`.
    pub(crate) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// An index below `len`; zero when `len` is zero.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        let end = u32::try_from(len).unwrap_or(u32::MAX);
        usize::try_from(self.below(end)).unwrap_or_default()
    }

    /// True in `parts` of a million draws.
    pub(crate) fn chance(&mut self, parts: u32) -> bool {
        self.below(1_000_000) < parts
    }

    /// One of the items; the first when there is nothing to choose.
    pub(crate) fn pick<'a, T>(&mut self, first: &'a T, items: &'a [T]) -> &'a T {
        let index = self.index(items.len());
        items.get(index).unwrap_or(first)
    }

    /// One of the words; none when there is nothing to choose.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        words
            .get(self.index(words.len()))
            .copied()
            .unwrap_or_default()
    }

    /// The place of one of the weights, each as likely as it is heavy.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (place, weight) in weights.enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A duration of the given median with the long tail that durations have.
    pub(crate) fn spread(&mut self, median: u32) -> u32 {
        let draw = self.below(32 << 10);
        let place = usize::try_from(draw >> 10).unwrap_or_default();
        let low = SPREAD.get(place).copied().unwrap_or(1000);
        let high = SPREAD.get(place + 1).copied().unwrap_or(1000);
        let factor = low + (high.saturating_sub(low)) * (draw & 1023) / 1024;
        let wide = u64::from(median) * u64::from(factor) / 1000;
        u32::try_from(wide).unwrap_or(u32::MAX)
    }

    /// Random bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests;
