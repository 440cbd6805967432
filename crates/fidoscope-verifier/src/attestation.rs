//! Attestation statements (`WebAuthn L3 §8`): `att.*`. What one yields is its type and the
//! certificates that its trust rests on.

mod android_key;
mod apple;
mod compound;
mod members;
mod packed;
mod safetynet;
mod tpm;
mod u2f;

use chrono::{DateTime, Utc};
use fidoscope_recording::Policy;
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::{AttestedCredentialData, AuthenticatorData};

use crate::facts::certificate::Certificate;
use crate::facts::signature::{self, PublicKey, SignatureError};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;

/// What an attestation statement is good for.
pub(crate) enum Attestation<'a> {
    /// No attestation.
    None,
    /// Signed with the credential key.
    SelfSigned,
    /// Signed with the key of the first certificate, in format packed.
    Packed(Vec<Certificate<'a>>),
    /// The same in another format.
    Certified(Vec<Certificate<'a>>),
    /// The same, where the statement carries the certificates in another encoding than DER.
    Encoded(Vec<Vec<u8>>),
    /// Several, each with its position.
    Compound(Vec<(u8, Attestation<'a>)>),
}

impl Attestation<'_> {
    /// Whether it rests on a certificate, or a part of it does.
    pub(crate) fn is_certified(&self) -> bool {
        match self {
            Self::None | Self::SelfSigned => false,
            Self::Packed(_) | Self::Certified(_) | Self::Encoded(_) => true,
            Self::Compound(parts) => parts.iter().any(|(_, part)| part.is_certified()),
        }
    }

    /// The certificate that signed, unless there are several or none.
    pub(crate) fn leaf(&self) -> Option<&Certificate<'_>> {
        match self {
            Self::Packed(sent) | Self::Certified(sent) => sent.first(),
            _ => None,
        }
    }

    /// Every certificate that came with it, DER.
    pub(crate) fn ders(&self) -> Vec<Vec<u8>> {
        match self {
            Self::None | Self::SelfSigned => Vec::new(),
            Self::Packed(sent) | Self::Certified(sent) => {
                sent.iter().map(|sent| sent.der.to_vec()).collect()
            }
            Self::Encoded(ders) => ders.clone(),
            Self::Compound(parts) => parts.iter().flat_map(|(_, part)| part.ders()).collect(),
        }
    }
}

/// What a statement's procedure works on.
pub(crate) struct Statement<'s> {
    pub(crate) format: &'s str,
    pub(crate) value: &'s Value<'s>,
    pub(crate) data: &'s AuthenticatorData<'s>,
    pub(crate) attested: &'s AttestedCredentialData<'s>,
    /// SHA-256 of the client data.
    pub(crate) client_data_hash: &'s [u8],
    /// Conveyance that the options asked for.
    pub(crate) enterprise: bool,
    /// Choices of the relying party.
    pub(crate) policy: &'s Policy,
    /// The instant of judgement.
    pub(crate) now: Option<DateTime<Utc>>,
}

impl Statement<'_> {
    /// `authData || hash`.
    fn signed_bytes(&self) -> Vec<u8> {
        [self.data.bytes, self.client_data_hash].concat()
    }
}

/// Whether a format can be judged.
pub(crate) enum Support {
    /// It can.
    Yes,
    /// It can in Level 2; Level 3 leaves it to the policy, which does not say.
    Level2,
    /// It is registered, and the policy does not want it.
    Refused,
    /// Nobody registered it.
    Unknown,
}

/// `WebAuthn L3 §7.1 step 21`: compared exactly, case included. Which formats are supported is the
/// relying party's choice. Where it does not choose, android-safetynet is one of them in Level 2, of
/// whose formats it is one like the others (L2 §8.5), and none in Level 3, which deprecates it.
pub(crate) fn support(format: &str, policy: &Policy) -> Support {
    match format {
        "none" | "packed" | "tpm" | "android-key" | "fido-u2f" | "apple" | "compound" => {
            Support::Yes
        }
        "android-safetynet" => match policy.safetynet {
            Some(true) => Support::Yes,
            Some(false) => Support::Refused,
            None => Support::Level2,
        },
        _ => Support::Unknown,
    }
}

