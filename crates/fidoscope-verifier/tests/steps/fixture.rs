//! Ceremonies under construction.

use ciborium::Value;
use fidoscope_authenticator::{Seed, TestKey};
use fidoscope_recording::Profile;
use fidoscope_recording::{
    CeremonyOptions, Credential, CredentialParameter, CredentialRecord, Kind, Recording,
    RelyingParty, User,
};
use fidoscope_verifier::{Context, Status, Trace, Verdict};
use fidoscope_webauthn::base64url;
use sha2::{Digest as _, Sha256};

pub(crate) const RP_ID: &str = "example.org";
pub(crate) const ORIGIN: &str = "https://example.org";
pub(crate) const CHALLENGE: &[u8] = b"challenge of this very ceremony!";
pub(crate) const AAGUID: [u8; 16] = *b"fidoscope-models";

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

pub(crate) fn key(label: &str) -> TestKey {
    TestKey::derive(&Seed::new(1, "steps"), label)
}

pub(crate) fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

pub(crate) fn cose_key(key: &TestKey) -> Vec<(Value, Value)> {
    vec![
        (1.into(), 2.into()),
        (3.into(), (-7).into()),
        ((-1).into(), 1.into()),
        ((-2).into(), Value::Bytes(key.x().to_vec())),
        ((-3).into(), Value::Bytes(key.y().to_vec())),
    ]
}

/// Changes or adds the value under a label.
pub(crate) fn put(map: &mut Vec<(Value, Value)>, label: impl Into<Value>, value: impl Into<Value>) {
    let (label, value) = (label.into(), value.into());
    match map.iter_mut().find(|(key, _)| *key == label) {
        Some((_, old)) => *old = value,
        None => map.push((label, value)),
    }
}

pub(crate) fn remove(map: &mut Vec<(Value, Value)>, label: impl Into<Value>) {
    let label = label.into();
    map.retain(|(key, _)| *key != label);
}

/// Client data as text, so that a test may write anything.
pub(crate) fn client_data(kind: &str) -> String {
    let challenge = base64url::encode(CHALLENGE);
    format!(
        r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#
    )
}

/// Who makes the attestation statement, from what it signs.
pub(crate) type Attest = Box<dyn FnOnce(&Registration, &[u8]) -> Value>;

/// A change to everything around the signed bytes.
pub(crate) type Edit = Box<dyn FnOnce(&mut Recording)>;

/// A registration of format none; parts are put together after they were edited.
pub(crate) struct Registration {
    pub(crate) client_data: Vec<u8>,
    pub(crate) rp_id_hash: Vec<u8>,
    pub(crate) flags: u8,
    pub(crate) aaguid: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
    pub(crate) cose: Vec<(Value, Value)>,
    /// The key item, when it is not the map above.
    pub(crate) key_item: Option<Vec<u8>>,
    pub(crate) after_key: Vec<u8>,
    /// All authenticator data, when it is not made of the parts above.
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) format: Value,
    pub(crate) attest: Option<Attest>,
    /// Changes to the attestation object's map.
    pub(crate) object: Vec<(&'static str, Option<Value>)>,
    /// The attestation object, when it is not the map.
    pub(crate) object_item: Option<Vec<u8>>,
    /// Changes to everything around it.
    pub(crate) around: Vec<Edit>,
}

impl Registration {
    pub(crate) fn new() -> Self {
        Self {
            client_data: client_data("webauthn.create").into_bytes(),
            rp_id_hash: sha256(RP_ID.as_bytes()),
            flags: 0x45,
            aaguid: AAGUID,
            credential_id: vec![0xc1; 32],
            cose: cose_key(&key("credential")),
            key_item: None,
            after_key: Vec::new(),
            data: None,
            format: "none".into(),
            attest: None,
            object: Vec::new(),
            object_item: None,
            around: Vec::new(),
        }
    }

