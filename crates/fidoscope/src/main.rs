//! fidoscope
fn main() {}
