//! A fleet of passkeys: writes logs, recordings and labels from a seed.
