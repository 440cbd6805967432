//! The credentials of one source while events come in. A log names each of them again and again, in
//! no order, so what is held of one is small, and most of what an event says is only its number.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::merge::{Part, Sighting, add, enrol};
use super::sayings::Sayings;
use super::stored::Events;
use super::texts::{Span, Texts, place};
use super::{IdRef, SignIn, Told};
use crate::schema::{Credential, Text};

/// Earlier than any event, and later.
const BEFORE: i64 = i64::MIN;
const AFTER: i64 = i64::MAX;

/// No saying, and the length of no user.
const NOTHING: u32 = u32::MAX;

/// Sayings beside those of the entry before they are put together.
const MANY: usize = 8;

/// What is known of one credential. It takes two lines of the cache.
struct Entry {
    id: Span,
    /// Its user is kept behind its identifier, if it was known with it.
    user_length: u32,
    is_ref: bool,
    /// Whether its row was handed over.
    gone: bool,
    said: [u32; 2],
    first_seen: i64,
    last_seen: i64,
    registered_at: i64,
    last_sign_in: i64,
    removed_at: i64,
    revoked_at: i64,
    bs: Last<bool>,
    sign_count: Last<i64>,
    sign_ins: i64,
    rare: Option<Box<Rare>>,
}

/// What was seen last; of two at the same time the greater.
#[derive(Clone, Copy)]
struct Last<T> {
    at: i64,
    value: T,
}

impl<T: Copy + Default + Ord> Last<T> {
    fn unseen() -> Self {
        Self {
            at: BEFORE,
            value: T::default(),
        }
    }

    fn see(&mut self, at: i64, value: T) {
        if (at, value) > (self.at, self.value) {
            *self = Self { at, value };
        }
    }

    fn known(self) -> (Option<i64>, Option<T>) {
        let at = known(self.at, BEFORE);
        (at, at.map(|_| self.value))
    }
}

/// What few credentials have.
#[derive(Default)]
struct Rare {
    /// Users beside the one of the entry.
    users: Option<Vec<Text>>,
    said: Vec<u32>,
    object: Option<Vec<u8>>,
    client_data_hash: Option<Vec<u8>>,
}

impl Entry {
    fn new(id: Span, is_ref: bool, user: Option<Span>) -> Self {
        Self {
            id,
            user_length: user.map_or(NOTHING, Span::length),
            is_ref,
            gone: false,
            said: [NOTHING; 2],
            first_seen: AFTER,
            last_seen: BEFORE,
            registered_at: AFTER,
            last_sign_in: BEFORE,
            removed_at: BEFORE,
            revoked_at: BEFORE,
            bs: Last::unseen(),
            sign_count: Last::unseen(),
            sign_ins: 0,
            rare: None,
        }
    }

