//! A relying party, a PKI and authenticators together: whole ceremonies as recordings.

use crate::android::SAFETYNET_HOST;
use crate::draft::{Asserted, Created};
use crate::error::Error;
use crate::fault::{AuthenticationFault, Expected, RegistrationFault};
use crate::key::Seed;
use crate::model::{Format, Model};
use crate::pki::{AaguidExtension, Identity, LeafOptions, TestPki, Validity};
use crate::software::{CreateOptions, GetOptions, SoftwareAuthenticator};
use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_recording::{
    AuthenticatorSelection, CeremonyOptions, CredentialDescriptor, CredentialParameter,
    CredentialRecord, Expectations, ExpectedOutcome, ExpectedVerdict, Kind, Recording,
    RelyingParty, RelyingPartyEntity, Source, State, User, UserEntity,
};
use fidoscope_webauthn::base64url;

/// A relying party with the authenticators of its users, at one instant.
#[derive(Debug)]
pub struct TestBench {
    seed: Seed,
    rp_id: String,
    origin: String,
    now: DateTime<Utc>,
    pki: TestPki,
    validity: Validity,
}

impl TestBench {
    /// A relying party `rp_id` whose ceremonies happen at `now`; its attestation root and the
    /// leaves below it are valid from a year before to nine years after.
    ///
    /// # Errors
    /// When `now` is too far from today's centuries for a certificate.
    pub fn new(seed: u64, rp_id: &str, now: DateTime<Utc>) -> Result<Self, Error> {
        let seed = Seed::new(seed, "bench");
        let validity = Validity {
            not_before: now - TimeDelta::days(365),
            not_after: now + TimeDelta::days(9 * 365),
        };
        let pki = TestPki::new(&seed, "fidoscope test attestation", validity)?;
        Ok(Self {
            seed,
            rp_id: rp_id.to_owned(),
            origin: format!("https://{rp_id}"),
            now,
            pki,
            validity,
        })
    }

    /// The attestation PKI.
    #[must_use]
    pub fn pki(&self) -> &TestPki {
        &self.pki
    }

    /// An authenticator of `model`, with an attestation certificate when its format needs one.
    ///
    /// # Errors
    /// When the certificate cannot be written.
    pub fn authenticator(&self, model: Model, seed: u64) -> Result<SoftwareAuthenticator, Error> {
        let identity = if model.format.needs_certificate() {
            Some(self.attestation_identity(&model)?)
        } else {
            None
        };
        let certifies = model.format.certifies_credentials();
        let authenticator = SoftwareAuthenticator::new(model, seed).at(self.now);
        Ok(match identity {
            Some(identity) => authenticator.with_attestation(identity),
            None if certifies => authenticator.with_key_store(self.pki.clone()),
            None => authenticator,
        })
    }

    /// The attestation key and certificate that authenticators of `model` share.
    ///
    /// # Errors
    /// When the certificate cannot be written.
    pub fn attestation_identity(&self, model: &Model) -> Result<Identity, Error> {
        self.identity(model, |_| ())
    }

    /// A request to create a credential; `label` makes its challenge and user handle.
    #[must_use]
    pub fn create_options(&self, label: &str) -> CreateOptions {
        CreateOptions {
            rp_id: self.rp_id.clone(),
            origin: self.origin.clone(),
            challenge: self
                .seed
                .bytes(&format!("challenge/create/{label}"))
                .to_vec(),
            user_handle: self.seed.bytes(&format!("user/{label}")).to_vec(),
            conditional: false,
        }
    }

    /// A request for an assertion by `credential_id`; `label` makes its challenge.
    #[must_use]
    pub fn get_options(&self, label: &str, credential_id: &[u8]) -> GetOptions {
        GetOptions {
            rp_id: self.rp_id.clone(),
            origin: self.origin.clone(),
            challenge: self.seed.bytes(&format!("challenge/get/{label}")).to_vec(),
            allow_credentials: vec![credential_id.to_vec()],
        }
    }

    /// Registers with `authenticator`, with at most one fault, and records it.
    ///
    /// # Errors
    /// When the fault does not apply to the model, or a part cannot be written.
    pub fn registration(
        &self,
        id: &str,
        authenticator: &mut SoftwareAuthenticator,
        fault: Option<RegistrationFault>,
    ) -> Result<(Created, Recording), Error> {
        let model = authenticator.model().clone();
        if let Some(fault) = fault.filter(|fault| !fault.applies_to(model.format)) {
            return Err(Error::FaultDoesNotApply(
                fault.name(),
                model.format.identifier(),
            ));
        }
        let mut request = self.create_options(id);
        request.conditional = fault == Some(RegistrationFault::Conditional);
        let mut draft = authenticator.draft_create(&request)?;
        if let Some(fault) = fault {
            if !fault.applies_to(model.format) {
                return Err(Error::FaultDoesNotApply(
                    fault.name(),
                    model.format.identifier(),
                ));
            }
            if let Some(identity) = self.faulty_identity(&model, fault)? {
                draft.attest_with(identity);
            }
            fault.change_draft(&mut draft);
        }
        let created = draft.seal()?;
        let mut recording = self.record_registration(id, &model, &request, &created);
        if let Some(fault) = fault {
            self.change_registration(&mut recording, &created, fault)?;
            recording.expect = Some(expectations(fault.expected(model.format)));
        }
        Ok((created, recording))
    }

