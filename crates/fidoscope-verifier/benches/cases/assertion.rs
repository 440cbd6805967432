//! One recorded ES256 assertion, the raw signature verification that no verifier can do without,
//! and a verifier that does no more than it must.

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use fidoscope_authenticator::{TestBench, models};
use fidoscope_recording::Recording;
use fidoscope_webauthn::{AuthenticatorData, ClientDataText, CoseKey, base64url};

pub(crate) struct Assertion {
    pub(crate) json: Vec<u8>,
    pub(crate) recording: Recording,
    point: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Assertion {
    pub(crate) fn new() -> Self {
        let now = "2026-10-01T12:00:00Z".parse().expect("an instant");
        let bench = TestBench::new(7, "example.org", now).expect("a bench");
        let [model, ..] = models();
        let mut authenticator = bench.authenticator(model, 1).expect("an authenticator");
        let (created, registered) = bench
            .registration("registered", &mut authenticator, None)
            .expect("a registration");
        let (asserted, mut recording) = bench
            .authentication("used", &mut authenticator, &registered, &created, None)
            .expect("an assertion");
        // What a relying party records: nothing is expected of it yet.
        (recording.expect, recording.source) = (None, None);
        let key = CoseKey::decode(&created.public_key).expect("a key");
        let coordinate = |label| key.bytes(label).expect("a coordinate").to_vec();
        let hash = digest(&SHA256, &asserted.client_data_json);
        Self {
            json: serde_json::to_vec(&recording).expect("JSON"),
            recording,
            point: [vec![4], coordinate(-2), coordinate(-3)].concat(),
            message: [asserted.authenticator_data.as_slice(), hash.as_ref()].concat(),
            signature: asserted.signature,
        }
    }

    pub(crate) fn verify_signature(&self) {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, black_box(&self.point));
        key.verify(&self.message, &self.signature)
            .expect("a good signature");
    }

    pub(crate) fn fail_fast(&self) {
        fail_fast(black_box(&self.recording)).expect("an accepted assertion");
    }
}

/// What a relying party does that stops at the first failure and says nothing else: the same
/// decoders and the same checks that this ceremony needs, without a trace.
fn fail_fast(recording: &Recording) -> Option<()> {
    let body = recording.response.credential()?;
    let response = body.authenticator_response()?;
    let record = recording.record.as_ref()?;
    let bytes = |text: Option<&str>| base64url::decode(text?).ok();
    let client_data = bytes(response.client_data_json.text())?;
    let data = bytes(response.authenticator_data.text())?;
    let signature = bytes(response.signature.text())?;
    let key = bytes(Some(&record.public_key))?;
    (body.raw_id.text()? == record.id).then_some(())?;
    let text = ClientDataText::decode(&client_data);
    let said = text.parse().ok()?;
    (said.kind.text()? == "webauthn.get").then_some(())?;
    (said.challenge.text()? == recording.options.challenge).then_some(())?;
    recording
        .rp
        .origins
        .iter()
        .find(|origin| said.origin.text() == Some(origin))?;
    let parsed = AuthenticatorData::decode(&data);
    let id = recording.rp.id.as_deref()?;
    (parsed.rp_id_hash?.as_slice() == digest(&SHA256, id.as_bytes()).as_ref()).then_some(())?;
    (parsed.flags?.up() && parsed.problems.is_empty()).then_some(())?;
    (parsed.sign_count? > record.sign_count?).then_some(())?;
    let key = CoseKey::decode(&key).ok()?;
    (key.algorithm()? == -7).then_some(())?;
    let point = [&[4], key.bytes(-2)?, key.bytes(-3)?].concat();
    let message = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point);
    key.verify(&message, &signature).ok()
}
