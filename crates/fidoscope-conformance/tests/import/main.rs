//! Recordings made of archives and pairs, imported and replayed.

#[cfg(test)]
mod archives;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod pairs;
