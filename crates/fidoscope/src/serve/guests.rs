//! Who is connected, and for how long.
//!
//! A connection is a *newcomer* until it has sent a request that is let in: of a client that knows the
//! token, where one is asked for. Anybody can make newcomers, so they are kept apart from the known:
//!
//! - One deadline holds from the connection to that request, over TLS and headers together. However a
//!   newcomer spends it, a byte at a time or in silence, it is over then.
//! - Newcomers have places of their own, and where these are taken the oldest one gives way. An honest
//!   client needs a moment to become known and is never the oldest, so that nobody is shut out by
//!   those who only hold a place: they would have to fill all of them within that moment, again and
//!   again. Where the machine has no more files, half of the newcomers give way, and as few places are
//!   left to them: the store needs files as well. With each of them that becomes known comes one back.
//! - The places of the known are those of `--max-connections`; who finds none is told to come back.
//!
//! A known one may be silent between two requests for a while. While a request is being answered, the
//! deadlines of that request hold instead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From the connection to its first request that is let in.
    pub(super) first: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
    /// Newcomers at a time.
    pub(super) newcomers: usize,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Guests {
    patience: Patience,
    /// Known ones at a time.
    most: usize,
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    /// Newcomers at a time, for now.
    places: usize,
    /// By the order in which they came.
    newcomers: BTreeMap<u64, Arc<Guest>>,
    known: usize,
    last: u64,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Guest {
    all: Arc<Guests>,
    number: u64,
    arrived: Instant,
    pace: Mutex<Pace>,
    changed: Notify,
}

#[derive(Debug)]
struct Pace {
    known: bool,
    /// Requests that are being answered.
    busy: usize,
    /// Since when it is not.
    since: Instant,
    gives_way: bool,
}

/// How a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After what is being answered.
    InOrder,
    /// Now.
    AtOnce,
}

impl Guests {
    pub(super) fn new(most: usize, patience: Patience) -> Arc<Self> {
        Arc::new(Self {
            patience,
            most,
            book: Mutex::new(Book {
                places: patience.newcomers,
                newcomers: BTreeMap::new(),
                known: 0,
                last: 0,
            }),
        })
    }

    /// A new connection. It has left when the seat is dropped.
    pub(super) fn arrive(self: &Arc<Self>) -> Seat {
        let mut book = self.book();
        let others = book.places.saturating_sub(1);
        book.keep_newest(others);
        book.last += 1;
        let guest = Arc::new(Guest {
            all: Arc::clone(self),
            number: book.last,
            arrived: Instant::now(),
            pace: Mutex::new(Pace {
                known: false,
                busy: 0,
                since: Instant::now(),
                gives_way: false,
            }),
            changed: Notify::new(),
        });
        book.newcomers.insert(guest.number, Arc::clone(&guest));
        Seat(guest)
    }

    /// Ends half of the newcomers, where the machine has no place for another connection.
    pub(super) fn make_room(&self) {
        let mut book = self.book();
        let half = book.newcomers.len() / 2;
        book.places = half.max(1);
        book.keep_newest(half);
    }

    /// Newcomers and known ones.
    pub(super) fn count(&self) -> (usize, usize) {
        let book = self.book();
        (book.newcomers.len(), book.known)
    }

    /// No method panics while it holds a lock, so a poisoned lock still guards sound data.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Ends newcomers until only so many are left.
    fn keep_newest(&mut self, count: usize) {
        while self.newcomers.len() > count
            && let Some((_, oldest)) = self.newcomers.pop_first()
        {
            oldest.pace().gives_way = true;
            oldest.changed.notify_one();
        }
    }
}

impl Guest {
    /// Makes it a known one; says whether there is a place for it.
    pub(super) fn is_let_in(&self) -> bool {
        let mut book = self.all.book();
        let mut pace = self.pace();
        if !pace.known {
            if book.known >= self.all.most {
                return false;
            }
            book.newcomers.remove(&self.number);
            book.known += 1;
            book.places = self.all.patience.newcomers.min(book.places + 1);
            pace.known = true;
            self.changed.notify_one();
        }
        true
    }

    /// A request has come; it is answered when the errand is dropped.
    pub(super) fn errand(self: &Arc<Self>) -> Errand {
        self.pace().busy += 1;
        Errand(Arc::clone(self))
    }

