//! A certificate authority for tests: the same seed and dates give the same bytes.

use crate::error::Error;
use crate::key::{Seed, TestKey, sha256};
use chrono::{DateTime, Utc};
use fidoscope_webauthn::Aaguid;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension,
    DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber,
};
use std::time::Duration;

/// Organization of every certificate made here, so that none is mistaken for a real one.
pub const TEST_ORGANIZATION: &str = "fidoscope test";

/// `id-fido-gen-ce-aaguid` (WebAuthn L3 §8.2.1).
const AAGUID_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];

/// When a certificate is valid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: DateTime<Utc>,
    /// Last instant.
    pub not_after: DateTime<Utc>,
}

/// A root, and the intermediates and leaves below it.
#[derive(Debug)]
pub struct TestPki {
    seed: Seed,
    name: String,
    root: Authority,
    intermediate: Option<Authority>,
}

#[derive(Debug)]
struct Authority {
    key: TestKey,
    params: CertificateParams,
    der: Vec<u8>,
}

/// A leaf key with its chain, leaf first, without the root.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Key of the leaf.
    pub key: TestKey,
    /// Certificates, DER.
    pub x5c: Vec<Vec<u8>>,
}

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
        }
    }
}

impl TestPki {
    /// A root named `name`.
    ///
    /// # Errors
    /// When the name or the dates cannot be written into a certificate.
    pub fn new(seed: &Seed, name: &str, validity: Validity) -> Result<Self, Error> {
        let seed = seed.child("pki").child(name);
        let key = TestKey::derive(&seed, "root");
        let params = authority_params(&format!("{name} root"), &key, validity)?;
        let der = params.self_signed(&key)?.der().to_vec();
        let root = Authority { key, params, der };
        Ok(Self {
            seed,
            name: name.to_owned(),
            root,
            intermediate: None,
        })
    }

    /// Puts an intermediate between the root and every leaf issued from now on.
    ///
    /// # Errors
    /// When the dates cannot be written into a certificate.
    pub fn with_intermediate(mut self, validity: Validity) -> Result<Self, Error> {
        let key = TestKey::derive(&self.seed, "intermediate");
        let params = authority_params(&format!("{} intermediate", self.name), &key, validity)?;
        let der = params.signed_by(&key, &self.root.issuer())?.der().to_vec();
        self.intermediate = Some(Authority { key, params, der });
        Ok(self)
    }

    /// The root, DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root.der
    }

    /// The root, PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        pem(&self.root.der)
    }

    /// Issues an attestation certificate; `label` names its key.
    ///
    /// # Errors
    /// When a name or a date cannot be written into a certificate.
    pub fn attestation(&self, label: &str, options: &LeafOptions) -> Result<Identity, Error> {
        let key = TestKey::derive(&self.seed, &format!("attestation/{label}"));
        let mut params = params(options.validity, &key)?;
        params.distinguished_name = subject(options)?;
        params.is_ca = match options.ca {
            Some(true) => IsCa::Ca(BasicConstraints::Unconstrained),
            Some(false) => IsCa::ExplicitNoCa,
            None => IsCa::NoCa,
        };
        params.custom_extensions.extend(options.aaguid.extension());
        self.issue(key, &params)
    }

    /// Issues a TLS server certificate for `dns_name`, as the metadata service signs with.
    ///
    /// # Errors
    /// When the name or a date cannot be written into a certificate.
    pub fn server(&self, dns_name: &str, validity: Validity) -> Result<Identity, Error> {
        let key = TestKey::derive(&self.seed, &format!("server/{dns_name}"));
        let mut params = params(validity, &key)?;
        params.distinguished_name = name(&[
            (DnType::OrganizationName, TEST_ORGANIZATION),
            (DnType::CommonName, dns_name),
        ]);
        params.subject_alt_names = vec![SanType::DnsName(dns_name.try_into()?)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(key, &params)
    }

    /// The root of `other`, certified by this root instead of by itself.
    ///
    /// # Errors
    /// When a date cannot be written into a certificate.
    pub fn cross_sign(&self, other: &Self, validity: Validity) -> Result<Vec<u8>, Error> {
        let mut params = other.root.params.clone();
        set_validity(&mut params, validity)?;
        Ok(params
            .signed_by(&other.root.key, &self.root.issuer())?
            .der()
            .to_vec())
    }

    /// The key of the intermediate, if there is one.
    #[must_use]
    pub fn intermediate_key(&self) -> Option<&TestKey> {
        self.intermediate.as_ref().map(|ca| &ca.key)
    }

    /// A revocation list by the root, and one by the intermediate; both revoke the certificates
    /// of the keys given.
    ///
    /// # Errors
    /// When a date cannot be written into a list.
    pub fn revocation_lists(
        &self,
        revoked: &[&TestKey],
        validity: Validity,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let authorities = [&self.root].into_iter().chain(&self.intermediate);
        authorities
            .map(|authority| authority.revocation_list(revoked, validity))
            .collect()
    }

    fn issue(&self, key: TestKey, params: &CertificateParams) -> Result<Identity, Error> {
        let issuer = self.intermediate.as_ref().unwrap_or(&self.root);
        let leaf = params.signed_by(&key, &issuer.issuer())?;
        let mut x5c = vec![leaf.der().to_vec()];
        x5c.extend(self.intermediate.iter().map(|ca| ca.der.clone()));
        Ok(Identity { key, x5c })
    }
}

