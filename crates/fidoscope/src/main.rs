//! fidoscope: observability and conformance for passkeys, in one program.
//!
//! This crate is the only place with a clock, a network, an environment, a terminal and exit codes.
//! It turns a command line into calls of the libraries and their results into text.

mod cli;
mod clock;
mod commands;
mod diagnostics;
mod door;
mod download;
mod exit;
mod failure;
mod follow;
mod inputs;
mod keys;
mod metadata;
mod out;
mod output;
mod progress;
mod rules;
mod serve;
mod store;
mod summary;
mod trust;
mod version;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::Output;

/// Ingest and queries allocate from all threads at once, small and large; the system's allocator costs
/// them a seventh of their time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the program takes from its environment.
#[derive(Debug)]
pub(crate) struct Environment {
    /// `NO_COLOR` is set, or the terminal is dumb.
    pub(crate) no_color: bool,
}

impl Environment {
    fn read() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            no_color: set("NO_COLOR") || dumb,
        }
    }
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(door::tell_panic));
    let environment = Environment::read();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            output::answer(&error, std::env::args_os());
            return match error.use_stderr() {
                true => ExitCode::from(Exit::Usage.code()),
                false => ExitCode::SUCCESS,
            };
        }
    };
    let output = Output::new(&cli.global, &environment);
    let exit = commands::run(&cli, &output).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit
    });
    ExitCode::from(exit.code())
}
