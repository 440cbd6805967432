//! Certificate revocation lists (RFC 5280 §5), read from PEM or DER. Reading is strict: a list
//! with an entry or an extension that is not understood cannot say that something is not revoked.

use chrono::{DateTime, Utc};
use webpki::{BorrowedCertRevocationList, CertRevocationList, RevocationReason};
use x509_parser::pem::Pem;

/// A revocation list.
#[derive(Debug)]
pub struct RevocationList {
    der: Vec<u8>,
    list: CertRevocationList<'static>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedCertificate {
    /// When the issuer revoked it.
    pub since: Option<DateTime<Utc>>,
    /// Why, in the words of RFC 5280 §5.3.1; absent when the list gives no reason.
    pub reason: Option<&'static str>,
}

/// Why bytes are no revocation lists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationListError {
    /// Nothing at all.
    #[error("there is no revocation list")]
    Empty,
    /// Text that is not PEM.
    #[error("no PEM: {0}")]
    Pem(String),
    /// PEM of something else.
    #[error("PEM block {index} is a `{label}`, not an X509 CRL")]
    Label {
        /// Its position, from 1.
        index: usize,
        /// What it is.
        label: String,
    },
    /// Something that is no list, or one with parts that are not understood.
    #[error("no revocation list that can be used: {0}")]
    List(String),
}

impl RevocationList {
    /// Reads one list in DER, or several in PEM.
    ///
    /// # Errors
    /// When any of them cannot be read completely.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, RevocationListError> {
        if bytes.trim_ascii().is_empty() {
            return Err(RevocationListError::Empty);
        }
        if !bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            return Ok(vec![Self::from_der(bytes.to_vec())?]);
        }
        let mut lists = Vec::new();
        for (at, block) in Pem::iter_from_buffer(bytes).enumerate() {
            let block = block.map_err(|error| RevocationListError::Pem(error.to_string()))?;
            if block.label != "X509 CRL" {
                return Err(RevocationListError::Label {
                    index: at.saturating_add(1),
                    label: block.label,
                });
            }
            lists.push(Self::from_der(block.contents)?);
        }
        if lists.is_empty() {
            return Err(RevocationListError::Empty);
        }
        Ok(lists)
    }

    /// Reads one list in DER.
    ///
    /// # Errors
    /// When it cannot be read completely.
    pub fn from_der(der: Vec<u8>) -> Result<Self, RevocationListError> {
        let unusable = |error: webpki::Error| RevocationListError::List(error.to_string());
        let list = BorrowedCertRevocationList::from_der(&der).map_err(unusable)?;
        let list = list.to_owned().map_err(unusable)?.into();
        Ok(Self { der, list })
    }

    /// The list as it came, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it says that it speaks of a part of its issuer's certificates only.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.list.issuing_distribution_point().is_some()
    }

    /// The entry of a serial number, given as the certificate's INTEGER has it.
    #[must_use]
    pub fn find(&self, serial: &[u8]) -> Option<RevokedCertificate> {
        // All entries were read before, so there is nothing left to fail.
        let found = self.list.find_serial(serial).ok()??;
        let since = i64::try_from(found.revocation_date.as_secs()).ok();
        Some(RevokedCertificate {
            since: since.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            reason: found.reason_code.map(word),
        })
    }

    pub(crate) fn list(&self) -> &CertRevocationList<'static> {
        &self.list
    }
}

fn word(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "unspecified",
        RevocationReason::KeyCompromise => "keyCompromise",
        RevocationReason::CaCompromise => "cACompromise",
        RevocationReason::AffiliationChanged => "affiliationChanged",
        RevocationReason::Superseded => "superseded",
        RevocationReason::CessationOfOperation => "cessationOfOperation",
        RevocationReason::CertificateHold => "certificateHold",
        RevocationReason::RemoveFromCrl => "removeFromCRL",
        RevocationReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        RevocationReason::AaCompromise => "aACompromise",
    }
}
