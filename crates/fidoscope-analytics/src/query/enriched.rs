//! SQL of the enrichments; what each means is said, row by row, by `fidoscope_detect::Enrichment::of`.

use fidoscope_detect::{Beside, Enrichment};

/// Those that are made of what an event is looked at beside.
pub(crate) fn beside(wanted: Beside) -> impl Iterator<Item = Enrichment> {
    let all = Enrichment::ALL.iter().copied();
    all.filter(move |one| one.beside() == wanted)
}

/// Whether a column of `events_enriched` takes something from the row of the credential, which costs a
/// join.
pub(crate) fn is_of_credential(column: &str) -> bool {
    Enrichment::from_name(column).is_some_and(|one| one.beside() == Beside::Credential)
}

/// The part of a `SELECT` that makes some of them.
pub(super) fn selected(wanted: impl Iterator<Item = Enrichment>) -> String {
    let columns = wanted.map(|one| format!("{} AS {}", value(one), one.name()));
    columns.collect::<Vec<_>>().join(",\n  ")
}

/// The value of one: over the event `e`, the columns `known_…` of its credential, its signature (`before`,
/// `event_before`, `relation`) and its challenge (`uses`).
fn value(one: Enrichment) -> String {
    let name = one.name();
    match one {
        Enrichment::Aaguid | Enrichment::AttestationFmt | Enrichment::CredentialKind => {
            format!("coalesce(e.{name}, known_{name})")
        }
        // The assessment's word goes before the source's.
        Enrichment::AuthenticatorModel
        | Enrichment::AttestationType
        | Enrichment::AttestationTrust => format!("coalesce(known_{name}, e.{name})"),
        Enrichment::AuthenticatorLevel
        | Enrichment::AuthenticatorStatuses
        | Enrichment::AuthenticatorStatusesThen
        | Enrichment::ChangedSinceThen
        | Enrichment::Advisories
        | Enrichment::RegisteredAt => format!("known_{name}"),
        Enrichment::Up => flag(1),
        Enrichment::Uv => flag(4),
        Enrichment::Be => flag(8),
        Enrichment::Bs => flag(16),
        Enrichment::CounterPrevious => "before".to_owned(),
        Enrichment::PreviousEventId => "event_before".to_owned(),
        Enrichment::CounterRelation => "relation".to_owned(),
        Enrichment::ChallengeUseCount => "uses".to_owned(),
    }
}

/// A bit of the flags, where it is known (WebAuthn L3 §6.1).
fn flag(bit: u8) -> String {
    format!("CASE WHEN (flags_known & {bit}) <> 0 THEN (flags & {bit}) <> 0 END")
}
