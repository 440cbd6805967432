//! Reads what WebAuthn clients and authenticators emit, exact about bytes.
