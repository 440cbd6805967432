//! Batches of events in, one row for each credential out.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use deltalake::arrow::array::RecordBatch;
use fidoscope_events::Event;

use super::merge::{Part, Sighting};
use super::row::Credential;
use crate::StoreError;
use crate::schema::day_of;

mod stored;

pub(super) use stored::COLUMNS;
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

/// A credential, and the sign-ins that are still to be counted.
#[derive(Default)]
struct Entry {
    credential: Credential,
    sign_ins: Vec<SignIn>,
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

/// The rows of one source, and where each credential has its own.
#[derive(Default)]
struct Rows {
    by_id: HashMap<Vec<u8>, usize>,
    by_ref: HashMap<String, usize>,
    entries: Vec<Entry>,
}

impl Rows {
    /// The entry of a credential. Most events are about one that is known, so nothing is copied
    /// before it turns out to be new.
    fn entry(&mut self, source: &str, id: IdRef<'_>) -> &mut Entry {
        let known = self.place(id);
        let place = known.unwrap_or_else(|| self.open(source, id));
        #[expect(
            clippy::indexing_slicing,
            reason = "the maps hold places of entries only"
        )]
        &mut self.entries[place]
    }

    fn open(&mut self, source: &str, id: IdRef<'_>) -> usize {
        let place = self.entries.len();
        let mut credential = Credential {
            source: Cow::Owned(source.to_owned()),
            ..Credential::default()
        };
        match id {
            IdRef::Raw(raw) => {
                credential.credential_id = Some(raw.to_vec());
                self.by_id.insert(raw.to_vec(), place);
            }
            IdRef::Ref(text) => {
                credential.credential_ref = Some(Cow::Owned(text.to_owned()));
                self.by_ref.insert(text.to_owned(), place);
            }
        }
        self.entries.push(Entry {
            credential,
            sign_ins: Vec::new(),
        });
        place
    }

    fn place(&self, id: IdRef<'_>) -> Option<usize> {
        match id {
            IdRef::Raw(raw) => self.by_id.get(raw).copied(),
            IdRef::Ref(text) => self.by_ref.get(text).copied(),
        }
    }

    fn len(&self) -> usize {
        self.by_id.len() + self.by_ref.len()
    }
}

/// A sign-in that may have been counted before.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub(super) source: String,
    pub(super) id: Id,
    pub(super) sign_in: SignIn,
}

/// Credentials of some events. In which order the events come makes no difference.
#[derive(Default)]
pub(crate) struct Fold {
    sources: BTreeMap<String, Rows>,
    /// Events that told something.
    told: usize,
}

impl Fold {
    /// Takes in an event that is being decoded.
    pub(crate) fn see(&mut self, event: &Event<'_>) {
        let part = Part::of(&event.kind, &event.outcome);
        let raw = event.credential_id.as_deref().map(IdRef::Raw);
        let id = raw.or_else(|| event.credential_ref.as_deref().map(IdRef::Ref));
        if let Some((part, id)) = part.zip(id) {
            let credential = self.tell(&event.source, id, part, &event.event_id, &sighting(event));
            for transport in event.transports.iter().flatten() {
                credential.transport(transport);
            }
        }
    }

