//! The mutation suite, the generators, and what other relying party libraries say of both.

#[cfg(test)]
mod generators;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod suite;
