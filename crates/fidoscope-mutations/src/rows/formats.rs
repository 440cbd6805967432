//! Group J: the formats fido-u2f, none, apple, compound and android-safetynet.

use super::credential_key::offer;
use crate::ceremony::{Ceremony, Unfit};
use crate::parts::Keyed;
use crate::pki;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value;
use fidoscope_authenticator::{
    AaguidExtension, Algorithm, CompoundPart, Format, LeafOptions, NonceForm, SignatureKind,
    TestKey, cose_key,
};
use fidoscope_recording::CompoundPolicy;
use fidoscope_webauthn::Aaguid;
use serde_json::json;
use std::num::NonZero;

rows! {
    "u2-01" { "" => |c| {
        let certificates = c.certificates()?;
        certificates.extend(certificates.first().cloned());
    } }
    "u2-02" { "" => |c| c.certificates()?.clear() }
    "u2-03" { "" => |c| certified_by(c, Algorithm::Es384)? }
    "u2-04" { "" => |c| certified_by(c, Algorithm::Rs256)? }
    "u2-05" { "" => |c| credential_of(c, Algorithm::Es384)? }
    "u2-06" { "" => |c| credential_of(c, Algorithm::EdDsa)? }
    "u2-11" { "" => |c| c.statement()?.drop_key("sig") }
    "u2-07" { "" => |c| if let Some(last) = c.statement_bytes("sig")?.last_mut() {
        *last ^= 1;
    } }
    "u2-08" { "" => |c| {
        c.attest(|_| ())?;
        let aaguid = Aaguid(c.attested()?.aaguid);
        let identity = pki::identity(&pki::authority()?, Format::FidoU2f, aaguid, |_| ())?;
        *c.statement_bytes("sig")? = identity.key.sign(&c.signed_bytes());
    } }
    "u2-09" { "" => |c| if c.attested()?.aaguid == [0; 16] {
        c.attested()?.aaguid = [0xee; 16];
    } }
    "u2-10" { "" => |c| c.data.sign_count = c.data.sign_count.wrapping_add(7) }
    "no-01" { "" => |c| {
        c.object.set("fmt", "none");
        let statement = c.statement()?;
        statement.clear();
        statement.set("alg", -7);
        statement.set("sig", Value::Bytes(b"signature".to_vec()));
    } }
    "no-02" { "" => |c| {
        c.needs_no_attestation()?;
        c.recording.policy.require_attestation = Some(true);
    } }
    "ap-01" { "" => |c| c.apple(|draft| draft.nonce = Some(vec![0; 32]))? }
    "ap-02" { "" => |c| c.apple(|draft| draft.form = NonceForm::Absent)? }
    "ap-03" { "" => |c| c.apple(|draft| draft.form = NonceForm::Bare)? }
    "ap-04" { "" => |c| c.apple(|draft| draft.subject = Some(pki::unrelated_key()))? }
    "ap-05" { "" => |c| c.statement()?.drop_key("x5c") }
    "ap-06" { "" => |c| c.statement()?.insert(0, (Value::from("alg"), Value::from(-7))) }
    "cm-01" on "GEN-COMPOUND" { "" => |c| c.compound(|parts| parts.truncate(1))? }
    "cm-02" on "GEN-COMPOUND" { "" => |c| c.compound(|parts| parts.push(CompoundPart::new(Format::Compound)))? }
    "cm-03" on "GEN-COMPOUND" { "" => |c| compound(c, CompoundPolicy::All, &[CERTIFIED, BAD_SELF])? }
    "cm-04" on "GEN-COMPOUND" { "" => |c| compound(c, CompoundPolicy::Any, &[CERTIFIED, BAD_SELF])? }
    "cm-05" on "GEN-COMPOUND" { "" => |c| compound(c, CompoundPolicy::All, &[CERTIFIED, CompoundPart::new(Format::PackedSelf)])? }
    "cm-06" on "GEN-COMPOUND" { "" => |c| compound(c, CompoundPolicy::AtLeast(NonZero::<u8>::MIN.saturating_add(1)), &[CERTIFIED, BAD_SELF, BAD_SELF])? }
    "cm-07" on "GEN-COMPOUND" { "" => |c| for part in elements(c)? {
        if let Value::Map(members) = part {
            members.insert(1, (Value::from("note"), Value::from("keys that nobody knows")));
        }
    } }
    "sn-01" on "GEN-SAFETYNET" { "" => |c| c.safetynet(|draft| draft.version.clear())? }
    "sn-02" on "GEN-SAFETYNET" { "" => |c| c.safetynet(|draft| draft.response = Some(Vec::new()))? }
    "sn-03" on "GEN-SAFETYNET" { "" => |c| c.safetynet(|draft| {
        draft.payload.insert("nonce".to_owned(), json!(STANDARD.encode([0; 32])));
    })? }
    "sn-04" on "GEN-SAFETYNET" { "" => |c| {
        let other = pki::authority()?.server("attest.evil.test", pki::validity())?;
        c.safetynet(|draft| draft.identity = other)?;
    } }
    "sn-05" on "GEN-SAFETYNET" { "" => |c| c.safetynet(|draft| {
        draft.payload.insert("ctsProfileMatch".to_owned(), json!(false));
    })? }
    "sn-06" on "GEN-SAFETYNET" {
        "future" => |c| made_after(c, 5 * 60_000)?,
        "old" => |c| made_after(c, -5 * 60_000)?,
    }
}

