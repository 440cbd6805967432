//! What the program prints: results on standard output, talk on standard error.
//!
//! A message is one line: a line break in it, say of a file's name, is spelled out, so that nobody
//! can put words of their own into the program's mouth. A reader that goes away (`| head`) ends the
//! program quietly.

use std::ffi::OsString;
use std::io::{self, Write as _};

use fidoscope_report::{Diagnostic, Format, Options, escape};

use crate::cli::{ColorChoice, Global};
use crate::failure::Failure;
use crate::{diagnostics, door};

/// How to talk to the user.
#[derive(Debug)]
pub(crate) struct Output {
    quiet: bool,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdout_color: bool,
    stderr_color: bool,
    csv_safe: bool,
}

impl Output {
    pub(crate) fn new(global: &Global, environment: &crate::Environment) -> Self {
        let stdout_is_terminal = door::stdout_is_terminal();
        let stderr_is_terminal = door::stderr_is_terminal();
        // Each decides for itself: one may be a terminal while the other goes into a file.
        let color = |is_terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !environment.no_color,
        };
        Self {
            quiet: global.quiet,
            stdout_color: color(stdout_is_terminal),
            stderr_color: color(stderr_is_terminal),
            stdout_is_terminal,
            stderr_is_terminal,
            csv_safe: global.csv_safe,
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
            color: self.stdout_color,
            ..self.file_options()
        }
    }

    /// How a report in a file is written.
    pub(crate) fn file_options(&self) -> Options {
        Options {
            csv_safe: self.csv_safe,
            ..Options::default()
        }
    }

    /// Whether a person looks at standard output.
    pub(crate) fn is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Whether the dashboard may use colour.
    pub(crate) fn colored(&self) -> bool {
        self.stdout_color
    }

    /// Whether progress may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_is_terminal && !self.quiet
    }

    /// Writes a result.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = door::stdout(self.options().color);
        let written = out.write_all(text.as_bytes()).and_then(|()| {
            if text.is_empty() || text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        });
        quiet_when_closed(written.and_then(|()| out.flush()))
    }

    /// Says a sentence to the person at the terminal.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.tell(&escape(text));
        }
    }

    /// Says several lines, whose texts of others are escaped.
    pub(crate) fn say_lines(&self, text: &str) {
        if !self.quiet {
            self.tell(text);
        }
    }

    /// Draws problems with their source lines.
    pub(crate) fn diagnostics(&self, all: &[Diagnostic]) {
        for diagnostic in all {
            self.tell(&diagnostics::draw(diagnostic, self.stderr_color));
        }
    }

    /// Tells of something that went wrong while the work goes on; never silenced.
    pub(crate) fn problem(&self, message: &str) {
        self.tell(&format!("error: {}", escape(message)));
    }

    /// Tells why a command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.diagnostics(&failure.diagnostics);
        if let Some(error) = &failure.error {
            self.problem(&format!("{error:#}"));
        }
        if let Some(help) = &failure.help {
            self.advise(help);
        }
    }

    /// Says what the user could do about a problem.
    pub(crate) fn advise(&self, help: &str) {
        self.tell(&format!("help: {}", escape(help)));
    }

    fn tell(&self, lines: &str) {
        let mut err = door::stderr(self.stderr_color);
        // Nobody is left to tell when standard error is gone.
        let _ = err.write_all(format!("{lines}\n").as_bytes());
    }
}

/// Answers `--help`, `--version` and a command line that is none; a line break in one of its
/// `words` is spelled out, as in any message.
pub(crate) fn answer(error: &clap::Error, words: impl Iterator<Item = OsString>) {
    let mut text = error.render().to_string();
    for word in words {
        let word = word.to_string_lossy();
        let value = word.split_once('=').map_or("", |(_, value)| value);
        for said in [&word, value] {
            if said.contains('\n') {
                text = text.replace(said, &escape(said));
            }
        }
    }
    // As above.
    let _ = if error.use_stderr() {
        door::stderr(false).write_all(text.as_bytes())
    } else {
        let mut out = door::stdout(false);
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
}

/// A reader that went away is no failure.
fn quiet_when_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::machine),
    }
}
