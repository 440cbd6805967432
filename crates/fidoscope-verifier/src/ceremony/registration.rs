//! Registering a new credential (`WebAuthn L3 §7.1`).

use aws_lc_rs::digest::{SHA256, digest};
use fidoscope_recording::{Kind, Recording};
use fidoscope_webauthn::{
    AttestationObject, AttestedCredentialData, AuthenticatorData, Flags, base64url,
};

use crate::Context;
use crate::attestation::{self, Statement, Support};
use crate::ceremony::attestation_object::Parts;
use crate::ceremony::envelope::Envelope;
use crate::ceremony::rp_id::rp_id;
use crate::ceremony::trust::{Basis, Supplied};
use crate::ceremony::{
    attestation_object, client_data, copies, data, envelope, extensions, flags, metadata, models,
    options, trust,
};
use crate::verdict::judge::{Judge, Levels};
use crate::verdict::registry as step;

/// Judges every step.
pub(crate) fn run(recording: &Recording, context: &Context<'_>) -> Judge {
    let mut judge = Judge::new(Kind::Registration, context.profile);
    options::judge(&mut judge, recording, &step::REG_OPTIONS);
    if envelope::is_refusal(&mut judge, recording, &step::REG_CREATE) {
        return judge;
    }
    let envelope = envelope::open(&mut judge, &recording.response, Kind::Registration);
    let (Some(credential), Some(response)) = (envelope.credential, envelope.response) else {
        return judge;
    };
    if envelope::is_assertion(response) {
        judge.fail(
            &step::REG_RESPONSE_TYPE,
            "an attestation response",
            "an assertion response",
        );
        return judge;
    }
    judge.pass(&step::REG_RESPONSE_TYPE);
    extensions::results(&mut judge, credential, &step::REG_CLIENT_EXT_RESULTS);
    if let Some(bytes) = &envelope.client_data {
        client_data::judge(&mut judge, bytes, recording, &client_data::REGISTRATION);
        judge.pass(&step::REG_CLIENT_DATA_HASH);
    }
    if let Some(bytes) = &envelope.attestation_object {
        object(&mut judge, bytes, recording, context, &envelope);
    }
    judge
}

fn object(
    judge: &mut Judge,
    bytes: &[u8],
    recording: &Recording,
    context: &Context<'_>,
    envelope: &Envelope<'_>,
) {
    let mark = judge.mark();
    let object = match AttestationObject::decode(bytes) {
        Ok(object) => object,
        Err(error) => {
            judge.fail(
                &step::CBOR_WELLFORMED,
                "well-formed CBOR",
                error.to_string(),
            );
            judge.sum_up(&step::REG_ATT_OBJ, mark);
            return;
        }
    };
    let parts = attestation_object::members(judge, &object);
    let data = parts.data.map(AuthenticatorData::decode);
    if let Some(data) = &data {
        data::judge(judge, data, Kind::Registration);
        compare_ids(judge, data, envelope);
        if let Some(response) = envelope.response {
            copies::judge(judge, data, response);
        }
    }
    if judge
        .failed_since(mark)
        .is_none_or(|id| id != step::CBOR_WELLFORMED.id)
    {
        judge.pass(&step::CBOR_WELLFORMED);
    }
    judge.sum_up(&step::REG_ATT_OBJ, mark);
    let Some(data) = &data else { return };
    authenticator_data(judge, data, recording);
    if let Some(attested) = &data.attested {
        algorithm(judge, attested, recording);
        statement(judge, &parts, data, attested, recording, context, envelope);
        credential_id(judge, attested, recording);
    }
    finish(judge, data, recording, envelope);
}

fn compare_ids(judge: &mut Judge, data: &AuthenticatorData<'_>, envelope: &Envelope<'_>) {
    let signed = data
        .attested
        .as_ref()
        .and_then(|attested| attested.credential_id);
    if let (Some(signed), Some(raw)) = (signed, envelope.raw_id) {
        if base64url::encode(signed) == raw {
            judge.pass(&step::ENV_ID_VS_AUTHDATA);
        } else {
            let expected = format!("the attested credential id {}", base64url::encode(signed));
            judge.lint(&step::ENV_ID_VS_AUTHDATA, expected, raw.to_owned());
        }
    }
}

/// `WebAuthn L3 §7.1 steps 14-19`.
fn authenticator_data(judge: &mut Judge, data: &AuthenticatorData<'_>, recording: &Recording) {
    if let Some(found) = data.rp_id_hash {
        match rp_id(recording) {
            Some(id) if digest(&SHA256, id.as_bytes()).as_ref() == found => {
                judge.pass_with(&step::REG_RP_ID_HASH, id.to_owned());
            }
            Some(id) => {
                let expected = format!("SHA-256 of {id:?}");
                judge.fail(&step::REG_RP_ID_HASH, expected, hex::encode(found));
            }
            None => judge.open(&step::REG_RP_ID_HASH, "the recording names no RP ID"),
        }
    }
    let Some(flags) = data.flags.filter(|_| data.bytes.len() >= 37) else {
        return;
    };
    presence(judge, flags, recording);
    let selection = recording.options.authenticator_selection.as_ref();
    let asked = selection.and_then(|selection| selection.user_verification.as_deref());
    flags::verification(judge, flags, asked, recording, &step::REG_UV);
    flags::backup(judge, flags, &step::REG_BE_BS);
    let policy = recording.policy.backup.clone().unwrap_or_default();
    flags::backup_policy(
        judge,
        policy.eligible,
        flags.be(),
        "BE",
        &step::REG_BE_POLICY,
    );
    flags::backup_policy(judge, policy.state, flags.bs(), "BS", &step::REG_BS_POLICY);
}

