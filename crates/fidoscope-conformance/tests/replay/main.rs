//! Whole ceremonies, replayed.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod instrument;
