#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fidoscope_fuzz::run("unwrapped", bytes));
