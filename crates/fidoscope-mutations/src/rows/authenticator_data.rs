//! Group D: authenticator data of a registration.

use crate::ceremony::{Ceremony, Unfit};
use crate::parts::{AT, BE, BS, ED, UP, UV};
use ciborium::Value;
use fidoscope_authenticator::{cbor, sha256};
use fidoscope_recording::{AuthenticatorSelection, BackupPolicy};
use fidoscope_webauthn::base64url;

rows! {
    "ad-01" { "" => |c| c.data_bytes(Vec::clear) }
    "ad-02" { "" => |c| c.data_bytes(|bytes| bytes.truncate(36)) }
    "ad-03" { "" => |c| c.data.flags &= !AT }
    "ad-04" { "" => |c| {
        c.data.flags &= !AT;
        c.data.attested = None;
    } }
    "ad-05" { "" => |c| c.data.attested = None }
    "ad-06" { "" => |c| c.data_bytes(|bytes| {
        if let Some(length) = bytes.get_mut(53..55) {
            length.copy_from_slice(&[0x7f, 0xff]);
        }
    }) }
    "ad-07" { "" => |c| {
        c.data.rest.clear();
        c.data.flags &= !ED;
        c.attested()?.key.pop();
    } }
    "ad-08" { "" => |c| {
        c.data.flags &= !ED;
        c.data.rest = vec![0];
    } }
    "ad-09" { "" => |c| extensions(c, &[]) }
    "ad-10" { "" => |c| extensions(c, &cbor(&Value::Array(vec![Value::from("credProtect")]))?) }
    "ad-11" { "" => |c| extensions(c, &cbor(&Value::Map(vec![(Value::from(1), Value::from(2))]))?) }
    "ad-12" { "" => |c| {
        extensions(c, &cred_protect()?);
        c.data.flags &= !ED;
    } }
    "ad-13" { "" => |c| {
        let map = cred_protect()?;
        extensions(c, &[map.as_slice(), &[0]].concat());
    } }
    "ad-14" { "" => |c| extensions(c, &[0xa0]) }
    "ad-15" { "" => |c| {
        let entry = (Value::from("credProtect"), Value::from(2));
        extensions(c, &cbor(&Value::Map(vec![entry.clone(), entry]))?);
    } }
    "ad-16" { "" => |c| c.data.flags |= 0x02 }
    "ad-17" { "" => |c| c.data.flags |= 0x20 }
    "ad-18" { "" => |c| if let Some(first) = c.data.rp_id_hash.first_mut() {
        *first ^= 1;
    } }
    "ad-19" { "" => |c| {
        let origin = c.recording.rp.origins.first().cloned().unwrap_or_default();
        c.data.rp_id_hash = sha256(origin.as_bytes()).to_vec();
    } }
    "ad-20" {
        "parent" => |c| {
            let id = rp_id(c)?;
            let parent = id.split_once('.').map_or(id.as_str(), |(_, parent)| parent);
            c.data.rp_id_hash = sha256(parent.as_bytes()).to_vec();
        },
        "sibling" => |c| {
            let sibling = format!("login.{}", rp_id(c)?);
            c.data.rp_id_hash = sha256(sibling.as_bytes()).to_vec();
        },
    }
    "ad-21" { "" => |c| {
        c.data.flags &= !UP;
        c.recording.mediation = None;
    } }
    "ad-22" { "" => |c| {
        c.data.flags &= !UP;
        c.recording.mediation = Some("conditional".to_owned());
    } }
    "ad-23" { "" => |c| {
        c.data.flags &= !UV;
        require_uv(c);
    } }
    "ad-24" { "" => |c| c.data.flags = c.data.flags & !BE | BS }
    "ad-25" { "" => |c| {
        c.data.flags |= BE;
        c.recording.policy.backup = Some(BackupPolicy {
            eligible: Some(false),
            ..BackupPolicy::default()
        });
    } }
    "ad-26" { "" => |c| {
        c.data.flags &= !BS;
        c.recording.policy.backup = Some(BackupPolicy {
            state: Some(true),
            ..BackupPolicy::default()
        });
    } }
    "ad-27" { "" => |c| credential_id(c, 1024)? }
    "ad-28" { "" => |c| credential_id(c, 1023)? }
    "ad-29" { "" => |c| c.attested()?.credential_id.clear() }
    "ad-30" { "other-user" => |c| {
        let id = base64url::encode(&c.attested()?.credential_id);
        let state = c.recording.state.get_or_insert_default();
        state.registered_ids = Some(vec![id]);
    } }
    "ad-31" { "" => |c| c.attested()?.aaguid = [0xee; 16] }
    "ad-32" { "" => |c| extensions(c, &unsorted_outputs()?) }
    "ad-33" {
        "number" => |c| extensions(c, b"\xa1\x6bcredProtect\x18\x02"),
        "map" => |c| extensions(c, b"\xbf\x6bcredProtect\x02\xff"),
    }
}

fn extensions(c: &mut Ceremony, bytes: &[u8]) {
    c.data.flags |= ED;
    c.data.rest = bytes.to_vec();
}

/// The output of an extension that authenticators add unasked (CTAP 2.1 §12.1).
fn cred_protect() -> Result<Vec<u8>, Unfit> {
    let entry = (Value::from("credProtect"), Value::from(2));
    Ok(cbor(&Value::Map(vec![entry]))?)
}

/// The outputs of two extensions in an order that is not theirs: canonical form sorts names of one length.
pub(super) fn unsorted_outputs() -> Result<Vec<u8>, Unfit> {
    Ok(cbor(&Value::Map(vec![
        (Value::from("hmac-secret"), Value::from(true)),
        (Value::from("credProtect"), Value::from(2)),
    ]))?)
}

fn rp_id(c: &Ceremony) -> Result<String, Unfit> {
    let in_options = || c.recording.options.rp.as_ref()?.id.clone();
    let id = c.recording.rp.id.clone().or_else(in_options);
    id.ok_or_else(|| Unfit("needs an RP ID".to_owned()))
}

/// Makes user verification a must.
pub(super) fn require_uv(c: &mut Ceremony) {
    c.recording.options.authenticator_selection = Some(AuthenticatorSelection {
        user_verification: Some("required".to_owned()),
        ..AuthenticatorSelection::default()
    });
}

/// Gives the credential an identifier of another length, wherever it stands.
fn credential_id(c: &mut Ceremony, length: usize) -> Result<(), Unfit> {
    let attested = c.attested()?;
    attested.credential_id.resize(length, 0xcc);
    let id = base64url::encode(&attested.credential_id);
    let credential = c.recording.response.credential_mut();
    let credential = credential.ok_or_else(|| Unfit("needs a response".to_owned()))?;
    credential.id = id.as_str().into();
    credential.raw_id = id.into();
    Ok(())
}
