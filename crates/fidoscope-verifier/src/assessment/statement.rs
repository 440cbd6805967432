//! Verifies a stored attestation object again.

use std::borrow::Cow;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use chrono::{DateTime, Utc};
use fidoscope_metadata::{Blob, Model};
use fidoscope_recording::{CeremonyOptions, Credential, Kind, Recording, RelyingParty};
use fidoscope_webauthn::der::element;
use fidoscope_webauthn::{Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData};

use super::{AttestationTrust, AttestationType, Enrolment, Firmware, Trust, TrustVerdict};
use crate::Context;
use crate::attestation::{self, Attestation, Statement, Support};
use crate::ceremony::attestation_object::{Parts, members};
use crate::ceremony::trust::{Basis, Supplied};
use crate::ceremony::{data, metadata, trust};
use crate::facts::certificate::{self, Certificate};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::trace::{Outcome, Status};

/// What a stored attestation object says and is worth.
pub(super) struct Judged {
    pub(super) aaguid: Option<Aaguid>,
    pub(super) format: Option<String>,
    pub(super) attestation: Option<AttestationType>,
    pub(super) trust: TrustVerdict,
    /// Certificates that came with the statement, DER.
    pub(super) sent: Vec<Vec<u8>>,
    pub(super) firmware: Option<Firmware>,
}

/// The policy of an assessment, which is that of a recording that says nothing, and what stands for
/// all registrations.
pub(super) struct Terms<'t> {
    silent: Recording,
    now: Supplied<'t>,
    /// Revocation lists are of today: the past is judged without.
    then: Supplied<'t>,
}

/// When a statement is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    Now,
    Then,
}

impl<'t> Terms<'t> {
    pub(super) fn new(trust: &Trust<'t>) -> Self {
        let (options, rp) = (CeremonyOptions::default(), RelyingParty::default());
        let response = Credential::default();
        Self {
            silent: Recording::new("stored", Kind::Registration, options, rp, response),
            now: Supplied::new(trust.anchors, trust.crls),
            then: Supplied::new(trust.anchors, &[]),
        }
    }

    /// Judges the bytes by a BLOB, at an instant.
    pub(super) fn judge(
        &self,
        bytes: &[u8],
        enrolment: &Enrolment<'_>,
        time: Time,
        (blob, at): (Option<&Blob>, DateTime<Utc>),
    ) -> Judged {
        let mut judged = Judged {
            aaguid: None,
            format: None,
            attestation: None,
            trust: verdict(AttestationTrust::Untrusted, step::CBOR_WELLFORMED.id, ""),
            sent: Vec::new(),
            firmware: None,
        };
        let object = match AttestationObject::decode(bytes) {
            Ok(object) => object,
            Err(error) => {
                judged.trust.reason = Cow::Owned(error.to_string());
                return judged;
            }
        };
        let context = Context {
            now: Some(at),
            metadata: blob,
            ..Context::default()
        };
        let mut judge = Judge::new(Kind::Registration, context.profile);
        let parts = members(&mut judge, &object);
        let hash = client_data_hash(enrolment);
        let case = Case {
            parts: &parts,
            hash: hash.as_ref(),
            context: &context,
            silent: &self.silent,
            supplied: match time {
                Time::Now => &self.now,
                Time::Then => &self.then,
            },
        };
        case.judge(&mut judge, &mut judged);
        judged
    }
}

fn client_data_hash(enrolment: &Enrolment<'_>) -> Option<Hash> {
    let read = enrolment
        .client_data_json
        .map(|json| Hash::Made(digest(&SHA256, json)));
    read.or(enrolment.client_data_hash.map(Hash::Given))
}

/// SHA-256 of the client data.
enum Hash {
    Made(Digest),
    Given([u8; 32]),
}

impl Hash {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Made(digest) => digest.as_ref(),
            Self::Given(bytes) => bytes,
        }
    }
}

struct Case<'c> {
    parts: &'c Parts<'c>,
    hash: Option<&'c Hash>,
    context: &'c Context<'c>,
    silent: &'c Recording,
    supplied: &'c Supplied<'c>,
}

