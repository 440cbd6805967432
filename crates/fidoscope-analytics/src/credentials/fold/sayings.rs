//! What events say about credentials over and over: relying party, model, transports. There are few
//! such sayings and many events, so each is held once and known by its number.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::merge::{Sighting, TEXTS};
use super::texts::{Span, Texts, place};
use crate::schema::Credential;

/// The sayings of the events of one source.
#[derive(Default)]
pub(super) struct Sayings {
    hashes: DefaultHashBuilder,
    numbers: HashTable<u32>,
    held: Vec<Span>,
    texts: Texts,
    /// The saying that is looked for.
    sought: Vec<u8>,
}

impl Sayings {
    /// The number of what an event says.
    pub(super) fn number<'t>(
        &mut self,
        event: &Sighting<'_>,
        transports: impl Iterator<Item = &'t str>,
    ) -> u32 {
        write(event, transports, &mut self.sought);
        let hash = self.hashes.hash_one(self.sought.as_slice());
        let same = |number: &u32| self.bytes(*number) == self.sought;
        if let Some(number) = self.numbers.find(hash, same) {
            return *number;
        }
        let number = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        self.held.push(self.texts.keep(&self.sought));
        let (hashes, held, texts) = (&self.hashes, &self.held, &self.texts);
        self.numbers.insert_unique(hash, number, |number| {
            let span = held.get(place(*number)).copied();
            hashes.hash_one(texts.get(span.unwrap_or_default()))
        });
        number
    }

    fn bytes(&self, number: u32) -> &[u8] {
        let span = self.held.get(place(number)).copied();
        self.texts.get(span.unwrap_or_default())
    }

    /// Puts what was said into a row.
    pub(super) fn tell(&self, number: u32, row: &mut Credential) {
        if let Some((event, transports)) = read(self.bytes(number)) {
            row.told(&event, transports.into_iter());
        }
    }

    /// One saying that says what several do.
    pub(super) fn together(&mut self, numbers: &[u32]) -> u32 {
        let mut row = Credential::default();
        numbers
            .iter()
            .for_each(|number| self.tell(*number, &mut row));
        self.number(&sighting(&row), transports(&row))
    }

    /// The numbers that the sayings of another source have here.
    pub(super) fn take_in(&mut self, other: &Self) -> Vec<u32> {
        let numbers = 0..u32::try_from(other.held.len()).unwrap_or(u32::MAX);
        numbers
            .map(|number| match read(other.bytes(number)) {
                Some((event, transports)) => self.number(&event, transports.into_iter()),
                None => number,
            })
            .collect()
    }
}

fn sighting(row: &Credential) -> Sighting<'_> {
    Sighting {
        tenant: row.tenant.as_deref(),
        rp_id: row.rp_id.as_deref(),
        aaguid: row.aaguid.as_deref(),
        kind: row.credential_kind.as_deref(),
        attachment: row.attachment.as_deref(),
        algorithm: row.public_key_alg,
        format: row.attestation_fmt.as_deref(),
        attestation_type: row.logged_type.as_deref(),
        trust: row.logged_trust.as_deref(),
        model: row.logged_model.as_deref(),
        be: row.be,
        ..Sighting::default()
    }
}

fn transports(row: &Credential) -> impl Iterator<Item = &str> {
    row.transports.iter().flatten().map(AsRef::as_ref)
}

/// Writes a saying as bytes: equal where the saying is.
fn write<'t>(event: &Sighting<'_>, transports: impl Iterator<Item = &'t str>, into: &mut Vec<u8>) {
    into.clear();
    for text in event.texts() {
        put(text.map(str::as_bytes), into);
    }
    put(event.aaguid, into);
    let algorithm = event.algorithm.map(i32::to_le_bytes);
    put(algorithm.as_ref().map(<[u8; 4]>::as_slice), into);
    into.push(event.be.map_or(0, |be| 1 + u8::from(be)));
    for transport in transports {
        put(Some(transport.as_bytes()), into);
    }
}

