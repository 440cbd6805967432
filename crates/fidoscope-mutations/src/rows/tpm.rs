//! Group H: tpm attestation.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::ceremony::{Ceremony, Unfit};
use crate::parts::Keyed;
use crate::pki;
use fidoscope_authenticator::{
    AaguidExtension, CertificateExtension, LeafOptions, TpmDraft, TpmNames, cose_key,
    extended_key_usage, tpm_key_usage,
};
use fidoscope_webauthn::Aaguid;
use fidoscope_webauthn::tpm::algorithm;

/// `id-kp-clientAuth`, 1.3.6.1.5.5.7.3.2.
const CLIENT_AUTHENTICATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];

rows! {
    "tp-01" { "" => |c| c.statement()?.set("ver", "1.2") }
    "tp-02" { "" => |c| c.statement()?.drop_key("certInfo") }
    "tp-03" { "" => |c| {
        let public = c.statement_bytes("pubArea")?;
        let length = u16::try_from(public.len()).unwrap_or(u16::MAX);
        public.splice(0..0, length.to_be_bytes());
    } }
    "tp-04" { "" => |c| c.statement_bytes("pubArea")?.push(0) }
    "tp-05" { "" => |c| {
        c.needs_algorithm(-7)?;
        let public = c.statement_bytes("pubArea")?;
        // The y coordinate and its length stand after it.
        let at = public.len().saturating_sub(35);
        if let Some(last_of_x) = public.get_mut(at) {
            *last_of_x ^= 1;
        }
    } }
    "tp-06" { "" => |c| {
        c.needs_algorithm(-7)?;
        let public = c.statement_bytes("pubArea")?;
        // Before x and y stand the curve and the key derivation scheme.
        let at = public.len().saturating_sub(72);
        if let Some(curve) = public.get_mut(at..at + 2) {
            curve.copy_from_slice(&[0, 4]);
        }
    } }
    "tp-07" { "" => |c| c.statement()?.drop_key("x5c") }
    "tp-08" { "" => |c| statement(c, |draft, _| draft.attest.magic = 0xff54_4348)? }
    "tp-09" { "" => |c| statement(c, |draft, _| draft.attest.kind = 0x8018)? }
    "tp-10" { "" => |c| statement(c, |draft, _| draft.attest.extra_data = Some(vec![0; 32]))? }
    "tp-11" { "" => |c| {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &c.signed_bytes())
            .as_ref()
            .to_vec();
        statement(c, |draft, _| draft.attest.extra_data = Some(digest))?;
    } }
    "tp-12" { "" => |c| statement(c, |draft, key| {
        draft.attest.name = draft.public.name(key).ok().map(|mut name| {
            if let Some(last) = name.last_mut() {
                *last ^= 1;
            }
            name
        });
    })? }
    "tp-13" { "" => |c| statement(c, |draft, key| {
        draft.attest.name = draft.public.name(key).ok().map(|mut name| {
            name.splice(0..2, algorithm::SHA384.to_be_bytes());
            name
        });
    })? }
    "tp-14" { "" => |c| {
        let other = cose_key(&pki::unrelated_key())?;
        statement(c, |draft, _| draft.attest.name = draft.public.name(&other).ok())?;
    } }
    "tp-15" { "" => |c| statement(c, |draft, _| draft.attest.trailing = vec![0])? }
    "tp-16" { "" => |c| if let Some(last) = c.statement_bytes("sig")?.last_mut() {
        *last ^= 1;
    } }
    "tp-17" { "" => |c| statement(c, |draft, _| draft.wrapped = true)? }
    "tp-18" { "" => |c| leaf(c, |leaf| leaf.common_name = Some("a name".to_owned()))? }
    "tp-19" { "" => |c| names(c, TpmNames {
        model: None,
        ..TpmNames::default()
    }.extension())? }
    "tp-20" { "" => |c| names(c, TpmNames::host("tpm.example"))? }
    "tp-21" {
        "one-name" => |c| names(c, TpmNames {
            together: true,
            ..TpmNames::default()
        }.extension())?,
        "three-names" => |c| names(c, TpmNames::default().extension())?,
    }
    "tp-22" { "" => |c| purposes(c, Some(extended_key_usage(&[CLIENT_AUTHENTICATION])))? }
    "tp-23" { "" => |c| purposes(c, None)? }
    "tp-24" { "" => |c| leaf(c, |leaf| leaf.ca = Some(true))? }
    "tp-25" { "" => |c| leaf(c, |leaf| leaf.aaguid = AaguidExtension::Present(Aaguid([0xee; 16])))? }
    "tp-26" { "" => |c| names(c, TpmNames {
        manufacturer: Some("id:00000000".to_owned()),
        ..TpmNames::default()
    }.extension())? }
    "tp-27" { "" => |c| {
        if c.certificates()?.len() < 2 {
            let below = pki::authority()?.with_intermediate(pki::validity())?;
            c.tpm(&below, |_| (), |_, _| ())?;
        }
        c.certificates()?.reverse();
    } }
    "tp-28" on "GEN-RSA" { "" => |c| statement(c, |draft, _| draft.public.exponent = 0)? }
    "tp-29" on "GEN-RSA" { "" => |c| statement(c, |draft, _| draft.public.exponent = 3)? }
    "tp-30" { "" => |c| leaf(c, |leaf| leaf.finish.version = 1)? }
}

/// Attests anew, with a statement about the COSE key that differs as asked.
fn statement(c: &mut Ceremony, change: impl FnOnce(&mut TpmDraft, &[u8])) -> Result<(), Unfit> {
    c.tpm(&pki::authority()?, |_| (), change)
}

/// Attests anew, with a certificate that differs as asked.
fn leaf(c: &mut Ceremony, change: impl FnOnce(&mut LeafOptions)) -> Result<(), Unfit> {
    c.tpm(&pki::authority()?, change, |_, _| ())
}

/// Attests anew, with another name of the TPM.
fn names(c: &mut Ceremony, extension: CertificateExtension) -> Result<(), Unfit> {
    leaf(c, |leaf| leaf.extensions = vec![extension, tpm_key_usage()])
}

/// Attests anew, with another extended key usage.
fn purposes(c: &mut Ceremony, extension: Option<CertificateExtension>) -> Result<(), Unfit> {
    leaf(c, |leaf| {
        leaf.extensions = vec![TpmNames::default().extension()];
        leaf.extensions.extend(extension);
    })
}