    /// Authenticates with the credential of `created`, with at most one fault, and records it.
    ///
    /// # Errors
    /// When the authenticator does not hold the credential, or a part cannot be written.
    pub fn authentication(
        &self,
        id: &str,
        authenticator: &mut SoftwareAuthenticator,
        registered: &Recording,
        created: &Created,
        fault: Option<AuthenticationFault>,
    ) -> Result<(Asserted, Recording), Error> {
        let request = self.get_options(id, &created.credential_id);
        let mut draft = authenticator.draft_get(&request)?;
        if let Some(fault) = fault {
            fault.change_draft(&mut draft);
        }
        let asserted = draft.seal()?;
        let user = registered.user.clone().unwrap_or_default();
        let model = authenticator.model();
        let mut recording = self.record_authentication(id, model, &request, created, &asserted);
        recording.user = Some(User {
            known: Some(true),
            handle: user.handle.clone(),
        });
        if let Some(record) = &mut recording.record {
            record.user_handle = user.handle;
        }
        if let Some(fault) = fault {
            fault.change_recording(&mut recording, &asserted);
            recording.expect = Some(expectations(fault.expected()));
        }
        Ok((asserted, recording))
    }

    fn identity(
        &self,
        model: &Model,
        change: impl FnOnce(&mut LeafOptions),
    ) -> Result<Identity, Error> {
        if model.format == Format::AndroidSafetynet {
            return self.pki.server(SAFETYNET_HOST, self.validity);
        }
        let mut options = match model.format {
            Format::Tpm => LeafOptions::tpm(self.validity),
            _ => LeafOptions::new(&model.name, model.aaguid, self.validity),
        };
        if model.format == Format::FidoU2f {
            options.aaguid = AaguidExtension::Absent;
        }
        change(&mut options);
        self.pki
            .attestation_for(model.attestation_algorithm, &model.name, &options)
    }

    /// The attestation key with the wrong certificate that `fault` is about, if it is about one.
    fn faulty_identity(
        &self,
        model: &Model,
        fault: RegistrationFault,
    ) -> Result<Option<Identity>, Error> {
        use RegistrationFault as F;
        let year = TimeDelta::days(365);
        let (before, after) = (self.now - year, self.now - TimeDelta::days(1));
        let expired = Validity {
            not_before: before,
            not_after: after,
        };
        let future = Validity {
            not_before: self.now + year,
            not_after: self.now + year + year,
        };
        let aaguid = model.aaguid;
        Ok(match fault {
            F::CertificateWithoutUnit => Some(self.identity(model, |o| o.unit = None)?),
            F::CertificateCriticalAaguid => {
                Some(self.identity(model, |o| o.aaguid = AaguidExtension::Critical(aaguid))?)
            }
            F::CertificateUnwrappedAaguid => {
                Some(self.identity(model, |o| o.aaguid = AaguidExtension::Unwrapped(aaguid))?)
            }
            F::CertificateIsCa => Some(self.identity(model, |o| o.ca = Some(true))?),
            F::CertificateExpired => Some(self.identity(model, |o| o.validity = expired)?),
            F::CertificateNotYetValid => Some(self.identity(model, |o| o.validity = future)?),
            _ => None,
        })
    }

    fn record_registration(
        &self,
        id: &str,
        model: &Model,
        request: &CreateOptions,
        created: &Created,
    ) -> Recording {
        let handle = base64url::encode(&request.user_handle);
        let options = CeremonyOptions {
            challenge: base64url::encode(&request.challenge),
            rp: Some(RelyingPartyEntity {
                id: Some(self.rp_id.clone()),
                name: Some(self.rp_id.clone()),
            }),
            user: Some(UserEntity {
                id: handle.clone(),
                name: None,
                display_name: None,
            }),
            pub_key_cred_params: Some(offered(model).map(parameter).collect()),
            authenticator_selection: Some(AuthenticatorSelection {
                user_verification: Some(user_verification(model).to_owned()),
                ..AuthenticatorSelection::default()
            }),
            attestation: Some("direct".to_owned()),
            ..CeremonyOptions::default()
        };
        let response = created.response.clone();
        let kind = Kind::Registration;
        let mut recording = Recording::new(id, kind, options, self.relying_party(), response);
        recording.mediation = request.conditional.then(|| "conditional".to_owned());
        recording.user = Some(User {
            known: Some(true),
            handle: Some(handle),
        });
        recording.state = Some(State {
            registered_ids: Some(Vec::new()),
        });
        let mut recording = self.finish(recording);
        recording.expect = Some(expectations(Expected::without_fault(model.format)));
        recording.policy.safetynet = (model.format == Format::AndroidSafetynet).then_some(true);
        recording
    }

