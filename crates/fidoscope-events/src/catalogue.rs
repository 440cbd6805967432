//! All mappings that are known by name.

use crate::mapping::{Mapping, Maturity};

/// All mappings that are known by name.
#[derive(Clone, Debug)]
pub struct Catalogue {
    mappings: Vec<Mapping>,
}

impl Catalogue {
    /// The mappings that come with the program.
    #[must_use]
    pub fn builtin() -> Self {
        let native = Mapping {
            source: "native".to_owned(),
            stamp: "1.0.0".to_owned(),
            maturity: Maturity::Verified,
        };
        Self {
            mappings: vec![native],
        }
    }

    /// The mapping of a source.
    #[must_use]
    pub fn get(&self, source: &str) -> Option<&Mapping> {
        self.mappings
            .iter()
            .find(|mapping| mapping.source() == source)
    }

    /// All mappings.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter()
    }
}
