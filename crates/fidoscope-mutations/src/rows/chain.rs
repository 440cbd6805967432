//! Group G: the path from the attestation certificate to a trust anchor.

use crate::ceremony::{Ceremony, Unfit};
use crate::pki;
use chrono::TimeDelta;
use fidoscope_authenticator::{
    AuthorityOptions, CertificateExtension, SignatureKind, TestPki, pem,
};
use fidoscope_recording::UntrustedPolicy;

rows! {
    "ch-01" { "" => |c| {
        c.attest_below(&pki::stranger()?, |_| ())?;
        c.recording.policy.anchors = vec![pki::authority()?.root_pem()];
    } }
    "ch-02" { "" => |c| {
        let expired = c.expired();
        c.attest(|leaf| leaf.validity = expired)?;
    } }
    "ch-03" { "" => |c| {
        let tomorrow = c.judged_at() + TimeDelta::days(1);
        c.attest(|leaf| leaf.validity.not_before = tomorrow)?;
    } }
    "ch-04" { "" => |c| {
        let expired = c.expired();
        below(c, |authority| authority.validity = expired)?;
    } }
    "ch-05" { "" => |c| below(c, |authority| authority.ca = Some(false))? }
    "ch-06" { "" => |c| below(c, |authority| authority.may_sign = false)? }
    "ch-07" { "" => |c| {
        let mut upper = AuthorityOptions::new("upper", pki::validity());
        upper.path_length = Some(0);
        let lower = AuthorityOptions::new("lower", pki::validity());
        let authority = pki::authority()?.with_authority(&upper)?.with_authority(&lower)?;
        c.attest_below(&authority, |_| ())?;
    } }
    "ch-08" { "" => |c| c.attest(|leaf| leaf.finish.signature = SignatureKind::BitFlipped)? }
    "ch-09" { "" => |c| c.attest(|leaf| leaf.finish.issuer_name = Some("somebody else".to_owned()))? }
    "ch-10" { "" => |c| {
        if c.certificates()?.len() < 2 {
            below(c, |_| ())?;
        }
        c.certificates()?.reverse();
    } }
    "ch-11" { "" => |c| {
        let upper = AuthorityOptions::new("upper", pki::validity());
        let lower = AuthorityOptions::new("lower", pki::validity());
        let authority = pki::authority()?.with_authority(&upper)?.with_authority(&lower)?;
        c.attest_below(&authority, |_| ())?;
        c.certificates()?.swap(1, 2);
    } }
    "ch-12" { "" => |c| {
        let root = pki::authority()?.root_der().to_vec();
        c.attest(|_| ())?;
        c.certificates()?.push(ciborium::Value::Bytes(root));
    } }
    "ch-13" { "" => |c| {
        let ders = c.certificate_ders()?;
        c.recording.policy.anchors = ders.first().map(|leaf| pem(leaf)).into_iter().collect();
    } }
    "ch-14" { "" => |c| {
        c.attest(|_| ())?;
        let pinned = c.certificate_ders()?.first().map(|leaf| pem(leaf));
        c.attest(|leaf| leaf.common_name = Some("another certificate".to_owned()))?;
        c.recording.policy.anchors = pinned.into_iter().collect();
    } }
    "ch-15" { "" => |c| {
        let authority = with_intermediate(|_| ())?;
        c.attest_below(&authority, |_| ())?;
        let revoked: Vec<_> = authority.intermediate_key().into_iter().collect();
        let lists = authority.revocation_lists(&revoked, pki::validity())?;
        c.recording.crls = lists.iter().map(|der| crl_pem(der)).collect();
    } }
    "ch-16" { "" => |c| {
        let authority = with_intermediate(|_| ())?;
        let crossed = authority.cross_signed_by(&pki::stranger()?, pki::validity())?;
        c.attest_below(&authority, |_| ())?;
        let crossed = crossed.map(ciborium::Value::Bytes);
        c.certificates()?.extend(crossed);
    } }
    "ch-17" { "" => |c| c.attest(|leaf| leaf.extensions.push(CertificateExtension::unknown_critical()))? }
    "ch-18" { "" => |c| c.recording.policy.anchors.clear() }
    "ch-19" { "" => |c| {
        c.recording.policy.anchors.clear();
        c.recording.policy.untrusted = Some(UntrustedPolicy::Downgrade);
    } }
    "ch-20" { "" => |c| on_a_curve_that_nobody_knows(c)? }
}

/// Names another curve in the attestation certificate, below the signature of its issuer: the key cannot
/// be verified with, and the issuer has not signed it.
fn on_a_curve_that_nobody_knows(c: &mut Ceremony) -> Result<(), Unfit> {
    // 1.2.840.10045.3.1.7, the curve P-256, and the last number of another one.
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    let leaf = c.certificates()?.first_mut();
    let leaf = leaf.and_then(ciborium::Value::as_bytes_mut);
    let curve = leaf.and_then(|der| {
        let at = der.windows(P256.len()).position(|part| part == P256)?;
        der.get_mut(at + P256.len() - 1)
    });
    *curve.ok_or_else(|| Unfit("needs an attestation key of P-256".to_owned()))? = 0x7f;
    Ok(())
}

/// The authority with an intermediate that differs as asked.
fn with_intermediate(change: impl FnOnce(&mut AuthorityOptions)) -> Result<TestPki, Unfit> {
    let mut options = AuthorityOptions::new("intermediate", pki::validity());
    change(&mut options);
    Ok(pki::authority()?.with_authority(&options)?)
}

/// Attests below an intermediate that differs as asked.
fn below(c: &mut Ceremony, change: impl FnOnce(&mut AuthorityOptions)) -> Result<(), Unfit> {
    c.attest_below(&with_intermediate(change)?, |_| ())
}

fn crl_pem(der: &[u8]) -> String {
    pem(der).replace("CERTIFICATE", "X509 CRL")
}
