//! New signatures: the assertion's, or an attestation statement in the format of the base.

use super::ceremony::{Ceremony, Unfit};
use super::parts::Keyed;
use super::pki;
use fidoscope_authenticator::{
    AndroidKeyDraft, AppleDraft, Attested, AuthenticatorData, ClientData, CompoundPart, Format,
    Identity, LeafOptions, RegistrationDraft, SAFETYNET_HOST, SafetynetDraft, SignatureKind,
    TestPki, TpmDraft, sha256,
};

use fidoscope_recording::Kind;
use fidoscope_webauthn::Aaguid;

impl Ceremony {
    /// Signs anew, with the key that the format wants.
    pub(crate) fn sign(&mut self) -> Result<(), Unfit> {
        if self.recording.kind == Kind::Authentication {
            self.signature = self.key()?.sign_der(&self.signed_bytes());
            return Ok(());
        }
        match (self.format(), self.is_certified()) {
            (Some("none"), _) => Ok(()),
            (Some("packed"), false) => {
                self.key()?;
                self.attest_by(Format::PackedSelf, None)
            }
            (Some("android-key"), _) => self.android_key(|_| ()),
            (Some("android-safetynet"), _) => self.safetynet(|_| ()),
            (Some("tpm"), _) => self.tpm(&pki::authority()?, |_| (), |_, _| ()),
            (Some("apple"), _) => self.apple(|_| ()),
            (Some("compound"), _) => self.compound(|_| ()),
            _ => self.attest(|_| ()),
        }
    }

    /// Attests anew in format packed or fido-u2f, with a certificate of the test PKI that differs
    /// as asked.
    pub(crate) fn attest(&mut self, change: impl FnOnce(&mut LeafOptions)) -> Result<(), Unfit> {
        self.attest_below(&pki::authority()?, change)
    }

    /// Attests anew in format packed or fido-u2f, with a certificate that differs as asked, below
    /// this authority, whose root becomes the trust anchor.
    pub(crate) fn attest_below(
        &mut self,
        authority: &TestPki,
        change: impl FnOnce(&mut LeafOptions),
    ) -> Result<(), Unfit> {
        let format = match self.format() {
            Some("packed") => Format::PackedX5c,
            Some("fido-u2f") => Format::FidoU2f,
            other => {
                let other = other.unwrap_or_default();
                return Err(Unfit(format!("nothing here attests in format {other}")));
            }
        };
        let aaguid = Aaguid(self.attested()?.aaguid);
        let identity = pki::identity(authority, format, aaguid, change)?;
        self.recording.policy.anchors = vec![authority.root_pem()];
        self.attest_by(format, Some(identity))
    }