impl Authority {
    fn issuer(&self) -> Issuer<'_, &TestKey> {
        Issuer::from_params(&self.params, &self.key)
    }

    fn revocation_list(&self, revoked: &[&TestKey], validity: Validity) -> Result<Vec<u8>, Error> {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let mut params = CertificateRevocationListParams {
            this_update: epoch,
            next_update: epoch,
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::PreSpecified(key_identifier(&self.key)),
        };
        params.this_update += since_1970(validity.not_before)?;
        params.next_update += since_1970(validity.not_after)?;
        params.revoked_certs = revoked
            .iter()
            .map(|key| RevokedCertParams {
                serial_number: serial_number(key),
                revocation_time: params.this_update,
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        Ok(params.signed_by(&self.issuer())?.der().to_vec())
    }
}

impl AaguidExtension {
    fn extension(self) -> Option<CustomExtension> {
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

fn params(validity: Validity, key: &TestKey) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    set_validity(&mut params, validity)?;
    params.serial_number = Some(serial_number(key));
    params.key_identifier_method = KeyIdMethod::PreSpecified(key_identifier(key));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn set_validity(params: &mut CertificateParams, validity: Validity) -> Result<(), Error> {
    params.not_before = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before += since_1970(validity.not_before)?;
    params.not_after = rcgen::date_time_ymd(1970, 1, 1);
    params.not_after += since_1970(validity.not_after)?;
    Ok(())
}

/// Positive and shorter than the 20 octets RFC 5280 allows.
fn serial_number(key: &TestKey) -> SerialNumber {
    let mut serial = vec![0x01];
    serial.extend(key_identifier(key).iter().take(15));
    SerialNumber::from(serial)
}

fn authority_params(
    common_name: &str,
    key: &TestKey,
    validity: Validity,
) -> Result<CertificateParams, Error> {
    let mut params = params(validity, key)?;
    params.distinguished_name = name(&[
        (DnType::OrganizationName, TEST_ORGANIZATION),
        (DnType::CommonName, common_name),
    ]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn key_identifier(key: &TestKey) -> Vec<u8> {
    sha256(key.point()).iter().take(20).copied().collect()
}

fn subject(options: &LeafOptions) -> Result<DistinguishedName, Error> {
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

fn name(parts: &[(DnType, &str)]) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    for (kind, value) in parts {
        name.push(kind.clone(), *value);
    }
    name
}

/// Seconds since 1970, as far as the years of a certificate go.
fn since_1970(at: DateTime<Utc>) -> Result<Duration, Error> {
    const END_OF_9999: u64 = 253_402_300_799;
    let seconds = u64::try_from(at.timestamp()).map_err(|_| Error::Date(at))?;
    if seconds > END_OF_9999 {
        return Err(Error::Date(at));
    }
    Ok(Duration::from_secs(seconds))
}

/// A certificate as PEM, 64 characters a line.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let body = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}
