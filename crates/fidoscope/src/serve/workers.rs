//! The threads that decode bodies and write them to disk.
//!
//! All of them begin before the first client comes in, and connections have no threads of their own: a
//! machine that gives the process no more threads says so at the start, and takes nothing from a
//! receiver that runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use axum::response::Response;
use tokio::sync::{mpsc, oneshot};

use super::service::Service;

/// Bodies that may wait for a thread.
const QUEUE: usize = 256;

/// Work on a body, and the answer that comes of it.
pub(super) type Work = Box<dyn FnOnce(&Service<'_>) -> Response + Send>;

/// Work that waits for a thread.
pub(super) struct Job {
    work: Work,
    reply: oneshot::Sender<Response>,
}

/// Where work is put in.
#[derive(Clone)]
pub(super) struct Jobs(mpsc::Sender<Job>);

/// Where threads take it out.
pub(crate) struct Queue(Mutex<mpsc::Receiver<Job>>);

/// A new queue.
pub(super) fn queue() -> (Jobs, Queue) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Jobs(sender), Queue(Mutex::new(receiver)))
}

impl Jobs {
    /// Waits for a place in the queue.
    pub(super) async fn place(&self) -> Option<mpsc::Permit<'_, Job>> {
        self.0.reserve().await.ok()
    }
}

/// Puts work into the queue; what is received is its answer.
pub(super) fn put(place: mpsc::Permit<'_, Job>, work: Work) -> oneshot::Receiver<Response> {
    let (reply, answer) = oneshot::channel();
    place.send(Job { work, reply });
    answer
}

impl Queue {
    /// Works until nobody can put in anything more.
    pub(crate) fn work(&self, service: &Service<'_>) {
        while let Some(Job { work, reply }) = self.next() {
            // The client has gone, or is told by now that it took too long.
            if reply.is_closed() {
                continue;
            }
            // What a body may do to its decoder ends with that body: the sender is told of a fault,
            // because `reply` is dropped without an answer.
            if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| work(service))) {
                // Nobody may be there any more to hear it; the sender repeats what it has no answer to.
                let _ = reply.send(answer);
            }
        }
    }

    fn next(&self) -> Option<Job> {
        // Receiving does not panic: a poisoned lock still guards a sound channel.
        let mut receiver = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        receiver.blocking_recv()
    }
}
