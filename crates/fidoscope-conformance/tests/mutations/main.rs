//! The mutation suite and the generators.

#[cfg(test)]
mod suite;
