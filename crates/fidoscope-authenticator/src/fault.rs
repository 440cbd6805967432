//! One thing wrong with a ceremony, and the step that must name it.

use crate::draft::{Asserted, AssertionDraft, RegistrationDraft};
use crate::key::sha256;
use crate::model::Format;
use crate::signature::SignatureKind;
use fidoscope_recording::{Recording, SignCountPolicy};
use fidoscope_webauthn::{Aaguid, base64url};

/// Level 2 has no compound statements, so a list is no statement there.
const NO_COMPOUND_IN_LEVEL_2: &str = "att-obj.att-stmt";

/// First failing step per level; `None` where the level accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Level 3.
    pub l3: Option<&'static str>,
    /// Level 2.
    pub l2: Option<&'static str>,
}

impl Expected {
    const fn both(step: &'static str) -> Self {
        Self {
            l3: Some(step),
            l2: Some(step),
        }
    }

    /// What comes of a registration of this format without fault.
    pub(crate) const fn without_fault(format: Format) -> Self {
        let accepted = Self { l3: None, l2: None };
        match format {
            Format::Compound => accepted.but_level_2(NO_COMPOUND_IN_LEVEL_2),
            _ => accepted,
        }
    }

    const fn but_level_2(self, step: &'static str) -> Self {
        Self {
            l3: self.l3,
            l2: Some(step),
        }
    }

    const fn level_3(step: &'static str) -> Self {
        Self {
            l3: Some(step),
            l2: None,
        }
    }
}

/// A fault of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationFault {
    /// Client data of a `get()`.
    WrongType,
    /// Another challenge than the one given out.
    WrongChallenge,
    /// Another origin.
    WrongOrigin,
    /// Made in a cross-origin frame that nobody expects.
    CrossOrigin,
    /// Authenticator data for another relying party.
    WrongRpId,
    /// UP is 0.
    UserNotPresent,
    /// UP is 0 after conditional mediation: allowed by Level 3 only.
    Conditional,
    /// UV is 0 although it is required.
    UserNotVerified,
    /// BS is 1 while BE is 0.
    BackedUpNotEligible,
    /// The key's algorithm was not offered.
    AlgorithmNotOffered,
    /// The credential id is registered already.
    CredentialIdTaken,
    /// The statement's signature is wrong.
    BadSignature,
    /// Authenticator data names another model than the certificate.
    OtherAaguid,
    /// Certificate without Subject-OU.
    CertificateWithoutUnit,
    /// AAGUID extension marked critical.
    CertificateCriticalAaguid,
    /// AAGUID extension without its inner OCTET STRING.
    CertificateUnwrappedAaguid,
    /// Attestation certificate that is a CA.
    CertificateIsCa,
    /// Certificate expired yesterday.
    CertificateExpired,
    /// Certificate valid from next year.
    CertificateNotYetValid,
    /// The relying party trusts another root.
    UnknownRoot,
}

impl RegistrationFault {
    /// Every fault.
    pub const ALL: [Self; 20] = [
        Self::WrongType,
        Self::WrongChallenge,
        Self::WrongOrigin,
        Self::CrossOrigin,
        Self::WrongRpId,
        Self::UserNotPresent,
        Self::Conditional,
        Self::UserNotVerified,
        Self::BackedUpNotEligible,
        Self::AlgorithmNotOffered,
        Self::CredentialIdTaken,
        Self::BadSignature,
        Self::OtherAaguid,
        Self::CertificateWithoutUnit,
        Self::CertificateCriticalAaguid,
        Self::CertificateUnwrappedAaguid,
        Self::CertificateIsCa,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::UnknownRoot,
    ];

