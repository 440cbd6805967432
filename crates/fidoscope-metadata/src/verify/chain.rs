//! The path from the signer's certificate to a trust anchor. It is searched, not read off in
//! order: since August 2026 `x5c` may carry cross-signed certificates that one of the anchors
//! does not need.

use super::AnchorUse;
use super::signer::Signer;
use crate::anchors::{Anchor, Anchors};
use crate::blob::Blob;
use crate::certificate::Certificate;
use crate::revocation::RevocationList;
use crate::rules;
use crate::trace::{Outcome, Step};
use chrono::{DateTime, Utc};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, RevocationCheckDepth,
    RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};

/// What came of the search.
pub(super) struct Chain {
    /// `mds.jws.chain`.
    pub(super) step: Step,
    /// The anchor found.
    pub(super) anchor: Option<AnchorUse>,
}

/// `mds.jws.chain`: an RFC 5280 path to an anchor, every certificate valid at `now`.
pub(super) fn judge(blob: &Blob, signer: &Signer, anchors: &Anchors, now: DateTime<Utc>) -> Chain {
    let names: Vec<_> = anchors.iter().map(|anchor| anchor.name.as_str()).collect();
    let step = Step::new(&rules::JWS_CHAIN)
        .expected(format!("a path to {}, valid {now}", names.join(" or ")));
    let Some(leaf) = &signer.certificate else {
        let found = if signer.is_anchor {
            "no anchor signed it"
        } else {
            "no certificate"
        };
        return Chain {
            step: step.outcome(Outcome::Fail).found(found),
            anchor: None,
        };
    };
    if signer.is_anchor {
        let anchor = anchors.iter().find(|anchor| anchor.der == *leaf);
        let anchor = anchor.map(|anchor| describe(anchor, []));
        return Chain {
            step: step.note("the signer is the anchor itself"),
            anchor,
        };
    }
    match search(blob, leaf, anchors, now, None) {
        Ok(anchor) => Chain {
            step: step.found(anchor.path.join(" ← ")),
            anchor: Some(anchor),
        },
        Err(error) => {
            let step = step.outcome(Outcome::Fail).found(reason(blob, &error, now));
            Chain { step, anchor: None }
        }
    }
}

/// `mds.jws.chain-revoked`: with the lists at hand.
pub(super) fn judge_revocation(
    blob: &Blob,
    signer: &Signer,
    anchors: &Anchors,
    now: DateTime<Utc>,
    crls: &[Vec<u8>],
) -> Step {
    let step = Step::new(&rules::JWS_CHAIN_REVOKED);
    let not_evaluated = |step: Step, note: String| step.outcome(Outcome::NotEvaluated).note(note);
    let Some(leaf) = signer.certificate.as_ref().filter(|_| !signer.is_anchor) else {
        return not_evaluated(step, "there are no certificates to look up".to_owned());
    };
    if crls.is_empty() {
        return not_evaluated(step, "no revocation lists were given".to_owned());
    }
    let lists: Result<Vec<Vec<RevocationList>>, _> = crls
        .iter()
        .map(|bytes| RevocationList::read(bytes))
        .collect();
    let lists = match lists {
        Ok(lists) => lists,
        Err(error) => return not_evaluated(step, error.to_string()),
    };
    let lists: Vec<&CertRevocationList<'_>> =
        lists.iter().flatten().map(RevocationList::list).collect();
    let look_up = |unknown, expired| {
        let options = RevocationOptionsBuilder::new(&lists).ok()?;
        let options = options
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(unknown)
            .with_expiration_policy(expired)
            .build();
        Some(search(blob, leaf, anchors, now, Some(options)))
    };
    // Who is on a list is revoked, however old the list is and whatever it leaves open.
    let revoked = look_up(UnknownStatusPolicy::Allow, ExpirationPolicy::Ignore);
    if matches!(revoked, Some(Err(Error::CertRevoked))) {
        return step
            .outcome(Outcome::Fail)
            .expected("no certificate of the path on a list of its issuer")
            .found("a certificate of the path is revoked");
    }
    match look_up(UnknownStatusPolicy::Deny, ExpirationPolicy::Enforce) {
        None => not_evaluated(step, "no revocation lists were given".to_owned()),
        Some(Ok(_)) => step.found("no certificate of the path is on a list"),
        Some(Err(Error::UnknownRevocationStatus)) => not_evaluated(
            step,
            "no list covers every certificate of the path".to_owned(),
        ),
        Some(Err(Error::CrlExpired { .. })) => {
            not_evaluated(step, "a revocation list is out of date".to_owned())
        }
        Some(Err(Error::InvalidCrlSignatureForPublicKey)) => not_evaluated(
            step,
            "a revocation list is not signed by its issuer".to_owned(),
        ),
        Some(Err(error)) => not_evaluated(step, error.to_string()),
    }
}

