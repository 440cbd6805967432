//! The mutation suite and the generators.

#[cfg(test)]
mod generators;
#[cfg(test)]
mod suite;