    fn record_authentication(
        &self,
        id: &str,
        model: &Model,
        request: &GetOptions,
        created: &Created,
        asserted: &Asserted,
    ) -> Recording {
        let options = CeremonyOptions {
            challenge: base64url::encode(&request.challenge),
            rp_id: Some(self.rp_id.clone()),
            allow_credentials: request
                .allow_credentials
                .iter()
                .map(|id| descriptor(id))
                .collect(),
            user_verification: Some(user_verification(model).to_owned()),
            ..CeremonyOptions::default()
        };
        let response = asserted.response.clone();
        let kind = Kind::Authentication;
        let mut recording = Recording::new(id, kind, options, self.relying_party(), response);
        recording.record = Some(CredentialRecord {
            id: base64url::encode(&created.credential_id),
            public_key: base64url::encode(&created.public_key),
            sign_count: Some(created.sign_count),
            uv_initialized: Some(model.user_verification),
            backup_eligible: Some(model.backup_eligible),
            backup_state: Some(model.backed_up),
            transports: model.transports.clone(),
            user_handle: None,
        });
        self.finish(recording)
    }

    fn finish(&self, mut recording: Recording) -> Recording {
        recording.recorded_at = Some(self.now);
        recording.now = Some(self.now);
        // An assertion is judged by the stored key alone: no trust anchor has a say.
        if recording.kind == Kind::Registration {
            recording.policy.anchors = vec![self.pki.root_pem()];
        }
        recording.source = Some(Source {
            tool: Some("fidoscope-authenticator".to_owned()),
            ..Source::default()
        });
        recording.expect = Some(expectations(Expected { l3: None, l2: None }));
        recording
    }

    fn change_registration(
        &self,
        recording: &mut Recording,
        created: &Created,
        fault: RegistrationFault,
    ) -> Result<(), Error> {
        match fault {
            RegistrationFault::UnknownRoot => {
                let name = "fidoscope test stranger";
                let stranger = TestPki::new(&self.seed, name, self.validity)?;
                recording.policy.anchors = vec![stranger.root_pem()];
            }
            RegistrationFault::AlgorithmNotOffered => {
                recording.options.pub_key_cred_params = Some(vec![parameter(-257)]);
            }
            RegistrationFault::CredentialIdTaken => {
                let id = base64url::encode(&created.credential_id);
                recording.state = Some(State {
                    registered_ids: Some(vec![id]),
                });
            }
            RegistrationFault::UserNotVerified => {
                let required = AuthenticatorSelection {
                    user_verification: Some("required".to_owned()),
                    ..AuthenticatorSelection::default()
                };
                recording.options.authenticator_selection = Some(required);
            }
            _ => {}
        }
        Ok(())
    }

    fn relying_party(&self) -> RelyingParty {
        RelyingParty {
            id: Some(self.rp_id.clone()),
            origins: vec![self.origin.clone()],
            ..RelyingParty::default()
        }
    }
}

/// What most relying parties offer, and what the model makes.
fn offered(model: &Model) -> impl Iterator<Item = i64> {
    let usual = [-7, -257];
    let own = model.algorithm.number();
    let other = (!usual.contains(&own)).then_some(own);
    usual.into_iter().chain(other)
}

fn parameter(alg: i64) -> CredentialParameter {
    CredentialParameter {
        kind: "public-key".to_owned(),
        alg,
    }
}

fn descriptor(id: &[u8]) -> CredentialDescriptor {
    CredentialDescriptor {
        id: base64url::encode(id),
        kind: "public-key".to_owned(),
        transports: Vec::new(),
    }
}

fn user_verification(model: &Model) -> &'static str {
    if model.user_verification {
        "required"
    } else {
        "preferred"
    }
}

fn expectations(expected: Expected) -> Expectations {
    let outcome = |step: Option<&str>| ExpectedOutcome {
        verdict: match step {
            Some(_) => ExpectedVerdict::Reject,
            None => ExpectedVerdict::Accept,
        },
        step: step.map(str::to_owned),
    };
    Expectations {
        l3: Some(outcome(expected.l3)),
        l2: Some(outcome(expected.l2)),
        ..Expectations::default()
    }
}
