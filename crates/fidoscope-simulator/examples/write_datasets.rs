//! Writes the data sets below a folder: `write_datasets DIR`; or a native log to standard
//! output: `write_datasets - EVENTS`.

use std::io::{self, Write};
use std::path::PathBuf;

use fidoscope_simulator::{
    PUBLISHED_SEED, Sink, published_now, write_datasets, write_native_stream,
};

struct Folder(PathBuf);

impl Sink for Folder {
    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        writeln!(io::stderr(), "{name}: {} bytes", bytes.len())?;
        std::fs::write(path, bytes)
    }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().unwrap_or_else(|| "datasets".to_owned());
    if target == "-" {
        let events = arguments
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or(1000);
        let mut out = io::stdout().lock();
        return write_native_stream(PUBLISHED_SEED, published_now(), events, &mut out);
    }
    write_datasets(
        PUBLISHED_SEED,
        published_now(),
        &mut Folder(PathBuf::from(target)),
    )
}
