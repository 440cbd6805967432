//! Results as data, the formats that they are written in, and times as people write them.
//!
//! Every crate that decides something says it with these types, so that a terminal table, a JSON
//! document, a JUnit file and a dashboard panel all speak of the same thing. A kind of result is a
//! [`Record`]: its serde type is its JSON, and its columns, defined once, are read by the terminal
//! table, CSV, Markdown and the dashboard ([`Sheet::panel`]). A list of results with what is said
//! beside it is a [`Report`], and one too long to be held goes through a [`Writer`]. Nothing here reads
//! a clock, a file or the environment.
//!
//! ```
//! use fidoscope_report::{Cell, Field, Format, Options, Record, Report};
//!
//! #[derive(serde::Serialize)]
//! struct Key {
//!     name: &'static str,
//!     accepted: Option<f64>,
//!     events: u64,
//! }
//!
//! impl Record for Key {
//!     const NAME: &'static str = "keys";
//!
//!     fn fields() -> Vec<Field<Self>> {
//!         vec![
//!             Field::text("name", |key: &Self| Cell::from(key.name)).head("model"),
//!             Field::number("accepted", |key| key.accepted.map_or(Cell::Null, Cell::Ratio)),
//!             Field::number("events", |key| Cell::Count(key.events)),
//!         ]
//!     }
//!
//!     fn view() -> &'static [&'static str] {
//!         &["name", "events", "accepted"]
//!     }
//! }
//!
//! let key = |name, accepted, events| Key { name, accepted, events };
//! let keys = [key("Halden Key 5", Some(0.9896), 12_034), key("Rowan Tag", None, 0)];
//! let report = Report::of(&keys).with("until", &"2026-08-05T00:00:00Z");
//! let written = |format| report.render(format, Options::default());
//! assert_eq!(
//!     written(Format::Table),
//!     "model         events  accepted\n\
//!      Halden Key 5  12 034    99.0 %\n\
//!      Rowan Tag          0         -\n"
//! );
//! assert_eq!(
//!     written(Format::Csv),
//!     "name,accepted,events\nHalden Key 5,0.9896,12034\nRowan Tag,,0\n"
//! );
//! assert!(written(Format::Json).starts_with("{\"schema\":\"fidoscope.keys/1\",\n\"until\":"));
//! ```

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
