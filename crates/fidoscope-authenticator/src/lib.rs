//! The test instrument: software authenticators, a test PKI and a metadata signer.
