//! The list of certificates as it was sent: `chain.order`, `chain.root-included`. Path validation
//! does without an order and without either rule; FIDO demands an order of a server, and of full
//! packed attestation (suite Resp-5, F-10) that the root is left out. Genuine statements of other
//! formats have it: the chain of an Android key ends with it.

use crate::facts::certificate::Certificate;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// Judges the list; names tell the order, and `chain.name-sig` is about the signatures.
pub(crate) fn judge(judge: &mut Judge, sent: &[Certificate<'_>], is_packed: bool) {
    let misplaced = sent
        .array_windows::<2>()
        .find(|[subject, issuer]| issuer.parts.subject != subject.parts.issuer);
    match misplaced {
        None => judge.pass(&step::CHAIN_ORDER),
        Some([subject, next]) => {
            let expected = format!("`{}` after `{}`", subject.issuer(), subject.subject());
            let found = format!("`{}`", next.subject());
            judge.lint(&step::CHAIN_ORDER, expected, found);
        }
    }
    if !is_packed {
        let note = "the rule is about format packed";
        return judge.not_applicable(&step::CHAIN_ROOT_INCLUDED, note);
    }
    // The attestation certificate itself may be self-signed and an anchor.
    match sent.iter().skip(1).find(|certificate| is_root(certificate)) {
        None => judge.pass(&step::CHAIN_ROOT_INCLUDED),
        Some(root) => {
            let found = format!("`{}`, self-signed", root.subject());
            judge.lint(&step::CHAIN_ROOT_INCLUDED, "a list without its root", found);
        }
    }
}

fn is_root(certificate: &Certificate<'_>) -> bool {
    certificate.parts.subject == certificate.parts.issuer
        && certificate.is_signed_by(certificate).is_ok()
}
