//! Group F: packed attestation.

use crate::ceremony::{Ceremony, Unfit};
use crate::parts::Keyed;
use ciborium::Value;
use fidoscope_authenticator::{AaguidExtension, CertificateExtension, der};
use fidoscope_webauthn::Aaguid;

rows! {
    "pk-01" { "" => |c| c.statement()?.clear() }
    "pk-02" { "" => |c| c.statement()?.drop_key("alg") }
    "pk-03" { "" => |c| c.statement()?.set("alg", "ES256") }
    "pk-04" { "" => |c| c.statement()?.drop_key("sig") }
    "pk-05" { "" => |c| c.statement()?.set("sig", "signature") }
    "pk-06" { "" => |c| c.statement_bytes("sig")?.clear() }
    "pk-07" { "" => |c| flip(c.statement_bytes("sig")?) }
    "pk-08" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.statement()?.set("alg", -35);
    } }
    "pk-09" { "" => |c| {
        let message = c.signed_bytes();
        let (data, hash) = message.split_at(message.len().saturating_sub(32));
        let swapped = [hash, data].concat();
        *c.statement_bytes("sig")? = c.key()?.sign_der(&swapped);
    } }
    "pk-10" { "" => |c| c.data.sign_count = c.data.sign_count.wrapping_add(1) }
    "pk-11" { "" => |c| {
        c.needs_algorithm(-7)?;
        let signature = c.key()?.sign_fixed(&c.signed_bytes());
        *c.statement_bytes("sig")? = signature;
    } }
    "pk-12" {
        "leading-zero" => |c| der(c, |r| r.insert(0, 0))?,
        "negative" => |c| der(c, |r| if let Some(first) = r.first_mut() {
            *first |= 0x80;
        })?,
        "trailing-byte" => |c| c.statement_bytes("sig")?.push(0),
    }
    "pk-13" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.statement()?.drop_key("x5c");
    } }
    "pk-14" { "" => |c| c.statement()?.set("x5c", Value::Map(Vec::new())) }
    "pk-15" { "" => |c| c.certificates()?.clear() }
    "pk-16" { "" => |c| if let Some(first) = c.certificates()?.first_mut() {
        *first = Value::Bytes(b"0\x82no certificate".to_vec());
    } }
    "pk-17" { "" => |c| {
        c.needs_algorithm(-7)?;
        let signature = c.key()?.sign_der(&c.signed_bytes());
        *c.statement_bytes("sig")? = signature;
    } }
    "pk-18" { "" => |c| flip(c.statement_bytes("sig")?) }
    "pk-19" { "" => |c| c.statement()?.set("alg", -257) }
    "pk-20" { "" => |c| c.attest(|leaf| leaf.finish.version = 1)? }
    "pk-21" { "" => |c| c.attest(|leaf| leaf.country = None)? }
    "pk-22" { "" => |c| c.attest(|leaf| leaf.organization = None)? }
    "pk-23" { "" => |c| c.attest(|leaf| leaf.unit = None)? }
    "pk-24" { "" => |c| c.attest(|leaf| leaf.unit = Some("authenticator attestation".to_owned()))? }
    "pk-25" { "" => |c| c.attest(|leaf| leaf.common_name = None)? }
    "pk-26" { "" => |c| c.attest(|leaf| leaf.ca = Some(true))? }
    "pk-27" { "" => |c| c.attest(|leaf| leaf.ca = None)? }
    "pk-28" { "" => |c| c.attest(|leaf| leaf.aaguid = AaguidExtension::Present(Aaguid([0xee; 16])))? }
    "pk-29" { "" => |c| {
        let aaguid = Aaguid(c.attested()?.aaguid);
        c.attest(|leaf| leaf.aaguid = AaguidExtension::Critical(aaguid))?;
    } }
    "pk-30" { "" => |c| {
        let aaguid = Aaguid(c.attested()?.aaguid);
        c.attest(|leaf| leaf.aaguid = AaguidExtension::Unwrapped(aaguid))?;
    } }
    "pk-31" {
        "15-bytes" => |c| aaguid_extension(c, 15)?,
        "17-bytes" => |c| aaguid_extension(c, 17)?,
    }
    "pk-32" { "" => |c| c.attest(|leaf| leaf.extensions.push(firmware_version(&[0xff], false)))? }
    "pk-33" { "" => |c| c.attest(|leaf| leaf.extensions.push(firmware_version(&[0x01], true)))? }
    "pk-34" { "" => |c| {
        c.recording.options.attestation = Some("direct".to_owned());
        c.attest(|leaf| leaf.extensions.push(fido_extension(2, der::OCTET_STRING, b"serial number")))?;
    } }
    "pk-35" { "" => |c| c.recording.policy.accept_self = Some(false) }
    "pk-36" { "" => |c| c.statement()?.set("ecdaaKeyId", Value::Bytes(vec![0x41])) }
}

/// An extension below `1.3.6.1.4.1.45724.1.1` (`WebAuthn L3 §8.2.1`).
fn fido_extension(number: u64, tag: u8, value: &[u8]) -> CertificateExtension {
    CertificateExtension {
        oid: vec![1, 3, 6, 1, 4, 1, 45724, 1, 1, number],
        critical: false,
        value: der::element(tag, value),
    }
}

fn firmware_version(number: &[u8], critical: bool) -> CertificateExtension {
    CertificateExtension {
        critical,
        ..fido_extension(5, der::INTEGER, number)
    }
}

/// The model's identifier, cut or with a zero after it.
fn aaguid_extension(c: &mut Ceremony, length: usize) -> Result<(), Unfit> {
    let mut value = c.attested()?.aaguid.to_vec();
    value.resize(length, 0);
    c.attest(|leaf| {
        leaf.aaguid = AaguidExtension::Absent;
        leaf.extensions
            .push(fido_extension(4, der::OCTET_STRING, &value));
    })
}

fn flip(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

/// Rewrites the first number of a DER signature.
fn der(c: &mut Ceremony, change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Unfit> {
    c.needs_algorithm(-7)?;
    let signature = c.statement_bytes("sig")?;
    let fit = |part: Option<&[u8]>| {
        part.map(<[u8]>::to_vec)
            .ok_or_else(|| Unfit("needs a DER signature".to_owned()))
    };
    let length = usize::from(signature.get(3).copied().unwrap_or_default());
    let mut r = fit(signature.get(4..4 + length))?;
    let rest = fit(signature.get(4 + length..))?;
    change(&mut r);
    let short = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    let mut body = vec![0x02, short(r.len())];
    body.append(&mut r);
    body.extend_from_slice(&rest);
    *signature = [&[0x30, short(body.len())], body.as_slice()].concat();
    Ok(())
}
