//! Anchors and revocation lists that come with a recording or a replay. They are read when they are
//! first needed, and once for as many registrations as they are shared by.

use std::sync::OnceLock;

use fidoscope_recording::Recording;

use crate::Context;
use crate::facts::pem;
use crate::path::revocation::Sources;

/// What trust is judged by.
pub(crate) struct Basis<'b> {
    pub(crate) recording: &'b Recording,
    pub(crate) context: &'b Context<'b>,
    pub(crate) supplied: &'b Supplied<'b>,
}

/// Anchors and revocation lists, as they are and read.
pub(crate) struct Supplied<'s> {
    anchor_texts: [&'s [String]; 2],
    list_texts: &'s [String],
    list_files: &'s [Vec<u8>],
    anchors: OnceLock<Result<Vec<Vec<u8>>, String>>,
    revocation: OnceLock<Sources>,
}

impl<'s> Supplied<'s> {
    /// What a recording and a replay bring.
    pub(crate) fn with(recording: &'s Recording, context: &Context<'s>) -> Self {
        Self {
            anchor_texts: [&recording.policy.anchors, context.anchors],
            list_texts: &recording.crls,
            ..Self::new(&[], context.crls)
        }
    }

    /// What stands for many registrations.
    pub(crate) const fn new(anchors: &'s [String], lists: &'s [Vec<u8>]) -> Self {
        Self {
            anchor_texts: [anchors, &[]],
            list_texts: &[],
            list_files: lists,
            anchors: OnceLock::new(),
            revocation: OnceLock::new(),
        }
    }

    /// The anchors in DER, or why they cannot be read.
    pub(super) fn anchors(&self) -> &Result<Vec<Vec<u8>>, String> {
        self.anchors
            .get_or_init(|| read(self.anchor_texts.into_iter().flatten()))
    }

    /// The revocation lists.
    pub(super) fn revocation(&self) -> &Sources {
        self.revocation.get_or_init(|| {
            let texts = self.list_texts.iter().map(|text| text.as_bytes());
            Sources::read(texts.chain(self.list_files.iter().map(Vec::as_slice)))
        })
    }
}

fn read<'s>(texts: impl Iterator<Item = &'s String>) -> Result<Vec<Vec<u8>>, String> {
    let mut ders = Vec::new();
    for text in texts {
        pem::certificates(text, &mut ders)
            .map_err(|error| format!("a trust anchor is no PEM: {error}"))?;
    }
    Ok(ders)
}
