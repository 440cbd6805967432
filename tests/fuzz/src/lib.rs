//! Entry points and starting corpus of the fuzz targets; `cargo test -p fidoscope-conformance
//! --test fuzz` runs the same for a moment.

pub mod corpus;
pub mod entries;

/// Runs the entry of this name.
pub fn run(name: &str, bytes: &[u8]) {
    for (_, entry) in entries::ENTRIES.iter().filter(|(known, _)| *known == name) {
        entry(bytes);
    }
}
