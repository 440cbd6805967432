//! Group M: the metadata BLOB, and what it says of the model of a registration.

use crate::blob::{self, NO};
use crate::ceremony::{Ceremony, Unfit};
use crate::pki;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use fidoscope_authenticator::{BlobDamage, TestPki, crl_pem, key_identifier};
use fidoscope_metadata::MetadataPolicy;
use fidoscope_metadata::SERVICE_NAME;
use serde_json::{Value, json};

rows! {
    "md-01" on "V7" { "" => |c| damage(c, BlobDamage::FlippedSignature)? }
    "md-02" on "V7" { "" => |c| damage(c, BlobDamage::EditedPayload)? }
    "md-03" on "V7" { "" => |c| "none".clone_into(&mut c.blob()?.draft.alg) }
    "md-04" on "V7" { "" => |c| {
        let draft = &mut c.blob()?.draft;
        "HS256".clone_into(&mut draft.alg);
        draft.secret = draft.identity.x5c.first().cloned();
    } }
    "md-05" on "V7" { "" => |c| damage(c, BlobDamage::LostSignature)? }
    "md-06" on "V7" { "" => |c| {
        c.blob()?.draft.identity = blob::leaf(&blob::authority("stranger")?, SERVICE_NAME)?;
    } }
    "md-07" on "V7" { "" => |c| c.blob()?.draft.identity.x5c.truncate(1) }
    "md-08" on "V7" { "" => |c| {
        let service = blob::authority("service")?;
        let leaf = blob::leaf(&service, SERVICE_NAME)?.key;
        revoke(c, &service, &leaf)?;
    } }
    "md-09" on "V7" { "" => |c| {
        let service = blob::authority("service")?;
        let intermediate = service.intermediate_key().cloned();
        let intermediate = intermediate.ok_or_else(|| Unfit("no intermediate".to_owned()))?;
        revoke(c, &service, &intermediate)?;
    } }
    "md-10" on "V7" { "" => |c| {
        let service = blob::authority("service")?;
        let expired = c.expired();
        c.blob()?.draft.identity = service.server(SERVICE_NAME, expired)?;
    } }
    "md-11" on "V7" { "" => |c| {
        let service = blob::authority("service")?;
        c.blob()?.draft.identity = blob::leaf(&service, "www.example.com")?;
    } }
    "md-12" on "V7" { "" => |c| {
        c.blob()?.draft.x5u = Some("https://evil.example/chain.pem".to_owned());
    } }
    "md-13" on "V7" { "" => |c| {
        let new = blob::authority("service")?;
        c.blob()?.draft.identity.x5c.push(new.root_der().to_vec());
        c.blob()?.anchors = vec![blob::authority("old")?.root_pem()];
    } }
    "md-14" on "V7" { "" => |c| cross_signed(c, "old")? }
    "md-15" on "V7" { "" => |c| cross_signed(c, "service")? }
    "md-16" on "V7" {
        "lower" => |c| c.blob()?.have_no = Some(NO + 1),
        "equal" => |c| c.blob()?.have_no = Some(NO),
    }
    "md-17" on "V7" { "" => |c| {
        c.blob()?.set("", "nextUpdate", json!("2026-09-01"))?;
        c.recording.policy.metadata = Some(MetadataPolicy {
            reject_stale: Some(true),
            ..MetadataPolicy::default()
        });
    } }
    "md-18" on "V7" { "" => |c| c.blob()?.set("", "legalHeader", Value::Null)? }
    "md-19" on "V7" { "" => |c| report(c, "REVOKED")? }
    "md-20" on "V7" { "" => |c| report(c, "RETIRED")? }
    "md-21" on "V7" { "" => |c| report(c, "ATTESTATION_KEY_COMPROMISE")? }
    "md-22" on "V7" { "" => |c| {
        let other = blob::leaf(&pki::stranger()?, "another batch")?;
        let other = other.x5c.first().map(|der| STANDARD.encode(der));
        c.blob()?.report(json!({
            "status": "ATTESTATION_KEY_COMPROMISE",
            "effectiveDate": "2026-08-01",
            "certificate": other,
        }))?;
    } }
    "md-23" on "V7" { "" => |c| report(c, "USER_VERIFICATION_BYPASS")? }
    "md-24" on "V7" { "" => |c| report(c, "USER_KEY_REMOTE_COMPROMISE")? }
    "md-25" on "V7" { "" => |c| report(c, "USER_KEY_PHYSICAL_COMPROMISE")? }
    "md-26" on "V7" { "" => |c| c.blob()?.report(json!({
        "status": "USER_KEY_REMOTE_COMPROMISE",
        "effectiveDate": "2025-08-01",
        "sunsetDate": "2026-10-01",
    }))? }
    "md-27" on "V7" { "" => |c| {
        let tomorrow = c.judged_at() + TimeDelta::days(1);
        c.blob()?.report(json!({
            "status": "REVOKED",
            "effectiveDate": tomorrow.format("%Y-%m-%d").to_string(),
        }))?;
    } }
    "md-28" on "V7" { "" => |c| *c.blob()?.at("/entries/0/statusReports")? = json!([
        {"status": "FIDO_CERTIFIED", "effectiveDate": "2025-02-01"},
        {"status": "REVOKED", "effectiveDate": "2026-08-01"},
        {"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-10"},
    ]) }
    "md-29" on "V7" { "" => |c| report(c, "QUANTUM_READY")? }
    "md-30" on "V7" { "" => |c| c.blob()?.report(json!({
        "status": "UPDATE_AVAILABLE",
        "effectiveDate": "2026-08-01",
        "authenticatorVersion": 2,
    }))? }
    "md-31" on "V7" { "" => |c| {
        c.blob()?.statement("attestationTypes", json!(["basic_surrogate"]))?;
    } }
    "md-32" on "V7" { "" => |c| {
        // No authenticator has this one: a key of its kind cannot be written as a COSE key.
        let others = json!(["sm2_sm3_raw"]);
        c.blob()?.statement("authenticationAlgorithms", others)?;
    } }
    "md-33" on "V7" { "" => |c| {
        let leaf = leaf(c)?;
        c.recording.policy.anchors.clear();
        let roots = json!([STANDARD.encode(leaf)]);
        c.blob()?.statement("attestationRootCertificates", roots)?;
    } }
    "md-34" on "V16" {
        "found" => |c| {
            let key = attestation_key(c)?;
            u2f(c, &key_identifier(key.point()))?;
        },
        "wrong-hash" => |c| {
            // The hash of the whole structure instead of the value of its bit string.
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &attestation_key(c)?.spki_der());
            let hash: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
            u2f(c, &hash)?;
        },
    }
    "md-35" on "V16" { "" => |c| {
        c.attested()?.aaguid = [0; 16];
        c.blob()?.statement("protocolFamily", json!("fido2"))?;
    } }
    "md-36" on "V7" { "" => |c| {
        let other = json!("00000000-0000-4000-8000-000000000001");
        c.blob()?.statement("aaguid", other)?;
    } }
    "md-37" on "V7" { "" => |c| {
        c.blob()?.entry("rogueListURL", json!("https://example.org/rogue.jwt"))?;
    } }
    "md-38" on "V7" { "" => |c| c.blob()?.report(json!({
        "status": "FIPS140_CERTIFIED_L2",
        "effectiveDate": "2026-08-01",
        "fipsPhysicalSecurityLevel": 3,
    }))? }
}

