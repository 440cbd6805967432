//! One part of a compound statement (`WebAuthn L3 §8.9`).

use fidoscope_recording::Profile;

/// What one part came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The step that failed, per profile.
    pub(crate) failed: [Option<&'static str>; 4],
    /// The step that lacks an input.
    pub(crate) open: Option<&'static str>,
}

impl Part {
    /// A part without fault.
    pub(crate) const SOUND: Self = Self {
        failed: [None; 4],
        open: None,
    };

    /// A part that no profile accepts.
    pub(crate) const fn refused(reason: &'static str) -> Self {
        Self {
            failed: [Some(reason); 4],
            open: None,
        }
    }

    /// A part about which nothing can be said.
    pub(crate) const fn unknown(reason: &'static str) -> Self {
        Self {
            failed: [None; 4],
            open: Some(reason),
        }
    }

    /// The step that failed in a profile.
    pub(crate) fn failure(&self, profile: Profile) -> Option<&'static str> {
        Profile::ALL
            .into_iter()
            .zip(self.failed)
            .find_map(|(known, failed)| failed.filter(|_| known == profile))
    }

    /// True when Level 3 finds no fault and lacks nothing.
    pub(crate) fn is_verified(&self) -> bool {
        self.open.is_none() && self.failure(Profile::WebauthnL3).is_none()
    }
}
