//! Work on many threads whose results come out in the order of the input.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

/// Items that may be under way for each thread: enough to keep it busy, few enough for the memory.
const UNDER_WAY: usize = 4;

/// Runs `work` on every item with `jobs` threads and hands the results to `sink` in the order of the
/// items. At most a few items a thread are under way, however slow the sink or a single item is.
///
/// # Errors
/// The first error of the sink; the work stops then.
pub fn in_order<T: Send, U: Send, E>(
    jobs: NonZeroUsize,
    mut items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> U + Sync,
    mut sink: impl FnMut(U) -> Result<(), E>,
) -> Result<(), E> {
    if jobs.get() == 1 {
        return items.try_for_each(|item| sink(work(item)));
    }
    std::thread::scope(|scope| {
        let (give_permit, permits) = channel();
        let (give_work, waiting) = channel();
        let (give_result, results) = channel();
        for _ in 0..jobs.get() * UNDER_WAY {
            // The other end lives in this scope.
            let _ = give_permit.send(());
        }
        scope.spawn(move || {
            for numbered in items.enumerate() {
                if permits.recv().is_err() || give_work.send(numbered).is_err() {
                    return;
                }
            }
        });
        let waiting = Mutex::new(waiting);
        let (waiting, work) = (&waiting, &work);
        std::thread::scope(|workers| {
            for _ in 0..jobs.get() {
                let give_result = give_result.clone();
                workers.spawn(move || {
                    while let Some((number, item)) = next(waiting) {
                        if give_result.send((number, work(item))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(give_result);
            let mut early = BTreeMap::new();
            let mut wanted = 0_usize;
            for (number, result) in results {
                early.insert(number, result);
                while let Some(result) = early.remove(&wanted) {
                    wanted += 1;
                    // Nobody waits for permits once the input has ended.
                    let _ = give_permit.send(());
                    if let Err(error) = sink(result) {
                        drop(give_permit);
                        return Err(error);
                    }
                }
            }
            Ok(())
        })
    })
}

fn next<T>(waiting: &Mutex<Receiver<T>>) -> Option<T> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_order_with_any_number_of_threads() {
        for jobs in [1, 2, 7] {
            let mut out = Vec::new();
            let work = |n: u32| {
                // Early items take longer.
                std::hint::black_box((0..(500 - n) * 20).fold(0, |a, b| a ^ b));
                n
            };
            let sink = |n| -> Result<(), ()> {
                out.push(n);
                Ok(())
            };
            in_order(threads(jobs), 0..500, work, sink).unwrap();
            assert_eq!(out, (0..500).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_the_sink_stops_the_work() {
        for jobs in [1, 3] {
            let begun = AtomicUsize::new(0);
            let work = |n: usize| {
                begun.fetch_add(1, Ordering::Relaxed);
                n
            };
            let sink = |n| if n == 5 { Err("full") } else { Ok(()) };
            let ended = in_order(threads(jobs), 0..1_000_000, work, sink);
            assert_eq!(ended, Err("full"));
            assert!(begun.load(Ordering::Relaxed) < 1_000);
        }
    }

    /// An endless supply does not pile up while the first item is under way.
    #[test]
    fn few_items_are_under_way() {
        let supplied = AtomicUsize::new(0);
        let items = (0..10_000).inspect(|_| {
            supplied.fetch_add(1, Ordering::Relaxed);
        });
        let mut seen = 0;
        let sink = |_| -> Result<(), ()> {
            seen += 1;
            let ahead = supplied.load(Ordering::Relaxed) - seen;
            assert!(ahead <= 3 * UNDER_WAY + 1, "{ahead}");
            Ok(())
        };
        in_order(threads(3), items, |n| n, sink).unwrap();
    }
}
