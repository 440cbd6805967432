//! What certificates say, before they are issued.

use super::tpm::{TpmNames, tpm_key_usage};
use super::{TEST_ORGANIZATION, Validity, authority_params};
use crate::error::Error;
use crate::finish::Finish;
use crate::key::TestKey;
use fidoscope_webauthn::Aaguid;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa,
    KeyUsagePurpose,
};

/// `id-fido-gen-ce-aaguid` (WebAuthn L3 §8.2.1).
const AAGUID_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

/// How the AAGUID extension of an attestation certificate looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AaguidExtension {
    /// Left out, which §8.2.1 allows for a root of one model.
    Absent,
    /// Present, as it should be.
    Present(Aaguid),
    /// Present but marked critical, which §8.2.1 forbids.
    Critical(Aaguid),
    /// The value without its inner OCTET STRING.
    Unwrapped(Aaguid),
}

/// An extension as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateExtension {
    /// Object identifier.
    pub oid: Vec<u64>,
    /// Whether it is marked critical.
    pub critical: bool,
    /// What its OCTET STRING holds.
    pub value: Vec<u8>,
}

impl CertificateExtension {
    /// A critical extension that nobody has defined.
    #[must_use]
    pub fn unknown_critical() -> Self {
        Self {
            oid: vec![1, 3, 6, 1, 4, 1, 5_923, 1],
            critical: true,
            value: vec![0x05, 0x00],
        }
    }
}

/// What an attestation certificate says; the default is what WebAuthn L3 §8.2.1 asks for.
#[derive(Clone, Debug)]
pub struct LeafOptions {
    /// Subject-C.
    pub country: Option<String>,
    /// Subject-O.
    pub organization: Option<String>,
    /// Subject-OU.
    pub unit: Option<String>,
    /// Subject-CN.
    pub common_name: Option<String>,
    /// AAGUID extension.
    pub aaguid: AaguidExtension,
    /// Value of CA in the basic constraints; `None` leaves the extension out.
    pub ca: Option<bool>,
    /// Validity.
    pub validity: Validity,
    /// Further extensions.
    pub extensions: Vec<CertificateExtension>,
    /// How it is written and signed.
    pub finish: Finish,
}

impl LeafOptions {
    /// A certificate without fault for `model`.
    #[must_use]
    pub fn new(model: &str, aaguid: Aaguid, validity: Validity) -> Self {
        Self {
            country: Some("AA".to_owned()),
            organization: Some(TEST_ORGANIZATION.to_owned()),
            unit: Some("Authenticator Attestation".to_owned()),
            common_name: Some(format!("{model} attestation")),
            aaguid: AaguidExtension::Present(aaguid),
            ca: Some(false),
            validity,
            extensions: Vec::new(),
            finish: Finish::default(),
        }
    }

    /// A certificate as an attestation key of a TPM has it (WebAuthn L3 §8.3.1).
    #[must_use]
    pub fn tpm(validity: Validity) -> Self {
        Self {
            country: None,
            organization: None,
            unit: None,
            common_name: None,
            aaguid: AaguidExtension::Absent,
            extensions: vec![TpmNames::default().extension(), tpm_key_usage()],
            ..Self::new("", Aaguid([0; 16]), validity)
        }
    }

    /// A certificate as Apple issues for a key, but for the nonce (WebAuthn L3 §8.8).
    #[must_use]
    pub fn apple(validity: Validity) -> Self {
        Self {
            country: None,
            unit: None,
            common_name: Some("credential".to_owned()),
            aaguid: AaguidExtension::Absent,
            ..Self::new("", Aaguid([0; 16]), validity)
        }
    }

    /// A certificate as the Android keystore issues for a key, but for the key description.
    #[must_use]
    pub fn key_store(validity: Validity) -> Self {
        Self {
            country: None,
            unit: None,
            common_name: Some("Android Keystore Key".to_owned()),
            aaguid: AaguidExtension::Absent,
            ca: None,
            ..Self::new("", Aaguid([0; 16]), validity)
        }
    }
}

/// What the certificate of an intermediate says; the default is one without fault.
#[derive(Clone, Debug)]
pub struct AuthorityOptions {
    /// Names its key; the common name is the PKI's name and this.
    pub label: String,
    /// Value of CA in the basic constraints; `None` leaves the extension out.
    pub ca: Option<bool>,
    /// How many intermediates may stand below it.
    pub path_length: Option<u8>,
    /// Whether its key usage lets it sign certificates.
    pub may_sign: bool,
    /// Validity.
    pub validity: Validity,
    /// Further extensions.
    pub extensions: Vec<CertificateExtension>,
    /// How it is written and signed.
    pub finish: Finish,
    /// Its key; when absent, one for ES256 that belongs to the label.
    pub key: Option<TestKey>,
}

impl AuthorityOptions {
    /// An intermediate without fault.
    #[must_use]
    pub fn new(label: &str, validity: Validity) -> Self {
        Self {
            label: label.to_owned(),
            ca: Some(true),
            path_length: None,
            may_sign: true,
            validity,
            extensions: Vec::new(),
            finish: Finish::default(),
            key: None,
        }
    }

    pub(super) fn params(&self, pki: &str, key: &TestKey) -> Result<CertificateParams, Error> {
        let common_name = format!("{pki} {}", self.label);
        let mut params = authority_params(&common_name, key, self.validity)?;
        params.is_ca = match (self.ca, self.path_length) {
            (Some(true), Some(length)) => IsCa::Ca(BasicConstraints::Constrained(length)),
            (Some(true), None) => IsCa::Ca(BasicConstraints::Unconstrained),
            (Some(false), _) => IsCa::ExplicitNoCa,
            (None, _) => IsCa::NoCa,
        };
        if !self.may_sign {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        }
        let extensions = self.extensions.iter().map(CertificateExtension::custom);
        params.custom_extensions.extend(extensions);
        Ok(params)
    }
}

impl CertificateExtension {
    pub(super) fn custom(&self) -> CustomExtension {
        let mut extension = CustomExtension::from_oid_content(&self.oid, self.value.clone());
        extension.set_criticality(self.critical);
        extension
    }
}

impl AaguidExtension {
    pub(super) fn extension(self) -> Option<CustomExtension> {
        let (aaguid, critical, wrapped) = match self {
            Self::Absent => return None,
            Self::Present(aaguid) => (aaguid, false, true),
            Self::Critical(aaguid) => (aaguid, true, true),
            Self::Unwrapped(aaguid) => (aaguid, false, false),
        };
        let mut content = if wrapped { vec![0x04, 0x10] } else { vec![] };
        content.extend_from_slice(&aaguid.0);
        let mut extension = CustomExtension::from_oid_content(AAGUID_EXTENSION, content);
        extension.set_criticality(critical);
        Some(extension)
    }
}

pub(super) fn subject(options: &LeafOptions) -> Result<DistinguishedName, Error> {
    let mut subject = DistinguishedName::new();
    if let Some(country) = &options.country {
        let country = DnValue::PrintableString(country.as_str().try_into()?);
        subject.push(DnType::CountryName, country);
    }
    let rest = [
        (DnType::OrganizationName, &options.organization),
        (DnType::OrganizationalUnitName, &options.unit),
        (DnType::CommonName, &options.common_name),
    ];
    for (kind, value) in rest {
        if let Some(value) = value {
            subject.push(kind, value.as_str());
        }
    }
    Ok(subject)
}
