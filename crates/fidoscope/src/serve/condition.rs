//! Whether the receiver is fit to be sent to.

use std::sync::atomic::{AtomicBool, Ordering};

use super::spool::Spool;

/// What is known of the way into the store.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    behind: AtomicBool,
    ends: AtomicBool,
}

impl Condition {
    /// Says whether the last attempt to store what waits has failed.
    pub(crate) fn is_behind(&self, behind: bool) {
        self.behind.store(behind, Ordering::Relaxed);
    }

    /// The program ends.
    pub(crate) fn ends(&self) {
        self.ends.store(true, Ordering::Relaxed);
    }

    /// Why nothing should be sent now, if so.
    pub(super) fn obstacle(&self, spool: &Spool) -> Option<&'static str> {
        if self.ends.load(Ordering::Relaxed) {
            return Some("the receiver ends");
        }
        if spool.waiting() >= spool.limit() {
            return Some("so much waits for the store that no more is taken");
        }
        if spool.failed_lately() {
            return Some("the disk does not keep what comes");
        }
        let behind = self.behind.load(Ordering::Relaxed);
        behind.then_some("the store does not take what waits for it")
    }
}
