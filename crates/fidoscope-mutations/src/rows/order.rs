//! Group L: two faults at once. Which step fails first differs by level.

use super::authenticator_data::require_uv;
use super::credential_key::offer;
use crate::ceremony::Ceremony;
use crate::ceremony::Unfit;
use crate::parts::{BE, BS, UP, UV};
use fidoscope_recording::ExtensionPolicy;
use serde_json::json;

rows! {
    "or-01" { "" => |c| {
        unsolicited(c)?;
        if let Some(last) = c.statement_bytes("sig")?.last_mut() {
            *last ^= 1;
        }
    } }
    "or-02" { "" => |c| {
        unsolicited(c)?;
        if let Some(last) = c.signature.last_mut() {
            *last ^= 1;
        }
    } }
    "or-03" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.data.flags = c.data.flags & !BE | BS;
        offer(c, &[-257]);
    } }
    "or-04" { "" => |c| {
        c.client(|members| members.set("crossOrigin", true))?;
        c.recording.rp.allow_cross_origin = false;
        if let Some(first) = c.data.rp_id_hash.first_mut() {
            *first ^= 1;
        }
    } }
    "or-05" { "" => |c| {
        c.data.flags &= !(UP | UV);
        c.recording.mediation = Some("conditional".to_owned());
        require_uv(c);
    } }
}

/// Adds the output of an extension that nobody asked for, where the policy does not tolerate it.
pub(super) fn unsolicited(c: &mut Ceremony) -> Result<(), Unfit> {
    c.recording.options.extensions = None;
    c.recording.policy.extensions = Some(ExtensionPolicy::RejectUnsolicited);
    let credential = c.recording.response.credential_mut();
    let credential = credential.ok_or_else(|| Unfit("needs a response".to_owned()))?;
    credential.client_extension_results = Some(json!({"credProps": {"rk": true}}));
    Ok(())
}
