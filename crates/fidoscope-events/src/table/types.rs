//! What columns hold: how text or a number becomes a value, how it is compared, and whom it names.

use crate::{CEREMONIES, KINDS, OUTCOMES};

/// What a column holds, and so how text or a number becomes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Time of an event, with the digits that the source gives.
    EventTime,
    /// Point in time.
    Time,
    /// Day.
    Date,
    /// Text that every event has.
    Name,
    /// Text.
    Text,
    /// Text of which the first KiB is kept.
    Excerpt,
    /// Canonical kind.
    Kind,
    /// `create`, `get` or `none`.
    Ceremony,
    /// Canonical outcome.
    Outcome,
    /// Few digits or bits.
    Small,
    /// Signed whole number of 32 bits.
    Integer,
    /// Whole number that fits in 32 bits and is not negative.
    Counter,
    /// Milliseconds, not negative.
    Duration,
    /// Number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// Identifier of a credential, raw.
    CredentialId,
    /// 16 bytes of a hash.
    Hash16,
    /// 16 bytes of the hash of a key, or the key itself.
    KeyHash,
    /// A whole hash.
    Hash32,
    /// W3C trace id.
    Trace,
    /// W3C span id.
    Span,
    /// UUID.
    Uuid,
    /// Keyed hash of the identifier of a user, as text.
    User,
    /// Keyed hash of the identifier of a session, as text.
    Session,
    /// Keyed hash of a name, as bytes.
    NameHash,
    /// Bits of the authenticator data flags.
    Flags,
    /// IP address.
    Ip,
    /// List of texts.
    TextList,
    /// Names and values.
    Attrs,
    /// A challenge, of which the hash is kept.
    Challenge,
    /// A user name, of which the keyed hash is kept.
    UserName,
    /// Raw authenticator data.
    AuthenticatorData,
    /// Raw attestation object.
    AttestationObject,
    /// Raw client data.
    ClientData,
}

/// Type of a column as rules see it, which decides what it may be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Text, compared without case unless `cased` asks for it.
    Text,
    /// Whole number.
    Integer,
    /// Number.
    Number,
    /// Truth value.
    Bool,
    /// Point in time, microseconds since the epoch.
    Time,
    /// Bytes; what a rule writes is named by the form. Only equality, `null` and `exists`.
    Bytes(BytesForm),
    /// A list of texts; a test holds when it holds for one member.
    TextList,
}

/// How bytes are written in a rule and in a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BytesForm {
    /// base64url without padding (credential identifiers).
    Base64Url,
    /// Hexadecimal (hashes, trace identifiers).
    Hex,
    /// UUID text (AAGUID).
    Uuid,
    /// An IPv4 or IPv6 address, 16 bytes.
    Address,
}

/// Choice of [`crate::Privacy`] that says what becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protection {
    /// None: it is stored as it is.
    None,
    /// [`crate::Users`]: a keyed hash stands in the place of who is named, unless chosen otherwise.
    Users,
    /// [`crate::Addresses`]: it is stored, unless chosen otherwise.
    Addresses,
}

impl ColumnType {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "whole number",
            Self::Number => "number",
            Self::Bool => "true or false",
            Self::Time => "time",
            Self::Bytes(BytesForm::Base64Url) => "base64url",
            Self::Bytes(BytesForm::Hex) => "hexadecimal",
            Self::Bytes(BytesForm::Uuid) => "UUID",
            Self::Bytes(BytesForm::Address) => "address",
            Self::TextList => "list of text",
        }
    }
}

impl Type {
    /// The type that rules see; `None` where they cannot look at it.
    #[must_use]
    pub const fn compared(self) -> Option<ColumnType> {
        Some(match self {
            Self::EventTime | Self::Time => ColumnType::Time,
            Self::Name
            | Self::Text
            | Self::Excerpt
            | Self::Kind
            | Self::Ceremony
            | Self::Outcome
            | Self::User
            | Self::Session => ColumnType::Text,
            Self::Small | Self::Integer | Self::Counter | Self::Flags => ColumnType::Integer,
            Self::Duration | Self::Float => ColumnType::Number,
            Self::Boolean => ColumnType::Bool,
            Self::CredentialId | Self::AttestationObject => ColumnType::Bytes(BytesForm::Base64Url),
            Self::Hash16
            | Self::KeyHash
            | Self::Hash32
            | Self::NameHash
            | Self::Trace
            | Self::Span => ColumnType::Bytes(BytesForm::Hex),
            Self::Uuid => ColumnType::Bytes(BytesForm::Uuid),
            Self::Ip => ColumnType::Bytes(BytesForm::Address),
            Self::TextList => ColumnType::TextList,
            Self::Date
            | Self::Attrs
            | Self::Challenge
            | Self::UserName
            | Self::AuthenticatorData
            | Self::ClientData => return None,
        })
    }

    /// The choice that says what becomes of its values.
    #[must_use]
    pub const fn protection(self) -> Protection {
        match self {
            Self::User | Self::Session | Self::NameHash | Self::UserName => Protection::Users,
            Self::Ip => Protection::Addresses,
            Self::EventTime
            | Self::Time
            | Self::Date
            | Self::Name
            | Self::Text
            | Self::Excerpt
            | Self::Kind
            | Self::Ceremony
            | Self::Outcome
            | Self::Small
            | Self::Integer
            | Self::Counter
            | Self::Duration
            | Self::Float
            | Self::Boolean
            | Self::CredentialId
            | Self::Hash16
            | Self::KeyHash
            | Self::Hash32
            | Self::Trace
            | Self::Span
            | Self::Uuid
            | Self::Flags
            | Self::TextList
            | Self::Attrs
            | Self::Challenge
            | Self::AuthenticatorData
            | Self::AttestationObject
            | Self::ClientData => Protection::None,
        }
    }

    /// Whether every event has a value of it.
    #[must_use]
    pub const fn is_always_there(self) -> bool {
        matches!(
            self,
            Self::EventTime | Self::Name | Self::Kind | Self::Outcome
        )
    }

    /// Raw bytes of a ceremony, from which columns are read.
    pub(crate) const fn is_raw(self) -> bool {
        matches!(
            self,
            Self::AuthenticatorData | Self::AttestationObject | Self::ClientData
        )
    }

    /// Whether it is text that stays as the source has it.
    pub(crate) const fn is_plain_text(self) -> bool {
        matches!(self, Self::Name | Self::Text | Self::Excerpt)
    }

    /// The form that it has to have as text, for messages.
    pub(crate) const fn written_as(self) -> &'static str {
        match self {
            Self::Uuid => "a UUID",
            Self::Hash16 | Self::KeyHash => "16 bytes in base64url",
            Self::Hash32 => "32 bytes in base64url",
            Self::Trace => "32 hexadecimal digits",
            Self::Span => "16 hexadecimal digits",
            _ => "a column that a source may give",
        }
    }

    /// The only words that there are, where others are refused.
    pub(crate) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Kind => KINDS,
            Self::Outcome => OUTCOMES,
            Self::Ceremony => CEREMONIES,
            _ => &[],
        }
    }
}
