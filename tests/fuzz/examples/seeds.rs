//! Writes the starting corpus of every target to `corpus/TARGET/`.

use std::path::Path;

use fidoscope_fuzz::{corpus, entries};

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in entries::ENTRIES {
        let folder = here.join("corpus").join(name);
        std::fs::create_dir_all(&folder)?;
        for (at, seed) in corpus::seeds(name, &here.join("../..")).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at:03}")), seed)?;
        }
    }
    Ok(())
}
