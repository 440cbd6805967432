//! Service level indicators of passkey ceremonies: definitions and exact arithmetic.