fn damage(c: &mut Ceremony, damage: BlobDamage) -> Result<(), Unfit> {
    c.blob()?.draft.damage = Some(damage);
    Ok(())
}

/// A report in force.
fn report(c: &mut Ceremony, status: &str) -> Result<(), Unfit> {
    c.blob()?
        .report(json!({"status": status, "effectiveDate": "2026-08-01"}))
}

/// The lists of the service's authorities, with a key on them.
fn revoke(
    c: &mut Ceremony,
    service: &TestPki,
    key: &fidoscope_authenticator::TestKey,
) -> Result<(), Unfit> {
    let lists = service.revocation_lists(&[key], pki::validity())?;
    c.blob()?.crls = lists.iter().map(|der| crl_pem(der)).collect();
    Ok(())
}

/// The shape of 2026-08-31: the new root comes certified by the old one.
fn cross_signed(c: &mut Ceremony, pinned: &str) -> Result<(), Unfit> {
    let (old, new) = (blob::authority("old")?, blob::authority("service")?);
    let crossed = old.cross_sign(&new, pki::validity())?;
    c.blob()?.draft.identity.x5c.push(crossed);
    c.blob()?.anchors = vec![blob::authority(pinned)?.root_pem()];
    Ok(())
}

/// The attestation certificate.
fn leaf(c: &mut Ceremony) -> Result<Vec<u8>, Unfit> {
    let ders = c.certificate_ders()?;
    ders.into_iter()
        .next()
        .ok_or_else(|| Unfit("needs an attestation certificate".to_owned()))
}

/// Attests anew with a certificate of ours, and gives its key.
fn attestation_key(c: &mut Ceremony) -> Result<fidoscope_authenticator::TestKey, Unfit> {
    use fidoscope_authenticator::Format;
    c.attested()?.aaguid = [0; 16];
    c.attest(|_| ())?;
    let zero = fidoscope_webauthn::Aaguid::ZERO;
    Ok(pki::identity(&pki::authority()?, Format::FidoU2f, zero, |_| ())?.key)
}

/// A U2F model that is named by its attestation key and lists the certificate itself as its anchor.
fn u2f(c: &mut Ceremony, identifier: &str) -> Result<(), Unfit> {
    let roots = json!([STANDARD.encode(leaf(c)?)]);
    let metadata = c.blob()?;
    metadata.entry("aaguid", Value::Null)?;
    metadata.statement("aaguid", Value::Null)?;
    metadata.statement("attestationRootCertificates", roots)?;
    metadata.entry("attestationCertificateKeyIdentifiers", json!([identifier]))
}