    pub(crate) fn around(&mut self, edit: impl FnOnce(&mut Recording) + 'static) {
        self.around.push(Box::new(edit));
    }

    pub(crate) fn client_data(&mut self, from: &str, to: &str) {
        let text = String::from_utf8(self.client_data.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        self.client_data = text.replace(from, to).into_bytes();
    }

    /// The credential key item.
    pub(crate) fn key_bytes(&self) -> Vec<u8> {
        let item = || cbor(&Value::Map(self.cose.clone()));
        self.key_item.clone().unwrap_or_else(item)
    }

    pub(crate) fn data(&self) -> Vec<u8> {
        if let Some(data) = &self.data {
            return data.clone();
        }
        let mut data = self.rp_id_hash.clone();
        data.extend([self.flags, 0, 0, 0, 9]);
        if self.flags & 0x40 != 0 {
            data.extend(self.aaguid);
            data.extend(
                u16::try_from(self.credential_id.len())
                    .unwrap()
                    .to_be_bytes(),
            );
            data.extend(&self.credential_id);
            data.extend(self.key_bytes());
        }
        data.extend(&self.after_key);
        data
    }

    pub(crate) fn build(mut self) -> Recording {
        let data = self.data();
        let signed = [data.clone(), sha256(&self.client_data)].concat();
        let statement = match self.attest.take() {
            Some(attest) => attest(&self, &signed),
            None => Value::Map(Vec::new()),
        };
        let mut object = vec![
            ("fmt".into(), self.format.clone()),
            ("attStmt".into(), statement),
            ("authData".into(), Value::Bytes(data)),
        ];
        for (name, value) in std::mem::take(&mut self.object) {
            match value {
                Some(value) => put(&mut object, name, value),
                None => remove(&mut object, name),
            }
        }
        let object = self
            .object_item
            .take()
            .unwrap_or_else(|| cbor(&Value::Map(object)));
        let response = Credential::registration(&self.credential_id, &self.client_data, &object);
        let offered = CredentialParameter {
            kind: "public-key".to_owned(),
            alg: -7,
        };
        let options = CeremonyOptions {
            challenge: base64url::encode(CHALLENGE),
            pub_key_cred_params: Some(vec![offered]),
            ..CeremonyOptions::default()
        };
        let mut recording =
            Recording::new("registration", Kind::Registration, options, rp(), response);
        recording.now = "2026-10-01T12:00:00Z".parse().ok();
        for edit in self.around {
            edit(&mut recording);
        }
        recording
    }
}

/// An assertion, signed by the credential key after everything else was edited.
pub(crate) struct Assertion {
    pub(crate) client_data: Vec<u8>,
    pub(crate) rp_id_hash: Vec<u8>,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) after: Vec<u8>,
    pub(crate) cut: usize,
    pub(crate) signature: Box<dyn FnOnce(Vec<u8>) -> Vec<u8>>,
    pub(crate) around: Vec<Edit>,
}

impl Assertion {
    pub(crate) fn new() -> Self {
        Self {
            client_data: client_data("webauthn.get").into_bytes(),
            rp_id_hash: sha256(RP_ID.as_bytes()),
            flags: 0x05,
            sign_count: 10,
            after: Vec::new(),
            cut: 0,
            signature: Box::new(|message| key("credential").sign_der(&message)),
            around: Vec::new(),
        }
    }

    pub(crate) fn around(&mut self, edit: impl FnOnce(&mut Recording) + 'static) {
        self.around.push(Box::new(edit));
    }

    pub(crate) fn record(&mut self, edit: impl FnOnce(&mut CredentialRecord) + 'static) {
        self.around(move |recording| edit(recording.record.as_mut().unwrap()));
    }

