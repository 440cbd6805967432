//! Writing native lines.

use std::fmt::Write as _;

use crate::assign::text_of;
use crate::native::FLAG_NAMES;
use crate::{COLUMNS, Column, Event, Given, Type, base64, hex, ip, time};

/// Appends the native line of an event to `out`, with its end of line.
///
/// `user_id` and `actor_id` are written as they stand in the event; reading the line makes keyed
/// hashes of them. Columns that decoding derives are left out, and so is what is unknown.
pub fn write_line(event: &Event<'_>, out: &mut String) {
    object(
        event,
        |given| matches!(given, Given::Required | Given::Optional),
        out,
    );
}

/// Appends every column of an event that is known to `out`, also those that decoding derived, as
/// one line of JSON. It is for reading, not for ingesting again.
pub fn write_columns(event: &Event<'_>, out: &mut String) {
    object(
        event,
        |given| !matches!(given, Given::Ingest | Given::Input),
        out,
    );
}

fn object(event: &Event<'_>, wanted: impl Fn(Given) -> bool, out: &mut String) {
    out.push('{');
    for info in COLUMNS.iter().filter(|info| wanted(info.given)) {
        member(event, info.column, out);
    }
    out.push_str("}\n");
}

fn member(event: &Event<'_>, column: Column, out: &mut String) {
    match column.holds() {
        Type::Time => {
            let micros = match column {
                Column::Ts => Some(event.ts),
                _ => event.challenge_issued_ts,
            };
            let precision = event
                .ts_precision
                .filter(|_| column == Column::Ts)
                .unwrap_or(6);
            quoted(
                column,
                micros
                    .map(|micros| time::format(micros, precision))
                    .as_deref(),
                out,
            );
        }
        Type::Boolean => bare(column, boolean(event, column), out),
        Type::Integer | Type::Counter => bare(column, integer(event, column), out),
        Type::Float | Type::Duration => bare(column, float(event, column), out),
        Type::Bytes
        | Type::Hash16
        | Type::Trace
        | Type::Span
        | Type::Uuid
        | Type::Ip
        | Type::NameHash => {
            quoted(column, bytes(event, column).as_deref(), out);
        }
        Type::Flags => flags(event, out),
        Type::TextList => transports(event, out),
        Type::Attrs => attributes(event, out),
        _ => {
            // These are not optional in the event: empty is unknown.
            let plain = matches!(
                column,
                Column::EventId | Column::SourceEventType | Column::Source | Column::MappingVersion
            );
            let text = text_of(event, column).filter(|text| !(plain && text.is_empty()));
            quoted(column, text, out);
        }
    }
}

fn key(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    string(name, out);
    out.push(':');
}

fn quoted(column: Column, text: Option<&str>, out: &mut String) {
    if let Some(text) = text {
        key(column.name(), out);
        string(text, out);
    }
}

fn bare(column: Column, value: Option<impl std::fmt::Display>, out: &mut String) {
    if let Some(value) = value {
        key(column.name(), out);
        // Writing into a String cannot fail.
        let _ = write!(out, "{value}");
    }
}

/// A JSON string (RFC 8259 §7).
fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

const fn boolean(event: &Event<'_>, column: Column) -> Option<bool> {
    match column {
        Column::CrossOrigin => event.cross_origin,
        Column::SignatureVerified => event.signature_verified,
        Column::ConditionalUi => event.conditional_ui,
        _ => event.is_proxy,
    }
}

fn integer(event: &Event<'_>, column: Column) -> Option<i64> {
    match column {
        Column::PublicKeyAlg => event.public_key_alg.map(i64::from),
        Column::TsPrecision => event.ts_precision.map(i64::from),
        Column::FlagsKnown => event.flags_known.map(i64::from),
        Column::SignCount => event.sign_count,
        Column::StoredSignCount => event.stored_sign_count,
        Column::CeremonyTimeoutMs => event.ceremony_timeout_ms,
        _ => event.asn,
    }
}

const fn float(event: &Event<'_>, column: Column) -> Option<f64> {
    match column {
        Column::ServerMs => event.server_ms,
        Column::CeremonyMs => event.ceremony_ms,
        Column::LoginMs => event.login_ms,
        Column::GeoLat => event.geo_lat,
        _ => event.geo_lon,
    }
}

fn bytes(event: &Event<'_>, column: Column) -> Option<String> {
    match column {
        Column::CredentialId => event.credential_id.as_deref().map(base64::encode_url),
        Column::ChallengeHash => event.challenge_hash.map(|hash| base64::encode_url(&hash)),
        Column::PublicKeyHash => event.public_key_hash.map(|hash| base64::encode_url(&hash)),
        Column::UserNameHash => event.user_name_hash.map(|hash| base64::encode_url(&hash)),
        Column::ClientDataHash => event.client_data_hash.map(|hash| base64::encode_url(&hash)),
        Column::TraceId => event.trace_id.map(|id| hex::encode(&id)),
        Column::SpanId => event.span_id.map(|id| hex::encode(&id)),
        Column::ClientIp => event.client_ip.map(ip::format),
        _ => event.aaguid.map(hex::uuid_text),
    }
}

fn flags(event: &Event<'_>, out: &mut String) {
    let (Some(flags), Some(known)) = (event.flags, event.flags_known) else {
        return;
    };
    key(Column::Flags.name(), out);
    out.push('{');
    for (name, bit) in FLAG_NAMES.iter().filter(|(_, bit)| known & bit != 0) {
        key(name, out);
        out.push_str(if flags & bit != 0 { "true" } else { "false" });
    }
    out.push('}');
}

fn transports(event: &Event<'_>, out: &mut String) {
    let Some(transports) = &event.transports else {
        return;
    };
    key(Column::Transports.name(), out);
    out.push('[');
    for (index, transport) in transports.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(transport, out);
    }
    out.push(']');
}

fn attributes(event: &Event<'_>, out: &mut String) {
    if event.attrs.is_empty() {
        return;
    }
    key(Column::Attrs.name(), out);
    out.push('{');
    for (name, value) in &event.attrs {
        key(name, out);
        string(value, out);
    }
    out.push('}');
}
