//! Every step by name: its class, its place in Level 2 and Level 3, and its rank, from which each
//! level's own "first failed step" follows. One table serves both levels.
//!
//! A rank is the number of the step in its section times 100 plus the position of the sub-step in
//! it; a step that owns sub-steps comes after them. Rank 0: no part of that ceremony at that level.
//! Two ranks a level: registration, then authentication.

use fidoscope_recording::Kind;

use fidoscope_recording::Profile;

/// What is known about a step before any ceremony is looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// Level-neutral identifier.
    pub id: &'static str,
    /// Class of the rule, e.g. `MUST(L3)`.
    pub class: &'static str,
    /// Place in Level 2.
    pub l2: Place,
    /// Place in Level 3.
    pub l3: Place,
    /// Words for people.
    pub words: Words,
}

impl StepInfo {
    /// Rank in the order of a profile; that of the other level where the profile's has no such step.
    pub(crate) fn rank(&self, profile: Profile, kind: Kind) -> u16 {
        let (own, other) = match profile {
            Profile::WebauthnL2 => (&self.l2, &self.l3),
            _ => (&self.l3, &self.l2),
        };
        match own.rank(kind) {
            0 => other.rank(kind),
            rank => rank,
        }
    }

    /// Fragment of the specification's address in the level that a profile stands on. Level 2 names
    /// the sections of its ceremonies, where Level 3 names some of their steps as well, and it has no
    /// JSON form of options.
    #[must_use]
    pub fn anchor_under(&self, profile: Profile) -> &'static str {
        match profile {
            Profile::WebauthnL2 => self.l2.anchor,
            Profile::WebauthnL3 | Profile::FidoServer | Profile::Strict => self.l3.anchor,
        }
    }
}

/// Words of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What it asks for.
    pub title: &'static str,
    /// The rule, for those who know the standard.
    pub rule: &'static str,
    /// Why it usually fails.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Place of a step in one level.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Section and position, e.g. `§7.1 step 9`; empty when the level has no such text.
    pub clause: &'static str,
    /// Rank in a registration.
    pub registration: u16,
    /// Rank in an authentication.
    pub authentication: u16,
    /// Fragment of the address of the level's text, or of the section that it belongs to.
    pub anchor: &'static str,
}

impl Place {
    /// Rank in a ceremony.
    pub(crate) fn rank(&self, kind: Kind) -> u16 {
        match kind {
            Kind::Registration => self.registration,
            Kind::Authentication => self.authentication,
        }
    }

    /// The part of the clause that belongs to a ceremony, e.g. `7.1 step 9`; `None` when the level
    /// has no such text.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&'static str> {
        let (wanted, other) = match kind {
            Kind::Registration => ("§7.1", "§7.2"),
            Kind::Authentication => ("§7.2", "§7.1"),
        };
        let mut parts = self.clause.split(", ").filter(|part| !part.is_empty());
        let part = parts.clone().find(|part| part.starts_with(wanted));
        let part = part.or_else(|| parts.find(|part| !part.starts_with(other)));
        part.map(|part| part.trim_start_matches('§'))
    }
}

macro_rules! registry {
    ($($name:ident: $id:literal, $class:literal, $c2:literal $r2:literal $a2:literal $f2:literal, $c3:literal $r3:literal $a3:literal $f3:literal, $title:literal, $rule:literal, $cause:literal, $remedy:literal;)*) => {
        $(
            pub(crate) static $name: StepInfo = StepInfo {
                id: $id,
                class: $class,
                l2: Place { clause: $c2, registration: $r2, authentication: $a2, anchor: $f2 },
                l3: Place { clause: $c3, registration: $r3, authentication: $a3, anchor: $f3 },
                words: Words { title: $title, rule: $rule, cause: $cause, remedy: $remedy },
            };
        )*
        /// Every step by name. Those of the metadata service (`mds.*`) stand below
        /// `reg.trust-anchors`: a ceremony that is judged without a BLOB says nothing about them.
        pub static STEPS: &[&StepInfo] = &[$(&$name),*];
    };
}

include!(concat!(env!("OUT_DIR"), "/steps.rs"));

/// The step with this identifier.
#[must_use]
pub fn step(id: &str) -> Option<&'static StepInfo> {
    STEPS.iter().copied().find(|step| step.id == id)
}

/// The numbered steps of a ceremony, which stand together: a trace tells of each.
pub(crate) fn numbered(kind: Kind) -> impl Iterator<Item = &'static StepInfo> {
    let prefix = match kind {
        Kind::Registration => "reg.",
        Kind::Authentication => "auth.",
    };
    let is_numbered = move |step: &&StepInfo| step.id.starts_with(prefix);
    let from = STEPS
        .iter()
        .copied()
        .skip_while(move |step| !is_numbered(step));
    from.take_while(is_numbered)
}

#[cfg(test)]
mod tests;
