//! From a value to a column of the event, by what the column holds.

use std::borrow::Cow;
use std::ops::Deref;

use crate::line::Context;
use crate::table::Slot;
use crate::time::{Instant, TimeFormat};
use crate::value::Value;
use crate::{Addresses, CEREMONIES, Column, Event, KINDS, OUTCOMES, Text, hex, ip};

mod read;

use read::{Bounds, boolean, float, instant, integer, list, whole, word};
pub(crate) use read::{challenge_hash, cut};

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
    match event.slot(column) {
        Slot::EventTime(slot) => {
            let time = believed(instant(column, &value, manner)?, context)?;
            *slot = time.micros;
            happened(event, time);
        }
        Slot::Time(slot) => *slot = Some(instant(column, &value, manner)?.micros),
        Slot::Small(slot) => *slot = Some(whole(column, &value, manner)?),
        Slot::Integer(slot) => *slot = Some(whole(column, &value, manner)?),
        Slot::Counter(slot) => *slot = Some(integer(column, &value, manner, Bounds::Counter)?),
        Slot::Duration(slot) => *slot = Some(float(column, &value, manner, Bounds::Counter)?),
        Slot::Float(slot) => *slot = Some(float(column, &value, manner, Bounds::None)?),
        Slot::Boolean(slot) => *slot = Some(boolean(column, &value, manner)?),
        Slot::TextList(slot) => *slot = Some(list(column, value, manner)?),
        Slot::Name(_)
        | Slot::Text(_)
        | Slot::Excerpt(_)
        | Slot::Kind(_)
        | Slot::Ceremony(_)
        | Slot::Outcome(_)
        | Slot::CredentialId(_)
        | Slot::Hash16(_)
        | Slot::KeyHash(_)
        | Slot::Hash32(_)
        | Slot::Trace(_)
        | Slot::Span(_)
        | Slot::Uuid(_)
        | Slot::User(_)
        | Slot::Session(_)
        | Slot::UserName(_)
        | Slot::Challenge(_)
        | Slot::Ip(_)
        | Slot::Apart => {
            let text = read::text(column, value, manner)?;
            assign_text(event, column, text, manner, context)?;
        }
    }
    Ok(())
}

/// Puts text into a column; what [`assign`] does with it, without a [`Value`] on the way. Nearly all text
/// is borrowed from the line, and then there is nothing to let go of afterwards.
pub(crate) fn assign_text<'a, T: Into<Text<'a>> + Deref<Target = str>>(
    event: &mut Event<'a>,
    column: Column,
    text: T,
    manner: Manner,
    context: &Context<'_>,
) -> Result<(), Box<Fault>> {
    let people = context.pseudonyms;
    let understood = match event.slot(column) {
        Slot::Name(slot) => {
            *slot = text.into();
            return Ok(());
        }
        Slot::Text(slot) => {
            *slot = Some(text.into());
            return Ok(());
        }
        Slot::Excerpt(slot) => {
            *slot = Some(cut_text(text.into(), LONGEST_ATTRIBUTE));
            return Ok(());
        }
        Slot::CredentialId(slot) => {
            *slot = read::credential_id(&text).map(Cow::Owned);
            if slot.is_none() {
                misnamed(event, text.into());
            }
            return Ok(());
        }
        Slot::Ip(slot) => {
            let addresses = people.privacy().addresses;
            let address = ip::parse(&text);
            *slot = address.and_then(|address| addresses.of(address));
            if address.is_none() && addresses == Addresses::Keep {
                attribute(event, Cow::Borrowed(column.name()), text.into());
            }
            return Ok(());
        }
        Slot::Kind(slot) => keep(slot, Cow::Borrowed(word(column, KINDS, &text)?)),
        Slot::Outcome(slot) => keep(slot, Cow::Borrowed(word(column, OUTCOMES, &text)?)),
        Slot::Ceremony(slot) => keep(slot, Some(Cow::Borrowed(word(column, CEREMONIES, &text)?))),
        Slot::User(slot) => hide(slot, people.of_user(&text).map(Cow::Owned)),
        Slot::Session(slot) => hide(slot, people.of_session(&text).map(Cow::Owned)),
        Slot::UserName(slot) => hide(slot, people.of_name(&text)),
        Slot::Challenge(slot) => put(slot, Some(challenge_hash(&text))),
        Slot::Hash16(slot) => put(slot, read::hash(&text)),
        Slot::Hash32(slot) => put(slot, read::whole_hash(&text)),
        Slot::KeyHash(slot) => {
            put(slot, read::hash(&text)) || (manner.lenient && read_key(event, &text))
        }
        Slot::Trace(slot) => put(slot, hex::uuid(&text)),
        Slot::Span(slot) => put(slot, hex::decode(text.as_bytes())),
        Slot::Uuid(slot) => put(slot, read::uuid(&text, manner)),
        Slot::Apart => false,
        Slot::EventTime(_)
        | Slot::Time(_)
        | Slot::Small(_)
        | Slot::Integer(_)
        | Slot::Counter(_)
        | Slot::Duration(_)
        | Slot::Float(_)
        | Slot::Boolean(_)
        | Slot::TextList(_) => {
            return assign(event, column, Value::Text(text.into()), manner, context);
        }
    };
    match understood {
        true => Ok(()),
        // Another's identifier that is not what the standard says is still worth keeping.
        false if manner.lenient => {
            attribute(event, Cow::Borrowed(column.name()), text.into());
            Ok(())
        }
        false => Err(Fault::expected(
            column,
            column.holds().written_as(),
            &Value::Text(text.into()),
        )),
    }
}

