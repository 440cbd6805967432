//! Finds the commit that the program is built from, for `-V`, without running git: in the source
//! archive that `git archive` made, or in the repository. Where there is neither, none is named.

use std::fs;
use std::path::{Path, PathBuf};

/// Digits of a commit that are shown.
const SHOWN: usize = 12;

fn main() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/commit.txt");
    let commit = archived(here).or_else(|| checked_out(here));
    if let Some(commit) = commit.as_deref().and_then(|commit| commit.get(..SHOWN)) {
        println!("cargo::rustc-env=FIDOSCOPE_COMMIT={commit}");
    }
}

/// The commit that `git archive` wrote in the place of `$Format:%H$`.
fn archived(here: &Path) -> Option<String> {
    hash(&fs::read_to_string(here.join("assets/commit.txt")).ok()?)
}

/// The commit of HEAD. Watches the files that say so.
fn checked_out(here: &Path) -> Option<String> {
    let entry = here.join("../../.git");
    let git = match fs::read_to_string(&entry) {
        // A worktree or a submodule: the file names the folder.
        Ok(link) => here
            .join("../..")
            .join(link.strip_prefix("gitdir:")?.trim()),
        Err(_) => entry,
    };
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(common) => git.join(common.trim()),
        Err(_) => git.clone(),
    };
    let head = watched(git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else {
        return hash(&head);
    };
    let loose = watched(common.join(name)).and_then(|text| hash(&text));
    loose.or_else(|| {
        let packed = watched(common.join("packed-refs"))?;
        let line = packed
            .lines()
            .find(|line| line.ends_with(&format!(" {name}")))?;
        hash(line.split(' ').next()?)
    })
}

fn watched(file: PathBuf) -> Option<String> {
    let text = fs::read_to_string(&file).ok()?;
    println!("cargo::rerun-if-changed={}", file.display());
    Some(text)
}

fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hash = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_owned())
}
