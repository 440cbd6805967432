//! The verdict: the table of steps, the judge that collects their outcomes, and the trace that he
//! leaves.

pub(crate) mod judge;
pub(crate) mod part;
pub(crate) mod parts;
pub(crate) mod registry;
pub(crate) mod trace;
