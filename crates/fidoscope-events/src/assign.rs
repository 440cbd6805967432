//! From a value to a column of the event, by the column's type.

use std::borrow::Cow;

use fidoscope_webauthn::CoseKey;
use sha2::{Digest as _, Sha256};

use crate::line::Context;
use crate::pseudonym::first_16;
use crate::time::{Instant, TimeFormat, parse_epoch, parse_text, parse_us};
use crate::value::Value;
use crate::words::known;
use crate::{Addresses, CEREMONIES, Column, Event, KINDS, OUTCOMES, Text, Type, base64, hex, ip};

/// Bits of the authenticator data flags that have a meaning (WebAuthn L3 §6.1).
pub(crate) const FLAG_BITS: i16 = 0xDD;

const LONGEST_ATTRIBUTE: usize = 1024;

/// The attribute of an event whose credential identifier is no base64.
pub const CREDENTIAL_ID_PROBLEM: &str = "credential_id_problem";

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: String) -> Box<Self> {
        Box::new(Self { code, message })
    }

    fn expected(column: Column, what: &str, found: &Value<'_>) -> Box<Self> {
        let message = format!(
            "{} must be {what}, found {}",
            column.name(),
            found.describe()
        );
        Self::new("wrong_type", message)
    }
}

/// How strictly values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Numbers and truth values may be written as text, and what is no text may become text.
    pub(crate) lenient: bool,
    /// How the column writes time.
    pub(crate) time: TimeFormat,
}

impl Manner {
    /// The manner of native lines.
    pub(crate) const NATIVE: Self = Self {
        lenient: false,
        time: TimeFormat::Rfc3339,
    };
}

/// Puts a value into a column. `null` and an absent value leave it unknown.
pub(crate) fn assign<'a>(
    event: &mut Event<'a>,
    column: Column,
    value: Value<'a>,
    manner: Manner,
    context: &Context<'_>,
) -> Result<(), Box<Fault>> {
    if !value.is_some() {
        return Ok(());
    }
    match column.holds() {
        Type::Text => assign_text(event, column, text(column, value, manner)?),
        Type::Kind | Type::Outcome | Type::Ceremony => {
            assign_word(event, column, &text(column, value, manner)?)?;
        }
        Type::Time => assign_time(event, column, instant(column, &value, manner)?, context)?,
        Type::Pseudonym | Type::NameHash | Type::UserName => {
            assign_person(event, column, &text(column, value, manner)?, context);
        }
        Type::Boolean => assign_boolean(event, column, boolean(column, &value, manner)?),
        Type::Integer | Type::Counter => {
            assign_integer(event, column, integer(column, &value, manner)?)?;
        }
        Type::Duration | Type::Float => assign_float(event, column, &value, manner)?,
        Type::TextList => event.transports = Some(list(column, value, manner)?),
        Type::Ip => assign_address(event, column, text(column, value, manner)?, context),
        _ => assign_bytes(event, column, text(column, value, manner)?, manner)?,
    }
    Ok(())
}

/// Puts the text of a native line into a column: what [`assign`] does with it, without a [`Value`]
/// on the way. `None` where the column wants something else.
pub(crate) fn assign_plain<'a>(
    event: &mut Event<'a>,
    column: Column,
    said: &'a str,
    context: &Context<'_>,
) -> Option<()> {
    match column.holds() {
        Type::Text => assign_text(event, column, Cow::Borrowed(said)),
        Type::Kind | Type::Outcome | Type::Ceremony => {
            assign_word(event, column, said).ok()?;
        }
        Type::Time => {
            assign_time(event, column, parse_text(said, false)?, context).ok()?;
        }
        Type::Pseudonym | Type::NameHash | Type::UserName => {
            assign_person(event, column, said, context);
        }
        Type::Ip => assign_address(event, column, Cow::Borrowed(said), context),
        Type::Bytes | Type::Hash16 | Type::Trace | Type::Span | Type::Uuid | Type::Challenge => {
            assign_bytes(event, column, Cow::Borrowed(said), Manner::NATIVE).ok()?;
        }
        _ => return None,
    }
    Some(())
}

/// The same for a whole number that is not negative; `false` where the column wants something else.
pub(crate) fn assign_whole(event: &mut Event<'_>, column: Column, number: i64) -> bool {
    let fits = column.holds() == Type::Integer || u32::try_from(number).is_ok();
    fits && assign_integer(event, column, number).is_ok()
}

/// Keeps a leftover, cut to 1 KiB.
pub(crate) fn attribute<'a>(event: &mut Event<'a>, name: Text<'a>, value: Text<'a>) {
    event.attrs.push((name, cut_text(value, LONGEST_ATTRIBUTE)));
}

/// At most `length` bytes of a text, whole characters only.
pub(crate) fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}

