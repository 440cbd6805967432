//! FIDO Metadata Service: opens and checks a BLOB, looks up a model.
//!
//! Opening is lenient: no unknown member, unknown value or broken entry loses the rest of the
//! file; what is odd is listed with its JSON pointer. Judging is strict, and a step at a time:
//! every rule has a name, an outcome and its evidence. Bytes come in, nothing is fetched.

mod anchors;
mod blob;
mod cache;
mod certificate;
mod diff;
mod entry;
mod error;
mod history;
mod judge;
mod jws;
mod lint;
mod members;
mod model;
mod names;
mod policy;
mod revocation;
mod rules;
mod search;
mod state;
mod status;
mod trace;
mod unknown;
mod verify;

pub use anchors::{Anchor, AnchorError, Anchors};
pub use blob::{Blob, fingerprint};
pub use cache::{CacheRecord, Freshness};
pub use diff::{Aspect, Change, ModelChange, ModelDifference};
pub use entry::{Entry, Picture, Statement};
pub use error::{BlobError, Problem, Segment};
pub use history::History;
pub use judge::{Attested, ModelVerdict, Observed};
pub use jws::{Envelope, Header};
pub use lint::{LintFinding, LintSeverity};
pub use model::Model;
pub use names::{NameSource, Names, NamesError, NamesRead};
pub use policy::{MetadataPolicy, ReportPolicy};
pub use revocation::{RevocationList, RevocationListError, RevokedCertificate};
pub use rules::{RULES, Rule};
pub use search::Search;
pub use state::{BlobState, CertificateState, Expiry};
pub use status::{Level, LevelError, Status, StatusReport};
pub use trace::{Outcome, Step, Strictness};
pub use verify::{AnchorUse, BlobVerdict, Options, SERVICE_NAME};

#[cfg(test)]
mod tests;
