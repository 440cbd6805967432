//! The vocabulary of results, how they are written, and how people write times.
//!
//! Every crate that decides something says it with these types, so that a terminal table, a JSON
//! document, a JUnit file and a dashboard panel all speak of the same thing. Nothing here reads a
//! clock, a file or the environment.

mod advice;
mod audit;
mod cell;
mod diagnostic;
mod escape;
mod facts;
mod finding;
mod format;
mod input;
mod item;
mod mutation;
mod near_miss;
pub mod number;
pub mod palette;
mod practice;
mod record;
mod records;
mod report;
mod section;
mod sheet;
mod shown;
mod sight;
mod sli;
mod source;
mod steady;
mod table;
pub mod time;
mod trace;
mod word;
mod writer;

pub use advice::{Advice, Change};
pub use audit::{
    Audit, AuditAdvisory, AuditClassInfo, AuditCount, AuditGroup, AuditModel, AuditRow, AuditView,
    REJECTED_KEPT, RejectedRow,
};
pub use cell::Cell;
pub use diagnostic::{Diagnostic, Location, Severity};
pub use escape::{Harmless, escape, escape_json, escape_lines};
pub use facts::Facts;
pub use finding::{Finding, Level, RawPlace, Witness};
pub use format::{Format, Options, UnknownFormat};
pub use input::{Input, Model};
pub use mutation::{Mutation, MutationOutcome};
pub use near_miss::near_miss;
pub use practice::{Practice, PracticeState};
pub use record::{Cut, Field, Link, Record};
pub use report::Report;
pub use section::{Closing, Section};
pub use sheet::{Row, Sheet, SheetColumn};
pub use shown::{Shown, Tone};
pub use sight::RuleSight;
pub use sli::{Basis, Comparison, Sli, SliStatus, Target, Unit};
pub use source::{
    Became, Candidate, ColumnStatement, EventColumns, Evidence, Lack, LineValue, RejectedRecord,
    Source, Statement, Subject, Support, SupportState, TrialSummary, Tried,
};
pub use steady::steady;
pub use table::{Align, Column, Table};
pub use trace::{
    AsOf, AsOfDifference, Decision, Excerpt, Expectation, Explanation, FirstFailed, Mismatch,
    Replay, Status, Step, Verdict,
};
pub use writer::{Piece, Writer};