    pub(crate) fn client_data(&mut self, from: &str, to: &str) {
        let text = String::from_utf8(self.client_data.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        self.client_data = text.replace(from, to).into_bytes();
    }

    pub(crate) fn build(self) -> Recording {
        let mut data = self.rp_id_hash.clone();
        data.push(self.flags);
        data.extend(self.sign_count.to_be_bytes());
        data.extend(&self.after);
        data.truncate(data.len() - self.cut);
        let message = [data.clone(), sha256(&self.client_data)].concat();
        let signature = (self.signature)(message);
        let id = [0xc1; 32];
        let response =
            Credential::authentication(&id, &self.client_data, &data, &signature, Some(b"user"));
        let options = CeremonyOptions {
            challenge: base64url::encode(CHALLENGE),
            ..CeremonyOptions::default()
        };
        let mut recording = Recording::new(
            "authentication",
            Kind::Authentication,
            options,
            rp(),
            response,
        );
        let handle = Some(base64url::encode(b"user"));
        recording.user = Some(User {
            known: Some(true),
            handle: handle.clone(),
        });
        recording.record = Some(CredentialRecord {
            id: base64url::encode(&id),
            public_key: base64url::encode(&cbor(&Value::Map(cose_key(&key("credential"))))),
            sign_count: Some(9),
            backup_eligible: Some(false),
            user_handle: handle,
            ..CredentialRecord::default()
        });
        for edit in self.around {
            edit(&mut recording);
        }
        recording
    }
}

fn rp() -> RelyingParty {
    RelyingParty {
        id: Some(RP_ID.to_owned()),
        origins: vec![ORIGIN.to_owned()],
        ..RelyingParty::default()
    }
}

/// Judges, and lets the ledger know.
pub(crate) fn verify(recording: &Recording, context: &Context<'_>) -> Trace {
    let trace = fidoscope_verifier::verify(recording, context);
    crate::ledger::note(&trace);
    trace
}

/// What came out: `accept`, the failing step, or `open: ` and the step that lacks an input.
fn outcome(trace: &Trace) -> String {
    match trace.verdict {
        Verdict::Accept => "accept".to_owned(),
        Verdict::Reject => trace.first_failed_of(trace.profile).unwrap().to_owned(),
        Verdict::Indeterminate => format!("open: {}", trace.first_open().unwrap()),
    }
}

/// What comes out under a profile.
pub(crate) fn under(profile: Profile, recording: &Recording) -> String {
    let context = Context {
        profile,
        ..Context::default()
    };
    outcome(&verify(recording, &context))
}

/// Compares the stricter profiles, both of which stand on Level 3.
#[track_caller]
pub(crate) fn compare_stricter(recording: &Recording, fido_server: &str, strict: &str) {
    assert_eq!(
        under(Profile::FidoServer, recording),
        fido_server,
        "fido-server"
    );
    assert_eq!(under(Profile::Strict, recording), strict, "strict");
}

/// Compares both levels; an empty `l2` means the same as Level 3.
#[track_caller]
pub(crate) fn compare(recording: &Recording, l3: &str, l2: &str) {
    let judge = |profile| {
        verify(
            recording,
            &Context {
                profile,
                ..Context::default()
            },
        )
    };
    let (third, second) = (judge(Profile::WebauthnL3), judge(Profile::WebauthnL2));
    assert_eq!(outcome(&third), l3, "Level 3");
    assert_eq!(
        outcome(&second),
        if l2.is_empty() { l3 } else { l2 },
        "Level 2"
    );
    assert_eq!(
        third.first_failed, second.first_failed,
        "one evaluation yields both levels"
    );
    for outcome in third
        .steps
        .iter()
        .filter(|outcome| outcome.l3 == Status::Fail)
    {
        assert!(
            outcome.expected().is_some() && outcome.found().is_some(),
            "{}",
            outcome.step.id
        );
    }
}

/// The status of one step in Level 3.
#[track_caller]
pub(crate) fn status_of(recording: &Recording, step: &str, expected: Status) {
    let trace = verify(recording, &Context::default());
    assert_eq!(
        trace.outcome(step).map(|outcome| outcome.l3),
        Some(expected),
        "{step}"
    );
}
