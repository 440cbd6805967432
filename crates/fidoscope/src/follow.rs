//! What `ingest --follow` and `serve` share: inputs that grow, a stop that loses nothing, and the
//! upkeep of a store that is written all the time.

mod files;
mod pipe;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use signal_hook::consts::TERM_SIGNALS;

use crate::failure::Failure;

pub(crate) use files::{Files, News};
pub(crate) use pipe::Pipe;
pub(crate) use upkeep::Upkeep;

/// Whether somebody has asked the program to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Set by SIGINT and SIGTERM; the second one ends the program at once.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        let stop = Self::default();
        for signal in TERM_SIGNALS {
            signal_hook::flag::register_conditional_default(*signal, Arc::clone(&stop.0))
                .and_then(|_| signal_hook::flag::register(*signal, Arc::clone(&stop.0)))
                .context("cannot wait for signals")
                .map_err(Failure::machine)?;
        }
        Ok(stop)
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until a time, or until the program is to end.
    pub(crate) fn wait_until(&self, time: Instant) {
        while !self.is_set() {
            let left = time.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(SLICE));
        }
    }
}

/// How soon a signal is noticed.
const SLICE: Duration = Duration::from_millis(50);
