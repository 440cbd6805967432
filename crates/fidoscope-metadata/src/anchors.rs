//! The roots that a BLOB's certificates may lead to.

use crate::blob::hex;
use crate::certificate::Certificate;
use aws_lc_rs::digest;
use x509_parser::pem::Pem;

/// Trust anchors for the signature of a BLOB.
#[derive(Clone, Debug)]
pub struct Anchors(Vec<Anchor>);

/// One trust anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Name, for people.
    pub name: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
    /// Certificate, DER.
    pub der: Vec<u8>,
    /// Whether it is one of the roots the Metadata Service is known to use.
    pub known: bool,
}

/// Why trust anchors cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// Text that is not PEM.
    #[error("the trust anchors are not PEM: {0}")]
    Pem(String),
    /// PEM of something else.
    #[error("PEM block {index} is a `{label}`, not a CERTIFICATE")]
    Label {
        /// Its position, from 1.
        index: usize,
        /// What it is.
        label: String,
    },
    /// Something that is no certificate.
    #[error("PEM block {index} is not a certificate")]
    Certificate {
        /// Its position, from 1.
        index: usize,
    },
    /// Nothing at all.
    #[error("there is no certificate among the trust anchors")]
    Empty,
}

/// The roots of the Metadata Service with their SHA-256. The service moved from R3 to R46 in
/// August 2026 and cross-signed R46 by R3 some days later.
const KNOWN: [(&str, &str); 2] = [
    (
        "GlobalSign Root CA - R3",
        "cbb522d7b7f127ad6a0113865bdf1cd4102e7d0759af635a7cf4720dc963c53b",
    ),
    (
        "GlobalSign Root R46",
        "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9",
    ),
];

impl Anchors {
    /// The roots of the Metadata Service: GlobalSign R3 and R46.
    #[must_use]
    pub fn builtin() -> Self {
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
        Self(
            all.map(|der| Anchor::new(der))
                .filter(|anchor| anchor.known)
                .collect(),
        )
    }

    /// Anchors from PEM text, one or many.
    ///
    /// # Errors
    /// Which block is no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self, AnchorError> {
        let mut anchors = Vec::new();
        let pem = fidoscope_webauthn::encoding::utf8(pem);
        for (index, block) in (1..).zip(Pem::iter_from_buffer(&pem)) {
            let block = block.map_err(|error| AnchorError::Pem(error.to_string()))?;
            if block.label != "CERTIFICATE" {
                let label = crate::members::shortened(&block.label);
                return Err(AnchorError::Label { index, label });
            }
            if Certificate::parse(&block.contents).is_none() {
                return Err(AnchorError::Certificate { index });
            }
            anchors.push(Anchor::new(&block.contents));
        }
        if anchors.is_empty() {
            return Err(AnchorError::Empty);
        }
        Ok(Self(anchors))
    }

    /// Every anchor.
    pub fn iter(&self) -> impl Iterator<Item = &Anchor> {
        self.0.iter()
    }
}

impl Anchor {
    fn new(der: &[u8]) -> Self {
        let sha256 = hex(digest::digest(&digest::SHA256, der).as_ref());
        let known = KNOWN.iter().find(|(_, print)| *print == sha256);
        let name = match known {
            Some((name, _)) => (*name).to_owned(),
            None => Certificate::parse(der)
                .map(|c| c.name())
                .unwrap_or_default(),
        };
        Self {
            name,
            sha256,
            der: der.to_vec(),
            known: known.is_some(),
        }
    }
}