    /// Name, for identifiers of recordings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongType => "wrong-type",
            Self::WrongChallenge => "wrong-challenge",
            Self::WrongOrigin => "wrong-origin",
            Self::CrossOrigin => "cross-origin",
            Self::WrongRpId => "wrong-rp-id",
            Self::UserNotPresent => "user-not-present",
            Self::Conditional => "conditional",
            Self::UserNotVerified => "user-not-verified",
            Self::BackedUpNotEligible => "backed-up-not-eligible",
            Self::AlgorithmNotOffered => "algorithm-not-offered",
            Self::CredentialIdTaken => "credential-id-taken",
            Self::BadSignature => "bad-signature",
            Self::OtherAaguid => "other-aaguid",
            Self::CertificateWithoutUnit => "certificate-without-unit",
            Self::CertificateCriticalAaguid => "certificate-critical-aaguid",
            Self::CertificateUnwrappedAaguid => "certificate-unwrapped-aaguid",
            Self::CertificateIsCa => "certificate-is-ca",
            Self::CertificateExpired => "certificate-expired",
            Self::CertificateNotYetValid => "certificate-not-yet-valid",
            Self::UnknownRoot => "unknown-root",
        }
    }

    /// Whether a model that attests with `format` can have it.
    #[must_use]
    pub const fn applies_to(self, format: Format) -> bool {
        match self {
            // Apple's statement has no signature of its own.
            Self::BadSignature => !matches!(format, Format::None | Format::Apple),
            Self::OtherAaguid
            | Self::CertificateWithoutUnit
            | Self::CertificateCriticalAaguid
            | Self::CertificateUnwrappedAaguid
            | Self::CertificateIsCa => matches!(format, Format::PackedX5c),
            Self::CertificateExpired | Self::CertificateNotYetValid => {
                matches!(format, Format::PackedX5c | Format::FidoU2f)
            }
            Self::UnknownRoot => !matches!(format, Format::None | Format::PackedSelf),
            _ => true,
        }
    }

    /// The step that must fail first.
    #[must_use]
    pub const fn expected(self, format: Format) -> Expected {
        let expected = self.step(format);
        match (format, self) {
            (Format::Compound, Self::WrongType | Self::WrongChallenge | Self::WrongOrigin) => {
                expected
            }
            (Format::Compound, _) => expected.but_level_2(NO_COMPOUND_IN_LEVEL_2),
            _ => expected,
        }
    }

    const fn step(self, format: Format) -> Expected {
        match self {
            Self::WrongType => Expected::both("reg.type"),
            Self::WrongChallenge => Expected::both("reg.challenge"),
            Self::WrongOrigin => Expected::both("reg.origin"),
            Self::CrossOrigin => Expected::level_3("reg.cross-origin"),
            Self::WrongRpId => Expected::both("reg.rp-id-hash"),
            Self::UserNotPresent => Expected::both("reg.up"),
            Self::Conditional => Expected {
                l3: None,
                l2: Some("reg.up"),
            },
            Self::UserNotVerified => Expected::both("reg.uv"),
            Self::BackedUpNotEligible => Expected::level_3("reg.be-bs"),
            Self::AlgorithmNotOffered => Expected::both("reg.alg"),
            Self::CredentialIdTaken => Expected::both("reg.cred-id-unique"),
            Self::BadSignature => Expected::both(match format {
                Format::PackedSelf => "att.packed.self.sig",
                Format::FidoU2f => "att.u2f.sig",
                Format::AndroidKey => "att.android-key.sig",
                Format::AndroidSafetynet => "att.safetynet.source",
                Format::Tpm => "att.tpm.sig",
                Format::Compound => "att.compound.sub",
                Format::PackedX5c | Format::Apple | Format::None => "att.packed.sig",
            }),
            Self::OtherAaguid => Expected::both("att.packed.aaguid-match"),
            Self::CertificateWithoutUnit => Expected::both("att.packed.cert.subject-ou"),
            Self::CertificateCriticalAaguid => Expected::both("att.packed.cert.aaguid-critical"),
            Self::CertificateUnwrappedAaguid => Expected::both("att.packed.cert.aaguid-encoding"),
            Self::CertificateIsCa => Expected::both("att.packed.cert.ca"),
            Self::CertificateExpired | Self::CertificateNotYetValid => {
                Expected::both("chain.validity")
            }
            Self::UnknownRoot if matches!(format, Format::Compound) => Expected::both("reg.trust"),
            Self::UnknownRoot => Expected::both("chain.build"),
        }
    }

    pub(crate) fn change_draft(self, draft: &mut RegistrationDraft) {
        let client = &mut draft.client_data;
        let flags = &mut draft.authenticator_data.flags;
        match self {
            Self::WrongType => client.kind = "webauthn.get".to_owned(),
            Self::WrongChallenge => client.challenge = other_challenge(),
            Self::WrongOrigin => client.origin = other_origin(&client.origin),
            Self::CrossOrigin => client.cross_origin = true,
            Self::WrongRpId => draft.authenticator_data.rp_id_hash = other_rp_id_hash(),
            Self::UserNotPresent => flags.user_present = false,
            Self::UserNotVerified => flags.user_verified = false,
            Self::BackedUpNotEligible => (flags.backup_eligible, flags.backed_up) = (false, true),
            Self::BadSignature => {
                draft.signature = SignatureKind::BitFlipped;
                if let Some(last) = draft.parts.last_mut() {
                    last.signature = SignatureKind::BitFlipped;
                }
            }
            Self::OtherAaguid => {
                if let Some(attested) = &mut draft.authenticator_data.attested {
                    attested.aaguid = Aaguid([0xee; 16]);
                }
            }
            _ => {}
        }
    }
}

/// A fault of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticationFault {
    /// Client data of a `create()`.
    WrongType,
    /// Another challenge than the one given out.
    WrongChallenge,
    /// Another origin.
    WrongOrigin,
    /// Made in a cross-origin frame that nobody expects.
    CrossOrigin,
    /// Authenticator data for another relying party.
    WrongRpId,
    /// UP is 0.
    UserNotPresent,
    /// UV is 0 although it is required.
    UserNotVerified,
    /// BS is 1 while BE is 0.
    BackedUpNotEligible,
    /// The signature is wrong.
    BadSignature,
    /// The counter is behind the stored one, and the relying party rejects that.
    CounterBehind,
    /// The counter is behind the stored one, and the relying party takes it as a signal only.
    CounterBehindSignal,
    /// Another credential than the ones allowed.
    CredentialNotAllowed,
    /// The user handle of another account.
    OtherUserHandle,
}

