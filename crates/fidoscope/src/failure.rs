//! What a command says when it cannot do its work.

use fidoscope_report::Diagnostic;

use crate::exit::Exit;

/// A failed command: the exit code, and what to tell the user.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) error: Option<anyhow::Error>,
    pub(crate) help: Option<String>,
}

impl Failure {
    /// Input or definitions are wrong.
    pub(crate) fn invalid(error: impl Into<anyhow::Error>) -> Self {
        Self::of(Exit::Invalid, error)
    }

    /// The command line asks for something that does not exist.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::of(Exit::Usage, error)
    }

    /// Disk, network or store.
    pub(crate) fn machine(error: impl Into<anyhow::Error>) -> Self {
        Self::of(Exit::Machine, error)
    }

    /// Files that people wrote are wrong; nothing was run.
    pub(crate) fn definitions(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            exit: Exit::Invalid,
            diagnostics,
            error: None,
            help: None,
        }
    }

    /// Adds what the user could do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn of(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            diagnostics: Vec::new(),
            error: Some(error.into()),
            help: None,
        }
    }
}

/// Result of a command.
pub(crate) type Outcome = Result<Exit, Failure>;
