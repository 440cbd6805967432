//! Definitions as people write them: YAML whose nodes know their places, typed access to them, one set of
//! messages, and one catalogue of what comes with the program and what a user puts over it.
//!
//! A reader of a kind of definition says what a node means in its field, and nothing about YAML:
//!
//! ```
//! use fidoscope_definitions::{Catalogue, Codes, Definition, Kind, Node, Reader};
//! use fidoscope_report::Diagnostic;
//!
//! const CODES: Codes = Codes { not_yaml: "X-001", unknown_key: "X-002", unknown_word: "X-003",
//!     missing_key: "X-004", wrong_shape: "X-005", twice_a_key: "X-006", twice: "X-007" };
//!
//! #[derive(Clone)]
//! struct Fleet { name: String, size: u32 }
//!
//! impl Definition for Fleet {
//!     const KIND: Kind = Kind { name: "fleet", id: "name", codes: CODES };
//!
//!     fn id(&self) -> &str { &self.name }
//!
//!     fn read(yaml: &str, file: &str) -> Result<Vec<Self>, Vec<Diagnostic>> {
//!         Reader::read(&Self::KIND, yaml, file, |reader, root: &Node| {
//!             let fleet = reader.map(root, "a fleet", &["name", "size"])?;
//!             let (name, size) = (reader.required(&fleet, "name"), reader.required(&fleet, "size"));
//!             Some(vec![Fleet { name: name?, size: size? }])
//!         })
//!     }
//! }
//!
//! let mut fleets = Catalogue::<Fleet>::of(&[("small.yaml", "name: small\nsize: 3\n")]);
//! let problems = fleets.overlay([("mine.yaml", "name: mine\nsiez: 4\n"), ("big.yaml", "name: big\nsize: 9\n")]);
//! assert_eq!(problems[0].message, "unknown key `siez`");
//! assert_eq!(problems[0].help.as_deref(), Some("did you mean `size`?"));
//! assert_eq!(fleets.get("big").map(|fleet| fleet.size), Some(9)); // a broken file hides no other
//! ```

mod catalogue;
mod decode;
mod file;
mod node;
mod reader;
mod text;
mod value;

pub use catalogue::{Catalogue, Definition};
pub use file::{Codes, File, Kind};
pub use node::{Key, Mark, Node, Tree};
pub use reader::{Map, Reader};
pub use text::text;
pub use value::{Pairs, Value, Written};
