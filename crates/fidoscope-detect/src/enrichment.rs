//! The one table of what `events_enriched` adds to the columns of an event.

use std::collections::BTreeMap;

use fidoscope_events::{BytesForm, Column, ColumnType};

use crate::Value;
use crate::enrich::{Surroundings, reference};

/// What an event is looked at beside, to enrich it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Itself alone.
    Nothing,
    /// The signature of the same credential before it.
    Signatures,
    /// The sign-ins with the same challenge.
    Challenges,
    /// The row of its credential.
    Credential,
}

/// An event with named columns.
pub type Fields = BTreeMap<String, Value>;

macro_rules! enrichments {
    ($($variant:ident $name:literal $column_type:expr, $beside:ident, [$($part:ident)*], $reference:ident, $meaning:literal;)*) => {
        /// A column of `events_enriched` that an event gets of what stands beside it, or a column of the
        /// event that is filled so where the event itself is silent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Enrichment {
            $(#[doc = $meaning] $variant,)*
        }

        impl Enrichment {
            /// All of them, in the order of the view.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Name of the column.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Type that rules see.
            #[must_use]
            pub const fn column_type(self) -> ColumnType {
                match self { $(Self::$variant => $column_type,)* }
            }

            /// What the event is looked at beside.
            #[must_use]
            pub const fn beside(self) -> Beside {
                match self { $(Self::$variant => Beside::$beside,)* }
            }

            /// The columns of an event that it is made of, for which its source has to log them; none for
            /// a column that an event may have by itself.
            #[must_use]
            pub const fn made_of(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => const { &[$(Column::$part.name()),*] },)*
                }
            }

            /// Meaning.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// Its value for an event: what an engine has to agree with.
            #[must_use]
            pub fn of(self, event: &Fields, around: &Surroundings) -> Value {
                match self { $(Self::$variant => reference::$reference(self, event, around),)* }
            }

            /// The enrichment of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

const BOOL: ColumnType = ColumnType::Bool;
const INTEGER: ColumnType = ColumnType::Integer;
const TEXT: ColumnType = ColumnType::Text;
const TEXTS: ColumnType = ColumnType::TextList;
const TIME: ColumnType = ColumnType::Time;
const UUID: ColumnType = ColumnType::Bytes(BytesForm::Uuid);

enrichments! {
    Aaguid "aaguid" UUID, Credential, [], own_first, "Model identifier: the event's, else the credential's";
    AuthenticatorModel "authenticator_model" TEXT, Credential, [Aaguid], known_first, "Model name: the credential's, else the event's";
    AttestationFmt "attestation_fmt" TEXT, Credential, [], own_first, "Attestation statement format: the event's, else the credential's";
    AttestationType "attestation_type" TEXT, Credential, [], known_first, "Attestation type: the credential's, else the event's";
    AttestationTrust "attestation_trust" TEXT, Credential, [], known_first, "Whether the attestation is trusted: the credential's, else the event's";
    CredentialKind "credential_kind" TEXT, Credential, [], own_first, "Sort of credential: the event's, else the credential's";
    AuthenticatorLevel "authenticator_level" TEXT, Credential, [Aaguid], known, "Certification level of the model";
    AuthenticatorStatuses "authenticator_statuses" TEXTS, Credential, [Aaguid], known, "Statuses of the model that are in force";
    AuthenticatorStatusesThen "authenticator_statuses_then" TEXTS, Credential, [Aaguid], known, "Statuses of the model that were in force at the registration";
    ChangedSinceThen "changed_since_then" TEXTS, Credential, [Aaguid], known, "What is judged otherwise now than at the registration";
    Advisories "advisories" TEXTS, Credential, [Aaguid], known, "Public advisories about the model";
    RegisteredAt "registered_at" TIME, Credential, [], known, "First registration of the credential that succeeded";
    Up "up" BOOL, Nothing, [Flags], up, "User presence";
    Uv "uv" BOOL, Nothing, [Flags], uv, "User verification";
    Be "be" BOOL, Nothing, [Flags], be, "Backup eligibility";
    Bs "bs" BOOL, Nothing, [Flags], bs, "Backup state";
    CounterPrevious "counter_previous" INTEGER, Signatures, [CredentialId SignCount], counter_previous, "Counter of the signature before this one";
    PreviousEventId "previous_event_id" TEXT, Signatures, [CredentialId SignCount], previous_event_id, "Event of the signature before this one";
    CounterRelation "counter_relation" TEXT, Signatures, [CredentialId SignCount], counter_relation, "Counter compared with the one before: first, gt, lt, zero_drop, both_zero, eq_same_challenge, eq_other_challenge or eq_unknown_challenge";
    ChallengeUseCount "challenge_use_count" INTEGER, Challenges, [ChallengeHash], challenge_use_count, "Sign-ins that succeeded with this challenge";
}

impl Enrichment {
    /// Whether it is a column of its own, not one of the event that it fills.
    #[must_use]
    pub fn is_added(self) -> bool {
        !Column::from_name(self.name()).is_some_and(Column::is_stored)
    }
}