/// The elements of a compound statement.
fn elements(c: &mut Ceremony) -> Result<&mut Vec<Value>, Unfit> {
    let key = Value::from("attStmt");
    let statement = c.object.iter_mut().find(|(found, _)| *found == key);
    let elements = statement.and_then(|(_, value)| value.as_array_mut());
    elements.ok_or_else(|| Unfit("needs a compound statement".to_owned()))
}

const CERTIFIED: CompoundPart = CompoundPart::new(Format::PackedX5c);
const BAD_SELF: CompoundPart = CompoundPart {
    format: Format::PackedSelf,
    signature: SignatureKind::BitFlipped,
};

/// A compound statement of these parts, where so many must verify.
fn compound(
    c: &mut Ceremony,
    enough: CompoundPolicy,
    wanted: &[CompoundPart],
) -> Result<(), Unfit> {
    c.recording.policy.compound = Some(enough);
    c.compound(|parts| *parts = wanted.to_vec())
}

/// A U2F statement by an attestation key of another algorithm.
fn certified_by(c: &mut Ceremony, algorithm: Algorithm) -> Result<(), Unfit> {
    let key = TestKey::derive_for(algorithm, &pki::seed(), "fido-u2f");
    let mut leaf = LeafOptions::new("fido-u2f", Aaguid([0; 16]), pki::validity());
    leaf.aaguid = AaguidExtension::Absent;
    let authority = pki::authority()?;
    let identity = authority.certify(key, &leaf)?;
    c.recording.policy.anchors = vec![authority.root_pem()];
    c.attest_by(Format::FidoU2f, Some(identity))
}

/// A U2F statement about a credential key of another algorithm.
fn credential_of(c: &mut Ceremony, algorithm: Algorithm) -> Result<(), Unfit> {
    let key = TestKey::derive_for(algorithm, &pki::seed(), "fido-u2f credential");
    c.attested()?.key = cose_key(&key)?;
    c.key = Some(key);
    offer(c, &[algorithm.number()]);
    c.attest(|_| ())
}

/// A response of SafetyNet that many milliseconds after the instant of judgement.
fn made_after(c: &mut Ceremony, milliseconds: i64) -> Result<(), Unfit> {
    let now = c.judged_at().timestamp_millis();
    let at = now.saturating_add(milliseconds);
    c.safetynet(|draft| {
        draft.payload.insert("timestampMs".to_owned(), json!(at));
    })
}