/// Puts a truth value into a column; `false` where the column wants something else.
pub(crate) fn assign_boolean(event: &mut Event<'_>, column: Column, flag: bool) -> bool {
    match event.slot(column) {
        Slot::Boolean(slot) => {
            *slot = Some(flag);
            true
        }
        _ => false,
    }
}

/// Puts a whole number that is not negative into a column; `false` where the column wants something else.
pub(crate) fn assign_whole(event: &mut Event<'_>, column: Column, number: i64) -> bool {
    match event.slot(column) {
        Slot::Counter(slot) => {
            let fits = u32::try_from(number).is_ok();
            put(slot, Some(number).filter(|_| fits))
        }
        Slot::Integer(slot) => put(slot, i32::try_from(number).ok()),
        _ => false,
    }
}

/// Keeps a leftover, cut to 1 KiB.
pub(crate) fn attribute<'a>(event: &mut Event<'a>, name: Text<'a>, value: Text<'a>) {
    event.attrs.push((name, cut_text(value, LONGEST_ATTRIBUTE)));
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

const fn put<T: Copy>(slot: &mut Option<T>, value: Option<T>) -> bool {
    *slot = value;
    value.is_some()
}

fn keep<T>(slot: &mut T, value: T) -> bool {
    *slot = value;
    true
}

/// Puts the pseudonym of what was understood into its place. Where people are dropped it has none.
fn hide<T>(slot: &mut Option<T>, pseudonym: Option<T>) -> bool {
    *slot = pseudonym;
    true
}

/// The time of an event, within the bounds of what is believed.
fn believed(time: Instant, context: &Context<'_>) -> Result<Instant, Box<Fault>> {
    if time.micros < context.earliest || time.micros > context.latest {
        let message = format!(
            "the time {} lies outside {} to {}",
            crate::time::format(time.micros, time.precision),
            crate::time::format(context.earliest, 0),
            crate::time::format(context.latest, 0),
        );
        return Err(Fault::new("time_out_of_range", message));
    }
    Ok(time)
}

/// Keeps what is known of the time of an event beside itself.
fn happened(event: &mut Event<'_>, time: Instant) {
    event.ts_precision = Some(time.precision);
    if time.zone_assumed {
        attribute(
            event,
            Cow::Borrowed("ts_zone"),
            Cow::Borrowed("assumed UTC"),
        );
    }
}

/// Keeps the identifier of a credential that is no base64.
fn misnamed<'a>(event: &mut Event<'a>, text: Text<'a>) {
    let why = "no base64 of at most 1023 bytes; it is in credential_ref";
    attribute(
        event,
        Cow::Borrowed(CREDENTIAL_ID_PROBLEM),
        Cow::Borrowed(why),
    );
    event.credential_ref = Some(text);
}

/// Takes a whole COSE key, as some sources log it, for its hash and its algorithm.
fn read_key(event: &mut Event<'_>, text: &str) -> bool {
    let Some((hash, algorithm)) = read::cose_key(text) else {
        return false;
    };
    event.public_key_hash = Some(hash);
    event.public_key_alg = event.public_key_alg.or(algorithm);
    true
}
