//! Profiles: names under which rules decide.

use std::fmt;
use std::str::FromStr;

/// Set of rules that decide a verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// WebAuthn Level 3.
    #[default]
    WebauthnL3,
    /// WebAuthn Level 2.
    WebauthnL2,
    /// Level 3 and what FIDO demands of a server beyond it.
    FidoServer,
    /// Level 3 and every strict lint of ours.
    Strict,
}

/// Why a name is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// No profile has this name.
    #[error("unknown profile `{name}`; there are webauthn-l3, webauthn-l2, fido-server and strict")]
    Unknown {
        /// The name.
        name: String,
    },
}

impl Profile {
    /// Every profile; one evaluation yields the verdict of each.
    pub const ALL: [Self; 4] = [
        Self::WebauthnL3,
        Self::WebauthnL2,
        Self::FidoServer,
        Self::Strict,
    ];

    /// Name as in recordings and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebauthnL3 => "webauthn-l3",
            Self::WebauthnL2 => "webauthn-l2",
            Self::FidoServer => "fido-server",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == name);
        known.ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
        })
    }
}
