//! Signatures as they should be, and broken ones.

/// Way in which a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// As it should be.
    Genuine,
    /// Genuine, then its last bit is flipped: still DER, no longer a signature.
    BitFlipped,
}

impl SignatureKind {
    pub(crate) fn apply(self, mut signature: Vec<u8>) -> Vec<u8> {
        if self == Self::BitFlipped
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        signature
    }
}
