//! Sigma rules and their meaning, scoring and findings.
