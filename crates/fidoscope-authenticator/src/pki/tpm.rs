//! Extensions of a TPM's certificate (WebAuthn L3 §8.3.1): its names, and its purpose.

use super::CertificateExtension;
use crate::der;

/// Names of a TPM in its certificate (TCG EK Credential Profile §3.2.9). `None` leaves an attribute
/// out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TpmNames {
    /// `tpmManufacturer`, 2.23.133.2.1; `id:` and eight hexadecimal digits.
    pub manufacturer: Option<String>,
    /// `tpmModel`, 2.23.133.2.2.
    pub model: Option<String>,
    /// `tpmVersion`, 2.23.133.2.3.
    pub version: Option<String>,
    /// Whether all stand in one relative name, instead of one each.
    pub together: bool,
    /// Whether the extension is critical, as it must be beside an empty subject.
    pub critical: bool,
    /// Bytes after the names, as some certificates of conformance tests have them.
    pub trailing: Vec<u8>,
}

impl Default for TpmNames {
    /// FIDO's manufacturer for tests.
    fn default() -> Self {
        Self {
            manufacturer: Some("id:FFFFF1D0".to_owned()),
            model: Some("fidoscope test TPM".to_owned()),
            version: Some("id:13".to_owned()),
            together: false,
            critical: true,
            trailing: Vec::new(),
        }
    }
}

impl TpmNames {
    /// The subject alternative name extension.
    #[must_use]
    pub fn extension(&self) -> CertificateExtension {
        let attribute = |last: u8, value: &Option<String>| {
            let value = value.as_ref()?;
            let oid = der::element(OBJECT_IDENTIFIER, &[0x67, 0x81, 0x05, 2, last]);
            let value = der::element(UTF8_STRING, value.as_bytes());
            Some(der::element(der::SEQUENCE, &[oid, value].concat()))
        };
        let attributes = [
            attribute(1, &self.manufacturer),
            attribute(2, &self.model),
            attribute(3, &self.version),
        ];
        let mut attributes: Vec<Vec<u8>> = attributes.into_iter().flatten().collect();
        let relative: Vec<u8> = if self.together {
            // DER orders the members of a SET by their bytes (X.690 §11.6).
            attributes.sort();
            der::element(der::SET, &attributes.concat())
        } else {
            let sets = attributes.iter().map(|one| der::element(der::SET, one));
            sets.collect::<Vec<_>>().concat()
        };
        let name = der::context(4, &der::element(der::SEQUENCE, &relative));
        Self::alternative_name(self.critical, &[name, self.trailing.clone()].concat())
    }

    /// A subject alternative name with nothing but a host.
    #[must_use]
    pub fn host(name: &str) -> CertificateExtension {
        let host = [
            &[0x82, u8::try_from(name.len()).unwrap_or(0)],
            name.as_bytes(),
        ]
        .concat();
        Self::alternative_name(true, &host)
    }

    fn alternative_name(critical: bool, names: &[u8]) -> CertificateExtension {
        CertificateExtension {
            oid: vec![2, 5, 29, 17],
            critical,
            value: der::element(der::SEQUENCE, names),
        }
    }
}

/// The extended key usage extension of an attestation key, `tcg-kp-AIKCertificate`.
#[must_use]
pub fn tpm_key_usage() -> CertificateExtension {
    extended_key_usage(&[&[0x67, 0x81, 0x05, 8, 3]])
}

/// An extended key usage extension of these purposes, each an identifier as in DER without its tag.
#[must_use]
pub fn extended_key_usage(purposes: &[&[u8]]) -> CertificateExtension {
    let purposes = purposes
        .iter()
        .map(|oid| der::element(OBJECT_IDENTIFIER, oid));
    CertificateExtension {
        oid: vec![2, 5, 29, 37],
        critical: false,
        value: der::element(der::SEQUENCE, &purposes.collect::<Vec<_>>().concat()),
    }
}

const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
