//! What a stored registration is worth today, and what it was worth then: the bytes that were kept,
//! or just the model and the time, against metadata that has moved on since.
//!
//! The standard lets a relying party keep `attestationObject` and `attestationClientDataJSON` with
//! a credential (`WebAuthn L3 §4`), so that trust can be judged again. With both, the statement is
//! verified again; with less, what cannot be known is said to be *not evaluated*, and names what is
//! missing.

mod advisory;
mod difference;
mod statement;
mod view;

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use fidoscope_metadata::{Blob, History, Level, NameSource, Names};
use fidoscope_webauthn::{Aaguid, AuthenticatorData};

pub use advisory::{Advisory, AdvisoryHit, AffectedModel, Firmware, FirmwareError};
pub use difference::{Difference, DifferenceIn};
pub use view::View;

use crate::verdict::registry as step;
use advisory::Advisories;
use statement::Time;
use view::Views;

/// What was kept of a registration. Everything may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolment<'e> {
    /// Model, as the log or the database has it; what is signed counts before it.
    pub aaguid: Option<Aaguid>,
    /// Attestation object.
    pub attestation_object: Option<&'e [u8]>,
    /// Authenticator data, where there is no attestation object.
    pub authenticator_data: Option<&'e [u8]>,
    /// Client data as the client sent it.
    pub client_data_json: Option<&'e [u8]>,
    /// SHA-256 of the client data, where the client data was not kept.
    pub client_data_hash: Option<[u8; 32]>,
    /// Format of the attestation statement, where there is no attestation object.
    pub attestation_format: Option<&'e str>,
    /// When it took place.
    pub registered_at: Option<DateTime<Utc>>,
}

/// What registrations are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'t> {
    /// The instant of judgement.
    pub now: DateTime<Utc>,
    /// The newest metadata.
    pub newest: Option<&'t Blob>,
    /// Metadata of the past, if registrations are to be judged by it as well.
    pub past: Past<'t>,
    /// Names of models that the metadata does not have.
    pub names: Option<&'t Names>,
    /// Public advisories that the metadata does not carry.
    pub advisories: &'t [Advisory],
    /// Trust anchors in PEM, besides those of the metadata.
    pub anchors: &'t [String],
    /// Revocation lists in PEM or DER, or Android status lists in JSON. They are of today: the past
    /// is judged without.
    pub crls: &'t [Vec<u8>],
    /// Certification level that a model must have.
    pub required_level: Option<Level>,
}

/// Metadata of the past.
#[derive(Clone, Copy, Debug, Default)]
pub enum Past<'t> {
    /// None: nothing is said about earlier.
    #[default]
    Unknown,
    /// One BLOB, for every registration: what has changed since it was the newest.
    Blob(&'t Blob),
    /// For each registration the BLOB that was in force when it took place.
    History(&'t History),
}

impl Trust<'_> {
    /// Judges by nothing but the clock; fill in what there is.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            newest: None,
            past: Past::Unknown,
            names: None,
            advisories: &[],
            anchors: &[],
            crls: &[],
            required_level: None,
        }
    }
}

/// Assesses registrations. Made once, then shared by threads: what depends on the model only is
/// worked out in advance.
pub struct Assessor<'t> {
    trust: Trust<'t>,
    views: Views<'t>,
    advisories: Advisories<'t>,
    terms: statement::Terms<'t>,
}

/// What a registration is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment<'a> {
    /// Model: the signed one, else the one that was logged.
    pub aaguid: Option<Aaguid>,
    /// The logged model, where it is not the signed one.
    pub contradicted: Option<Aaguid>,
    /// Attestation format.
    pub format: Option<Cow<'a, str>>,
    /// Attestation type.
    pub attestation: Option<AttestationType>,
    /// Trust in the attestation, by the newest metadata.
    pub trust: TrustVerdict,
    /// Name of the model; absent for the zero AAGUID, which names none.
    pub model: Option<ModelName<'a>>,
    /// What the newest metadata says of the model; absent without metadata.
    pub newest: Option<Cow<'a, View<'a>>>,
    /// How it was judged by the metadata of the past; absent where that is not known.
    pub earlier: Option<Earlier<'a>>,
    /// Public advisories about the model. None of them is a revocation.
    pub advisories: Vec<AdvisoryHit<'a>>,
    /// Firmware, where the attestation certificate tells it.
    pub firmware: Option<Firmware>,
}