    /// Waits until the connection is to end.
    pub(super) async fn ending(&self) -> Ending {
        loop {
            let changed = self.changed.notified();
            let deadline = {
                let pace = self.pace();
                if pace.gives_way {
                    return Ending::AtOnce;
                }
                self.deadline(&pace)
            };
            match deadline {
                None => changed.await,
                Some(deadline) if deadline <= Instant::now() => return Ending::InOrder,
                Some(deadline) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(deadline) => {}
                },
            }
        }
    }

    /// How the connection ends with the program: a newcomer has sent nothing that was taken.
    pub(super) fn parting(&self) -> Ending {
        match self.pace().known {
            true => Ending::InOrder,
            false => Ending::AtOnce,
        }
    }

    fn deadline(&self, pace: &Pace) -> Option<Instant> {
        match (pace.known, pace.busy) {
            (false, _) => Some(self.arrived + self.all.patience.first),
            (true, 0) => Some(pace.since + self.all.patience.idle),
            (true, _) => None,
        }
    }

    /// See [`Guests::book`], which is locked first where both are.
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat(Arc<Guest>);

impl Seat {
    pub(super) const fn guest(&self) -> &Arc<Guest> {
        &self.0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut book = self.0.all.book();
        book.newcomers.remove(&self.0.number);
        if self.0.pace().known {
            book.known -= 1;
        }
    }
}

/// A request of a connection that is being answered, until it is dropped.
#[derive(Debug)]
pub(super) struct Errand(Arc<Guest>);

impl Drop for Errand {
    fn drop(&mut self) {
        let mut pace = self.0.pace();
        pace.busy -= 1;
        pace.since = Instant::now();
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// What ends a connection now, if anything does.
    fn ending(guest: &Guest) -> Option<Ending> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::select! {
                biased;
                ending = guest.ending() => Some(ending),
                () = std::future::ready(()) => None,
            }
        })
    }

    fn guests(first: Duration, idle: Duration) -> Arc<Guests> {
        let newcomers = 2;
        Guests::new(
            1,
            Patience {
                first,
                idle,
                newcomers,
            },
        )
    }

    #[test]
    fn the_oldest_newcomer_gives_way() {
        let guests = guests(HOUR, HOUR);
        let seats: Vec<Seat> = (0..3).map(|_| guests.arrive()).collect();
        let endings: Vec<_> = seats.iter().map(|seat| ending(seat.guest())).collect();
        assert_eq!(endings, [Some(Ending::AtOnce), None, None]);
        // Who is known holds no place of theirs.
        assert!(seats[1].guest().is_let_in());
        let fourth = guests.arrive();
        assert_eq!(guests.count(), (2, 1));
        assert_eq!(ending(seats[2].guest()), None);
        drop(seats);
        assert_eq!(guests.count(), (1, 0));
        assert_eq!(ending(fourth.guest()), None);
    }

    #[test]
    fn where_files_are_short_newcomers_have_fewer_places() {
        let guests = guests(HOUR, HOUR);
        let (first, second) = (guests.arrive(), guests.arrive());
        guests.make_room();
        assert_eq!(ending(first.guest()), Some(Ending::AtOnce));
        assert_eq!(ending(second.guest()), None);
        let third = guests.arrive();
        assert_eq!(ending(second.guest()), Some(Ending::AtOnce));
        // One that becomes known gives a place back.
        assert!(third.guest().is_let_in());
        let (_fourth, _fifth) = (guests.arrive(), guests.arrive());
        assert_eq!(guests.count(), (2, 1));
    }

    #[test]
    fn the_known_have_places_of_their_own() {
        let guests = guests(HOUR, HOUR);
        let (first, second) = (guests.arrive(), guests.arrive());
        assert!(first.guest().is_let_in() && first.guest().is_let_in());
        assert!(!second.guest().is_let_in());
        let partings = [&first, &second].map(|seat| seat.guest().parting());
        assert_eq!(partings, [Ending::InOrder, Ending::AtOnce]);
        drop(first);
        assert!(second.guest().is_let_in());
    }

    #[test]
    fn a_newcomer_has_one_deadline_whatever_it_does() {
        let guests = guests(Duration::ZERO, HOUR);
        let seat = guests.arrive();
        let _errand = seat.guest().errand();
        assert_eq!(ending(seat.guest()), Some(Ending::InOrder));
        assert!(seat.guest().is_let_in());
        assert_eq!(ending(seat.guest()), None);
    }

    #[test]
    fn silence_counts_between_requests() {
        let guests = guests(HOUR, Duration::ZERO);
        let seat = guests.arrive();
        assert_eq!(ending(seat.guest()), None);
        let errands = [seat.guest().errand(), seat.guest().errand()];
        assert!(seat.guest().is_let_in());
        assert_eq!(ending(seat.guest()), None);
        drop(errands);
        assert_eq!(ending(seat.guest()), Some(Ending::InOrder));
    }
}
