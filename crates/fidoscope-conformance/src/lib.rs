//! Replays recordings and compares with the expected verdict and step.
