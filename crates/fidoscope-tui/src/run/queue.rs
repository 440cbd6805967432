//! Questions that wait for the engine: of each panel only the newest.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::PanelRequest;

/// A queue in which a panel's new question replaces its old one.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<PanelRequest>,
    closed: bool,
}

impl Queue {
    pub(super) fn push(&self, request: PanelRequest) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.requests.retain(|older| older.id != request.id);
        waiting.requests.push_back(request);
        self.changed.notify_one();
    }

    /// The next question; waits for one. `None` when the queue was closed.
    pub(super) fn pop(&self) -> Option<PanelRequest> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self
            .changed
            .wait_while(waiting, |waiting| {
                waiting.requests.is_empty() && !waiting.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            None
        } else {
            waiting.requests.pop_front()
        }
    }

    pub(super) fn close(&self) {
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Queue;
    use crate::{PanelId, PanelRequest, Period, Source, Start, Window};

    fn request(panel: usize, number: u64) -> PanelRequest {
        PanelRequest {
            id: PanelId { page: 0, panel },
            number,
            source: Source::Named("slis".into()),
            period: Period::new(Start::Before(Window::DEFAULT), DateTime::UNIX_EPOCH),
            now: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_question_of_a_panel_is_asked() {
        let queue = Queue::default();
        for (panel, number) in [(0, 1), (1, 2), (0, 3), (0, 4)] {
            queue.push(request(panel, number));
        }
        assert_eq!(
            [queue.pop(), queue.pop()].map(|r| r.unwrap().number),
            [2, 4]
        );
        queue.close();
        assert_eq!(queue.pop(), None);
    }
}