    /// Attests anew in format android-key.
    pub(crate) fn android_key(
        &mut self,
        change: impl FnOnce(&mut AndroidKeyDraft),
    ) -> Result<(), Unfit> {
        let mut draft = AndroidKeyDraft::new(pki::authority()?);
        change(&mut draft);
        self.recording.policy.anchors = vec![draft.pki.root_pem()];
        let (data, hash) = (self.encoded_data(), sha256(&self.client));
        let statement = draft.statement(self.key()?, &data, &hash, SignatureKind::Genuine)?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    /// Attests anew in format android-safetynet, which the policy then takes.
    pub(crate) fn safetynet(
        &mut self,
        change: impl FnOnce(&mut SafetynetDraft),
    ) -> Result<(), Unfit> {
        let authority = pki::authority()?;
        let identity = authority.server(SAFETYNET_HOST, pki::validity())?;
        let made_at = self.judged_at();
        let mut draft = SafetynetDraft::new(identity, made_at);
        change(&mut draft);
        self.recording.policy.anchors = vec![authority.root_pem()];
        self.recording.policy.safetynet = Some(true);
        let (data, hash) = (self.encoded_data(), sha256(&self.client));
        let statement = draft.statement(&data, &hash, SignatureKind::Genuine)?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    /// Attests anew in format tpm below this authority, with a certificate and a statement about
    /// the COSE key that differ as asked.
    pub(crate) fn tpm(
        &mut self,
        authority: &TestPki,
        leaf: impl FnOnce(&mut LeafOptions),
        change: impl FnOnce(&mut TpmDraft, &[u8]),
    ) -> Result<(), Unfit> {
        let attested = self.attested()?.clone();
        let identity = pki::identity(authority, Format::Tpm, Aaguid(attested.aaguid), leaf)?;
        let mut draft = TpmDraft::new(identity);
        change(&mut draft, &attested.key);
        self.recording.policy.anchors = vec![authority.root_pem()];
        let (data, hash) = (self.encoded_data(), sha256(&self.client));
        let statement = draft.statement(&attested.key, &data, &hash, SignatureKind::Genuine)?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    /// Attests anew in format apple.
    pub(crate) fn apple(&mut self, change: impl FnOnce(&mut AppleDraft)) -> Result<(), Unfit> {
        let mut draft = AppleDraft::new(pki::authority()?);
        change(&mut draft);
        self.recording.policy.anchors = vec![draft.pki.root_pem()];
        let (data, hash) = (self.encoded_data(), sha256(&self.client));
        let statement = draft.statement(self.key()?, &data, &hash)?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    /// Attests anew in format compound, at first with a certified and a self attestation.
    pub(crate) fn compound(
        &mut self,
        change: impl FnOnce(&mut Vec<CompoundPart>),
    ) -> Result<(), Unfit> {
        self.key()?;
        let aaguid = Aaguid(self.attested()?.aaguid);
        let authority = pki::authority()?;
        let identity = pki::identity(&authority, Format::PackedX5c, aaguid, |_| ())?;
        let mut draft = self.draft(Format::Compound, Some(identity))?;
        draft.parts = [Format::PackedX5c, Format::PackedSelf]
            .map(CompoundPart::new)
            .to_vec();
        change(&mut draft.parts);
        self.recording.policy.anchors = vec![authority.root_pem()];
        let statement = draft.statement(&self.encoded_data(), &sha256(&self.client))?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    /// Attests anew, with this key and these certificates.
    pub(crate) fn attest_by(
        &mut self,
        format: Format,
        identity: Option<Identity>,
    ) -> Result<(), Unfit> {
        let draft = self.draft(format, identity)?;
        let statement = draft.statement(&self.encoded_data(), &sha256(&self.client))?;
        self.object.set("attStmt", statement);
        Ok(())
    }

    fn draft(
        &mut self,
        format: Format,
        identity: Option<Identity>,
    ) -> Result<RegistrationDraft, Unfit> {
        let attested = self.attested()?.clone();
        let key = match &self.key {
            // What certifies itself by another key never uses this one.
            None if identity.is_some() => pki::unrelated_key(),
            _ => self.key()?.clone(),
        };
        let mut data = AuthenticatorData::new("", Default::default(), 0);
        if let Ok(hash) = self.data.rp_id_hash.as_slice().try_into() {
            data.rp_id_hash = hash;
        }
        data.attested = Some(Attested {
            aaguid: Aaguid(attested.aaguid),
            credential_id: attested.credential_id,
            public_key: attested.key,
        });
        let (x5c, attestation_key) = match identity {
            Some(Identity { key, x5c }) => (x5c, Some(key)),
            None => (Vec::new(), None),
        };
        Ok(RegistrationDraft {
            client_data: ClientData::new("webauthn.create", &[], ""),
            authenticator_data: data,
            format,
            x5c,
            signature: SignatureKind::Genuine,
            transports: Vec::new(),
            android_key: None,
            safetynet: None,
            apple: None,
            tpm: None,
            parts: Vec::new(),
            key,
            attestation_key,
        })
    }

    /// The certificates of the statement, DER.
    pub(crate) fn certificate_ders(&mut self) -> Result<Vec<Vec<u8>>, Unfit> {
        let certificates = self.certificates()?.iter();
        Ok(certificates
            .filter_map(|value| value.as_bytes().cloned())
            .collect())
    }
}
