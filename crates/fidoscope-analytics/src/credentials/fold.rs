//! Batches of events in, one row for each credential out.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use deltalake::arrow::array::RecordBatch;

use super::merge::Part;
use crate::StoreError;
use crate::derived;
use crate::schema::Credential;
use crate::schema::day_of;

mod rows;
mod sayings;
mod stored;
mod texts;

pub(super) use stored::COLUMNS;

use rows::Rows;
use stored::Events;

/// Backup eligible and backup state (`WebAuthn L3 §6.1`).
const BE: i16 = 8;
const BS: i16 = 16;

/// Which credential of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// By its identifier.
    Raw(Vec<u8>),
    /// By the vendor's reference, where there is no identifier.
    Ref(String),
}

/// A sign-in of one credential: copies of a line have both the same. The identifier is hashed,
/// because there may be millions; two sign-ins of a credential in the same microsecond with the same
/// 64 bits are taken for copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SignIn {
    pub(super) ts: i64,
    pub(super) event: u64,
}

impl SignIn {
    pub(super) fn new(ts: i64, event_id: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        event_id.hash(&mut hasher);
        Self {
            ts,
            event: hasher.finish(),
        }
    }
}

/// A sign-in that may have been counted before.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub(super) source: String,
    pub(super) id: Id,
    pub(super) sign_in: SignIn,
}

/// An event that tells something about a credential.
#[derive(Clone, Copy)]
struct Told {
    row: usize,
    part: Part,
}

/// Credentials of some events. In which order the events come makes no difference.
#[derive(Default)]
pub(crate) struct Fold {
    /// Few, so none needs an index.
    sources: Vec<(String, Rows)>,
    /// Events that told something.
    told: usize,
}

impl Fold {
    fn rows(&mut self, source: &str) -> &mut Rows {
        let known = self.sources.iter().position(|(name, _)| name == source);
        let place = known.unwrap_or_else(|| {
            self.sources.push((source.to_owned(), Rows::default()));
            self.sources.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there")]
        &mut self.sources[place].1
    }

    fn of(&self, source: &str) -> Option<&Rows> {
        let found = self.sources.iter().find(|(name, _)| name == source);
        found.map(|(_, rows)| rows)
    }

    /// Counts the sign-ins, each once, and hands over those that may have been counted before,
    /// because they are not later than what their day had: `horizon` says for a day, counted from the
    /// epoch, until when that was.
    pub(super) fn count_new(&mut self, horizon: impl Fn(i64) -> i64) -> Vec<Late> {
        let mut late = Vec::new();
        let mut known = None;
        let mut horizon = |day: i64| match known {
            Some((asked, until)) if asked == day => until,
            _ => known.insert((day, horizon(day))).1,
        };
        for (source, rows) in &mut self.sources {
            let found = rows.count_new(|sign_in| sign_in.ts > horizon(day_of(sign_in.ts)));
            late.extend(found.into_iter().map(|(id, sign_in)| Late {
                source: source.clone(),
                id: id.owned(),
                sign_in,
            }));
        }
        late
    }

    /// Counts a sign-in that turned out to be new.
    pub(super) fn count(&mut self, late: &Late) {
        self.rows(&late.source).count(late.id.as_ref());
    }

    /// Whether there is a row for this credential.
    pub(super) fn has(&self, source: &str, id: IdRef<'_>) -> bool {
        self.of(source).is_some_and(|rows| rows.has(id))
    }

    /// Hands over the row of a credential.
    pub(super) fn take(&mut self, source: &str, id: IdRef<'_>) -> Option<Credential> {
        let mut sources = self.sources.iter_mut();
        let (_, rows) = sources.find(|(name, _)| name == source)?;
        rows.take(source, id)
    }
}

impl derived::Fold for Fold {
    type New<'f> = Left<'f>;

    fn add(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let events = Events::of(batch)?;
        let told = (0..batch.num_rows()).filter_map(|row| {
            let part = Part::of(events.kind.value(row), events.outcome.value(row))?;
            events.id(row).map(|_| Told { row, part })
        });
        let told: Vec<Told> = told.collect();
        let source = |told: &Told| events.source.value(told.row);
        for run in told.chunk_by(|a, b| source(a) == source(b)) {
            if let Some(first) = run.first() {
                self.told += run.len();
                self.rows(source(first)).take_in(run, &events);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        self.told += other.told;
        for (source, rows) in other.sources {
            self.rows(&source).merge(rows);
        }
    }

    fn told(&self) -> usize {
        self.told
    }

    fn len(&self) -> usize {
        self.sources.iter().map(|(_, rows)| rows.len()).sum()
    }

    fn remaining(&self) -> Vec<Left<'_>> {
        let mut sources: Vec<_> = self.sources.iter().collect();
        sources.sort_unstable_by_key(|(name, _)| name);
        let left = sources.into_iter().flat_map(|(source, rows)| {
            let left = rows.left().into_iter();
            left.map(|place| Left {
                source,
                rows,
                place,
            })
        });
        left.collect()
    }
}

/// A row that was not handed over.
#[derive(Clone, Copy)]
pub(crate) struct Left<'f> {
    source: &'f str,
    rows: &'f Rows,
    place: usize,
}

impl Left<'_> {
    /// The row.
    pub(super) fn row(self) -> Credential {
        let row = self.rows.row(self.source, self.place);
        row.unwrap_or_default()
    }
}

/// An [`Id`], borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdRef<'a> {
    Raw(&'a [u8]),
    Ref(&'a str),
}

impl<'a> IdRef<'a> {
    /// Its bytes, and whether it is a reference.
    const fn parts(self) -> (&'a [u8], bool) {
        match self {
            Self::Raw(raw) => (raw, false),
            Self::Ref(text) => (text.as_bytes(), true),
        }
    }

    fn owned(self) -> Id {
        match self {
            Self::Raw(raw) => Id::Raw(raw.to_vec()),
            Self::Ref(text) => Id::Ref(text.to_owned()),
        }
    }
}

impl Id {
    fn as_ref(&self) -> IdRef<'_> {
        match self {
            Self::Raw(raw) => IdRef::Raw(raw),
            Self::Ref(text) => IdRef::Ref(text),
        }
    }
}

impl Credential {
    /// Which credential this is. The identifier goes first: the vendor's reference is only looked
    /// at where a source does not log the identifier. Neither the relying party nor the tenant is
    /// part of it: an identifier is unique beyond them (`WebAuthn L3 §4`, credential ID), and an
    /// event that does not name them must still find its credential.
    pub(super) fn id(&self) -> Option<IdRef<'_>> {
        let raw = self.credential_id.as_deref().map(IdRef::Raw);
        raw.or_else(|| self.credential_ref.as_deref().map(IdRef::Ref))
    }
}

/// A sort that says something.
fn described(kind: Option<&str>) -> Option<&str> {
    kind.filter(|kind| *kind != "unknown")
}
