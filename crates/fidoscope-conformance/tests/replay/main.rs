//! Whole ceremonies, replayed.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod instrument;