    /// Takes in the events of a batch.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let events = Events::of(batch)?;
        for row in 0..batch.num_rows() {
            let part = Part::of(events.kind.value(row), events.outcome.value(row));
            let Some((part, id)) = part.zip(events.id(row)) else {
                continue;
            };
            let (source, event_id) = (events.source.value(row), events.event_id.value(row));
            let credential = self.tell(source, id, part, event_id, &events.sighting(row));
            events.transports(row, credential);
        }
        Ok(())
    }

    fn tell(
        &mut self,
        source: &str,
        id: IdRef<'_>,
        part: Part,
        event_id: &str,
        sighting: &Sighting<'_>,
    ) -> &mut Credential {
        self.told += 1;
        let entry = self.rows(source).entry(source, id);
        entry.credential.see(part, sighting);
        if part == Part::SignIn {
            entry.sign_ins.push(SignIn::new(sighting.ts, event_id));
        }
        &mut entry.credential
    }

    fn rows(&mut self, source: &str) -> &mut Rows {
        // One or two sources, so looking twice costs less than a copy of the name.
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), Rows::default());
        }
        let rows = self.sources.get_mut(source);
        rows.expect("it was put there")
    }

    /// Takes in what another thread has folded.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.sources.is_empty() {
            *self = other;
            return;
        }
        self.told += other.told;
        for (source, rows) in other.sources {
            let to = self.rows(&source);
            for mut entry in rows.entries {
                if let Some(id) = entry.credential.id().map(IdRef::owned) {
                    let held = to.entry(&source, id.as_ref());
                    held.credential.merge(entry.credential);
                    held.sign_ins.append(&mut entry.sign_ins);
                }
            }
        }
    }

    /// Counts the sign-ins, each once, and hands over those that may have been counted before,
    /// because they are not later than what their day had: `horizon` says for a day, counted from the
    /// epoch, until when that was.
    pub(super) fn count_new(&mut self, horizon: impl Fn(i64) -> i64) -> Vec<Late> {
        let mut late = Vec::new();
        for (source, rows) in &mut self.sources {
            for entry in &mut rows.entries {
                let mut sign_ins = std::mem::take(&mut entry.sign_ins);
                sign_ins.sort_unstable();
                sign_ins.dedup();
                for sign_in in sign_ins {
                    if sign_in.ts > horizon(day_of(sign_in.ts)) {
                        entry.credential.sign_ins += 1;
                    } else if let Some(id) = entry.credential.id() {
                        late.push(Late {
                            source: source.clone(),
                            id: id.owned(),
                            sign_in,
                        });
                    }
                }
            }
        }
        late
    }

    /// Counts a sign-in that turned out to be new.
    pub(super) fn count(&mut self, late: &Late) {
        let entry = self
            .rows(&late.source)
            .entry(&late.source, late.id.as_ref());
        entry.credential.sign_ins += 1;
    }

    /// Events that told something about a credential.
    pub(crate) const fn told(&self) -> usize {
        self.told
    }

    /// Rows so far.
    pub(super) fn len(&self) -> usize {
        self.sources.values().map(Rows::len).sum()
    }

    /// Whether there is a row for this credential.
    pub(super) fn has(&self, source: &str, id: IdRef<'_>) -> bool {
        let rows = self.sources.get(source);
        rows.is_some_and(|rows| rows.place(id).is_some())
    }

    /// Hands over the row of a credential.
    pub(super) fn take(&mut self, source: &str, id: IdRef<'_>) -> Option<Credential> {
        let rows = self.sources.get_mut(source)?;
        let place = match id {
            IdRef::Raw(raw) => rows.by_id.remove(raw),
            IdRef::Ref(text) => rows.by_ref.remove(text),
        };
        let entry = rows.entries.get_mut(place?)?;
        Some(std::mem::take(&mut entry.credential))
    }

    /// Hands over all rows that are left, in order.
    pub(super) fn drain(&mut self) -> Vec<Credential> {
        let mut rows: Vec<Credential> = std::mem::take(&mut self.sources)
            .into_values()
            .flat_map(|rows| rows.entries)
            .map(|entry| entry.credential)
            // What was handed over has left nothing.
            .filter(|credential| credential.id().is_some())
            .collect();
        rows.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        rows
    }
}

fn order(row: &Credential) -> (&str, Option<&[u8]>, Option<&str>) {
    (
        &row.source,
        row.credential_id.as_deref(),
        row.credential_ref.as_deref(),
    )
}

/// An [`Id`], borrowed.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdRef<'a> {
    Raw(&'a [u8]),
    Ref(&'a str),
}

impl IdRef<'_> {
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

/// What an event that is being decoded says about its credential.
fn sighting<'e>(event: &'e Event<'_>) -> Sighting<'e> {
    let flag = |bit: i16| {
        let (flags, known) = event.flags.zip(event.flags_known)?;
        (known & bit != 0).then_some(flags & bit != 0)
    };
    Sighting {
        ts: event.ts,
        tenant: event.tenant.as_deref(),
        rp_id: event.rp_id.as_deref(),
        user: event.user_id.as_deref(),
        aaguid: event.aaguid.as_ref().map(<[u8; 16]>::as_slice),
        kind: event.credential_kind.as_deref(),
        attachment: event.attachment.as_deref(),
        algorithm: event.public_key_alg,
        format: event.attestation_fmt.as_deref(),
        attestation_type: event.attestation_type.as_deref(),
        trust: event.attestation_trust.as_deref(),
        model: event.authenticator_model.as_deref(),
        be: flag(BE),
        bs: flag(BS),
        sign_count: event.sign_count,
        object: event.attestation_object.as_deref(),
        client_data_hash: event.client_data_hash.as_ref().map(<[u8; 32]>::as_slice),
    }
}
