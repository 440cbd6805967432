//! What a source can fill, and what its mapping says about it.

use super::Compiler;
use crate::definition::Form;
use crate::{COLUMNS, Column, Given};

/// How fully a source fills a column.
const WORDS: [&str; 3] = ["never", "derived", "yes"];

/// Columns that follow from others; an entry may only rest on those before it.
const FOLLOWS: &[(Column, &[Column])] = &[
    (
        Column::AttestationObject,
        &[
            Column::AuthenticatorData,
            Column::AttestationFmt,
            Column::Aaguid,
            Column::CredentialId,
            Column::PublicKeyAlg,
            Column::PublicKeyHash,
        ],
    ),
    (
        Column::AuthenticatorData,
        &[Column::Flags, Column::SignCount],
    ),
    (
        Column::ClientDataJson,
        &[
            Column::ChallengeHash,
            Column::Origin,
            Column::TopOrigin,
            Column::CrossOrigin,
        ],
    ),
    (Column::PublicKeyHash, &[Column::PublicKeyAlg]),
    (Column::Challenge, &[Column::ChallengeHash]),
    (Column::UserName, &[Column::UserNameHash]),
    (Column::FailureRaw, &[Column::FailureReason]),
    (Column::FailureReason, &[Column::FailureSide]),
    (Column::Flags, &[Column::FlagsKnown, Column::CredentialKind]),
    (Column::CredentialId, &[Column::CredentialRef]),
    (Column::ServerMs, &[Column::LatencyBasis]),
    (Column::CeremonyMs, &[Column::LatencyBasis]),
];

impl Compiler<'_, '_, '_> {
    /// Every column that some event of this source can have.
    pub(super) fn fills(&self) -> Vec<Column> {
        if self.definition.form == Form::Native {
            return COLUMNS
                .iter()
                .filter(|info| info.is_of_event())
                .map(|info| info.column)
                .collect();
        }
        let program = &self.program;
        let emitted = program.events.iter().flat_map(|(_, emit)| emit.iter());
        let mut fills: Vec<Column> = program.fields.iter().map(|field| field.column).collect();
        fills.extend(emitted.chain(&program.constants).map(|(column, _)| *column));
        fills.extend([
            Column::Ts,
            Column::TsPrecision,
            Column::EventId,
            Column::Source,
            Column::MappingVersion,
            Column::SourceEventType,
            Column::Ceremony,
        ]);
        for (from, more) in FOLLOWS {
            if fills.contains(from) {
                fills.extend_from_slice(more);
            }
        }
        if !program.keep.is_empty() {
            fills.push(Column::Attrs);
        }
        fills.retain(|column| column.given() != Given::Input);
        fills.sort_unstable();
        fills.dedup();
        fills
    }

    /// What the file says about columns, as word and remark. `never` and `yes` must be true of its
    /// fields; `derived` is what comes about later, such as a time between two events.
    pub(super) fn coverage(&mut self, fills: &[Column]) -> Vec<(Column, String, String)> {
        let mut coverage = Vec::new();
        for (name, text) in &self.definition.coverage.0 {
            let Some(column) = self.column(name) else {
                continue;
            };
            let (word, remark) = text.value.split_once(',').unwrap_or((&text.value, ""));
            let filled = fills.contains(&column);
            match word {
                "never" if filled => self.problems.coverage(text, "a field fills it"),
                "yes" if !filled => self.problems.coverage(text, "no field fills it"),
                _ if WORDS.contains(&word) => {
                    coverage.push((column, word.to_owned(), remark.trim().to_owned()));
                }
                _ => {
                    let help = "never, derived or yes, and a remark after a comma";
                    self.problems.coverage_word(text, help);
                }
            }
        }
        coverage
    }
}
