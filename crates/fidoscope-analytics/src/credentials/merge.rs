//! What an event says about a credential, and how two rows of one credential become one.
//!
//! Every column but the number of sign-ins is a least, a greatest, a last or a union, so the order
//! in which events arrive does not matter, and neither does hearing of one twice. What a credential
//! is for life (its model, its algorithm) is taken as the greatest value that was said: where all
//! agree, that is the value, and where they do not, everybody gets the same answer.

use std::borrow::Cow;

use crate::schema::{Credential, Text};

/// Users and transports of a row at most.
const LONGEST_LIST: usize = 16;

/// What an event is for its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Registration,
    SignIn,
    Removal,
    Revocation,
    /// It exists, and was described.
    Described,
}

impl Part {
    /// `None` for an event after which one knows no more about the credential than before: a
    /// ceremony that failed may name a credential that does not exist.
    pub(super) fn of(kind: &str, outcome: &str) -> Option<Self> {
        match kind {
            "registration.completed" if outcome == "success" => Some(Self::Registration),
            "authentication.completed" if outcome == "success" => Some(Self::SignIn),
            "credential.removed" => Some(Self::Removal),
            "credential.revoked" | "credential.suspended" => Some(Self::Revocation),
            "credential.updated" | "credential.snapshot" => Some(Self::Described),
            _ => None,
        }
    }
}

/// The columns of an event that a row is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sighting<'e> {
    pub(super) ts: i64,
    pub(super) tenant: Option<&'e str>,
    pub(super) rp_id: Option<&'e str>,
    pub(super) user: Option<&'e str>,
    pub(super) aaguid: Option<&'e [u8]>,
    pub(super) kind: Option<&'e str>,
    pub(super) attachment: Option<&'e str>,
    pub(super) algorithm: Option<i32>,
    pub(super) format: Option<&'e str>,
    pub(super) attestation_type: Option<&'e str>,
    pub(super) trust: Option<&'e str>,
    pub(super) model: Option<&'e str>,
    pub(super) be: Option<bool>,
    pub(super) bs: Option<bool>,
    pub(super) sign_count: Option<i64>,
    pub(super) object: Option<&'e [u8]>,
    pub(super) client_data_hash: Option<&'e [u8]>,
}

/// How many texts of an event are taken as the greatest that was said.
pub(super) const TEXTS: usize = 8;

impl<'e> Sighting<'e> {
    /// The texts of which the greatest counts, in the order of [`Credential::texts`].
    pub(super) fn texts(&self) -> [Option<&'e str>; TEXTS] {
        [
            self.tenant,
            self.rp_id,
            self.kind,
            self.attachment,
            self.format,
            self.attestation_type,
            self.trust,
            self.model,
        ]
    }
}

impl Credential {
    /// The texts of which the greatest counts.
    pub(super) const fn texts(&mut self) -> [&mut Option<Text>; TEXTS] {
        [
            &mut self.tenant,
            &mut self.rp_id,
            &mut self.credential_kind,
            &mut self.attachment,
            &mut self.attestation_fmt,
            &mut self.logged_type,
            &mut self.logged_trust,
            &mut self.logged_model,
        ]
    }

    /// Takes in what events say over and over.
    pub(super) fn told<'t>(
        &mut self,
        event: &Sighting<'_>,
        transports: impl Iterator<Item = &'t str>,
    ) {
        for (held, said) in self.texts().into_iter().zip(event.texts()) {
            if said > held.as_deref() {
                *held = said.map(|text| Cow::Owned(text.to_owned()));
            }
        }
        if event.aaguid > self.aaguid.as_deref() {
            self.aaguid = event.aaguid.map(<[u8]>::to_vec);
        }
        self.public_key_alg = self.public_key_alg.max(event.algorithm);
        self.be = self.be.max(event.be);
        for transport in transports {
            add(&mut self.transports, transport);
        }
    }

    /// Takes in what other events said about the same credential. Says whether the enrolment is
    /// known better than before, so that an assessment of it is out of date.
    pub(super) fn merge(&mut self, mut other: Self) -> bool {
        let before = self.enrolment_key();
        self.first_seen = least(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.registered_at = least(self.registered_at, other.registered_at);
        self.last_sign_in = self.last_sign_in.max(other.last_sign_in);
        self.removed_at = self.removed_at.max(other.removed_at);
        self.revoked_at = self.revoked_at.max(other.revoked_at);
        self.sign_ins += other.sign_ins;
        for user in other.users.iter().flatten() {
            add(&mut self.users, user);
        }
        for transport in other.transports.iter().flatten() {
            add(&mut self.transports, transport);
        }
        enrol(
            &mut self.attestation_object,
            &mut self.client_data_hash,
            other.attestation_object.as_deref(),
            other.client_data_hash.as_deref(),
        );
        self.be = self.be.max(other.be);
        if let Some(at) = other.bs_at {
            latest(&mut self.bs_at, &mut self.bs, at, other.bs);
        }
        if let Some(at) = other.sign_count_at {
            latest(
                &mut self.sign_count_at,
                &mut self.sign_count,
                at,
                other.sign_count,
            );
        }
        self.public_key_alg = self.public_key_alg.max(other.public_key_alg);
        for (held, other) in self.texts().into_iter().zip(other.texts()) {
            if *other > *held {
                *held = other.take();
            }
        }
        if other.aaguid > self.aaguid {
            self.aaguid = other.aaguid;
        }
        before != self.enrolment_key()
    }

    /// Falls back to what the source said.
    pub(super) fn unassessed(&mut self) {
        self.attestation_type = self.logged_type.clone();
        self.attestation_trust = self.logged_trust.clone();
        self.authenticator_model = self.logged_model.clone();
        self.trust_reason = None;
        self.authenticator_level = None;
        self.authenticator_statuses = None;
        self.advisories = None;
        self.blob_no = None;
    }

    /// What an assessment rests on.
    fn enrolment_key(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        (
            &self.aaguid,
            &self.attestation_object,
            &self.client_data_hash,
        )
            .hash(&mut hasher);
        (&self.attestation_fmt, self.registered_at).hash(&mut hasher);
        (&self.logged_type, &self.logged_trust, &self.logged_model).hash(&mut hasher);
        hasher.finish()
    }
}

fn least(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The attestation object and the hash that it is signed over stay together.
pub(super) fn enrol(
    held_object: &mut Option<Vec<u8>>,
    held_hash: &mut Option<Vec<u8>>,
    object: Option<&[u8]>,
    hash: Option<&[u8]>,
) {
    if object.is_some() && (object, hash) > (held_object.as_deref(), held_hash.as_deref()) {
        *held_object = object.map(<[u8]>::to_vec);
        *held_hash = hash.map(<[u8]>::to_vec);
    }
}

/// The value that was seen last; of two at the same time the greater one.
fn latest<T: Ord + Copy>(at: &mut Option<i64>, held: &mut Option<T>, ts: i64, seen: Option<T>) {
    if seen.is_some() && (Some(ts), seen) > (*at, *held) {
        *at = Some(ts);
        *held = seen;
    }
}

/// The union, in order; of more than fit the first ones.
pub(super) fn add(held: &mut Option<Vec<Text>>, said: &str) {
    let list = held.get_or_insert_default();
    if let Err(place) = list.binary_search_by(|text| text.as_ref().cmp(said)) {
        list.insert(place, Cow::Owned(said.to_owned()));
        list.truncate(LONGEST_LIST);
    }
}