/// A statement whose signature cannot be verified, as its certificates have it; `None` when it has none
/// that can be read. Every format but android-safetynet and compound has them in the same member.
pub(crate) fn unverified<'s>(format: &str, statement: &'s Value<'s>) -> Option<Attestation<'s>> {
    let sent = packed::certificates(statement.member("x5c")?).ok()?;
    Some(match format {
        "packed" => Attestation::Packed(sent),
        _ => Attestation::Certified(sent),
    })
}

/// Runs the verification procedure of a supported format; `None` when it found no attestation. One
/// whose signature could not be verified here is one all the same: its certificates may lead nowhere,
/// and then no signature would help.
pub(crate) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let mark = judge.mark();
    let found = procedure(judge, statement);
    judge.sum_up(&step::REG_ATT_STMT, mark);
    found.filter(|_| judge.failed_since(mark).is_none())
}

fn procedure<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    members::judge(judge, statement);
    match statement.format {
        "packed" => packed::judge(judge, statement),
        "fido-u2f" => u2f::judge(judge, statement),
        "tpm" => tpm::judge(judge, statement),
        "apple" => apple::judge(judge, statement),
        "compound" => compound::judge(judge, statement),
        "android-key" => android_key::judge(judge, statement),
        "android-safetynet" => safetynet::judge(judge, statement),
        _ => none(judge, statement),
    }
}

/// `WebAuthn L3 §8.7`: the statement is an empty map.
fn none<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    match statement.value.as_map() {
        Some([]) => {
            judge.pass(&step::ATT_NONE_EMPTY);
            Some(Attestation::None)
        }
        Some(entries) => {
            let found = format!("{} members", entries.len());
            judge.fail(&step::ATT_NONE_EMPTY, "an empty map", found);
            None
        }
        None => {
            judge.fail(
                &step::ATT_NONE_EMPTY,
                "an empty map",
                statement.value.kind(),
            );
            None
        }
    }
}

/// Judges a signature; its form is a step of its own.
pub(crate) fn judge_signature(
    judge: &mut Judge,
    of: &'static StepInfo,
    number: i64,
    key: &PublicKey<'_>,
    message: &[u8],
    bytes: &[u8],
) {
    let has_form = matches!(key, PublicKey::Ec { .. }) && !bytes.is_empty();
    match signature::verify(number, key, message, bytes) {
        Ok(name) => {
            if has_form {
                judge.pass(&step::SIG_DER);
            }
            judge.pass_with(of, name);
        }
        Err(SignatureError::Unsupported(number)) => {
            judge.open(of, format!("unsupported algorithm {number}"));
        }
        Err(SignatureError::UnsupportedKey(found)) => judge.open(of, found),
        Err(SignatureError::Length(wanted)) => {
            let found = format!("{} bytes", bytes.len());
            judge.fail(of, format!("a signature of {wanted} bytes"), found);
        }
        Err(SignatureError::KeyMismatch(found)) => {
            judge.fail(of, format!("a key for algorithm {number}"), found);
        }
        Err(SignatureError::Der(found)) => {
            judge.fail(&step::SIG_DER, "strict DER, r and s in range", found);
            judge.skip(of, "sig.der failed");
        }
        Err(SignatureError::Invalid) => {
            if has_form {
                judge.pass(&step::SIG_DER);
            }
            let whose = if std::ptr::eq(of, &step::AUTH_SIGNATURE) {
                "the stored"
            } else if std::ptr::eq(of, &step::ATT_PACKED_SELF_SIG) {
                "the credential's"
            } else {
                "the certificate's"
            };
            let kind = signature::describe(key);
            let name = signature::algorithm(number).map_or("unsupported", |found| found.name);
            let expected = format!("a signature by {whose} {kind} ({name})");
            judge.fail(
                of,
                expected,
                format!("{} bytes that do not verify", bytes.len()),
            );
        }
    }
}
