//! Work for the threads of an ingest: bounded, encoding before decoding.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use deltalake::arrow::array::RecordBatch;

use super::tape::Piece;

/// Something to do for a thread.
pub(crate) enum Task {
    /// Decode a piece of a stretch.
    Decode {
        number: u64,
        stretch: u64,
        piece: Piece,
    },
    /// Write the events of a day.
    Encode {
        unit: u64,
        day: i64,
        batches: Vec<RecordBatch>,
    },
}

#[derive(Default)]
struct State {
    decode: VecDeque<(u64, u64, Piece)>,
    encode: VecDeque<(u64, i64, Vec<RecordBatch>)>,
    under_way: u64,
    closed: bool,
}

/// Pieces that wait at most: what was read a moment ago is still in the cache when it is decoded, and
/// its memory is soon free for the next.
const AHEAD: usize = 2;

/// The queue. A piece is under way from when it is read until its events are committed, with its bytes
/// and then with what its events weigh; only so much may be under way at once, so that memory is
/// bounded whatever the size of the input.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    limit: u64,
}

impl Queue {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            limit,
        }
    }

    /// No method panics while it holds the lock, so a poisoned lock still guards sound data.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a piece over, waiting for room. `false` when nobody wants it any more.
    pub(crate) fn decode(&self, number: u64, stretch: u64, piece: Piece) -> bool {
        let mut state = self.lock();
        while (state.under_way >= self.limit || state.decode.len() >= AHEAD) && !state.closed {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return false;
        }
        state.under_way += piece.end.offset - piece.offset;
        state.decode.push_back((number, stretch, piece));
        drop(state);
        self.changed.notify_all();
        true
    }

    /// Hands a day of events over; never waits.
    pub(crate) fn encode(&self, unit: u64, day: i64, batches: Vec<RecordBatch>) {
        self.lock().encode.push_back((unit, day, batches));
        self.changed.notify_all();
    }

    /// So many bytes are done with.
    pub(crate) fn done(&self, bytes: u64) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(bytes);
        drop(state);
        self.changed.notify_all();
    }

    /// The next task, waiting for one; `None` when there will be no more.
    pub(crate) fn next(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some((unit, day, batches)) = state.encode.pop_front() {
                return Some(Task::Encode { unit, day, batches });
            }
            if let Some((number, stretch, piece)) = state.decode.pop_front() {
                self.changed.notify_all();
                return Some(Task::Decode {
                    number,
                    stretch,
                    piece,
                });
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends all work; threads that wait return.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// Closes a queue when dropped, so that no thread waits for one that has failed.
pub(crate) struct CloseOnDrop<'q>(pub(crate) &'q Queue);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
