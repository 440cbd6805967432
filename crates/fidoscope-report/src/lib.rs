//! The vocabulary of results, how they are written, and how people write times.
//!
//! Every crate that decides something says it with these types, so that a terminal table, a JSON
//! document, a JUnit file and a dashboard panel all speak of the same thing. Nothing here reads a
//! clock, a file or the environment.

mod advice;
mod audit;
mod diagnostic;
mod report;
mod escape;
mod finding;
mod format;
mod input;
mod mutation;
mod near_miss;
pub mod number;
pub mod palette;
mod practice;
mod writer;
mod sheet;
mod sight;
mod sli;
mod source;
mod steady;
mod table;
pub mod time;
mod trace;
mod word;

pub use advice::{Advice, Change};
pub use audit::{
    Audit, AuditAdvisory, AuditClassInfo, AuditCount, AuditGroup, AuditModel, AuditPiece, AuditRow,
    AuditView, AuditWriter, REJECTED_KEPT, RejectedRow,
};
pub use diagnostic::{Diagnostic, Location, Severity};
pub use document::{Document, render};
pub use escape::{Harmless, escape, escape_json, escape_lines};
pub use finding::{Finding, Level, RawPlace, Witness};
pub use format::{Format, Options, UnknownFormat};
pub use input::{Input, Model};
pub use mutation::{Mutation, MutationOutcome};
pub use near_miss::near_miss;
pub use practice::{Practice, PracticeState};
pub use replays::{Piece, ReplayFormat, ReplayWriter};
pub use sight::RuleSight;
pub use sli::{Basis, Comparison, Sli, SliStatus, Target, Unit};
pub use source::{
    Became, Candidate, ColumnStatement, EventColumns, Evidence, Lack, LineValue, RejectedRecord,
    Source, Statement, Subject, Support, SupportState, TrialSummary, Tried,
};
pub use steady::steady;
pub use table::{Align, Cell, Column, Table};
pub use trace::{
    AsOf, AsOfDifference, Decision, Excerpt, Expectation, Explanation, FirstFailed, Mismatch,
    Replay, Status, Step, Verdict,
};