fn cut_text(text: Text<'_>, length: usize) -> Text<'_> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text, length)),
        Cow::Owned(mut text) => {
            text.truncate(text.floor_char_boundary(length));
            Cow::Owned(text)
        }
    }
}

fn text<'a>(column: Column, value: Value<'a>, manner: Manner) -> Result<Text<'a>, Box<Fault>> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::List(_) if manner.lenient => {
            Ok(value.into_text().unwrap_or_default())
        }
        other => Err(Fault::expected(column, "text", &other)),
    }
}

fn list<'a>(column: Column, value: Value<'a>, manner: Manner) -> Result<Vec<Text<'a>>, Box<Fault>> {
    match value {
        Value::List(list) => Ok(list),
        Value::Text(Cow::Borrowed(text)) if manner.lenient => Ok(text
            .split([',', ' '])
            .filter(|t| !t.is_empty())
            .map(Cow::Borrowed)
            .collect()),
        other => Err(Fault::expected(column, "an array of text", &other)),
    }
}

fn boolean(column: Column, value: &Value<'_>, manner: Manner) -> Result<bool, Box<Fault>> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Text(text) if manner.lenient && text.eq_ignore_ascii_case("true") => Ok(true),
        Value::Text(text) if manner.lenient && text.eq_ignore_ascii_case("false") => Ok(false),
        other => Err(Fault::expected(column, "true or false", other)),
    }
}

fn integer(column: Column, value: &Value<'_>, manner: Manner) -> Result<i64, Box<Fault>> {
    let number = match value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) if manner.lenient => text.trim().parse().ok(),
        _ => None,
    };
    let counter = column.holds() == Type::Counter;
    match number {
        Some(number) if !counter || u32::try_from(number).is_ok() => Ok(number),
        _ if counter => Err(Fault::expected(
            column,
            "a whole number from 0 to 4294967295",
            value,
        )),
        _ => Err(Fault::expected(column, "a whole number", value)),
    }
}

fn float(column: Column, value: &Value<'_>, manner: Manner) -> Result<f64, Box<Fault>> {
    let number = match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => match i32::try_from(*number) {
            Ok(number) => Some(f64::from(number)),
            Err(_) => number.to_string().parse().ok(),
        },
        Value::Text(text) if manner.lenient => text.trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if !number.is_finite() => Err(Fault::expected(column, "a number", value)),
        Some(number) if number < 0.0 && column.holds() == Type::Duration => Err(Fault::expected(
            column,
            "a number that is not negative",
            value,
        )),
        Some(number) => Ok(number),
        None => Err(Fault::expected(column, "a number", value)),
    }
}

fn instant(column: Column, value: &Value<'_>, manner: Manner) -> Result<Instant, Box<Fault>> {
    let found = match (manner.time, value) {
        (TimeFormat::Rfc3339, Value::Text(text)) => parse_text(text, false),
        (TimeFormat::NaiveUtc, Value::Text(text)) => parse_text(text, true),
        (TimeFormat::UsTwelveHour, Value::Text(text)) => parse_us(text),
        (TimeFormat::Rfc3339 | TimeFormat::NaiveUtc | TimeFormat::UsTwelveHour, _) => None,
        (format, value) => integer(column, value, manner)
            .ok()
            .and_then(|count| parse_epoch(count, format)),
    };
    found.ok_or_else(|| {
        let message = format!(
            "{} must be {}, found {}",
            column.name(),
            manner.time.describe(),
            value.describe()
        );
        Fault::new("bad_time", message)
    })
}

fn assign_time(
    event: &mut Event<'_>,
    column: Column,
    time: Instant,
    context: &Context<'_>,
) -> Result<(), Box<Fault>> {
    if column == Column::ChallengeIssuedTs {
        event.challenge_issued_ts = Some(time.micros);
        return Ok(());
    }
    if time.micros < context.earliest || time.micros > context.latest {
        let message = format!(
            "the time {} lies outside {} to {}",
            crate::time::format(time.micros, time.precision),
            crate::time::format(context.earliest, 0),
            crate::time::format(context.latest, 0),
        );
        return Err(Fault::new("time_out_of_range", message));
    }
    event.ts = time.micros;
    event.ts_precision = Some(time.precision);
    if time.zone_assumed {
        attribute(
            event,
            Cow::Borrowed("ts_zone"),
            Cow::Borrowed("assumed UTC"),
        );
    }
    Ok(())
}

