//! The reference relying party: a ceremony in, the ordered verdict of every step out.
//!
//! Facts come first: bytes are decoded once, and what could not be decoded is a missing fact.
//! Rules come second: each looks at facts, and a rule whose fact is missing is *not evaluated*
//! because of the step that failed, instead of failing a second time. One evaluation yields the
//! verdict of Level 2 and of Level 3.

mod assessment;
mod attestation;
mod ceremony;
mod facts;
mod path;
mod verdict;

use ceremony::{authentication, registration};
use chrono::{DateTime, Utc};
use fidoscope_metadata::Blob;
use fidoscope_recording::{Kind, Profile, Recording};

pub use assessment::{
    Advisory, AdvisoryHit, AffectedModel, Assessment, Assessor, AttestationTrust, AttestationType,
    Difference, DifferenceIn, Earlier, Enrolment, Firmware, FirmwareError, ModelName, Past, Trust,
    TrustVerdict, View,
};
pub use ceremony::origin::is_written_by_clients;
pub use verdict::registry::{Place, STEPS, StepInfo, Words, step};
pub use verdict::trace::{
    AnchorUsed, Comparison, Evidence, FirstFailed, Outcome, Status, Trace, Verdict,
};

/// What a replay brings besides the recording.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The instant of judgement; the recording's own `now` counts when it is absent. Without
    /// either, certificate validity is not evaluated.
    pub now: Option<DateTime<Utc>>,
    /// Trust anchors in PEM, besides those of the recording's policy. A text may hold several.
    pub anchors: &'a [String],
    /// Revocation lists in PEM or DER, or Android status lists in JSON, besides those of the
    /// recording.
    pub crls: &'a [Vec<u8>],
    /// Metadata whose roots count for the models that it lists, and whose reports count against
    /// them.
    pub metadata: Option<&'a Blob>,
    /// What was said of that metadata as a whole; its failures are those of the ceremony.
    pub metadata_steps: &'a [fidoscope_metadata::Step],
    /// Profile that gives the trace its order and verdict.
    pub profile: Profile,
}

/// Judges a recorded ceremony.
#[must_use]
pub fn verify(recording: &Recording, context: &Context<'_>) -> Trace {
    let judge = match recording.kind {
        Kind::Registration => registration::run(recording, context),
        Kind::Authentication => authentication::run(recording, context.profile),
    };
    judge.into_trace()
}
