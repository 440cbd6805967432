//! Sigma rules and their meaning, scoring and findings.
//!
//! A [`Rule`] is a Sigma file; its condition is an [`Expr`] over the columns of the event table
//! and those that enrichment adds. An engine lowers the expression to its own plan and hands back
//! [`Match`]es; [`findings`] makes one [`fidoscope_report::Finding`] per rule and case of them.
//! [`Expr::matches`] is the reference that a lowering has to agree with.

mod case;
mod catalogue;
mod columns;
mod enrich;
mod enrichment;
mod expr;
mod finding;
mod pattern;
mod problems;
mod read;
mod row;
mod rule;
mod summary;

pub use case::fold_case;
pub use catalogue::Catalogue;
pub use columns::{ColumnDef, column, columns};
pub use enrich::{CounterRelation, Surroundings, enrich};
pub use enrichment::{Beside, Enrichment, Fields};
pub use expr::{Comparator, Expr, Regex, Test};
pub use fidoscope_events::{BytesForm, ColumnType};
pub use finding::{MAX_WITNESSES, Match, findings};
pub use pattern::{Pattern, Piece};
pub use row::{Row, Value};
pub use rule::{Related, Rule, Status};
pub use summary::Summary;
