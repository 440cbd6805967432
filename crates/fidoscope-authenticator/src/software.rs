//! The authenticator itself: it holds credentials and answers `create()` and `get()`.

use crate::android::{AndroidKeyDraft, SafetynetDraft};
use crate::apple::AppleDraft;
use crate::authenticator_data::{Attested, AuthenticatorData, Flags, cose_key};
use crate::client_data::ClientData;
use crate::draft::{Asserted, AssertionDraft, CompoundPart, Created, RegistrationDraft};
use crate::error::Error;
use crate::key::{Seed, TestKey};
use crate::model::{Counter, Format, Model};
use crate::pki::{Identity, TestPki};
use crate::signature::SignatureKind;
use crate::tpm::TpmDraft;
use chrono::{DateTime, Utc};

/// A software authenticator; the same seed and the same calls give the same bytes.
#[derive(Clone, Debug)]
pub struct SoftwareAuthenticator {
    seed: Seed,
    model: Model,
    attestation: Option<Identity>,
    key_store: Option<TestPki>,
    now: DateTime<Utc>,
    credentials: Vec<Credential>,
    global_counter: u32,
    made: u64,
}

#[derive(Clone, Debug)]
struct Credential {
    id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    key: TestKey,
    counter: u32,
}

/// What `create()` is asked for.
#[derive(Clone, Debug)]
pub struct CreateOptions {
    /// Relying party id.
    pub rp_id: String,
    /// Origin of the caller.
    pub origin: String,
    /// Challenge.
    pub challenge: Vec<u8>,
    /// User handle.
    pub user_handle: Vec<u8>,
    /// Conditional mediation: the credential is made without a gesture, so UP stays 0.
    pub conditional: bool,
}

/// What `get()` is asked for.
#[derive(Clone, Debug)]
pub struct GetOptions {
    /// Relying party id.
    pub rp_id: String,
    /// Origin of the caller.
    pub origin: String,
    /// Challenge.
    pub challenge: Vec<u8>,
    /// Credential ids allowed; empty allows any (a discoverable credential answers).
    pub allow_credentials: Vec<Vec<u8>>,
}

impl SoftwareAuthenticator {
    /// An authenticator of `model` without credentials.
    #[must_use]
    pub fn new(model: Model, seed: u64) -> Self {
        Self {
            seed: Seed::new(seed, "authenticator"),
            model,
            attestation: None,
            key_store: None,
            now: DateTime::UNIX_EPOCH,
            credentials: Vec::new(),
            global_counter: 0,
            made: 0,
        }
    }

    /// Gives it the attestation key and certificates of its batch.
    #[must_use]
    pub fn with_attestation(mut self, identity: Identity) -> Self {
        self.attestation = Some(identity);
        self
    }

    /// Gives it the authority that certifies its credential keys: Apple, or that of an Android
    /// keystore.
    #[must_use]
    pub fn with_key_store(mut self, pki: TestPki) -> Self {
        self.key_store = Some(pki);
        self
    }

