//! The columns that rules may use.

/// Type of a column, which decides what a rule may compare it with.
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

/// A column that rules may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Name in the event table or view.
    pub name: &'static str,
    /// Type.
    pub column_type: ColumnType,
}

/// Every column that a rule may use: the event columns, then those that enrichment adds.
#[must_use]
pub fn columns() -> &'static [ColumnDef] {
    COLUMNS
}

/// The column of this name.
#[must_use]
pub fn column(name: &str) -> Option<ColumnDef> {
    COLUMNS.iter().copied().find(|column| column.name == name)
}

const fn text(name: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        column_type: ColumnType::Text,
    }
}

const fn integer(name: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        column_type: ColumnType::Integer,
    }
}

const fn number(name: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        column_type: ColumnType::Number,
    }
}

const fn truth(name: &'static str) -> ColumnDef {
    ColumnDef {
        name,
        column_type: ColumnType::Bool,
    }
}

const fn bytes(name: &'static str, form: BytesForm) -> ColumnDef {
    ColumnDef {
        name,
        column_type: ColumnType::Bytes(form),
    }
}

static COLUMNS: &[ColumnDef] = &[
    text("event_id"),
    text("source"),
    text("mapping_version"),
    text("tenant"),
    text("source_event_type"),
    text("kind"),
    text("ceremony"),
    text("role"),
    text("outcome"),
    text("failure_reason"),
    text("failure_raw"),
    text("failure_side"),
    text("ceremony_id"),
    bytes("challenge_hash", BytesForm::Hex),
    bytes("trace_id", BytesForm::Hex),
    bytes("span_id", BytesForm::Hex),
    text("request_id"),
    text("session_id"),
    text("user_id"),
    bytes("user_name_hash", BytesForm::Hex),
    text("user_segment"),
    text("actor_id"),
    text("rp_id"),
    text("origin"),
    text("top_origin"),
    truth("cross_origin"),
    text("app"),
    bytes("credential_id", BytesForm::Base64Url),
    text("credential_ref"),
    text("credential_label"),
    text("credential_kind"),
    bytes("public_key_hash", BytesForm::Hex),
    bytes("aaguid", BytesForm::Uuid),
    text("authenticator_model"),
    text("attestation_fmt"),
    text("attestation_type"),
    text("attestation_trust"),
    text("attachment"),
    ColumnDef {
        name: "transports",
        column_type: ColumnType::TextList,
    },
    integer("public_key_alg"),
    integer("sign_count"),
    integer("stored_sign_count"),
    truth("signature_verified"),
    text("uv_required"),
    truth("conditional_ui"),
    integer("ceremony_timeout_ms"),
    number("server_ms"),
    number("ceremony_ms"),
    number("login_ms"),
    text("latency_basis"),
    bytes("client_ip", BytesForm::Address),
    integer("asn"),
    text("geo_country"),
    text("geo_region"),
    text("geo_city"),
    number("geo_lat"),
    number("geo_lon"),
    truth("is_proxy"),
    text("user_agent"),
    text("browser"),
    text("os"),
    text("device_class"),
    text("method_raw"),
    text("fallback_method"),
    text("ticket_id"),
    text("ticket_category"),
    truth("up"),
    truth("uv"),
    truth("be"),
    truth("bs"),
    text("counter_relation"),
    integer("counter_previous"),
    integer("challenge_use_count"),
];