/// The judgement of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier<'a> {
    /// What the metadata of the past said of the model.
    pub view: View<'a>,
    /// Trust in the attestation, by the metadata of the past.
    pub trust: TrustVerdict,
}

/// Name of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelName<'a> {
    /// The name.
    pub name: &'a str,
    /// Who gave it.
    pub source: NameSource,
}

/// Attestation type (`WebAuthn L3 §6.5.4`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttestationType {
    /// A certificate of the model or batch.
    Basic,
    /// The credential key itself.
    SelfSigned,
    /// A certificate of an attestation CA.
    AttCa,
    /// A certificate made for this credential.
    AnonCa,
    /// `Basic` or `AttCA`: a format and a model that have both cannot be told apart.
    BasicOrAttCa,
    /// Several statements.
    Compound,
    /// No attestation.
    None,
}

/// Whether an attestation can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttestationTrust {
    /// The statement verifies and leads to an anchor of the model.
    Trusted,
    /// It does not.
    Untrusted,
    /// Nobody vouches for the model: no statement, or one of the credential's own key.
    NotAttested,
    /// An input is missing.
    NotEvaluated,
}

/// Trust, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustVerdict {
    /// Whether it can be trusted.
    pub trust: AttestationTrust,
    /// The step that decided.
    pub step: &'static str,
    /// Why, in words.
    pub reason: Cow<'static, str>,
    /// Whether it rests on an anchor that was made for tests.
    pub test_root: bool,
}

impl<'t> Assessor<'t> {
    /// Prepares what can be worked out in advance.
    #[must_use]
    pub fn new(trust: Trust<'t>) -> Self {
        Self {
            views: Views::new(&trust),
            advisories: Advisories::new(trust.advisories),
            terms: statement::Terms::new(&trust),
            trust,
        }
    }

