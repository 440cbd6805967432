use fidoscope_authenticator::TpmDraft;
use fidoscope_recording::{AuthenticatorResponse, Recording, ResponseBody};
use fidoscope_verifier::{Context, verify};
use fidoscope_webauthn::base64url;
use proptest::prelude::*;

use crate::compound::Part;
use crate::fixture::{Assertion, Registration};
use crate::{android_key, apple, compound, safetynet, tpm};

proptest! {
    /// Whatever the bytes, there is a verdict, and it is the same twice.
    #[test]
    fn any_bytes_get_a_verdict(
        client_data in prop::collection::vec(any::<u8>(), 0..80),
        bytes in prop::collection::vec(any::<u8>(), 0..160),
        signature in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        for mut recording in [Registration::new().build(), Assertion::new().build()] {
            let credential = recording.response.credential_mut().unwrap();
            let ResponseBody::Object(response) = &mut credential.response else { panic!() };
            if !response.attestation_object.is_missing() {
                response.attestation_object = base64url::encode(&bytes).into();
            } else {
                response.authenticator_data = base64url::encode(&bytes).into();
                response.signature = base64url::encode(&signature).into();
            }
            response.client_data_json = base64url::encode(&client_data).into();
            let trace = verify(&recording, &Context::default());
            prop_assert_eq!(&trace, &verify(&recording, &Context::default()));
        }
    }
}

fn response(recording: &mut Recording) -> &mut AuthenticatorResponse {
    match &mut recording.response.credential_mut().unwrap().response {
        ResponseBody::Object(response) => response,
        _ => panic!(),
    }
}

/// Statements that hold DER, JSON and structures of a TPM: any byte of one may be another.
#[test]
fn any_flipped_byte_gets_a_verdict() {
    let genuine = fidoscope_authenticator::SignatureKind::Genuine;
    let recordings = [
        android_key::attest(|_| {}).build(),
        safetynet::attest(genuine, |_| {}).build(),
        tpm::attested(TpmDraft::new(tpm::identity(|_| {})), genuine, |_| {}).build(),
        apple::attested(|_| {}).build(),
        compound::attested(&[Part::Own, Part::Tpm], None).build(),
    ];
    for mut recording in recordings {
        let text = response(&mut recording).attestation_object.text().unwrap();
        let whole = base64url::decode(text).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            response(&mut recording).attestation_object = base64url::encode(&bytes).into();
            let trace = verify(&recording, &Context::default());
            assert!(!trace.steps.is_empty());
        }
    }
}