/// The length plus one, zero for what is not there, and the bytes.
fn put(bytes: Option<&[u8]>, into: &mut Vec<u8>) {
    let length = bytes.map_or(0, |bytes| bytes.len() + 1);
    match u8::try_from(length) {
        Ok(short) if short < u8::MAX => into.push(short),
        _ => {
            into.push(u8::MAX);
            into.extend_from_slice(&length.to_le_bytes());
        }
    }
    into.extend_from_slice(bytes.unwrap_or_default());
}

/// Reads what [`write`] has written; there is nothing else to read.
fn read(mut bytes: &[u8]) -> Option<(Sighting<'_>, Vec<&str>)> {
    let mut texts = [None; TEXTS];
    for text in &mut texts {
        *text = taken(&mut bytes)?.map(text_of);
    }
    let [
        tenant,
        rp_id,
        kind,
        attachment,
        format,
        attestation_type,
        trust,
        model,
    ] = texts;
    let aaguid = taken(&mut bytes)?;
    let algorithm = taken(&mut bytes)?;
    let (be, mut bytes) = bytes.split_first()?;
    let mut transports = Vec::new();
    while !bytes.is_empty() {
        transports.extend(taken(&mut bytes)?.map(text_of));
    }
    let event = Sighting {
        tenant,
        rp_id,
        aaguid,
        kind,
        attachment,
        algorithm: algorithm
            .and_then(|bytes| bytes.try_into().ok())
            .map(i32::from_le_bytes),
        format,
        attestation_type,
        trust,
        model,
        be: (*be > 0).then_some(*be == 2),
        ..Sighting::default()
    };
    Some((event, transports))
}

fn taken<'b>(bytes: &mut &'b [u8]) -> Option<Option<&'b [u8]>> {
    let (first, mut rest) = bytes.split_first()?;
    let mut length = usize::from(*first);
    if *first == u8::MAX {
        let (long, after) = rest.split_first_chunk()?;
        (length, rest) = (usize::from_le_bytes(*long), after);
    }
    let Some(length) = length.checked_sub(1) else {
        *bytes = rest;
        return Some(None);
    };
    let (taken, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(Some(taken))
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: &Sighting<'_>, said: &[&str]) {
        let mut bytes = Vec::new();
        write(event, said.iter().copied(), &mut bytes);
        let (read, transports) = read(&bytes).unwrap();
        assert_eq!(format!("{read:?}"), format!("{event:?}"));
        assert_eq!(transports, said);
    }

    #[test]
    fn a_saying_is_read_as_it_was_written() {
        let long = "m".repeat(300);
        check(&Sighting::default(), &[]);
        let event = Sighting {
            tenant: Some(""),
            rp_id: Some("login.example"),
            model: Some(&long),
            aaguid: Some(&[7; 16]),
            algorithm: Some(-7),
            be: Some(false),
            ..Sighting::default()
        };
        check(&event, &["usb", "nfc"]);
        check(&event, &[""]);
    }

    #[test]
    fn a_saying_is_held_once() {
        let mut sayings = Sayings::default();
        let said = |rp_id| Sighting {
            rp_id: Some(rp_id),
            ..Sighting::default()
        };
        let first = sayings.number(&said("a.example"), ["usb"].into_iter());
        let other = sayings.number(&said("b.example"), ["nfc"].into_iter());
        let again = sayings.number(&said("a.example"), ["usb"].into_iter());
        assert_eq!((first, other, again), (0, 1, 0));
        let both = sayings.together(&[first, other]);
        let mut row = Credential::default();
        sayings.tell(both, &mut row);
        assert_eq!(row.rp_id.as_deref(), Some("b.example"));
        let transports = row.transports.unwrap();
        assert_eq!(transports, ["nfc", "usb"]);
    }
}
