//! End-to-end tests: they run the real program, or read the workspace itself.

mod architecture;
