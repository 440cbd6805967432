//! Replays recordings and compares with the expected verdict *and* step: rejected, but at another
//! step, is a mismatch.

mod advice;
mod audit;
mod blob;
mod explain;
mod load;
mod mutate;
mod ordered;
mod policy;
mod problems;
mod replay;
mod words;

pub use advice::{ChangeError, apply};
pub use audit::{
    AuditClass, AuditTotals, Audited, Auditor, DEFAULT_GROUP, LinePiece, LinePieces, Place,
    StoredRegistration, UnknownAuditClass, read_registration,
};
pub use blob::judge_blob;
pub use explain::{describe, explain};
pub use fidoscope_verifier::Words;
pub use load::{LoadedRecording, load, load_batch};
pub use mutate::{mutate, mutate_base};
pub use ordered::in_order;
pub use policy::{PolicyFile, advisories, builtin_advisories, overlay_advisories};
pub use replay::{Settings, Summary, SummaryOutcome, replay, replay_one, summarize};
pub use words::of as words;
