//! `fidoscope simulate`: synthetic data from a seed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use fidoscope_report::number;
use fidoscope_simulator::{Sink, published_now, write_datasets, write_native_stream};

use super::Context;
use crate::cli::Simulate;
use crate::door;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::STDIN;
use crate::out::{is_no_file, make_folder_of};
use crate::progress::Phases;

pub(crate) fn run(arguments: &Simulate, context: Context<'_>) -> Outcome {
    let end = context.global.now.unwrap_or_else(published_now);
    let out = &arguments.out;
    is_placed(arguments)?;
    let phases = Phases::begin(context.output, &first_phase(arguments.events));
    let written = match arguments.events {
        Some(events) if out == Path::new(STDIN) => {
            let mut pipe = door::stdout(false);
            write_native_stream(arguments.seed, end, events, &mut pipe).and_then(|()| pipe.flush())
        }
        Some(events) => make_folder_of(out)
            .and_then(|_| File::create(out))
            .and_then(|file| {
                let mut file = BufWriter::new(file);
                write_native_stream(arguments.seed, end, events, &mut file)
                    .and_then(|()| file.flush())
            }),
        None if out == Path::new(STDIN) => {
            let error = anyhow::anyhow!("the whole set is many files and needs a folder");
            return Err(
                Failure::usage(error).help("give --events M for one log on standard output")
            );
        }
        None => write_datasets(arguments.seed, end, &mut Folder(out.clone(), &phases)),
    };
    drop(phases);
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Fine),
        Err(error) => Err(Failure::machine(
            anyhow::Error::new(error).context(out.display().to_string()),
        )),
        Ok(()) => Ok(Exit::Fine),
    }
}

fn first_phase(events: Option<u64>) -> String {
    let invent = |events| format!("inventing {} events", number::count(events));
    events.map_or_else(|| "inventing a fleet".to_owned(), invent)
}

/// Refuses a folder for one log, and a file for the whole set.
fn is_placed(arguments: &Simulate) -> Result<(), Failure> {
    let out = &arguments.out;
    if arguments.events.is_none() {
        // Standard output has words of its own.
        return match out == Path::new(STDIN) {
            true => Ok(()),
            false => is_no_file(out, "--out without --events"),
        };
    }
    if !out.is_dir() {
        return Ok(());
    }
    let error = anyhow::anyhow!("--events writes one log, and {} is a folder", out.display());
    Err(Failure::usage(error)
        .help("name a file in it with --out, or leave --events out for the whole set of files"))
}

/// A folder that the files of a data set go to.
struct Folder<'a>(PathBuf, &'a Phases);

impl Sink for Folder<'_> {
    fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.1.next(&format!("writing {name}"));
        let path = self.0.join(name);
        make_folder_of(&path)?;
        fs::write(path, bytes)
    }
}
