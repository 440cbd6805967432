//! Files for shells and for `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print completions for a shell
///
/// bash: `fidoscope completions bash > ~/.local/share/bash-completion/completions/fidoscope`.
/// zsh: `fidoscope completions zsh > _fidoscope` in a folder of `$fpath`.
/// fish: `fidoscope completions fish > ~/.config/fish/completions/fidoscope.fish`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Write the manual pages
///
/// A page for the program and one for each command, `fidoscope-replay.1`; without --out the
/// program's own page is printed: `fidoscope man | man -l -`.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Folder that the pages go to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
