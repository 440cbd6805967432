//! The metadata that a mutant is judged by: a BLOB with an entry of the ceremony's model, and what
//! a relying party has to judge it with.

use super::ceremony::{Ceremony, Unfit};
use super::pki;
use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use fidoscope_authenticator::{BlobDraft, Error, Identity, TEST_LEGAL_HEADER, TestPki, Validity};
use fidoscope_metadata::SERVICE_NAME;
use fidoscope_recording::BlobReference;
use fidoscope_webauthn::Aaguid;
use serde_json::{Value, json};

/// Number of every BLOB made here.
pub(crate) const NO: u64 = 42;

/// A BLOB to be, and what it is judged with.
#[derive(Clone, Debug)]
pub(crate) struct BlobBench {
    pub(crate) draft: BlobDraft,
    /// Payload, written when the draft is signed.
    payload: Value,
    pub(crate) anchors: Vec<String>,
    pub(crate) crls: Vec<String>,
    pub(crate) have_no: Option<u64>,
}

/// The authority of the metadata service: a root and an intermediate.
pub(crate) fn authority(name: &str) -> Result<TestPki, Unfit> {
    let name = format!("fidoscope test metadata {name}");
    let root = TestPki::new(&pki::seed(), &name, pki::validity())?;
    Ok(root.with_intermediate(pki::validity())?)
}

/// The leaf of the metadata service below an authority.
pub(crate) fn leaf(authority: &TestPki, name: &str) -> Result<Identity, Unfit> {
    Ok(authority.server(name, pki::validity())?)
}

impl Ceremony {
    /// Until the day before the instant of judgement.
    pub(crate) fn expired(&self) -> Validity {
        Validity {
            not_before: pki::validity().not_before,
            not_after: self.judged_at() - TimeDelta::days(1),
        }
    }

    /// The metadata of this ceremony; made without fault when it is first asked for.
    pub(crate) fn blob(&mut self) -> Result<&mut BlobBench, Unfit> {
        if self.metadata.is_none() {
            let service = authority("service")?;
            let payload = payload(&self.entry()?);
            self.metadata = Some(BlobBench {
                draft: BlobDraft::new(Vec::new(), leaf(&service, SERVICE_NAME)?),
                payload,
                anchors: vec![service.root_pem()],
                crls: Vec::new(),
                have_no: None,
            });
        }
        let made = self.metadata.as_mut();
        made.ok_or_else(|| Unfit("needs metadata".to_owned()))
    }

    /// The entry of this ceremony's model.
    fn entry(&mut self) -> Result<Value, Unfit> {
        let aaguid = Aaguid(self.attested()?.aaguid);
        let family = match self.format() {
            Some("fido-u2f") => "u2f",
            _ => "fido2",
        };
        let algorithm = algorithm(self.algorithm());
        let bodies = self.recording.policy.anchors.iter().map(|pem| body(pem));
        let roots: Vec<String> = bodies.collect();
        Ok(json!({
            "aaguid": aaguid,
            "metadataStatement": {
                "legalHeader": TEST_LEGAL_HEADER,
                "aaguid": aaguid,
                "description": "Alder Test Key",
                "authenticatorVersion": 1,
                "protocolFamily": family,
                "schema": 3,
                "authenticationAlgorithms": [algorithm],
                "attestationTypes": ["basic_full"],
                "keyProtection": ["hardware"],
                "attestationRootCertificates": roots,
            },
            "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-10"}],
            "timeOfLastStatusChange": "2026-09-01",
        }))
    }

    /// Signs the metadata and names it in the recording.
    pub(crate) fn seal_blob(&mut self, path: &str) -> Result<Option<Vec<u8>>, Unfit> {
        let Some(bench) = &mut self.metadata else {
            return Ok(None);
        };
        bench.draft.payload = serde_json::to_vec(&bench.payload).map_err(Error::from)?;
        let bytes = bench.draft.sign()?;
        let sha256 = digest(&SHA256, &bytes);
        let sha256 = sha256.as_ref().iter().map(|byte| format!("{byte:02x}"));
        self.recording.mds_blob = Some(BlobReference {
            path: path.to_owned(),
            sha256: sha256.collect(),
            anchors: bench.anchors.clone(),
            crls: bench.crls.clone(),
            have_no: bench.have_no,
            url: None,
        });
        Ok(Some(bytes))
    }
}

impl BlobBench {
    /// A member of the payload by its JSON pointer.
    pub(crate) fn at(&mut self, pointer: &str) -> Result<&mut Value, Unfit> {
        let found = self.payload.pointer_mut(pointer);
        found.ok_or_else(|| Unfit(format!("the BLOB has no {pointer}")))
    }

    /// Sets a member of the object at a JSON pointer; `null` removes it.
    pub(crate) fn set(&mut self, pointer: &str, member: &str, value: Value) -> Result<(), Unfit> {
        let Some(members) = self.at(pointer)?.as_object_mut() else {
            return Err(Unfit(format!("{pointer} of the BLOB is no object")));
        };
        match value {
            Value::Null => drop(members.remove(member)),
            value => drop(members.insert(member.to_owned(), value)),
        }
        Ok(())
    }

    /// Sets a member of the model's entry.
    pub(crate) fn entry(&mut self, member: &str, value: Value) -> Result<(), Unfit> {
        self.set("/entries/0", member, value)
    }

    /// Sets a member of the model's statement.
    pub(crate) fn statement(&mut self, member: &str, value: Value) -> Result<(), Unfit> {
        self.set("/entries/0/metadataStatement", member, value)
    }

    /// Puts a report before those that the model has, as the live service does with a new one.
    pub(crate) fn report(&mut self, report: Value) -> Result<(), Unfit> {
        let Some(reports) = self.at("/entries/0/statusReports")?.as_array_mut() else {
            return Err(Unfit("the model has no reports".to_owned()));
        };
        reports.insert(0, report);
        Ok(())
    }
}

/// What metadata calls a COSE algorithm.
fn algorithm(number: Option<i64>) -> &'static str {
    match number {
        Some(-35) => "secp384r1_ecdsa_sha384_raw",
        Some(-36) => "secp521r1_ecdsa_sha512_raw",
        Some(-47) => "secp256k1_ecdsa_sha256_raw",
        Some(-257) => "rsassa_pkcsv15_sha256_raw",
        Some(-8) => "ed25519_eddsa_sha512_raw",
        Some(-53) => "ed448_eddsa_sha512_raw",
        _ => "secp256r1_ecdsa_sha256_raw",
    }
}

fn payload(entry: &Value) -> Value {
    json!({
        "legalHeader": TEST_LEGAL_HEADER,
        "no": NO,
        "nextUpdate": "2026-11-01",
        "entries": [entry],
    })
}

/// The base64 of a certificate in PEM.
fn body(pem: &str) -> String {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    lines.map(str::trim).collect()
}