    /// Sets its clock, which SafetyNet's responses show; it stands at 1970 otherwise.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// The model it imitates.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// A second holder of the same keys, whose counters go their own way from here: a clone.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        self.clone()
    }

    /// Makes a credential.
    ///
    /// # Errors
    /// When the model attests with a certificate and has none.
    pub fn create(&mut self, options: &CreateOptions) -> Result<Created, Error> {
        self.draft_create(options)?.seal()
    }

    /// Makes a credential, and leaves the answer open for changes before it is signed.
    ///
    /// # Errors
    /// When the model attests with a certificate and has none.
    pub fn draft_create(&mut self, options: &CreateOptions) -> Result<RegistrationDraft, Error> {
        let attestation = self.attestation_for_draft()?;
        let label = format!("credential/{}", self.made);
        self.made += 1;
        let key = TestKey::derive_for(self.model.algorithm, &self.seed, &label);
        let id = self.seed.bytes(&format!("{label}/id")).to_vec();
        let counter = match self.model.counter {
            Counter::Zero | Counter::PlusOne => 0,
            Counter::Global => self.next_global(),
        };
        self.credentials.push(Credential {
            id: id.clone(),
            rp_id: options.rp_id.clone(),
            user_handle: options.user_handle.clone(),
            key: key.clone(),
            counter,
        });
        let mut flags = self.flags();
        flags.user_present = !options.conditional;
        let mut data = AuthenticatorData::new(&options.rp_id, flags, counter);
        data.attested = Some(Attested {
            aaguid: self.model.aaguid,
            credential_id: id,
            public_key: cose_key(&key)?,
        });
        Ok(RegistrationDraft {
            client_data: ClientData::new("webauthn.create", &options.challenge, &options.origin),
            authenticator_data: data,
            format: self.model.format,
            x5c: attestation
                .as_ref()
                .map(|a| a.x5c.clone())
                .unwrap_or_default(),
            signature: SignatureKind::Genuine,
            transports: self.model.transports.clone(),
            android_key: self
                .key_store_of(Format::AndroidKey)
                .map(AndroidKeyDraft::new),
            apple: self.key_store_of(Format::Apple).map(AppleDraft::new),
            tpm: attestation
                .clone()
                .filter(|_| self.model.format == Format::Tpm)
                .map(TpmDraft::new),
            parts: match self.model.format {
                Format::Compound => vec![
                    CompoundPart::new(Format::PackedX5c),
                    CompoundPart::new(Format::PackedSelf),
                ],
                _ => Vec::new(),
            },
            safetynet: attestation
                .clone()
                .filter(|_| self.model.format == Format::AndroidSafetynet)
                .map(|identity| SafetynetDraft::new(identity, self.now)),
            key,
            attestation_key: attestation.map(|a| a.key),
        })
    }

    /// Answers with an assertion, by the newest credential that is allowed.
    ///
    /// # Errors
    /// When no credential it holds is allowed.
    pub fn get(&mut self, options: &GetOptions) -> Result<Asserted, Error> {
        self.draft_get(options)?.seal()
    }

    /// Answers with an assertion, and leaves it open for changes before it is signed.
    ///
    /// # Errors
    /// When no credential it holds is allowed.
    pub fn draft_get(&mut self, options: &GetOptions) -> Result<AssertionDraft, Error> {
        let held = self.credentials.len();
        let global = match self.model.counter {
            Counter::Global => Some(self.next_global()),
            Counter::Zero | Counter::PlusOne => None,
        };
        let flags = self.flags();
        let discoverable = self.model.format != Format::FidoU2f;
        let zero = self.model.counter == Counter::Zero;
        let allowed = |c: &&mut Credential| {
            c.rp_id == options.rp_id
                && (options.allow_credentials.is_empty()
                    || options.allow_credentials.contains(&c.id))
        };
        let credential = self.credentials.iter_mut().rev().find(allowed);
        let credential = credential.ok_or_else(|| Error::NoCredential {
            rp_id: options.rp_id.clone(),
            held,
        })?;
        if !zero {
            credential.counter = global.unwrap_or(credential.counter.wrapping_add(1));
        }
        Ok(AssertionDraft {
            client_data: ClientData::new("webauthn.get", &options.challenge, &options.origin),
            authenticator_data: AuthenticatorData::new(&options.rp_id, flags, credential.counter),
            credential_id: credential.id.clone(),
            user_handle: discoverable.then(|| credential.user_handle.clone()),
            signature: SignatureKind::Genuine,
            key: credential.key.clone(),
        })
    }

    fn key_store_of(&self, format: Format) -> Option<TestPki> {
        let is_wanted = self.model.format == format;
        self.key_store.clone().filter(|_| is_wanted)
    }

    fn attestation_for_draft(&self) -> Result<Option<Identity>, Error> {
        if !self.model.format.needs_certificate() {
            return Ok(None);
        }
        match &self.attestation {
            Some(identity) => Ok(Some(identity.clone())),
            None => Err(Error::NoAttestationKey(self.model.name.clone())),
        }
    }

    fn flags(&self) -> Flags {
        Flags {
            user_present: true,
            user_verified: self.model.user_verification,
            backup_eligible: self.model.backup_eligible,
            backed_up: self.model.backed_up,
        }
    }

    fn next_global(&mut self) -> u32 {
        self.global_counter = self.global_counter.wrapping_add(1);
        self.global_counter
    }
}
