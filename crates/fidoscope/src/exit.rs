//! Exit codes: one enum, from which the table of `help exit-codes` is made.

use std::fmt::Write as _;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to report.
    Fine,
    /// A finding, a breach or a mismatch at or above what the user asked to fail on.
    Found,
    /// The command line is wrong.
    Usage,
    /// Every selected thing had no data or could not be evaluated.
    Indeterminate,
    /// Input or definitions are invalid, or too much of the input was rejected.
    Invalid,
    /// Disk, network or another machine failed.
    Machine,
}

impl Exit {
    const ALL: [Self; 6] = [
        Self::Fine,
        Self::Found,
        Self::Usage,
        Self::Indeterminate,
        Self::Invalid,
        Self::Machine,
    ];

    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Found => 1,
            Self::Usage => 2,
            Self::Indeterminate => 3,
            Self::Invalid => 4,
            Self::Machine => 70,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Found => {
                "something was found at or above `--fail-on`, or a replay differs from what was expected"
            }
            Self::Usage => "the command line is wrong",
            Self::Indeterminate => {
                "indeterminate: everything selected had no data or could not be evaluated"
            }
            Self::Invalid => {
                "input or definitions are invalid, or the rejected share is above `--max-rejected`"
            }
            Self::Machine => "the machine failed: disk, network, a store that cannot be written",
        }
    }
}

/// Table of `help exit-codes`, in Markdown.
pub(crate) fn table() -> String {
    let mut table = "| code | meaning |\n|---|---|\n".to_owned();
    for exit in Exit::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | {} |", exit.code(), exit.meaning());
    }
    table
}
