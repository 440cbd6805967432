//! A certificate authority for tests: the same seed and dates give the same bytes.

mod contents;
mod tpm;

pub use contents::{AaguidExtension, AuthorityOptions, CertificateExtension, LeafOptions};
pub use tpm::{TpmNames, extended_key_usage, tpm_key_usage};

use crate::algorithm::Algorithm;
use crate::error::Error;
use crate::finish::Finish;
use crate::key::{Seed, TestKey, sha256};
use chrono::{DateTime, Utc};
use contents::subject;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, RevokedCertParams,
    SanType, SerialNumber,
};
use std::time::Duration;

/// Organization of every certificate made here, so that none is mistaken for a real one.
pub const TEST_ORGANIZATION: &str = "fidoscope test";

/// When a certificate is valid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: DateTime<Utc>,
    /// Last instant.
    pub not_after: DateTime<Utc>,
}

/// A root, and the intermediates and leaves below it.
#[derive(Clone, Debug)]
pub struct TestPki {
    seed: Seed,
    name: String,
    validity: Validity,
    root: Authority,
    /// From the root down.
    intermediates: Vec<Authority>,
}

#[derive(Clone, Debug)]
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

impl TestPki {
    /// A root named `name`.
    ///
    /// # Errors
    /// When the name or the dates cannot be written into a certificate.
    pub fn new(seed: &Seed, name: &str, validity: Validity) -> Result<Self, Error> {
        Self::new_for(Algorithm::Es256, seed, name, validity)
    }

    /// A root named `name` whose key is of another algorithm than ES256.
    ///
    /// # Errors
    /// When the name or the dates cannot be written into a certificate.
    pub fn new_for(
        algorithm: Algorithm,
        seed: &Seed,
        name: &str,
        validity: Validity,
    ) -> Result<Self, Error> {
        let seed = seed.child("pki").child(name);
        let key = TestKey::derive_for(algorithm, &seed, "root");
        let params = authority_params(&format!("{name} root"), &key, validity)?;
        let der = params.self_signed(&key)?.der().to_vec();
        let der = Finish::default().apply(der, &key, &key);
        let root = Authority { key, params, der };
        Ok(Self {
            seed,
            name: name.to_owned(),
            validity,
            root,
            intermediates: Vec::new(),
        })
    }

    /// Puts an intermediate between the root and every leaf issued from now on.
    ///
    /// # Errors
    /// When the dates cannot be written into a certificate.
    pub fn with_intermediate(self, validity: Validity) -> Result<Self, Error> {
        self.with_authority(&AuthorityOptions::new("intermediate", validity))
    }

    /// Puts an intermediate below those there are; leaves issued from now on come from it.
    ///
    /// # Errors
    /// When the dates cannot be written into a certificate.
    pub fn with_authority(mut self, options: &AuthorityOptions) -> Result<Self, Error> {
        let own = || TestKey::derive(&self.seed, &options.label);
        let key = options.key.clone().unwrap_or_else(own);
        let written = options.params(&self.name, &key)?;
        let der = self.issuer().issue(&written, &key, &options.finish)?;
        // What it says of itself does not keep it from issuing.
        let common_name = format!("{} {}", self.name, options.label);
        let params = authority_params(&common_name, &key, options.validity)?;
        self.intermediates.push(Authority { key, params, der });
        Ok(self)
    }

    /// When the root is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The certificates of the intermediates, DER, from the one that issues leaves up.
    #[must_use]
    pub fn intermediate_ders(&self) -> Vec<Vec<u8>> {
        let upwards = self.intermediates.iter().rev();
        upwards.map(|authority| authority.der.clone()).collect()
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
        self.attestation_for(Algorithm::Es256, label, options)
    }

    /// Issues an attestation certificate for a key of another algorithm than ES256.
    ///
    /// # Errors
    /// When a name or a date cannot be written into a certificate.
    pub fn attestation_for(
        &self,
        algorithm: Algorithm,
        label: &str,
        options: &LeafOptions,
    ) -> Result<Identity, Error> {
        let label = format!("attestation/{label}");
        self.certify(TestKey::derive_for(algorithm, &self.seed, &label), options)
    }

    /// Issues an attestation certificate for a key.
    ///
    /// # Errors
    /// When a name or a date cannot be written into a certificate.
    pub fn certify(&self, key: TestKey, options: &LeafOptions) -> Result<Identity, Error> {
        let mut params = params(options.validity, &key)?;
        params.distinguished_name = subject(options)?;
        params.is_ca = match options.ca {
            Some(true) => IsCa::Ca(BasicConstraints::Unconstrained),
            Some(false) => IsCa::ExplicitNoCa,
            None => IsCa::NoCa,
        };
        params.custom_extensions.extend(options.aaguid.extension());
        let extensions = options.extensions.iter().map(CertificateExtension::custom);
        params.custom_extensions.extend(extensions);
        self.issue(key, &params, &options.finish)
    }