fn assign_word(event: &mut Event<'_>, column: Column, text: &str) -> Result<(), Box<Fault>> {
    let words = match column {
        Column::Kind => KINDS,
        Column::Outcome => OUTCOMES,
        _ => CEREMONIES,
    };
    let Some(word) = known(words, text) else {
        let near = crate::problems::suggestion(text, words.iter().copied());
        let message = format!("{:?} is no {}{near}", cut(text, 64), column.name());
        return Err(Fault::new("unknown_value", message));
    };
    match column {
        Column::Kind => event.kind = Cow::Borrowed(word),
        Column::Outcome => event.outcome = Cow::Borrowed(word),
        _ => event.ceremony = Some(Cow::Borrowed(word)),
    }
    Ok(())
}

fn assign_address<'a>(
    event: &mut Event<'a>,
    column: Column,
    text: Text<'a>,
    context: &Context<'_>,
) {
    let addresses = context.pseudonyms.privacy().addresses;
    let address = ip::parse(&text);
    event.client_ip = address.and_then(|address| addresses.of(address));
    if address.is_none() && addresses == Addresses::Keep {
        attribute(event, Cow::Borrowed(column.name()), text);
    }
}

fn assign_person(event: &mut Event<'_>, column: Column, text: &str, context: &Context<'_>) {
    match column {
        Column::UserId => event.user_id = context.pseudonyms.of_user(text).map(Cow::Owned),
        Column::ActorId => event.actor_id = context.pseudonyms.of_user(text).map(Cow::Owned),
        Column::SessionId => {
            event.session_id = context.pseudonyms.of_session(text).map(Cow::Owned);
        }
        _ => event.user_name_hash = context.pseudonyms.of_name(text),
    }
}

pub(crate) const fn assign_boolean(event: &mut Event<'_>, column: Column, flag: bool) {
    let slot = match column {
        Column::CrossOrigin => &mut event.cross_origin,
        Column::SignatureVerified => &mut event.signature_verified,
        Column::ConditionalUi => &mut event.conditional_ui,
        _ => &mut event.is_proxy,
    };
    *slot = Some(flag);
}

fn assign_integer(event: &mut Event<'_>, column: Column, number: i64) -> Result<(), Box<Fault>> {
    match column {
        Column::PublicKeyAlg => {
            let algorithm = i32::try_from(number).map_err(|_| {
                Fault::expected(
                    column,
                    "a COSE algorithm of 32 bits",
                    &Value::Integer(number),
                )
            })?;
            event.public_key_alg = Some(algorithm);
        }
        Column::SignCount => event.sign_count = Some(number),
        Column::StoredSignCount => event.stored_sign_count = Some(number),
        Column::CeremonyTimeoutMs => event.ceremony_timeout_ms = Some(number),
        _ => event.asn = Some(number),
    }
    Ok(())
}

fn assign_float(
    event: &mut Event<'_>,
    column: Column,
    value: &Value<'_>,
    manner: Manner,
) -> Result<(), Box<Fault>> {
    let number = Some(float(column, value, manner)?);
    match column {
        Column::ServerMs => event.server_ms = number,
        Column::CeremonyMs => event.ceremony_ms = number,
        Column::LoginMs => event.login_ms = number,
        Column::GeoLat => event.geo_lat = number,
        _ => event.geo_lon = number,
    }
    Ok(())
}

fn assign_bytes<'a>(
    event: &mut Event<'a>,
    column: Column,
    text: Text<'a>,
    manner: Manner,
) -> Result<(), Box<Fault>> {
    let understood = match column {
        Column::CredentialId => {
            event.credential_id = credential_id(&text).map(Cow::Owned);
            if event.credential_id.is_none() {
                let why = "no base64 of at most 1023 bytes; it is in credential_ref";
                attribute(
                    event,
                    Cow::Borrowed(CREDENTIAL_ID_PROBLEM),
                    Cow::Borrowed(why),
                );
                event.credential_ref = Some(text);
            }
            return Ok(());
        }
        Column::Challenge => {
            event.challenge_hash = Some(challenge_hash(&text));
            return Ok(());
        }
        Column::Aaguid => put(&mut event.aaguid, aaguid(&text, manner)),
        Column::ChallengeHash => put(&mut event.challenge_hash, hash(&text)),
        Column::PublicKeyHash => {
            put(&mut event.public_key_hash, hash(&text)) || (manner.lenient && cose(event, &text))
        }
        Column::TraceId => put(&mut event.trace_id, hex::uuid(&text)),
        Column::SpanId => put(&mut event.span_id, hex::decode(text.as_bytes())),
        _ => false,
    };
    match understood {
        true => Ok(()),
        // Another's identifier that is not what the standard says is still worth keeping.
        false if manner.lenient => {
            attribute(event, Cow::Borrowed(column.name()), text);
            Ok(())
        }
        false => Err(Fault::expected(column, shape(column), &Value::Text(text))),
    }
}

const fn shape(column: Column) -> &'static str {
    match column {
        Column::Aaguid => "a UUID",
        Column::ChallengeHash | Column::PublicKeyHash => "16 bytes in base64url",
        Column::TraceId => "32 hexadecimal digits",
        Column::SpanId => "16 hexadecimal digits",
        _ => "a column that a source may give",
    }
}

