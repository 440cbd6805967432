//! Group I: android-key attestation.

use crate::ceremony::{Ceremony, Unfit};
use crate::pki;
use ciborium::Value;
use fidoscope_authenticator::{AuthorizationDraft, KeyDescriptionDraft};
use fidoscope_recording::AndroidKeyPolicy;

rows! {
    "ak-01" { "" => |c| c.certificates()?.clear() }
    "ak-02" { "" => |c| if let Some(last) = c.statement_bytes("sig")?.last_mut() {
        *last ^= 1;
    } }
    "ak-03" { "" => |c| c.android_key(|draft| draft.subject = Some(pki::unrelated_key()))? }
    "ak-04" { "" => |c| c.android_key(|draft| draft.description = None)? }
    "ak-05" { "" => |c| describe(c, |text| text.levels_as_integers = true)? }
    "ak-06" { "" => |c| describe(c, |text| text.challenge = Some(vec![0; 32]))? }
    "ak-07" { "" => |c| describe(c, |text| text.tee.insert(1, AuthorizationDraft::all_applications()))? }
    "ak-08" { "" => |c| describe(c, |text| text.software.push(AuthorizationDraft::all_applications()))? }
    "ak-09" { "" => |c| describe(c, |text| replace(text, 702, AuthorizationDraft::origin(2)))? }
    "ak-10" { "" => |c| describe(c, |text| text.tee.retain(|entry| entry.tag != 702))? }
    "ak-11" { "" => |c| {
        c.recording.policy.android_key = Some(AndroidKeyPolicy::Tee);
        describe(c, |text| {
            text.tee.retain(|entry| entry.tag != 702);
            text.software.push(AuthorizationDraft::origin(0));
        })?;
    } }
    "ak-12" { "" => |c| describe(c, |text| replace(text, 1, AuthorizationDraft::purpose(&[1])))? }
    "ak-13" { "" => |c| describe(c, |text| replace(text, 1, AuthorizationDraft::purpose(&[2, 3])))? }
    "ak-14" { "" => |c| describe(c, |text| text.tee.insert(1, AuthorizationDraft::null(699)))? }
    "ak-15" { "" => |c| {
        let first = pki::stranger()?.root_pem();
        c.android_key(|draft| draft.with_root = false)?;
        c.recording.policy.anchors.insert(0, first);
    } }
    "ak-16" { "" => |c| {
        if c.certificates()?.len() < 2 {
            let below = pki::authority()?.with_intermediate(pki::validity())?;
            c.android_key(|draft| draft.pki = below)?;
        }
        c.certificates()?.reverse();
    } }
    "ak-17" { "" => |c| c.statement()?.insert(2, (Value::from("ver"), Value::from("2.0"))) }
    "ak-18" { "" => |c| c.android_key(|draft| draft.with_root = true)? }
}

/// Attests anew, with a key description that differs as asked.
fn describe(c: &mut Ceremony, change: impl FnOnce(&mut KeyDescriptionDraft)) -> Result<(), Unfit> {
    c.android_key(|draft| change(draft.description.get_or_insert_default()))
}

fn replace(text: &mut KeyDescriptionDraft, tag: u32, by: AuthorizationDraft) {
    if let Some(entry) = text.tee.iter_mut().find(|entry| entry.tag == tag) {
        *entry = by;
    }
}
