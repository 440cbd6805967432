//! Replays recordings and compares with the expected verdict *and* step: rejected, but at another
//! step, is a mismatch.

mod explain;
pub mod inspect;
mod load;
mod mutate;
mod policy;
mod problems;
mod replay;
mod words;

pub use explain::{describe, explain};
pub use load::{LoadedRecording, load};
pub use mutate::mutate;
pub use policy::PolicyFile;
pub use replay::{Settings, Summary, SummaryOutcome, replay, replay_one, summarize};