/// The anchor and the path to it, for the report.
fn describe<'a>(
    anchor: &Anchor,
    path: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) -> AnchorUse {
    let certificates = path.into_iter().filter_map(|der| Certificate::parse(der));
    let (mut names, ends): (Vec<_>, Vec<_>) = certificates
        .map(|certificate| (certificate.name(), certificate.not_after()))
        .unzip();
    names.push(anchor.name.clone());
    AnchorUse {
        name: anchor.name.clone(),
        sha256: anchor.sha256.clone(),
        path: names,
        expires: ends.into_iter().flatten().min(),
        known: anchor.known,
    }
}

fn search(
    blob: &Blob,
    leaf: &[u8],
    anchors: &Anchors,
    now: DateTime<Utc>,
    revocation: Option<RevocationOptions<'_>>,
) -> Result<AnchorUse, Error> {
    let leaf_der = CertificateDer::from(leaf);
    let leaf = EndEntityCert::try_from(&leaf_der)?;
    let x5c = &blob.header().x5c;
    let others: Vec<_> = x5c
        .iter()
        .skip(1)
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let roots: Vec<_> = anchors
        .iter()
        .map(|anchor| CertificateDer::from(anchor.der.as_slice()))
        .collect();
    let trusted: Vec<(&Anchor, TrustAnchor<'_>)> = anchors
        .iter()
        .zip(&roots)
        .filter_map(|(anchor, der)| Some((anchor, webpki::anchor_from_trusted_cert(der).ok()?)))
        .collect();
    let list: Vec<TrustAnchor<'_>> = trusted.iter().map(|(_, anchor)| anchor.clone()).collect();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let path = leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &list,
        &others,
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        KeyUsage::server_auth(),
        revocation,
        Some(&issuers_may_sign),
    )?;
    let between: Vec<_> = path
        .intermediate_certificates()
        .map(|issuer| issuer.der())
        .collect();
    let certificates = [&leaf_der].into_iter().chain(&between);
    let used = trusted.iter().find(|(_, anchor)| anchor == path.anchor());
    used.map(|(anchor, _)| describe(anchor, certificates))
        .ok_or(Error::UnknownIssuer)
}

/// RFC 5280 §6.1.4 (n): a key usage extension of an issuer lets it sign certificates. The search
/// itself does not look at key usages; with this it looks for another path.
fn issuers_may_sign(path: &VerifiedPath<'_>) -> Result<(), Error> {
    let mut issuers = path.intermediate_certificates();
    let may_not = |der: &[u8]| Certificate::parse(der).is_none_or(|issuer| !issuer.may_sign());
    match issuers.any(|issuer| may_not(&issuer.der())) {
        true => Err(Error::EndEntityUsedAsCa),
        false => Ok(()),
    }
}

/// Why there is no path. The certificate whose dates are to blame is named, which the search
/// itself does not do.
fn reason(blob: &Blob, error: &Error, now: DateTime<Utc>) -> String {
    let dates = blob.header().x5c.iter().filter_map(|der| {
        Certificate::parse(der).and_then(|certificate| certificate.outside_validity(now))
    });
    let dates: Vec<String> = dates.collect();
    let issuers = blob.header().x5c.iter().skip(1);
    let issuers = issuers.filter_map(|der| Certificate::parse(der));
    let unfit: Vec<String> = issuers
        .filter(|issuer| !issuer.may_sign())
        .map(|issuer| {
            format!(
                "the key usage of `{}` lacks keyCertSign, so it may not sign certificates (RFC \
                 5280 §6.1.4 n)",
                issuer.name()
            )
        })
        .collect();
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } if !dates.is_empty() => {
            dates.join("; ")
        }
        Error::UnknownIssuer => "no path to a trust anchor".to_owned(),
        Error::EndEntityUsedAsCa if !unfit.is_empty() => unfit.join("; "),
        other => other.to_string(),
    }
}