    /// Issues a TLS server certificate for `dns_name`, as the metadata service signs with.
    ///
    /// # Errors
    /// When the name or a date cannot be written into a certificate.
    pub fn server(&self, dns_name: &str, validity: Validity) -> Result<Identity, Error> {
        self.server_for(Algorithm::Es256, dns_name, validity)
    }

    /// Issues such a certificate for a key of another algorithm than ES256; the live service has
    /// RSA keys.
    ///
    /// # Errors
    /// When the name or a date cannot be written into a certificate.
    pub fn server_for(
        &self,
        algorithm: Algorithm,
        dns_name: &str,
        validity: Validity,
    ) -> Result<Identity, Error> {
        let label = format!("server/{dns_name}");
        let key = TestKey::derive_for(algorithm, &self.seed, &label);
        let mut params = params(validity, &key)?;
        params.distinguished_name = name(&[
            (DnType::OrganizationName, TEST_ORGANIZATION),
            (DnType::CommonName, dns_name),
        ]);
        params.subject_alt_names = vec![SanType::DnsName(dns_name.try_into()?)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(key, &params, &Finish::default())
    }

    /// The key of the root.
    #[must_use]
    pub fn root_key(&self) -> &TestKey {
        &self.root.key
    }

    /// The root of `other`, certified by this root instead of by itself.
    ///
    /// # Errors
    /// When a date cannot be written into a certificate.
    pub fn cross_sign(&self, other: &Self, validity: Validity) -> Result<Vec<u8>, Error> {
        let mut params = other.root.params.clone();
        set_validity(&mut params, validity)?;
        let finish = Finish::default();
        self.root.issue(&params, &other.root.key, &finish)
    }

    /// The intermediate that issues leaves, certified by `other` as well; `None` without one.
    ///
    /// # Errors
    /// When a date cannot be written into a certificate.
    pub fn cross_signed_by(
        &self,
        other: &Self,
        validity: Validity,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(authority) = self.intermediates.last() else {
            return Ok(None);
        };
        let mut params = authority.params.clone();
        set_validity(&mut params, validity)?;
        let finish = Finish::default();
        let der = other.root.issue(&params, &authority.key, &finish)?;
        Ok(Some(der))
    }

    /// The key of the intermediate that issues leaves, if there is one.
    #[must_use]
    pub fn intermediate_key(&self) -> Option<&TestKey> {
        self.intermediates.last().map(|ca| &ca.key)
    }

    /// The serial number of the certificates of a key, hexadecimal.
    #[must_use]
    pub fn serial_hex(key: &TestKey) -> String {
        let serial = serial_number(key).to_bytes();
        serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A revocation list by the root, and one by each intermediate; all revoke the certificates
    /// of the keys given.
    ///
    /// # Errors
    /// When a date cannot be written into a list, or lists are not signed with such keys here.
    pub fn revocation_lists(
        &self,
        revoked: &[&TestKey],
        validity: Validity,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let authorities = [&self.root].into_iter().chain(&self.intermediates);
        authorities
            .map(|authority| authority.revocation_list(revoked, validity))
            .collect()
    }

    fn issuer(&self) -> &Authority {
        self.intermediates.last().unwrap_or(&self.root)
    }

    fn issue(
        &self,
        key: TestKey,
        params: &CertificateParams,
        finish: &Finish,
    ) -> Result<Identity, Error> {
        let mut x5c = vec![self.issuer().issue(params, &key, finish)?];
        x5c.extend(self.intermediate_ders());
        Ok(Identity { key, x5c })
    }
}

impl Authority {
    fn issuer(&self) -> Issuer<'_, &TestKey> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// Certifies `key` with the name that `finish` wants as issuer, and writes it as it wants.
    fn issue(
        &self,
        params: &CertificateParams,
        key: &TestKey,
        finish: &Finish,
    ) -> Result<Vec<u8>, Error> {
        let mut own = self.params.clone();
        if let Some(other) = &finish.issuer_name {
            own.distinguished_name = name(&[
                (DnType::OrganizationName, TEST_ORGANIZATION),
                (DnType::CommonName, other),
            ]);
        }
        let issuer = Issuer::from_params(&own, &self.key);
        let der = params.signed_by(key, &issuer)?.der().to_vec();
        Ok(finish.apply(der, key, &self.key))
    }

    fn revocation_list(&self, revoked: &[&TestKey], validity: Validity) -> Result<Vec<u8>, Error> {
        if self.key.certificate_algorithm().is_none() {
            return Err(Error::ListKey(self.key.algorithm().name()));
        }
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
    labelled_pem("CERTIFICATE", der)
}

/// A revocation list as PEM.
#[must_use]
pub fn crl_pem(der: &[u8]) -> String {
    labelled_pem("X509 CRL", der)
}

fn labelled_pem(label: &str, der: &[u8]) -> String {
    let body = pem_body(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at_checked(64).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Base64 with padding, on one line.
pub(crate) fn pem_body(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}
