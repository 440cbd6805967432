//! Group A: the JSON around the signed bytes.

use crate::base;
use crate::ceremony::{Ceremony, Unfit, body};
use crate::parts::{Keyed, UP, UV};
use crate::pki;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value;
use fidoscope_authenticator::Error;
use fidoscope_recording::{Member, ResponseBody};
use fidoscope_webauthn::base64url;
use serde_json::json;

rows! {
    "env-01" { "" => |c| c.envelope()?.id = Member::Missing }
    "env-02" {
        "number" => |c| c.envelope()?.id = Member::Other(json!(1)),
        "object" => |c| c.envelope()?.id = Member::Other(json!({})),
        "array" => |c| c.envelope()?.id = Member::Other(json!([])),
        "bool" => |c| c.envelope()?.id = Member::Other(json!(true)),
        "null" => |c| c.envelope()?.id = Member::Other(json!(null)),
    }
    "env-03" { "" => |c| {
        let bytes = raw_id(c)?;
        c.envelope()?.id = STANDARD.encode(bytes).into();
    } }
    "env-04" { "" => |c| {
        let mut bytes = raw_id(c)?;
        flip(&mut bytes);
        c.envelope()?.id = base64url::encode(&bytes).into();
    } }
    "env-05" { "" => |c| {
        let id: Member = base64url::encode(&pki::seed().bytes("another id")).into();
        let credential = c.envelope()?;
        credential.id = id.clone();
        credential.raw_id = id;
    } }
    "env-06" { "" => |c| c.envelope()?.kind = Member::Missing }
    "env-07" { "" => |c| c.envelope()?.kind = Member::Other(json!(1)) }
    "env-08" { "" => |c| c.envelope()?.kind = "Public-Key".into() }
    "env-09" { "" => |c| c.envelope()?.response = ResponseBody::Missing }
    "env-10" { "" => |c| c.envelope()?.response = ResponseBody::Other(json!("response")) }
    "env-11" { "" => |c| c.members()?.client_data_json = Member::Missing }
    "env-12" { "" => |c| c.members()?.client_data_json = Member::Other(json!({"type": "webauthn.create"})) }
    "env-13" { "" => |c| c.members()?.client_data_json = "".into() }
    "env-14" { "" => |c| c.members()?.attestation_object = Member::Missing }
    "env-15" { "" => |c| c.members()?.attestation_object = "".into() }
    "env-16" {
        "white-space" => |c| {
            let text = attestation_object(c)?;
            let (head, tail) = text.split_at_checked(20).unwrap_or((&text, ""));
            c.members()?.attestation_object = format!("{head}\n{tail}").into();
        },
        "padding" => |c| {
            let text = attestation_object(c)?;
            let (head, tail) = text.split_at_checked(20).unwrap_or((&text, ""));
            c.members()?.attestation_object = format!("{head}={tail}").into();
        },
    }
    "env-17" { "" => |c| {
        let members = c.members()?;
        members.attestation_object = Member::Missing;
        members.authenticator_data = base64url::encode(&[UP; 37]).into();
        members.signature = base64url::encode(b"signature").into();
    } }
    "env-18" { "" => |c| {
        let mut copy = c.encoded_data();
        flip(&mut copy);
        c.members()?.authenticator_data = base64url::encode(&copy).into();
    } }
    "env-19" { "" => |c| {
        c.members()?.public_key = base64url::encode(&pki::unrelated_key().spki_der()).into();
    } }
    "env-20" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.members()?.public_key_algorithm = Some(json!(-257));
    } }
    "env-21" { "" => |c| c.members()?.authenticator_data = Member::Missing }
    "env-22" { "" => |c| c.members()?.authenticator_data = "not base64url!".into() }
    "env-23" { "" => |c| c.members()?.signature = Member::Missing }
    "env-24" { "" => |c| c.members()?.signature = "".into() }
    "env-25" { "" => |c| c.members()?.user_handle = Member::Other(json!(7)) }
    "env-26" { "" => |c| {
        // The account has this handle as well, so that its length is the only fault.
        let handle = base64url::encode(&[b'u'; 65]);
        if let Some(user) = &mut c.recording.user {
            user.handle = Some(handle.clone());
        }
        if let Some(record) = &mut c.recording.record {
            record.user_handle = Some(handle.clone());
        }
        c.members()?.user_handle = handle.into();
    } }
    "env-27" { "" => |c| {
        let members = c.members()?;
        members.authenticator_data = Member::Missing;
        members.signature = Member::Missing;
        members.attestation_object = base64url::encode(&[0xa0]).into();
    } }
    "env-28" { "" => |c| c.second_response = Some(attackers_response(c)?) }
    "env-29" { "" => |c| {
        c.envelope()?;
        c.recording.response = body(json!([]));
    } }
    "env-30" {
        "null" => |c| refused(c, json!(null))?,
        "text" => |c| refused(c, json!({"error": "NotAllowedError: The operation either timed out or was not allowed."}))?,
        "exception" => |c| refused(c, json!({"name": "InvalidStateError", "message": "The authenticator was previously registered"}))?,
    }
    "env-31" {
        "null" => |c| refused(c, json!(null))?,
        "text" => |c| refused(c, json!("AbortError: signal is aborted without reason"))?,
        "exception" => |c| refused(c, json!({"error": {"name": "NotAllowedError", "message": ""}}))?,
    }
}

/// What the client answered in place of a credential.
fn refused(c: &mut Ceremony, answer: serde_json::Value) -> Result<(), Unfit> {
    c.envelope()?;
    c.recording.response = serde_json::from_value(answer).map_err(Error::from)?;
    Ok(())
}

fn raw_id(c: &mut Ceremony) -> Result<Vec<u8>, Unfit> {
    let credential = c.envelope()?;
    let text = credential.raw_id.text().unwrap_or_default();
    base64url::decode(text).map_err(|_| Unfit("needs a rawId in base64url".to_owned()))
}

fn attestation_object(c: &mut Ceremony) -> Result<String, Unfit> {
    let text = c.members()?.attestation_object.text();
    Ok(text.unwrap_or_default().to_owned())
}

fn flip(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

/// What a parser that takes the last of two members would see: the same ceremony, answered by
/// somebody else's credential, and the user verified as much.
fn attackers_response(c: &Ceremony) -> Result<String, Unfit> {
    let bases = base::ceremonies().map_err(|error| Unfit(error.to_string()))?;
    let theirs = bases.iter().find(|base| base.recording.id == "V6");
    let mut theirs = theirs
        .cloned()
        .ok_or_else(|| Unfit("needs a second registration".to_owned()))?;
    theirs.client = c.client.clone();
    theirs.data.rp_id_hash = c.data.rp_id_hash.clone();
    theirs.data.flags |= c.data.flags & UV;
    theirs.object.set("fmt", Value::from("none"));
    let members = theirs.members()?;
    serde_json::to_string(members).map_err(|error| Unfit(error.to_string()))
}
