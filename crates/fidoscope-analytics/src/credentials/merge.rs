//! What an event says about a credential, and how two rows of one credential become one.
//!
//! Every column but the number of sign-ins is a least, a greatest, a last or a union, so the order
//! in which events arrive does not matter, and neither does hearing of one twice. What a credential
//! is for life (its model, its algorithm) is taken as the greatest value that was said: where all
//! agree, that is the value, and where they do not, everybody gets the same answer.

use std::borrow::Cow;

use super::row::{Credential, Text};

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

impl Credential {
    /// Takes in an event; its sign-in is counted by the caller, who knows whether it is new.
    pub(super) fn see(&mut self, part: Part, event: &Sighting<'_>) {
        let ts = Some(event.ts);
        self.first_seen = least(self.first_seen, ts);
        self.last_seen = self.last_seen.max(ts);
        match part {
            Part::Registration => self.registered_at = least(self.registered_at, ts),
            Part::SignIn => self.last_sign_in = self.last_sign_in.max(ts),
            Part::Removal => self.removed_at = self.removed_at.max(ts),
            Part::Revocation => self.revoked_at = self.revoked_at.max(ts),
            Part::Described => {}
        }
        greatest_text(&mut self.tenant, event.tenant);
        greatest_text(&mut self.rp_id, event.rp_id);
        if let Some(user) = event.user {
            add(&mut self.users, user);
        }
        greatest_bytes(&mut self.aaguid, event.aaguid);
        let kind = event.kind.filter(|kind| *kind != "unknown");
        greatest_text(&mut self.credential_kind, kind);
        greatest_text(&mut self.attachment, event.attachment);
        self.public_key_alg = self.public_key_alg.max(event.algorithm);
        greatest_text(&mut self.attestation_fmt, event.format);
        greatest_text(&mut self.logged_type, event.attestation_type);
        greatest_text(&mut self.logged_trust, event.trust);
        greatest_text(&mut self.logged_model, event.model);
        self.be = self.be.max(event.be);
        latest(&mut self.bs_at, &mut self.bs, event.ts, event.bs);
        if matches!(part, Part::Registration | Part::SignIn) {
            let count = event.sign_count;
            latest(
                &mut self.sign_count_at,
                &mut self.sign_count,
                event.ts,
                count,
            );
        }
        self.enrolled_with(event.object, event.client_data_hash);
    }

    /// A transport that an event named.
    pub(super) fn transport(&mut self, transport: &str) {
        add(&mut self.transports, transport);
    }

    /// The attestation object and the hash that it is signed over stay together.
    fn enrolled_with(&mut self, object: Option<&[u8]>, hash: Option<&[u8]>) {
        let held = (
            self.attestation_object.as_deref(),
            self.client_data_hash.as_deref(),
        );
        if object.is_some() && (object, hash) > held {
            self.attestation_object = object.map(<[u8]>::to_vec);
            self.client_data_hash = hash.map(<[u8]>::to_vec);
        }
    }

    /// Takes in what other events said about the same credential. Says whether the enrolment is
    /// known better than before, so that an assessment of it is out of date.
    pub(super) fn merge(&mut self, other: Self) -> bool {
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
        self.enrolled_with(
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
        for (held, other) in [
            (&mut self.tenant, other.tenant),
            (&mut self.rp_id, other.rp_id),
            (&mut self.credential_kind, other.credential_kind),
            (&mut self.attachment, other.attachment),
            (&mut self.attestation_fmt, other.attestation_fmt),
            (&mut self.logged_type, other.logged_type),
            (&mut self.logged_trust, other.logged_trust),
            (&mut self.logged_model, other.logged_model),
        ] {
            if other > *held {
                *held = other;
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

/// The value that was seen last; of two at the same time the greater one.
fn latest<T: Ord + Copy>(at: &mut Option<i64>, held: &mut Option<T>, ts: i64, seen: Option<T>) {
    if seen.is_some() && (Some(ts), seen) > (*at, *held) {
        *at = Some(ts);
        *held = seen;
    }
}

fn greatest_text(held: &mut Option<Text>, said: Option<&str>) {
    if said > held.as_deref() {
        *held = said.map(|text| Cow::Owned(text.to_owned()));
    }
}

fn greatest_bytes(held: &mut Option<Vec<u8>>, said: Option<&[u8]>) {
    if said > held.as_deref() {
        *held = said.map(<[u8]>::to_vec);
    }
}

/// The union, in order; of more than fit the first ones.
fn add(held: &mut Option<Vec<Text>>, said: &str) {
    let list = held.get_or_insert_default();
    if let Err(place) = list.binary_search_by(|text| text.as_ref().cmp(said)) {
        list.insert(place, Cow::Owned(said.to_owned()));
        list.truncate(LONGEST_LIST);
    }
}