    /// What registrations are judged by.
    #[must_use]
    pub fn trust(&self) -> &Trust<'t> {
        &self.trust
    }

    /// The metadata of the past that a registration is judged by.
    #[must_use]
    pub fn in_force(&self, at: DateTime<Utc>) -> Option<&'t Blob> {
        self.views.past(Some(at)).map(|(blob, _)| blob)
    }

    /// Assesses one registration.
    #[must_use]
    pub fn assess<'a>(&'a self, enrolment: &Enrolment<'a>) -> Assessment<'a> {
        match enrolment.attestation_object {
            Some(bytes) => self.by_bytes(enrolment, bytes),
            None => self.by_model(enrolment),
        }
    }

    fn by_model<'a>(&'a self, enrolment: &Enrolment<'a>) -> Assessment<'a> {
        let signed = enrolment
            .authenticator_data
            .and_then(|bytes| AuthenticatorData::decode(bytes).attested)
            .map(|attested| attested.aaguid);
        let aaguid = signed.or(enrolment.aaguid);
        let trust = without_statement(aaguid, enrolment.attestation_format);
        let at = self.views.past(enrolment.registered_at);
        let view = |(blob, at)| View::of(blob, at, aaguid.as_ref(), None, &self.trust);
        Assessment {
            aaguid,
            contradicted: contradicted(signed, enrolment),
            format: enrolment.attestation_format.map(Cow::Borrowed),
            attestation: None,
            model: self.model(aaguid.as_ref(), None),
            newest: self.views.newest(aaguid.as_ref(), &self.trust),
            earlier: at.map(view).map(|view| Earlier {
                view,
                trust: trust.clone(),
            }),
            trust,
            advisories: self.advisories.of(aaguid.as_ref(), None),
            firmware: None,
        }
    }

    fn by_bytes<'a>(&'a self, enrolment: &Enrolment<'a>, bytes: &'a [u8]) -> Assessment<'a> {
        let trust = &self.trust;
        let newest = self
            .terms
            .judge(bytes, enrolment, Time::Now, (trust.newest, trust.now));
        let aaguid = newest.aaguid.or(enrolment.aaguid);
        let sent = Some(newest.sent.as_slice());
        let past = self.views.past(enrolment.registered_at);
        let earlier = past.map(|(blob, at)| Earlier {
            view: View::of(blob, at, aaguid.as_ref(), sent, trust),
            trust: self
                .terms
                .judge(bytes, enrolment, Time::Then, (Some(blob), at))
                .trust,
        });
        let view = |blob| View::of(blob, trust.now, aaguid.as_ref(), sent, trust);
        let view: Option<View<'a>> = trust.newest.map(view);
        let listed = view.as_ref().and_then(|view| view.model);
        Assessment {
            aaguid,
            contradicted: contradicted(newest.aaguid, enrolment),
            format: newest.format.map(Cow::Owned),
            attestation: newest.attestation,
            model: self.model(aaguid.as_ref(), listed.map(|listed| listed.description())),
            newest: view.map(Cow::Owned),
            earlier,
            trust: newest.trust,
            advisories: self.advisories.of(aaguid.as_ref(), newest.firmware),
            firmware: newest.firmware,
        }
    }

    /// The BLOB's name counts first, then that of a list.
    fn model<'a>(
        &'a self,
        aaguid: Option<&Aaguid>,
        found: Option<&'a str>,
    ) -> Option<ModelName<'a>> {
        let of_metadata = |name: &'a str| {
            let source = NameSource::Metadata;
            (!name.is_empty()).then_some(ModelName { name, source })
        };
        let aaguid = aaguid.filter(|aaguid| !aaguid.is_zero());
        let listed = || of_metadata(self.trust.newest?.model(aaguid?)?.description());
        let named = || {
            let (name, source) = self.trust.names?.get(aaguid?)?;
            Some(ModelName { name, source })
        };
        found.and_then(of_metadata).or_else(listed).or_else(named)
    }
}

impl Assessment<'_> {
    /// Whether a judgement rests on an anchor that was made for tests.
    #[must_use]
    pub fn is_under_test_root(&self) -> bool {
        let earlier = self
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.trust.test_root);
        self.trust.test_root || earlier
    }
}

fn contradicted(signed: Option<Aaguid>, enrolment: &Enrolment<'_>) -> Option<Aaguid> {
    let logged = enrolment.aaguid?;
    signed
        .is_some_and(|signed| signed != logged)
        .then_some(logged)
}

/// What can be said about trust without a statement.
fn without_statement(aaguid: Option<Aaguid>, format: Option<&str>) -> TrustVerdict {
    let (trust, step, reason) = match (format, aaguid) {
        (Some("none"), _) => (
            AttestationTrust::NotAttested,
            step::REG_TRUST.id,
            "the format is none",
        ),
        (_, Some(aaguid)) if aaguid.is_zero() => (
            AttestationTrust::NotAttested,
            step::MDS_ENTRY_ZERO_AAGUID.id,
            "the zero AAGUID names no model",
        ),
        (_, Some(_)) => (
            AttestationTrust::NotEvaluated,
            step::REG_ATT_OBJ.id,
            "no attestation object: the AAGUID is a claim",
        ),
        (_, None) => (
            AttestationTrust::NotEvaluated,
            step::REG_ATT_OBJ.id,
            "neither attestation object nor AAGUID",
        ),
    };
    TrustVerdict {
        trust,
        step,
        reason: Cow::Borrowed(reason),
        test_root: false,
    }
}

impl AttestationType {
    /// The word in events and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::SelfSigned => "self",
            Self::AttCa => "attca",
            Self::AnonCa => "anonca",
            Self::BasicOrAttCa => "basic or attca",
            Self::Compound => "compound",
            Self::None => "none",
        }
    }
}

impl AttestationTrust {
    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Untrusted => "untrusted",
            Self::NotAttested => "not-attested",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

impl fmt::Display for AttestationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for AttestationTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