/// `WebAuthn L3 §7.1 step 15`: conditional create needs no gesture; Level 2 knows no exemption.
fn presence(judge: &mut Judge, flags: Flags, recording: &Recording) {
    let conditional = recording.mediation.as_deref() == Some("conditional");
    match (flags.up(), conditional) {
        (true, _) => judge.pass(&step::REG_UP),
        (false, true) => judge.fail_in(Levels::OnlyL2, &step::REG_UP, "UP=1", "UP=0"),
        (false, false) => judge.fail(&step::REG_UP, "UP=1", "UP=0"),
    }
}

/// `WebAuthn L3 §7.1 step 20`: the exact number, not one that means the same.
fn algorithm(judge: &mut Judge, attested: &AttestedCredentialData<'_>, recording: &Recording) {
    let key = attested.key.as_ref();
    let Some(found) = key.and_then(fidoscope_webauthn::CoseKey::algorithm) else {
        return;
    };
    let Some(offered) = &recording.options.pub_key_cred_params else {
        return judge.open(&step::REG_ALG, "the recording has no pubKeyCredParams");
    };
    if offered.iter().any(|offer| offer.alg == found) {
        judge.pass(&step::REG_ALG);
    } else {
        let numbers: Vec<String> = offered.iter().map(|offer| offer.alg.to_string()).collect();
        judge.fail(
            &step::REG_ALG,
            format!("one of {}", numbers.join(", ")),
            found.to_string(),
        );
    }
}

/// `WebAuthn L3 §7.1 steps 21-24`.
fn statement(
    judge: &mut Judge,
    parts: &Parts<'_>,
    data: &AuthenticatorData<'_>,
    attested: &AttestedCredentialData<'_>,
    recording: &Recording,
    context: &Context<'_>,
    envelope: &Envelope<'_>,
) {
    let (Some(format), Some(value)) = (parts.format, parts.statement) else {
        return;
    };
    match attestation::support(format, &recording.policy) {
        // Level 3 added the format.
        Support::Yes if format == "compound" => {
            let expected = "a format of Level 2";
            judge.fail_in(Levels::OnlyL2, &step::REG_FMT, expected, format.to_owned());
        }
        Support::Yes => judge.pass_with(&step::REG_FMT, format.to_owned()),
        // What a relying party of Level 2 makes of it is judged all the same.
        Support::Level2 => {
            let expected = "a format that the policy supports";
            let found =
                format!("{format}, which Level 3 deprecates and the policy does not enable");
            judge.fail_in(Levels::OnlyL3, &step::REG_FMT, expected, found);
        }
        Support::Refused => {
            let expected = "a format that the policy supports";
            let found = format!("{format}, which the policy does not enable");
            return judge.fail(&step::REG_FMT, expected, found);
        }
        Support::Unknown => {
            let expected = "a registered format";
            return judge.fail(&step::REG_FMT, expected, format!("{format:?}"));
        }
    }
    let Some(client_data) = &envelope.client_data else {
        return;
    };
    let hash = digest(&SHA256, client_data);
    let enterprise = recording.options.attestation.as_deref() == Some("enterprise");
    let statement = Statement {
        format,
        value,
        data,
        attested,
        client_data_hash: hash.as_ref(),
        enterprise,
        policy: &recording.policy,
        now: context.now.or(recording.now),
    };
    if let Some(found) = attestation::judge(judge, &statement) {
        metadata::judge(judge, &found, (data, attested), recording, context);
        let basis = Basis {
            recording,
            context,
            supplied: &Supplied::with(recording, context),
        };
        trust::judge(judge, &found, attested, &basis);
        models::judge(judge, &found, attested, recording);
    }
}

/// `WebAuthn L3 §7.1 steps 25-26`.
fn credential_id(judge: &mut Judge, attested: &AttestedCredentialData<'_>, recording: &Recording) {
    let Some(id) = attested.credential_id else {
        return;
    };
    if id.len() <= 1023 {
        judge.pass(&step::REG_CRED_ID_LEN);
    } else {
        let found = format!("{} bytes", id.len());
        judge.fail(&step::REG_CRED_ID_LEN, "at most 1023 bytes", found);
    }
    let registered = recording
        .state
        .as_ref()
        .and_then(|state| state.registered_ids.as_ref());
    let Some(registered) = registered else {
        return judge.skip(
            &step::REG_CRED_ID_UNIQUE,
            "the recording lists no registered ids",
        );
    };
    let id = base64url::encode(id);
    if registered.contains(&id) {
        judge.fail(
            &step::REG_CRED_ID_UNIQUE,
            "an id that is not registered",
            id,
        );
    } else {
        judge.pass(&step::REG_CRED_ID_UNIQUE);
    }
}

/// `WebAuthn L3 §7.1 steps 27-29`.
fn finish(
    judge: &mut Judge,
    data: &AuthenticatorData<'_>,
    recording: &Recording,
    envelope: &Envelope<'_>,
) {
    if let Some(credential) = envelope.credential {
        extensions::judge(judge, recording, credential, Some(data), &step::REG_EXT);
    }
    judge.conclude([&step::REG_RECORD, &step::REG_FINISH]);
}
