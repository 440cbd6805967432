//! Why a registration stands out.

use std::fmt;
use std::str::FromStr;

use fidoscope_metadata::Status;
use fidoscope_report::{AuditClassInfo, near_miss};
use fidoscope_verifier::{Assessment, AttestationTrust, TrustVerdict, View};
use fidoscope_webauthn::Aaguid;

/// Why a registration stands out, in the order of gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditClass {
    /// The model is revoked.
    Revoked,
    /// A compromise of the model's keys or of its user verification is reported.
    Compromised,
    /// A compromise of one batch is reported, and the batch is not known.
    PossiblyCompromised,
    /// The statement does not verify, or leads to no anchor of the model.
    Untrusted,
    /// A certificate of the statement is outside its validity.
    Expired,
    /// The vendor retired the model.
    Retired,
    /// The model is below the required level.
    BelowLevel,
    /// The logged model is not the signed one.
    OtherModel,
    /// Neither metadata nor a list of names knows the model.
    UnknownModel,
    /// The metadata says something else than it did.
    Changed,
    /// There is a public advisory about the model.
    Advisory,
}

/// Classes, and which of them are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Classes {
    pub(super) now: ClassSet,
    /// Absent where nothing is known about the past.
    pub(super) new: Option<ClassSet>,
}

/// A set of classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClassSet(u16);

/// A word that is no class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown class `{word}`{help}")]
pub struct UnknownAuditClass {
    word: String,
    help: String,
}

impl AuditClass {
    /// Every class, the gravest first.
    pub const ALL: [Self; 11] = [
        Self::Revoked,
        Self::Compromised,
        Self::PossiblyCompromised,
        Self::Untrusted,
        Self::Expired,
        Self::Retired,
        Self::BelowLevel,
        Self::OtherModel,
        Self::UnknownModel,
        Self::Changed,
        Self::Advisory,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Compromised => "compromised",
            Self::PossiblyCompromised => "possibly-compromised",
            Self::Untrusted => "untrusted",
            Self::Expired => "expired",
            Self::Retired => "retired",
            Self::BelowLevel => "below-level",
            Self::OtherModel => "other-model",
            Self::UnknownModel => "unknown-model",
            Self::Changed => "changed",
            Self::Advisory => "advisory",
        }
    }

    /// What it means.
    #[must_use]
    pub const fn info(self) -> AuditClassInfo {
        AuditClassInfo {
            class: self.word(),
            compared: !matches!(self, Self::OtherModel | Self::Changed | Self::Advisory),
            meaning: match self {
                Self::Revoked => "the metadata revokes the model",
                Self::Compromised => "keys or user verification of the model are compromised",
                Self::PossiblyCompromised => {
                    "one batch is compromised; without attestation object the batch is unknown"
                }
                Self::Untrusted => "the statement fails, or leads to no anchor of the model",
                Self::Expired => "a certificate of the statement is outside its validity",
                Self::Retired => "the vendor retired the model",
                Self::BelowLevel => "the model is below the required certification level",
                Self::OtherModel => "the log names another model than the authenticator signed",
                Self::UnknownModel => "neither metadata nor a list of names knows the model",
                Self::Changed => "the metadata says something else than it did",
                Self::Advisory => "there is a public advisory about the model; no revocation",
            },
        }
    }

    /// Its place in [`Self::ALL`].
    pub(super) fn place(self) -> usize {
        Self::ALL
            .iter()
            .position(|class| *class == self)
            .unwrap_or(0)
    }
}

impl FromStr for AuditClass {
    type Err = UnknownAuditClass;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let words = Self::ALL.map(Self::word);
        let found = Self::ALL.into_iter().find(|class| class.word() == word);
        found.ok_or_else(|| UnknownAuditClass {
            word: word.to_owned(),
            help: match near_miss(word, words) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => format!(", expected one of {}", words.join(", ")),
            },
        })
    }
}

impl fmt::Display for AuditClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl ClassSet {
    fn add(&mut self, class: AuditClass, holds: bool) {
        if holds {
            self.0 |= 1 << class.place();
        }
    }

    pub(super) fn has(self, class: AuditClass) -> bool {
        self.0 & (1 << class.place()) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn words(self) -> Vec<&'static str> {
        let held = AuditClass::ALL.into_iter().filter(|class| self.has(*class));
        held.map(AuditClass::word).collect()
    }
}

impl Classes {
    pub(super) fn of(found: &Assessment<'_>) -> Self {
        use AuditClass as C;
        let mut now = in_both(found.newest.as_deref(), &found.trust);
        let earlier = found.earlier.as_ref();
        let then = earlier.map(|then| in_both(Some(&then.view), &then.trust));
        let unlisted = |view: Option<&View<'_>>| {
            found.aaguid.is_some_and(|aaguid: Aaguid| !aaguid.is_zero())
                && found.model.is_none()
                && view.is_some_and(|view| !view.is_listed())
        };
        now.add(C::UnknownModel, unlisted(found.newest.as_deref()));
        let new = then.map(|mut then| {
            then.add(C::UnknownModel, unlisted(earlier.map(|then| &then.view)));
            ClassSet(now.0 & !then.0)
        });
        // What follows has no past to compare with, or is the comparison itself.
        now.add(C::OtherModel, found.contradicted.is_some());
        now.add(C::Changed, !found.differences().is_empty());
        now.add(C::Advisory, !found.advisories.is_empty());
        Self { now, new }
    }
}

/// Classes that a registration may have been in before.
fn in_both(view: Option<&View<'_>>, trust: &TrustVerdict) -> ClassSet {
    use AuditClass as C;
    let mut set = ClassSet::default();
    let is_untrusted = trust.trust == AttestationTrust::Untrusted;
    let is_expired = is_untrusted && trust.step == "chain.validity";
    set.add(C::Untrusted, is_untrusted && !is_expired);
    set.add(C::Expired, is_expired);
    let Some(view) = view else { return set };
    for report in &view.undesired {
        let class = match report.status {
            Status::Revoked => C::Revoked,
            Status::Retired => C::Retired,
            _ => C::Compromised,
        };
        set.add(class, true);
    }
    set.add(C::PossiblyCompromised, !view.of_some_batch.is_empty());
    set.add(C::BelowLevel, view.below_required == Some(true));
    set
}
