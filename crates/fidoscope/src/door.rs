//! The only doors to standard output and standard error.
//!
//! Everything that the program prints goes through one of them, and they let nothing pass that
//! commands a terminal. No other module may name `io::stdout` or `io::stderr` or print (a test reads
//! the sources). The dashboard draws cells, in which ratatui takes no control character.

use std::io::{self, BufWriter, IsTerminal as _, Stderr, Stdout, Write as _};
use std::panic::PanicHookInfo;

use fidoscope_report::Harmless;

/// A pipe takes 64 KiB at once; more gives nothing.
const BUFFER: usize = 64 << 10;

/// Standard output behind its door. It is written when the buffer is full, and when it is flushed.
pub(crate) type Results = Harmless<BufWriter<Stdout>>;

/// The door to standard output; `colors` lets colours pass.
pub(crate) fn stdout(colors: bool) -> Results {
    Harmless::new(BufWriter::with_capacity(BUFFER, io::stdout()), colors)
}

/// The door to standard error.
pub(crate) fn stderr(colors: bool) -> Harmless<Stderr> {
    Harmless::new(io::stderr(), colors)
}

/// True when a person looks at standard output.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// True when a person looks at standard error.
pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Says what the default hook says of a panic. Its message may hold what a stranger wrote.
pub(crate) fn tell_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let message = panic.payload_as_str().unwrap_or("no message");
    let said = format!(
        "fidoscope panicked at {}: {message}\nthis is a fault of the program: please report it\n",
        place.as_deref().unwrap_or("an unknown place")
    );
    let trace = std::backtrace::Backtrace::capture();
    let trace = match trace.status() {
        std::backtrace::BacktraceStatus::Captured => trace.to_string(),
        _ => String::new(),
    };
    // Nobody is left to tell when standard error is gone.
    let _ = stderr(false).write_all((said + &trace).as_bytes());
}
