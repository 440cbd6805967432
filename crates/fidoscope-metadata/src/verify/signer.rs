//! Whose key signs the BLOB, and whether it did.

use crate::anchors::Anchors;
use crate::blob::Blob;
use crate::certificate::Certificate;
use crate::jws::Algorithm;
use crate::rules;
use crate::trace::{Outcome, Step};

/// The certificate that should have signed.
pub(super) struct Signer {
    /// Certificate, DER; absent when there is none.
    pub(super) certificate: Option<Vec<u8>>,
    /// Whether it is a trust anchor itself.
    pub(super) is_anchor: bool,
    /// `mds.jws.chain-source`.
    pub(super) step: Step,
}

/// `mds.jws.chain-source`: `x5c`, or without it the trust anchor itself.
pub(super) fn find(blob: &Blob, anchors: &Anchors) -> Signer {
    let step = Step::new(&rules::JWS_CHAIN_SOURCE);
    let header = blob.header();
    if let Some(leaf) = header.x5c.first() {
        let found = format!("x5c with {} certificates", header.x5c.len());
        let step = step.found(found);
        return Signer {
            certificate: Some(leaf.clone()),
            is_anchor: false,
            step,
        };
    }
    if header.x5u.is_some() {
        let note = "certificates behind an `x5u` are not fetched";
        let step = step.outcome(Outcome::NotEvaluated).note(note);
        return Signer {
            certificate: None,
            is_anchor: false,
            step,
        };
    }
    let signed_by = |der: &[u8]| {
        let certificate = Certificate::parse(der);
        judge_signature(blob, certificate.as_ref()).outcome == Outcome::Pass
    };
    let anchor = anchors.iter().find(|anchor| signed_by(&anchor.der));
    let step = step.found("neither x5u nor x5c");
    let step = match anchor {
        Some(_) => step.note("the trust anchor itself is the signer"),
        None => step
            .outcome(Outcome::Fail)
            .expected("x5c, or the signature of a trust anchor itself"),
    };
    Signer {
        certificate: anchor.map(|anchor| anchor.der.clone()),
        is_anchor: true,
        step,
    }
}

/// `mds.jws.signature`: over the segments as they came.
pub(super) fn judge_signature(blob: &Blob, signer: Option<&Certificate<'_>>) -> Step {
    let step = Step::new(&rules::JWS_SIGNATURE);
    let algorithm = blob.header().alg.as_deref().and_then(Algorithm::parse);
    let (Some(algorithm), Some(digest)) = (algorithm, &blob.signed) else {
        let note = "the algorithm is not on the list";
        return step.outcome(Outcome::NotEvaluated).note(note);
    };
    let Some(signer) = signer else {
        let note = "there is no readable certificate of a signer";
        return step.outcome(Outcome::NotEvaluated).note(note);
    };
    if algorithm.verifies(signer.key(), digest, &blob.signature) {
        return step.found(format!("signed by `{}`", signer.name()));
    }
    step.outcome(Outcome::Fail)
        .expected(format!("a signature by `{}`", signer.name()))
        .found("another signature, or other bytes than were signed")
}