    fn user(&self) -> Option<Span> {
        let known = self.user_length != NOTHING;
        known.then(|| self.id.next(self.user_length))
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Takes in what no other event says like this one.
    fn see(&mut self, part: Part, event: &Sighting<'_>) {
        let ts = event.ts;
        self.first_seen = self.first_seen.min(ts);
        self.last_seen = self.last_seen.max(ts);
        match part {
            Part::Registration => self.registered_at = self.registered_at.min(ts),
            Part::SignIn => self.last_sign_in = self.last_sign_in.max(ts),
            Part::Removal => self.removed_at = self.removed_at.max(ts),
            Part::Revocation => self.revoked_at = self.revoked_at.max(ts),
            Part::Described => {}
        }
        if let Some(bs) = event.bs {
            self.bs.see(ts, bs);
        }
        if let Some(count) = event.sign_count
            && matches!(part, Part::Registration | Part::SignIn)
        {
            self.sign_count.see(ts, count);
        }
        self.enrol(event.object, event.client_data_hash);
    }

    fn enrol(&mut self, object: Option<&[u8]>, hash: Option<&[u8]>) {
        if object.is_some() {
            let rare = self.rare();
            enrol(&mut rare.object, &mut rare.client_data_hash, object, hash);
        }
    }

    fn said(&mut self, number: u32, sayings: &mut Sayings) {
        for held in &mut self.said {
            if *held == NOTHING {
                *held = number;
            }
            if *held == number {
                return;
            }
        }
        let said = &mut self.rare().said;
        if said.contains(&number) {
            return;
        }
        said.push(number);
        if said.len() > MANY {
            let together = sayings.together(said);
            said.clear();
            said.push(together);
        }
    }

    fn used_by(&mut self, user: &str, texts: &Texts) {
        let held = self.user().map(|held| texts.get(held));
        if held != Some(user.as_bytes()) {
            add(&mut self.rare().users, user);
        }
    }

    /// Takes in what another thread knows about the credential: all but its user and its sayings,
    /// which are texts of that thread.
    fn merge(&mut self, other: Self) {
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.registered_at = self.registered_at.min(other.registered_at);
        self.last_sign_in = self.last_sign_in.max(other.last_sign_in);
        self.removed_at = self.removed_at.max(other.removed_at);
        self.revoked_at = self.revoked_at.max(other.revoked_at);
        self.sign_ins += other.sign_ins;
        self.bs.see(other.bs.at, other.bs.value);
        let count = other.sign_count;
        self.sign_count.see(count.at, count.value);
        if let Some(rare) = other.rare {
            for user in rare.users.iter().flatten() {
                add(&mut self.rare().users, user);
            }
            self.enrol(rare.object.as_deref(), rare.client_data_hash.as_deref());
        }
    }

    fn sayings(&self) -> Vec<u32> {
        let rare = self.rare.iter().flat_map(|rare| rare.said.iter());
        let all = self.said.iter().chain(rare);
        all.copied().filter(|number| *number != NOTHING).collect()
    }
}

/// A sign-in that is still to be counted, and where its credential is.
#[derive(Clone, Copy)]
struct Open {
    place: u32,
    sign_in: SignIn,
}

/// The credentials, and where each is.
#[derive(Default)]
pub(super) struct Rows {
    hashes: DefaultHashBuilder,
    places: HashTable<u32>,
    entries: Vec<Entry>,
    texts: Texts,
    sayings: Sayings,
    open: Vec<Open>,
}

impl Rows {
    /// Takes in some events of a batch. Where the credentials are is looked up for all of them
    /// before anything else is done: they lie anywhere in memory, and it is faster to wait for many
    /// at once than for each in its turn.
    pub(super) fn take_in(&mut self, told: &[Told], events: &Events) {
        let known = self.known(told, events);
        for (told, known) in told.iter().zip(known) {
            let Some(id) = events.id(told.row) else {
                continue;
            };
            let event = events.sighting(told.row);
            let at = known.unwrap_or_else(|| self.entry(id, event.user));
            let transports = events.transports(told.row);
            let said = self.sayings.number(&event, transports);
            let Some(entry) = self.entries.get_mut(place(at)) else {
                continue;
            };
            entry.see(told.part, &event);
            entry.said(said, &mut self.sayings);
            if let Some(user) = event.user {
                entry.used_by(user, &self.texts);
            }
            if told.part == Part::SignIn {
                let sign_in = SignIn::new(event.ts, events.event_id.value(told.row));
                self.open.push(Open { place: at, sign_in });
            }
        }
    }

    /// Where the credentials of some events are, of those that are there already. Each step does
    /// little, so that the next event's memory is asked for before this one's has come.
    fn known(&self, told: &[Told], events: &Events) -> Vec<Option<u32>> {
        let ids = || told.iter().map(|told| events.id(told.row));
        let hashes: Vec<u64> = ids().map(|id| id.map_or(0, |id| self.hash(id))).collect();
        let near = |hash: &u64| self.places.find(*hash, |_| true).copied();
        let near: Vec<Option<u32>> = hashes.iter().map(near).collect();
        let entry = |at: &Option<u32>| {
            let entry = self.entries.get(place((*at)?))?;
            Some((entry.id, entry.is_ref))
        };
        let found: Vec<Option<(Span, bool)>> = near.iter().map(entry).collect();
        let is = |(span, is_ref): (Span, bool), (bytes, wanted): (&[u8], bool)| {
            is_ref == wanted && self.texts.get(span) == bytes
        };
        let known = ids().zip(hashes).zip(near.into_iter().zip(found));
        known
            .map(|((id, hash), (at, found))| match (id, found) {
                (Some(id), Some(found)) if is(found, id.parts()) => at,
                (Some(id), Some(_)) => self.find(hash, id),
                _ => None,
            })
            .collect()
    }

