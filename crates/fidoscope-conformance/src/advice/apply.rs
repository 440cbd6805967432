//! Changes made to a recording.

use fidoscope_recording::{
    CredentialDescriptor, CredentialParameter, Kind, Member, Policy, Recording, ResponseBody,
};
use fidoscope_report::Change;
use serde_json::{Map, Value};

/// A change that cannot be made to a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The policy has no such member, or it takes no such value.
    #[error("policy.{member}: {error}")]
    Policy {
        /// Path of the member.
        member: String,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// The response has no such member.
    #[error("the response has no member {0}")]
    Member(String),
}

/// Makes changes to a recording, in their order.
///
/// # Errors
/// When the recording has no place for a change.
pub fn apply(changes: &[Change], recording: &mut Recording) -> Result<(), ChangeError> {
    changes.iter().try_for_each(|change| one(change, recording))
}

fn one(change: &Change, recording: &mut Recording) -> Result<(), ChangeError> {
    let (rp, options) = (&mut recording.rp, &mut recording.options);
    match change {
        Change::ExpectOrigin { origin } => rp.origins.push(origin.clone()),
        Change::AllowCrossOrigin => rp.allow_cross_origin = true,
        Change::AllowTopOrigin { origin } => rp.top_origins.push(origin.clone()),
        Change::ExpectRpId { id } => rp.id = Some(id.clone()),
        Change::WriteChallenge { challenge } => options.challenge.clone_from(challenge),
        Change::OfferAlgorithm { alg } => {
            let offered = options.pub_key_cred_params.get_or_insert_default();
            offered.push(CredentialParameter {
                kind: "public-key".to_owned(),
                alg: *alg,
            });
        }
        Change::AllowCredential { id } => options.allow_credentials.push(CredentialDescriptor {
            id: id.clone(),
            kind: "public-key".to_owned(),
            transports: Vec::new(),
        }),
        Change::AskForAttestation { conveyance } => {
            options.attestation = Some(conveyance.to_string());
        }
        Change::AskForVerification { level } => {
            let level = Some(level.to_string());
            match recording.kind {
                Kind::Authentication => options.user_verification = level,
                Kind::Registration => {
                    let selection = options.authenticator_selection.get_or_insert_default();
                    selection.user_verification = level;
                }
            }
        }
        Change::CallWithMediation { mediation } => {
            recording.mediation = Some(mediation.to_string());
        }
        Change::SendMember { member, value } => return send(recording, member, value),
        Change::SetPolicy { member, value } => return set(&mut recording.policy, member, value),
        Change::TrustAnchor { pem, .. } => recording.policy.anchors.push(pem.clone()),
        Change::JudgeAt { time } => recording.now = Some(*time),
        Change::JudgeUnder { profile } => recording.policy.profile = Some(profile.to_string()),
    }
    Ok(())
}

fn send(recording: &mut Recording, member: &str, value: &str) -> Result<(), ChangeError> {
    let missing = || ChangeError::Member(member.to_owned());
    let credential = recording.response.credential_mut().ok_or_else(missing)?;
    let place = match member {
        "id" => &mut credential.id,
        "rawId" => &mut credential.raw_id,
        "type" => &mut credential.kind,
        _ => {
            let ResponseBody::Object(response) = &mut credential.response else {
                return Err(missing());
            };
            match member {
                "clientDataJSON" => &mut response.client_data_json,
                "attestationObject" => &mut response.attestation_object,
                "authenticatorData" => &mut response.authenticator_data,
                "signature" => &mut response.signature,
                "userHandle" => &mut response.user_handle,
                _ => return Err(missing()),
            }
        }
    };
    *place = Member::from(value);
    Ok(())
}

/// Sets a member of the policy by its path, as a person would write it; null leaves it out.
fn set(policy: &mut Policy, member: &str, value: &Value) -> Result<(), ChangeError> {
    let wrong = |error| ChangeError::Policy {
        member: member.to_owned(),
        error,
    };
    let mut whole = serde_json::to_value(&*policy).map_err(wrong)?;
    let mut place = &mut whole;
    for name in member.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else {
            break;
        };
        place = members.entry(name).or_insert(Value::Null);
    }
    place.clone_from(value);
    *policy = serde_json::from_value(whole).map_err(wrong)?;
    Ok(())
}
