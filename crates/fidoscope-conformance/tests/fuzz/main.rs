//! The fuzz targets for a moment: what the data sets hold, cut and changed from a fixed seed. The
//! long runs are `cargo fuzz run TARGET` in tests/fuzz.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected fails"
)]
#![expect(
    unreachable_pub,
    reason = "the modules are those of the fuzz package, where they are public"
)]

#[path = "../../../../tests/fuzz/src/corpus.rs"]
mod corpus;
#[path = "../../../../tests/fuzz/src/entries.rs"]
mod entries;

use std::path::Path;

/// How much work a target gets: inputs, and bytes of all of them together.
const MAX_INPUTS: usize = 400;
const MAX_BYTES: usize = 400_000;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What a long run has found for a target, where `FIDOSCOPE_FUZZ_CORPUS` names the folder of it:
/// line coverage is measured so.
fn grown(name: &str) -> Vec<Vec<u8>> {
    let Some(folder) = std::env::var_os("FIDOSCOPE_FUZZ_CORPUS") else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(Path::new(&folder).join(name)).unwrap();
    entries
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

/// A xorshift generator: the same changes on every machine.
struct Changes(u64);

impl Changes {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// A byte set, a part cut out, a part doubled, or the end cut off.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        let length = self.below(bytes.len() - at).min(64);
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
            3 => bytes[at] ^= 1 << self.below(8),
            _ => bytes[at] = u8::try_from(self.below(256)).unwrap(),
        }
    }
}

#[track_caller]
fn check(name: &str) {
    let (_, entry) = entries::ENTRIES.iter().find(|(n, _)| *n == name).unwrap();
    let seeds = corpus::seeds(name, root());
    assert!(!seeds.is_empty(), "no data for {name}");
    let mut changes = Changes(0x9e37_79b9_7f4a_7c15);
    let mut bytes_left = MAX_BYTES;
    entry(&[]);
    for seed in seeds.iter().chain(&grown(name)) {
        entry(seed);
    }
    for _ in 0..MAX_INPUTS {
        let mut bytes = seeds[changes.below(seeds.len())].clone();
        if bytes.len() > bytes_left {
            break;
        }
        bytes_left -= bytes.len();
        for _ in 0..=changes.below(3) {
            if !bytes.is_empty() {
                changes.change(&mut bytes);
            }
        }
        entry(&bytes);
    }
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        #[test]
        fn every_entry_has_a_target() {
            let names: Vec<_> = entries::ENTRIES.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            for name in names {
                let file = root().join(format!("tests/fuzz/targets/{name}.rs"));
                let text = std::fs::read_to_string(file).unwrap();
                assert!(text.contains(&format!("run(\"{name}\", bytes)")), "{name}");
            }
        }
    };
}

targets!(
    attestation_object,
    authenticator_data,
    base64url,
    cbor,
    certificate,
    client_data,
    cose_key,
    crl,
    dashboard,
    der,
    events,
    har,
    inspect,
    key_description,
    mapping,
    metadata_blob,
    metadata_payload,
    otlp,
    policy,
    recording,
    rule,
    signature,
    table,
    tpm,
    unwrapped,
    verify,
);
