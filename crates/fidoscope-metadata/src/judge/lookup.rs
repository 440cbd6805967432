//! Which entry is that of an authenticator.

use super::{Attested, Case};
use crate::blob::Blob;
use crate::certificate::Certificate;
use crate::entry::Entry;
use crate::rules;
use crate::trace::{Outcome, Step};

/// The entries of an AAGUID; without one, those of the attestation key. The zero AAGUID selects
/// nothing.
pub(super) fn find<'b>(blob: &'b Blob, attested: &Attested<'_>) -> &'b [usize] {
    let by_aaguid = attested
        .aaguid
        .map_or(&[][..], |aaguid| blob.places(&aaguid));
    if !by_aaguid.is_empty() {
        return by_aaguid;
    }
    identifier(attested).map_or(&[], |key| blob.places_by_key_identifier(&key))
}

/// SHA-1 of the attestation key, hexadecimal.
fn identifier(attested: &Attested<'_>) -> Option<String> {
    let given = attested.key_identifier.map(str::to_owned);
    given.or_else(|| Some(Certificate::parse(attested.chain.first()?)?.key_identifier()))
}

fn is_zero(case: &Case<'_>) -> bool {
    case.attested.aaguid.is_some_and(|aaguid| aaguid.is_zero())
}

/// `mds.entry.identity`: which names led to the entry (MDS 3.1.1).
pub(super) fn identity(case: &Case<'_>) -> Step {
    let step = Step::new(&rules::ENTRY_IDENTITY);
    let Some(entry) = case.entry else {
        return step.not_evaluated("the BLOB has no entry of the model");
    };
    if let Some(linted) = case.linted(&rules::ENTRY_IDENTITY) {
        return linted;
    }
    let name = entry.aaguid.map(|aaguid| aaguid.to_string());
    let name = name.or_else(|| entry.aaid.clone());
    step.found(name.unwrap_or_else(|| entry.key_identifiers.join(", ")))
}

/// `mds.entry.zero-aaguid` (our own): a BLOB with such an entry would hand its anchors to every
/// authenticator without an AAGUID.
pub(super) fn zero_aaguid(case: &Case<'_>) -> Step {
    let step = Step::new(&rules::ENTRY_ZERO_AAGUID);
    if !is_zero(case) {
        return step.not_applicable("the authenticator has an AAGUID");
    }
    let mut entries = case.blob.entries().iter();
    let has_zero = |entry: &Entry| entry.aaguid.is_some_and(|aaguid| aaguid.is_zero());
    match (case.entry, entries.position(has_zero)) {
        (None, Some(index)) => step
            .outcome(Outcome::Fail)
            .expected("no entry of the zero AAGUID, which names no model")
            .found(format!("/entries/{index}")),
        (Some(_), _) => step.found("the entry is that of the attestation key"),
        (None, None) => step.found("no model, so no entry"),
    }
}

/// `mds.entry.acki`: SHA-1 over the value of the key's bit string (MDS 3.1.1), not over the whole
/// structure or the certificate. An entry that lists the very certificate as its anchor means it,
/// so it must name its key as well.
pub(super) fn key_identifiers(case: &Case<'_>) -> Step {
    let step = Step::new(&rules::ENTRY_ACKI);
    if let Some(entry) = case.entry {
        return match case.linted(&rules::ENTRY_ACKI) {
            Some(linted) => linted,
            None if entry.key_identifiers.is_empty() => {
                step.not_applicable("the model is not named by its attestation keys")
            }
            None => step.found(entry.key_identifiers.join(", ")),
        };
    }
    let (Some(leaf), Some(expected)) = (case.attested.chain.first(), identifier(case.attested))
    else {
        return step.not_evaluated("the BLOB has no entry of the model");
    };
    let means_it = |entry: &Entry| {
        let roots = entry.attestation_roots();
        !entry.key_identifiers.is_empty() && roots.iter().any(|root| root == leaf)
    };
    let mut entries = case.blob.entries().iter();
    match entries.find(|entry| means_it(entry)) {
        Some(entry) => step
            .outcome(Outcome::Fail)
            .expected(format!("{expected}, as the entry lists this certificate"))
            .found(entry.key_identifiers.join(", ")),
        None => step.not_evaluated("no entry names the attestation key"),
    }
}