    /// Where a credential is. A user is held beside it when it is new.
    fn entry(&mut self, id: IdRef<'_>, user: Option<&str>) -> u32 {
        let hash = self.hash(id);
        if let Some(place) = self.find(hash, id) {
            return place;
        }
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let (bytes, is_ref) = id.parts();
        let id = self.texts.keep(bytes);
        let user = user.map(|user| self.texts.keep(user.as_bytes()));
        self.entries.push(Entry::new(id, is_ref, user));
        let (hashes, entries, texts) = (&self.hashes, &self.entries, &self.texts);
        self.places.insert_unique(hash, at, |at| {
            let entry = entries.get(place(*at));
            hashes.hash_one(entry.map(|entry| texts.get(entry.id)).unwrap_or_default())
        });
        at
    }

    fn hash(&self, id: IdRef<'_>) -> u64 {
        self.hashes.hash_one(id.parts().0)
    }

    fn find(&self, hash: u64, id: IdRef<'_>) -> Option<u32> {
        let (bytes, is_ref) = id.parts();
        let same = |at: &u32| {
            let entry = self.entries.get(place(*at));
            entry.is_some_and(|entry| entry.is_ref == is_ref && self.texts.get(entry.id) == bytes)
        };
        self.places.find(hash, same).copied()
    }

    /// Takes in what another thread has folded.
    pub(super) fn merge(&mut self, mut other: Self) {
        if self.entries.len() < other.entries.len() {
            std::mem::swap(self, &mut other);
        }
        let sayings = self.sayings.take_in(&other.sayings);
        let mut places = Vec::with_capacity(other.entries.len());
        for entry in std::mem::take(&mut other.entries) {
            let id = other.id(&entry);
            let user = entry.user().map(|user| text_of(other.texts.get(user)));
            let at = self.entry(id, user);
            places.push(at);
            if let Some(held) = self.entries.get_mut(place(at)) {
                for said in entry.sayings() {
                    let number = sayings.get(place(said)).copied();
                    held.said(number.unwrap_or(said), &mut self.sayings);
                }
                if let Some(user) = user {
                    held.used_by(user, &self.texts);
                }
                held.merge(entry);
            }
        }
        self.open.extend(other.open.into_iter().filter_map(|open| {
            let place = *places.get(place(open.place))?;
            Some(Open { place, ..open })
        }));
    }

    fn id(&self, entry: &Entry) -> IdRef<'_> {
        let bytes = self.texts.get(entry.id);
        if entry.is_ref {
            IdRef::Ref(text_of(bytes))
        } else {
            IdRef::Raw(bytes)
        }
    }

    /// Counts the sign-ins, each once; `is_new` says of each whether it certainly was not counted
    /// before. Hands over those of which that is not certain.
    pub(super) fn count_new(
        &mut self,
        mut is_new: impl FnMut(SignIn) -> bool,
    ) -> Vec<(IdRef<'_>, SignIn)> {
        let mut sorted = by_place(self.entries.len(), std::mem::take(&mut self.open));
        let mut late = Vec::new();
        for (at, sign_ins) in sorted.each() {
            sign_ins.sort_unstable();
            let mut last = None;
            for sign_in in sign_ins {
                if last.replace(*sign_in) == Some(*sign_in) {
                    continue;
                }
                if !is_new(*sign_in) {
                    late.push((at, *sign_in));
                } else if let Some(entry) = self.entries.get_mut(at) {
                    entry.sign_ins += 1;
                }
            }
        }
        let named = |(at, sign_in)| Some((self.id(self.entries.get(at)?), sign_in));
        late.into_iter().filter_map(named).collect()
    }

