//! Writing native lines.

use std::fmt::Write as _;

use crate::native::FLAG_NAMES;
use crate::table::Held;
use crate::{COLUMNS, Column, ColumnInfo, Event, Given, Text, Type, base64, hex, ip, time};

/// Appends the native line of an event to `out`, with its end of line.
///
/// `user_id` and `actor_id` are written as they stand in the event; reading the line makes keyed
/// hashes of them. Columns that decoding derives are left out, and so is what is unknown.
pub fn write_line(event: &Event<'_>, out: &mut String) {
    let given = |info: &ColumnInfo| matches!(info.given, Given::Required | Given::Optional);
    object(event, given, out);
}

/// Appends every column of an event that is known to `out`, also those that decoding derived, as
/// one line of JSON. It is for reading, not for ingesting again.
pub fn write_columns(event: &Event<'_>, out: &mut String) {
    object(event, ColumnInfo::is_of_event, out);
}

fn object(event: &Event<'_>, wanted: impl Fn(&ColumnInfo) -> bool, out: &mut String) {
    out.push('{');
    for info in COLUMNS.iter().filter(|info| wanted(info)) {
        member(event, info.column, out);
    }
    out.push_str("}\n");
}

fn member(event: &Event<'_>, column: Column, out: &mut String) {
    let holds = column.holds();
    match event.held(column) {
        Held::Nothing => {}
        // Such a text is always there: empty is unknown.
        Held::Text("") if holds == Type::Name => {}
        Held::Integer(flags) if holds == Type::Flags => members(flags, event, out),
        Held::Integer(micros) if holds == Type::EventTime => {
            let precision = event.ts_precision.unwrap_or(6);
            quoted(column, &time::format(micros, precision), out);
        }
        Held::Integer(micros) if holds == Type::Time => {
            quoted(column, &time::format(micros, 6), out);
        }
        Held::Integer(number) => bare(column, number, out),
        Held::Float(number) => bare(column, number, out),
        Held::Bool(flag) => bare(column, flag, out),
        Held::Text(text) => quoted(column, text, out),
        Held::Bytes(bytes) => quoted(column, &written(holds, bytes), out),
        Held::Texts(texts) => list(column, texts, out),
        Held::Pairs(pairs) => attributes(column, pairs, out),
    }
}

fn key(name: &str, out: &mut String) {
    if !out.ends_with('{') {
        out.push(',');
    }
    string(name, out);
    out.push(':');
}

fn quoted(column: Column, text: &str, out: &mut String) {
    key(column.name(), out);
    string(text, out);
}

fn bare(column: Column, value: impl std::fmt::Display, out: &mut String) {
    key(column.name(), out);
    // Writing into a String cannot fail.
    let _ = write!(out, "{value}");
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

/// Bytes as a native line has them: the usual text of what has one, else base64url.
fn written(holds: Type, bytes: &[u8]) -> String {
    let sixteen: Option<[u8; 16]> = bytes.try_into().ok();
    match (holds, sixteen) {
        (Type::Trace | Type::Span, _) => hex::encode(bytes),
        (Type::Ip, Some(address)) => ip::format(address),
        (Type::Uuid, Some(bytes)) => hex::uuid_text(bytes),
        _ => base64::encode_url(bytes),
    }
}

/// The flags that are known, each by its name.
fn members(flags: i64, event: &Event<'_>, out: &mut String) {
    let Some(known) = event.flags_known.map(i64::from) else {
        return;
    };
    key(Column::Flags.name(), out);
    out.push('{');
    for (name, bit) in FLAG_NAMES {
        if known & i64::from(bit) != 0 {
            key(name, out);
            out.push_str(match flags & i64::from(bit) {
                0 => "false",
                _ => "true",
            });
        }
    }
    out.push('}');
}

fn list(column: Column, texts: &[Text<'_>], out: &mut String) {
    key(column.name(), out);
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(text, out);
    }
    out.push(']');
}

fn attributes(column: Column, pairs: &[(Text<'_>, Text<'_>)], out: &mut String) {
    if pairs.is_empty() {
        return;
    }
    key(column.name(), out);
    out.push('{');
    for (name, value) in pairs {
        key(name, out);
        string(value, out);
    }
    out.push('}');
}
