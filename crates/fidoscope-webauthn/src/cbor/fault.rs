//! What can be odd or wrong about CBOR.

use super::MAX_DEPTH;

/// Something that CTAP2 canonical form does not allow, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Irregularity {
    /// What.
    pub kind: IrregularityKind,
    /// Byte offset in the buffer.
    pub offset: usize,
}

/// What CTAP2 canonical form does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IrregularityKind {
    /// A length that is not given up front.
    #[error("indefinite length")]
    IndefiniteLength,
    /// A number or length in more bytes than it needs.
    #[error("number or length not in its shortest form")]
    LongForm,
    /// Map keys out of order.
    #[error("map key out of order")]
    UnsortedKey,
    /// A tag.
    #[error("tag")]
    Tag,
    /// A map key that came before.
    #[error("duplicate map key")]
    DuplicateKey,
}

/// Why bytes are no well-formed, valid data item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct CborError {
    /// What is wrong.
    pub kind: CborErrorKind,
    /// Byte offset in the buffer.
    pub offset: usize,
}

/// What makes bytes no well-formed, valid data item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborErrorKind {
    /// The bytes end inside the item.
    #[error("input ends inside an item")]
    Truncated,
    /// A declared length exceeds what is left.
    #[error("declared length {declared} exceeds the {left} bytes left")]
    Length {
        /// The declared length.
        declared: u64,
        /// How many bytes are left.
        left: usize,
    },
    /// Additional information 28 to 30, or an indefinite length where there is none.
    #[error("reserved initial byte 0x{byte:02x}")]
    Reserved {
        /// The initial byte.
        byte: u8,
    },
    /// A break outside an indefinite-length item.
    #[error("unexpected break")]
    Break,
    /// A chunk of another type inside a string of indefinite length.
    #[error("wrong chunk inside an indefinite-length string")]
    Chunk,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// Too many levels.
    #[error("more than {MAX_DEPTH} levels")]
    Depth,
}