    /// Counts a sign-in that turned out to be new.
    pub(super) fn count(&mut self, id: IdRef<'_>) {
        let at = self.find(self.hash(id), id);
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(place(at))) {
            entry.sign_ins += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn has(&self, id: IdRef<'_>) -> bool {
        self.find(self.hash(id), id).is_some()
    }

    /// Hands over the row of a credential, once.
    pub(super) fn take(&mut self, source: &str, id: IdRef<'_>) -> Option<Credential> {
        let at = place(self.find(self.hash(id), id)?);
        let row = self.row(source, at);
        let entry = self.entries.get_mut(at)?;
        let gone = std::mem::replace(&mut entry.gone, true);
        row.filter(|_| !gone)
    }

    /// Places of the rows that were not handed over, in the order of their identifiers.
    pub(super) fn left(&self) -> Vec<usize> {
        let entries = self.entries.iter().enumerate();
        let mut left: Vec<_> = entries
            .filter(|(_, entry)| !entry.gone)
            .map(|(at, entry)| {
                let id = self.texts.get(entry.id);
                // Comparing numbers is faster, and nearly always enough.
                let mut first = [0; 8];
                first.iter_mut().zip(id).for_each(|(to, byte)| *to = *byte);
                (!entry.is_ref, u64::from_be_bytes(first), id, at)
            })
            .collect();
        left.sort_unstable();
        left.into_iter().map(|(.., at)| at).collect()
    }

    /// The row at a place.
    pub(super) fn row(&self, source: &str, at: usize) -> Option<Credential> {
        let entry = self.entries.get(at)?;
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let (mut raw, mut name) = (None, None);
        match self.id(entry) {
            IdRef::Raw(bytes) => raw = Some(bytes.to_vec()),
            IdRef::Ref(text) => name = Some(owned(text)),
        }
        let user = entry
            .user()
            .map(|user| owned(text_of(self.texts.get(user))));
        let ((bs_at, bs), (sign_count_at, sign_count)) =
            (entry.bs.known(), entry.sign_count.known());
        let mut row = Credential {
            source: owned(source),
            credential_id: raw,
            credential_ref: name,
            users: user.map(|user| vec![user]),
            first_seen: known(entry.first_seen, AFTER),
            last_seen: known(entry.last_seen, BEFORE),
            registered_at: known(entry.registered_at, AFTER),
            last_sign_in: known(entry.last_sign_in, BEFORE),
            removed_at: known(entry.removed_at, BEFORE),
            revoked_at: known(entry.revoked_at, BEFORE),
            bs,
            bs_at,
            sign_count,
            sign_count_at,
            sign_ins: entry.sign_ins,
            ..Credential::default()
        };
        for said in entry.sayings() {
            self.sayings.tell(said, &mut row);
        }
        if let Some(rare) = &entry.rare {
            for user in rare.users.iter().flatten() {
                add(&mut row.users, user);
            }
            row.attestation_object.clone_from(&rare.object);
            row.client_data_hash.clone_from(&rare.client_data_hash);
        }
        Some(row)
    }
}

fn known(ts: i64, unknown: i64) -> Option<i64> {
    (ts != unknown).then_some(ts)
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Sign-ins put in the order of their credentials.
struct ByPlace {
    sign_ins: Vec<SignIn>,
    /// Where those of each credential end.
    ends: Vec<usize>,
}

impl ByPlace {
    /// Those of each credential.
    fn each(&mut self) -> impl Iterator<Item = (usize, &mut [SignIn])> {
        let mut rest = self.sign_ins.as_mut_slice();
        let mut start = 0;
        self.ends.iter().enumerate().map(move |(at, end)| {
            let (these, after) = std::mem::take(&mut rest).split_at_mut(end - start);
            (rest, start) = (after, *end);
            (at, these)
        })
    }
}

/// There are as many credentials as places, so nothing has to be compared.
fn by_place(places: usize, open: Vec<Open>) -> ByPlace {
    let mut ends = vec![0; places];
    for one in &open {
        if let Some(count) = ends.get_mut(place(one.place)) {
            *count += 1;
        }
    }
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let none = SignIn { ts: 0, event: 0 };
    let mut sign_ins = vec![none; start];
    for one in open {
        // What was the start of a credential's sign-ins becomes their end.
        if let Some(end) = ends.get_mut(place(one.place)) {
            if let Some(slot) = sign_ins.get_mut(*end) {
                *slot = one.sign_in;
            }
            *end += 1;
        }
    }
    ByPlace { sign_ins, ends }
}
