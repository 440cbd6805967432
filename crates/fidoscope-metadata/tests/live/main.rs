//! Whole BLOBs through the crate as others use it.

#[cfg(test)]
mod payload;
