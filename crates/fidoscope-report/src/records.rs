//! The columns of every kind of result, each defined once.

mod audit;
mod findings;
mod inputs;
mod models;
mod mutations;
mod practices;
mod replays;
mod slis;
mod sources;
mod support;
mod tried;

#[cfg(test)]
pub(crate) use sources::CandidateRow;
#[cfg(test)]
pub(crate) use tried::TriedRow;
