//! The key of the pseudonyms: given in a file, or made in the store and readable by its owner only.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, ensure};
use fidoscope_events::Users;

use crate::failure::Failure;
use crate::store;

const KEY_FILE: &str = "pseudonym.key";

/// The key for a store: `given`, else the store's own, made when it is first needed. Who can read an
/// object store is nothing that a program could settle, so no key is made there.
pub(crate) fn for_store(
    store: &Path,
    given: Option<&Path>,
    users: Users,
) -> Result<[u8; 32], Failure> {
    if let Some(file) = given {
        return read(file).map_err(Failure::invalid);
    }
    if store::is_remote(store) {
        if users == Users::Drop {
            return Ok([0; 32]);
        }
        let error = anyhow!("{} keeps no key beside its events", store.display());
        return Err(Failure::usage(error).help(
            "name a file of 64 hexadecimal digits with --pii-key FILE (openssl rand -hex 32 makes one), \
             or keep nothing of users with --pii drop",
        ));
    }
    let file = store.join(KEY_FILE);
    if !file.exists() {
        make(&file).map_err(Failure::machine)?;
    }
    read(&file).map_err(Failure::invalid)
}

fn read(file: &Path) -> anyhow::Result<[u8; 32]> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(text.trim()).with_context(|| format!("{} does not hold a key", file.display()))
}

/// 64 hexadecimal digits.
pub(crate) fn parse(text: &str) -> anyhow::Result<[u8; 32]> {
    ensure!(
        text.len() == 64,
        "64 hexadecimal digits expected, found {} characters",
        text.len()
    );
    let mut key = [0; 32];
    for (byte, place) in key.iter_mut().zip((0..64).step_by(2)) {
        let digits = text.get(place..place + 2).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16)
            .map_err(|_| anyhow!("`{digits}` at character {place} is not hexadecimal"))?;
    }
    Ok(key)
}

fn make(file: &Path) -> anyhow::Result<()> {
    let mut key = [0; 32];
    // From the system itself: a generator of its own would first gather entropy for a sixth of a second.
    getrandom::fill(&mut key).map_err(|error| anyhow!("no source of randomness: {error}"))?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options
        .open(file)
        .with_context(|| format!("cannot make {}", file.display()))?;
    writeln!(out, "{digits}")?;
    out.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = parse(text).map(|key| format!("{:02x}{:02x}", key[0], key[31]));
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
    }

    #[test]
    fn keys() {
        check(&"0f".repeat(32), "0f0f");
        check("0f", "64 hexadecimal digits expected, found 2 characters");
        check(
            &format!("zz{}", "0f".repeat(31)),
            "`zz` at character 0 is not hexadecimal",
        );
        check(
            &format!("é{}", "0f".repeat(31)),
            "`é` at character 0 is not hexadecimal",
        );
    }
}
