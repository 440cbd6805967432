//! Progress of long work, drawn only where a person looks.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fidoscope_report::steady;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// A progress line on standard error, or nothing.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Progress over `total` bytes; without a total only the amount is shown.
    pub(crate) fn bytes(output: &Output, name: &str, total: Option<u64>) -> Self {
        let target = if output.shows_progress() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = if total.is_some() {
            "{msg} [{bar:24}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
        } else {
            "{msg} {spinner} {bytes} {bytes_per_sec}"
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(steady(name).into_owned());
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar }
    }

    /// Sets how far the work has come.
    pub(crate) fn at(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How long work may go on before its phase is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// The phase that work is in, on standard error once it takes longer than a second, or nowhere.
pub(crate) struct Phases {
    bar: ProgressBar,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Phases {
    /// Work that begins with that phase and ends when this is dropped.
    pub(crate) fn begin(output: &Output, name: &str) -> Self {
        if output.shows_progress() {
            let target = || ProgressDrawTarget::stderr_with_hz(8);
            Self::shown(name, PATIENCE, target)
        } else {
            let bar = ProgressBar::hidden();
            Self { bar, watch: None }
        }
    }

    /// Prints with the line out of the way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// The next phase.
    pub(crate) fn next(&self, name: &str) {
        self.bar.set_message(steady(name).into_owned());
    }

    fn shown(
        name: &str,
        patience: Duration,
        target: impl FnOnce() -> ProgressDrawTarget + Send + 'static,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        let (end, ended) = mpsc::channel();
        let drawn = bar.clone();
        let watch = thread::spawn(move || {
            if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                drawn.set_draw_target(target());
                drawn.enable_steady_tick(Duration::from_millis(250));
            }
        });
        let watch = Some((end, watch));
        let phases = Self { bar, watch };
        phases.next(name);
        phases
    }
}

impl Drop for Phases {
    fn drop(&mut self) {
        if let Some((end, watch)) = self.watch.take() {
            drop(end);
            // A thread that panicked has nothing left to draw.
            let _ = watch.join();
        }
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests;
