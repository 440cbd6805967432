//! The one owner of standard output and standard error.
//!
//! Standard output carries results, standard error carries talk. A reader that goes away (`| head`)
//! ends the program quietly.

use std::io::{self, IsTerminal as _, Write as _};

use fidoscope_report::{Diagnostic, Format, Options};

use crate::cli::ColorChoice;
use crate::diagnostics;
use crate::failure::Failure;

/// How to talk to the user.
#[derive(Debug)]
pub(crate) struct Output {
    quiet: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    color: bool,
}

impl Output {
    pub(crate) fn new(quiet: bool, color: ColorChoice, environment: &crate::Environment) -> Self {
        let stderr_is_terminal = io::stderr().is_terminal();
        let color = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => stderr_is_terminal && !environment.no_color,
        };
        Self {
            quiet,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal,
            color,
        }
    }

    /// The format of a list command: a table on a terminal, NDJSON in a pipe.
    pub(crate) fn format(&self, asked: Option<Format>) -> Format {
        let usual = if self.stdout_is_terminal {
            Format::Table
        } else {
            Format::Ndjson
        };
        asked.unwrap_or(usual)
    }

    /// How tables are drawn: cut to the terminal, whole in a pipe.
    pub(crate) fn options(&self) -> Options {
        let width = self
            .stdout_is_terminal
            .then(terminal_size::terminal_size)
            .flatten();
        let width = width.map(|(terminal_size::Width(columns), _)| usize::from(columns));
        Options {
            width,
            color: self.color && self.stdout_is_terminal,
            detail: false,
        }
    }

    /// Whether a person looks at standard output.
    pub(crate) fn is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Whether the dashboard may use colour.
    pub(crate) fn colored(&self) -> bool {
        self.color
    }

    /// Whether progress may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_is_terminal && !self.quiet
    }

    /// Writes a result.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| {
            if text.is_empty() || text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        });
        quiet_when_closed(written.and_then(|()| out.flush()))
    }

    /// Says something to the person at the terminal.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Draws problems with their source lines.
    pub(crate) fn diagnostics(&self, all: &[Diagnostic]) {
        for diagnostic in all {
            let _ = writeln!(
                io::stderr(),
                "{}",
                diagnostics::draw(diagnostic, self.color)
            );
        }
    }

    /// Tells of something that went wrong while the work goes on; never silenced.
    pub(crate) fn problem(&self, message: &str) {
        let _ = writeln!(io::stderr(), "error: {message}");
    }

    /// Tells why a command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.diagnostics(&failure.diagnostics);
        if let Some(error) = &failure.error {
            let _ = writeln!(io::stderr(), "error: {error:#}");
        }
        if let Some(help) = &failure.help {
            let _ = writeln!(io::stderr(), "help: {help}");
        }
    }
}

/// A reader that went away is no failure.
fn quiet_when_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::machine),
    }
}
