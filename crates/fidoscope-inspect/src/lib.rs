//! Draws the structure of what clients, authenticators and metadata services emit: every part
//! with its byte offset, length and meaning, and what is odd about it.
//!
//! Bytes may be broken: what can be read is drawn, and the fault is shown where it is. Nothing is
//! judged here; that is the verifier's work.
//!
//! ```
//! use fidoscope_inspect::{Artifact, Request, inspect};
//!
//! let drawn = inspect(b"a5010203262001215820", Request::default())?;
//! assert_eq!(drawn.artifact, Artifact::CoseKey);
//! assert_eq!(drawn.root.parts[1].meaning.as_deref(), Some("ES256"));
//! assert!(!drawn.faults.is_empty(), "the x coordinate is missing");
//! # Ok::<(), fidoscope_inspect::NotRecognized>(())
//! ```

mod attestation;
mod authenticator_data;
mod certificate;
mod client_data;
mod cose;
mod der;
mod documents;
mod drawing;
mod extension;
pub mod fields;
mod item;
mod json;
mod jws;
mod key_description;
mod members;
mod names;
mod reading;
mod recognize;
mod text;
mod tpm;
mod tree;

use fidoscope_metadata::Blob;

pub use reading::Encoding;
pub use recognize::{Alternative, Artifact, UnknownArtifact};
pub use text::Style;
pub use tree::{Fault, Part, PartValue, Place};

use drawing::{Drawing, Window};
use recognize::Candidate;

/// How much input is drawn; real artifacts have kilobytes, a metadata BLOB megabytes.
pub const MAX_INPUT: usize = 32 << 20;

/// What to draw, and with what knowledge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// Take the input for this, whatever it looks like.
    pub artifact: Option<Artifact>,
    /// Metadata that knows the names of models.
    pub models: Option<&'a Blob>,
}

/// What was recognised, and its structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// What it is.
    pub artifact: Artifact,
    /// How the bytes were written.
    pub encoding: Encoding,
    /// How many bytes there are after decoding.
    pub length: usize,
    /// Why it was taken for this.
    pub reason: String,
    /// What else it could be, the likelier first.
    pub alternatives: Vec<Alternative>,
    /// The structure.
    pub root: Part,
    /// Where reading stopped, if it did.
    pub faults: Vec<Fault>,
}

/// The input is nothing that can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRecognized {
    /// Nothing there.
    #[error("the input is empty")]
    Empty,
    /// More than is drawn.
    #[error("{length} bytes are more than the {MAX_INPUT} that are drawn")]
    TooLong {
        /// How many bytes.
        length: usize,
    },
    /// Nothing that is known.
    #[error("{length} bytes ({encodings}) that look like nothing known")]
    Nothing {
        /// How many bytes.
        length: usize,
        /// The encodings that the text could be in.
        encodings: String,
    },
}

/// Recognises what the input is and draws it.
///
/// # Errors
/// When the input is empty, too long or nothing known.
pub fn inspect(input: &[u8], request: Request<'_>) -> Result<Inspection, NotRecognized> {
    if input.trim_ascii().is_empty() {
        return Err(NotRecognized::Empty);
    }
    if input.len() > MAX_INPUT {
        let length = input.len();
        return Err(NotRecognized::TooLong { length });
    }
    let readings = reading::readings(input);
    let mut candidates = recognize::candidates(&readings, request.artifact);
    if candidates.is_empty() {
        let encodings: Vec<_> = readings.iter().map(|r| r.encoding.as_str()).collect();
        return Err(NotRecognized::Nothing {
            length: input.len(),
            encodings: encodings.join(", "),
        });
    }
    let best = candidates.remove(0);
    let alternatives = recognize::alternatives(&best, &candidates);
    Ok(draw(best, alternatives, request.models))
}

fn draw(best: Candidate<'_>, alternatives: Vec<Alternative>, models: Option<&Blob>) -> Inspection {
    let mut drawing = Drawing::new(models);
    let bytes = best.reading.bytes.as_ref();
    let window = Window::whole(bytes);
    let mut root = best.artifact.draw(window, &mut drawing);
    for more in &best.reading.more {
        root.parts
            .push(best.artifact.draw(Window::whole(more), &mut drawing));
    }
    Inspection {
        artifact: best.artifact,
        encoding: best.reading.encoding,
        length: bytes.len(),
        reason: best.reason,
        alternatives,
        root,
        faults: drawing.faults,
    }
}

impl Inspection {
    /// The structure as lines of text.
    #[must_use]
    pub fn text(&self, style: Style) -> String {
        text::render(self, style)
    }

    /// The structure as a JSON document, `fidoscope.inspect/1`.
    #[must_use]
    pub fn json(&self) -> String {
        json::render(self)
    }
}

#[cfg(test)]
mod tests;