impl Case<'_> {
    fn judge(&self, judge: &mut Judge, judged: &mut Judged) {
        judged.format = self.parts.format.map(str::to_owned);
        let data = self.parts.data.map(AuthenticatorData::decode);
        if let Some(data) = &data {
            data::judge(judge, data, Kind::Registration);
            judged.aaguid = data.attested.as_ref().map(|attested| attested.aaguid);
        }
        let attested = data
            .as_ref()
            .and_then(|data| Some((data, data.attested.as_ref()?)));
        if let Some((data, attested)) = attested {
            self.statement(judge, judged, data, attested);
        }
        if let Some(found) = judge.deciding() {
            judged.trust = self.decided(found, judged.aaguid);
        }
    }

    /// `WebAuthn L3 §7.1 steps 21-24`.
    fn statement(
        &self,
        judge: &mut Judge,
        judged: &mut Judged,
        data: &AuthenticatorData<'_>,
        attested: &AttestedCredentialData<'_>,
    ) {
        let (Some(format), Some(value)) = (self.parts.format, self.parts.statement) else {
            return;
        };
        let policy = &self.silent.policy;
        match attestation::support(format, policy) {
            Support::Yes => {}
            Support::Level2 | Support::Refused => {
                return judge.open(&step::REG_FMT, format!("{format} is deprecated"));
            }
            Support::Unknown => {
                return judge.open(&step::REG_FMT, "a format that nobody registered");
            }
        }
        let unsigned = self.hash.is_none() && format != "none";
        let found = if unsigned {
            judge.open(
                &step::REG_CLIENT_DATA_HASH,
                "no client data: the signature is not verified",
            );
            attestation::unverified(format, value)
        } else {
            attestation::judge(
                judge,
                &Statement {
                    format,
                    value,
                    data,
                    attested,
                    client_data_hash: self.hash.map(Hash::bytes).unwrap_or_default(),
                    // What the options asked for was not kept; it must not fail for that.
                    enterprise: true,
                    policy,
                    now: self.context.now,
                },
            )
        };
        let Some(found) = found else { return };
        judged.attestation = Some(self.attestation_type(format, &found, attested.aaguid));
        let leaf = found.leaf();
        judged.firmware = leaf.and_then(firmware);
        judged.sent = found.ders();
        let basis = Basis {
            recording: self.silent,
            context: self.context,
            supplied: self.supplied,
        };
        trust::judge(judge, &found, attested, &basis);
        if !unsigned && judge.deciding().is_none() {
            judged.trust = sound(judge, &found);
        }
    }

    /// The verdict of the step that decided.
    fn decided(&self, found: &Outcome, aaguid: Option<Aaguid>) -> TrustVerdict {
        let failed = found.l3 == Status::Fail;
        let trust = if failed {
            AttestationTrust::Untrusted
        } else {
            AttestationTrust::NotEvaluated
        };
        let anchors = std::ptr::eq(found.step, &step::REG_TRUST_ANCHORS);
        let listed = || self.context.metadata?.model(&aaguid?);
        let reason = match (found.expected(), found.found(), found.note()) {
            (Some(expected), Some(found), _) => format!("{found}; expected {expected}"),
            _ if anchors && self.context.metadata.is_some() && listed().is_none() => {
                "the metadata does not list the model, so no anchor is known".to_owned()
            }
            (_, _, note) => note.unwrap_or_default().to_owned(),
        };
        TrustVerdict {
            trust,
            step: found.step.id,
            reason: Cow::Owned(reason),
            test_root: false,
        }
    }

    /// The format tells most; between `Basic` and `AttCA` the model's statement decides.
    fn attestation_type(
        &self,
        format: &str,
        found: &Attestation<'_>,
        aaguid: Aaguid,
    ) -> AttestationType {
        match (format, found) {
            (_, Attestation::None) => return AttestationType::None,
            (_, Attestation::SelfSigned) => return AttestationType::SelfSigned,
            (_, Attestation::Compound(_)) => return AttestationType::Compound,
            ("apple", _) => return AttestationType::AnonCa,
            ("tpm", _) => return AttestationType::AttCa,
            ("android-key" | "android-safetynet", _) => return AttestationType::Basic,
            _ => {}
        }
        let model = self
            .context
            .metadata
            .and_then(|blob| match aaguid.is_zero() {
                true => {
                    let ders = found.ders();
                    metadata::model_by_certificates(blob, ders.iter().map(Vec::as_slice))
                }
                false => blob.model(&aaguid),
            });
        let has = |word: &str| {
            let statements = model.iter().flat_map(Model::entries);
            let statements = statements.filter_map(|entry| entry.statement.as_ref());
            let mut types = statements.flat_map(|statement| &statement.attestation_types);
            types.any(|known| known == word)
        };
        match (has("basic_full"), has("attca")) {
            (true, false) => AttestationType::Basic,
            (false, true) => AttestationType::AttCa,
            _ => AttestationType::BasicOrAttCa,
        }
    }
}

/// Nothing failed and nothing is open.
fn sound(judge: &Judge, found: &Attestation<'_>) -> TrustVerdict {
    let (trust, reason) = match found {
        Attestation::None => (
            AttestationTrust::NotAttested,
            Cow::Borrowed("the format is none"),
        ),
        _ if !found.is_certified() => (
            AttestationTrust::NotAttested,
            Cow::Borrowed("self attestation: no certificate vouches for the model"),
        ),
        _ => {
            let anchor = judge.anchor.as_ref();
            let reason = anchor.map_or(Cow::Borrowed("a path to an anchor"), |anchor| {
                let test = if anchor.test { " (TEST ROOT)" } else { "" };
                Cow::Owned(format!("a path to `{}`{test}", anchor.subject))
            });
            (AttestationTrust::Trusted, reason)
        }
    };
    TrustVerdict {
        trust,
        step: step::REG_TRUST.id,
        reason,
        test_root: judge.anchor.as_ref().is_some_and(|anchor| anchor.test),
    }
}

fn verdict(trust: AttestationTrust, step: &'static str, reason: &'static str) -> TrustVerdict {
    TrustVerdict {
        trust,
        step,
        reason: Cow::Borrowed(reason),
        test_root: false,
    }
}

/// `WebAuthn L3 §8.2.1`: the firmware that a certificate was issued for.
fn firmware(leaf: &Certificate<'_>) -> Option<Firmware> {
    let extension = leaf.extension(certificate::FIRMWARE_VERSION)?;
    let (bytes, _) = element(extension.value, 2)?;
    let number = bytes.iter().try_fold(0_u64, |number, byte| {
        number.checked_mul(256)?.checked_add(u64::from(*byte))
    })?;
    Firmware::from_number(number)
}