const fn put<T: Copy>(slot: &mut Option<T>, value: Option<T>) -> bool {
    *slot = value;
    value.is_some()
}

/// Credential ids have at most 1023 bytes (WebAuthn L3 §4, credential ID). Clients write them in
/// base64url (§5.1); what stores them, e.g. a column of a database, often in the other alphabet.
fn credential_id(text: &str) -> Option<Vec<u8>> {
    base64::decode_any(text).filter(|bytes| bytes.len() <= 1023)
}

fn aaguid(text: &str, manner: Manner) -> Option<[u8; 16]> {
    let bytes = || base64::decode_any(text).and_then(|bytes| bytes.try_into().ok());
    hex::uuid(text).or_else(|| if manner.lenient { bytes() } else { None })
}

/// 16 bytes, or the whole SHA-256 of which the first 16 count.
fn hash(text: &str) -> Option<[u8; 16]> {
    // Room for what the decoder expects of 43 characters and padding, more than it writes.
    let (bytes, length) = base64::decode_short::<48>(text)?;
    let half = bytes.first_chunk().copied();
    half.filter(|_| matches!(length, 16 | 32))
}

/// Reads a whole COSE key, as some sources log it, for its hash and its algorithm.
fn cose(event: &mut Event<'_>, text: &str) -> bool {
    let Some(bytes) = base64::decode_any(text) else {
        return false;
    };
    let Ok(key) = CoseKey::decode(&bytes) else {
        return false;
    };
    event.public_key_hash = Some(first_16(&Sha256::digest(&bytes).into()));
    let algorithm = key.algorithm().and_then(|number| number.try_into().ok());
    event.public_key_alg = event.public_key_alg.or(algorithm);
    true
}

/// The first 16 bytes of SHA-256 of a challenge. Text that is no base64 is hashed as it is, so that
/// start and finish still meet.
pub(crate) fn challenge_hash(text: &str) -> [u8; 16] {
    let digest: [u8; 32] = match base64::decode_any(text) {
        Some(bytes) => Sha256::digest(bytes).into(),
        None => Sha256::digest(text.as_bytes()).into(),
    };
    first_16(&digest)
}

macro_rules! text_columns {
    ($($variant:ident $field:ident)*) => {
        /// Puts text into a column that holds text.
        pub(crate) fn assign_text<'a>(event: &mut Event<'a>, column: Column, text: Text<'a>) {
            match column {
                Column::EventId => event.event_id = text,
                Column::SourceEventType => event.source_event_type = text,
                Column::FailureRaw => event.failure_raw = Some(cut_text(text, LONGEST_ATTRIBUTE)),
                $(Column::$variant => event.$field = Some(text),)*
                _ => attribute(event, Cow::Borrowed(column.name()), text),
            }
        }

        /// The text in a column; `None` also where the column holds no text.
        pub(crate) fn text_of<'e>(event: &'e Event<'_>, column: Column) -> Option<&'e str> {
            match column {
                Column::EventId => Some(&event.event_id),
                Column::Source => Some(&event.source),
                Column::MappingVersion => Some(&event.mapping_version),
                Column::SourceEventType => Some(&event.source_event_type),
                Column::Kind => Some(&event.kind),
                Column::Outcome => Some(&event.outcome),
                Column::Ceremony => event.ceremony.as_deref(),
                Column::FailureRaw => event.failure_raw.as_deref(),
                Column::SessionId => event.session_id.as_deref(),
                Column::UserId => event.user_id.as_deref(),
                Column::ActorId => event.actor_id.as_deref(),
                Column::LatencyBasis => event.latency_basis.as_deref(),
                $(Column::$variant => event.$field.as_deref(),)*
                _ => None,
            }
        }
    };
}

text_columns! {
    Tenant tenant
    Role role
    FailureReason failure_reason
    FailureSide failure_side
    CeremonyId ceremony_id
    RequestId request_id
    UserSegment user_segment
    RpId rp_id
    Origin origin
    TopOrigin top_origin
    App app
    CredentialRef credential_ref
    CredentialLabel credential_label
    CredentialKind credential_kind
    AuthenticatorModel authenticator_model
    AttestationFmt attestation_fmt
    AttestationType attestation_type
    AttestationTrust attestation_trust
    Attachment attachment
    UvRequired uv_required
    GeoCountry geo_country
    GeoRegion geo_region
    GeoCity geo_city
    UserAgent user_agent
    Browser browser
    Os os
    DeviceClass device_class
    MethodRaw method_raw
    FallbackMethod fallback_method
    TicketId ticket_id
    TicketCategory ticket_category
}