impl AuthenticationFault {
    /// Every fault.
    pub const ALL: [Self; 13] = [
        Self::WrongType,
        Self::WrongChallenge,
        Self::WrongOrigin,
        Self::CrossOrigin,
        Self::WrongRpId,
        Self::UserNotPresent,
        Self::UserNotVerified,
        Self::BackedUpNotEligible,
        Self::BadSignature,
        Self::CounterBehind,
        Self::CounterBehindSignal,
        Self::CredentialNotAllowed,
        Self::OtherUserHandle,
    ];

    /// Name, for identifiers of recordings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongType => "wrong-type",
            Self::WrongChallenge => "wrong-challenge",
            Self::WrongOrigin => "wrong-origin",
            Self::CrossOrigin => "cross-origin",
            Self::WrongRpId => "wrong-rp-id",
            Self::UserNotPresent => "user-not-present",
            Self::UserNotVerified => "user-not-verified",
            Self::BackedUpNotEligible => "backed-up-not-eligible",
            Self::BadSignature => "bad-signature",
            Self::CounterBehind => "counter-behind",
            Self::CounterBehindSignal => "counter-behind-signal",
            Self::CredentialNotAllowed => "credential-not-allowed",
            Self::OtherUserHandle => "other-user-handle",
        }
    }

    /// The step that must fail first.
    #[must_use]
    pub const fn expected(self) -> Expected {
        match self {
            Self::WrongType => Expected::both("auth.type"),
            Self::WrongChallenge => Expected::both("auth.challenge"),
            Self::WrongOrigin => Expected::both("auth.origin"),
            Self::CrossOrigin => Expected::level_3("auth.cross-origin"),
            Self::WrongRpId => Expected::both("auth.rp-id-hash"),
            Self::UserNotPresent => Expected::both("auth.up"),
            Self::UserNotVerified => Expected::both("auth.uv"),
            Self::BackedUpNotEligible => Expected::level_3("auth.be-bs"),
            Self::BadSignature => Expected::both("auth.signature"),
            Self::CounterBehind => Expected::both("auth.sign-count"),
            Self::CounterBehindSignal => Expected { l3: None, l2: None },
            Self::CredentialNotAllowed => Expected::both("auth.allow-credentials"),
            Self::OtherUserHandle => Expected::both("auth.user"),
        }
    }

    pub(crate) fn change_draft(self, draft: &mut AssertionDraft) {
        let client = &mut draft.client_data;
        let flags = &mut draft.authenticator_data.flags;
        match self {
            Self::WrongType => client.kind = "webauthn.create".to_owned(),
            Self::WrongChallenge => client.challenge = other_challenge(),
            Self::WrongOrigin => client.origin = other_origin(&client.origin),
            Self::CrossOrigin => client.cross_origin = true,
            Self::WrongRpId => draft.authenticator_data.rp_id_hash = other_rp_id_hash(),
            Self::UserNotPresent => flags.user_present = false,
            Self::UserNotVerified => flags.user_verified = false,
            Self::BackedUpNotEligible => (flags.backup_eligible, flags.backed_up) = (false, true),
            Self::BadSignature => draft.signature = SignatureKind::BitFlipped,
            Self::CounterBehind | Self::CounterBehindSignal => {
                draft.authenticator_data.sign_count = 7;
            }
            Self::OtherUserHandle => draft.user_handle = Some(b"somebody else".to_vec()),
            Self::CredentialNotAllowed => {}
        }
    }

    pub(crate) fn change_recording(self, recording: &mut Recording, asserted: &Asserted) {
        match self {
            Self::UserNotVerified => {
                recording.options.user_verification = Some("required".to_owned());
            }
            Self::CounterBehind | Self::CounterBehindSignal => {
                if let Some(record) = &mut recording.record {
                    record.sign_count = Some(asserted.sign_count.saturating_add(40));
                }
                if self == Self::CounterBehind {
                    recording.policy.sign_count = Some(SignCountPolicy::Reject);
                }
            }
            Self::CredentialNotAllowed => {
                for allowed in &mut recording.options.allow_credentials {
                    allowed.id = base64url::encode(b"a credential of the same user");
                }
            }
            _ => {}
        }
    }
}

fn other_challenge() -> String {
    base64url::encode(b"a challenge of another ceremony.")
}

fn other_origin(origin: &str) -> String {
    format!("{origin}.evil.example")
}

fn other_rp_id_hash() -> [u8; 32] {
    sha256(b"evil.example")
}
