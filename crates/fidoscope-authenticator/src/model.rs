//! What kind of authenticator is imitated.

use crate::algorithm::Algorithm;
use fidoscope_webauthn::Aaguid;

/// A model of authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Identifier of the model.
    pub aaguid: Aaguid,
    /// Name, as metadata describes it.
    pub name: String,
    /// Attestation it makes.
    pub format: Format,
    /// Algorithm of its credentials.
    pub algorithm: Algorithm,
    /// Algorithm of its attestation key.
    pub attestation_algorithm: Algorithm,
    /// BE flag: its credentials can be backed up.
    pub backup_eligible: bool,
    /// BS flag: they are.
    pub backed_up: bool,
    /// UV flag: it verifies the user.
    pub user_verification: bool,
    /// How it counts signatures.
    pub counter: Counter,
    /// Transports it reports.
    pub transports: Vec<String>,
}

impl Model {
    /// A device-bound security key with packed attestation that verifies its user and counts
    /// per credential.
    #[must_use]
    pub fn security_key(aaguid: Aaguid, name: &str) -> Self {
        Self {
            aaguid,
            name: name.to_owned(),
            format: Format::PackedX5c,
            algorithm: Algorithm::Es256,
            attestation_algorithm: Algorithm::Es256,
            backup_eligible: false,
            backed_up: false,
            user_verification: true,
            counter: Counter::PlusOne,
            transports: vec!["usb".to_owned(), "nfc".to_owned()],
        }
    }

    /// A passkey provider: synced credentials, no attestation, no counter.
    #[must_use]
    pub fn passkey_provider(aaguid: Aaguid, name: &str) -> Self {
        Self {
            aaguid,
            name: name.to_owned(),
            format: Format::None,
            algorithm: Algorithm::Es256,
            attestation_algorithm: Algorithm::Es256,
            backup_eligible: true,
            backed_up: true,
            user_verification: true,
            counter: Counter::Zero,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
        }
    }

    /// A telephone whose keystore attests.
    #[must_use]
    pub fn android_phone(aaguid: Aaguid, name: &str) -> Self {
        Self {
            format: Format::AndroidKey,
            algorithm: Algorithm::Es256,
            attestation_algorithm: Algorithm::Es256,
            backup_eligible: false,
            backed_up: false,
            transports: vec!["internal".to_owned()],
            ..Self::passkey_provider(aaguid, name)
        }
    }

    /// A computer whose TPM attests.
    #[must_use]
    pub fn computer(aaguid: Aaguid, name: &str) -> Self {
        Self {
            format: Format::Tpm,
            counter: Counter::PlusOne,
            ..Self::android_phone(aaguid, name)
        }
    }

    /// A device whose keys Apple certifies.
    #[must_use]
    pub fn apple_device(aaguid: Aaguid, name: &str) -> Self {
        Self {
            format: Format::Apple,
            ..Self::android_phone(aaguid, name)
        }
    }

    /// A security key that attests in several ways at once.
    #[must_use]
    pub fn compound_key(aaguid: Aaguid, name: &str) -> Self {
        Self {
            format: Format::Compound,
            ..Self::security_key(aaguid, name)
        }
    }

    /// A security key of the U2F generation: no AAGUID, no user verification.
    #[must_use]
    pub fn u2f_key(name: &str) -> Self {
        Self {
            aaguid: Aaguid([0; 16]),
            name: name.to_owned(),
            format: Format::FidoU2f,
            algorithm: Algorithm::Es256,
            attestation_algorithm: Algorithm::Es256,
            backup_eligible: false,
            backed_up: false,
            user_verification: false,
            counter: Counter::Global,
            transports: vec!["usb".to_owned()],
        }
    }
}

/// Attestation statement format (WebAuthn L3 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `none`: nothing is attested.
    None,
    /// `packed`, signed with the credential's own key.
    PackedSelf,
    /// `packed`, signed with an attestation key that has a certificate.
    PackedX5c,
    /// `fido-u2f`.
    FidoU2f,
    /// `android-key`, where the credential's own key is certified.
    AndroidKey,
    /// `android-safetynet`.
    AndroidSafetynet,
    /// `tpm`.
    Tpm,
    /// `apple`, where the credential's own key is certified.
    Apple,
    /// `compound`: several statements.
    Compound,
}

impl Format {
    /// The `fmt` identifier.
    #[must_use]
    pub const fn identifier(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::PackedSelf | Self::PackedX5c => "packed",
            Self::FidoU2f => "fido-u2f",
            Self::AndroidKey => "android-key",
            Self::AndroidSafetynet => "android-safetynet",
            Self::Tpm => "tpm",
            Self::Apple => "apple",
            Self::Compound => "compound",
        }
    }

    /// Whether the format signs with an attestation key.
    #[must_use]
    pub const fn needs_certificate(self) -> bool {
        matches!(
            self,
            Self::PackedX5c | Self::FidoU2f | Self::AndroidSafetynet | Self::Tpm | Self::Compound
        )
    }

    /// Whether an authority certifies the credential's own key.
    #[must_use]
    pub const fn certifies_credentials(self) -> bool {
        matches!(self, Self::AndroidKey | Self::Apple)
    }
}

/// How signatures are counted (WebAuthn L3 §6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Always zero: not supported.
    Zero,
    /// One counter per credential, up by one with each signature.
    PlusOne,
    /// One counter for all credentials of the device.
    Global,
}
