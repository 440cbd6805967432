//! The list of all files of the data sets.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

use crate::datasets::DataFile;
use crate::json::hexadecimal;

/// Writes the manifest.
pub(crate) fn manifest(seed: u64, now: DateTime<Utc>, files: &[DataFile]) -> String {
    let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut text = format!(
        "\
# The data sets of fidoscope. All of it is invented: people, models, addresses and keys.
# `fidoscope simulate --seed {seed} --out DIR` makes the same bytes again.
schema: fidoscope.datasets/1
now: {now}
origin: simulator
seed: {seed}
# User identifiers of the demonstration are pseudonyms under this key, which is public and
# protects nothing: 32 bytes, hexadecimal.
pii_key: {}
# Sizes and digests are those of the decompressed bytes.
files:
",
        digest(b"fidoscope demonstration key")
    );
    for file in files {
        let DataFile {
            name,
            about,
            content,
        } = file;
        let (size, digest) = (content.len(), digest(content));
        // Writing into a text cannot fail.
        let _ = write!(
            text,
            "  - name: {name}\n    about: \"{about}\"\n    bytes: {size}\n    sha256: {digest}\n"
        );
    }
    text
}

fn digest(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    hash.iter()
        .flat_map(|byte| hexadecimal(*byte))
        .map(char::from)
        .collect()
}
