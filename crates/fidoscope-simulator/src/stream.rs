//! A native log of any length.

use std::io::{self, Write};

use chrono::{DateTime, Utc};

use crate::fleet::Population;
use crate::incident::regression_window;
use crate::log::write;
use crate::native::Native;
use crate::traffic::{Habits, Site, Traffic};

/// Days that a log covers.
pub(crate) const DAYS: u32 = 30;

/// Habits of the shop whose relying party writes the native log.
pub(crate) const SHOP: Habits = Habits {
    sign_in: 880,
    page_load: 30,
    registration: 62,
    recovery: 6,
    removal: 5,
    fallback: 6,
    ticket: 2,
    skipped: 9,
    unrelated: 0,
};

/// Writes a native log of `events` lines over the 30 days that end at `end`.
///
/// Every line is readable. Memory does not depend on `events` but for the ceremonies that are
/// under way at the same moment.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_native_stream(
    seed: u64,
    end: DateTime<Utc>,
    events: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let site = Site {
        purpose: 4,
        population: Population {
            admins: 400,
            workforce: 4_600,
            consumers: 15_000,
        },
        habits: SHOP,
        regression: Some(regression_window(end.timestamp_millis())),
        twice: 0,
    };
    let mut traffic = Traffic::new(seed, site, end, DAYS);
    let mut block = Vec::with_capacity(2 * BLOCK);
    write(&mut traffic, &mut Native, events, &mut |line| {
        block.extend_from_slice(&line.bytes);
        block.push(b'\n');
        if block.len() >= BLOCK {
            out.write_all(&block)?;
            block.clear();
        }
        Ok(())
    })?;
    out.write_all(&block)?;
    out.flush()
}

const BLOCK: usize = 1 << 18;

#[cfg(test)]
mod tests;
