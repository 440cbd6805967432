//! Words that stand where a closed set of them is meant.

use fidoscope_report::near_miss;

use crate::table::Held;
use crate::words::CLOSED;
use crate::{Column, Event, Reason};

/// A longer text is no word that somebody chose from a list.
const LONGEST: usize = 64;

/// Calls `take` with each word of an event that is none of its column's closed set: as it is, it will
/// never be found by what looks for one of them.
pub fn stray_words(event: &Event<'_>, mut take: impl FnMut(Column, &str)) {
    for (column, words) in CLOSED {
        let mut look = |word: &str| {
            if !words.contains(&word) {
                take(*column, word);
            }
        };
        match event.held(*column) {
            Held::Text(word) => look(word),
            Held::Texts(list) => list.iter().for_each(|word| look(word)),
            Held::Nothing
            | Held::Integer(_)
            | Held::Float(_)
            | Held::Bool(_)
            | Held::Bytes(_)
            | Held::Pairs(_) => {}
        }
    }
    // What is no canonical reason was taken for the source's own words.
    let own = event
        .failure_raw
        .as_deref()
        .filter(|_| event.failure_reason.is_none());
    if let Some(word) = own.filter(|word| is_word(word)) {
        take(Column::FailureReason, word);
    }
}

fn is_word(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(of_word)
}

/// What was probably meant by a word of a column: the nearest in writing, else one that shares a part
/// with it. All words that there are, where none is near and they are few.
#[must_use]
pub fn meant(column: Column, word: &str) -> String {
    let words: Vec<&str> = match CLOSED.iter().find(|(closed, _)| *closed == column) {
        Some((_, words)) => words.to_vec(),
        None => Reason::all().iter().map(|reason| reason.word).collect(),
    };
    let parts = || {
        word.split(|char: char| !char.is_alphanumeric())
            .filter(|part| part.len() > 2)
    };
    let shared = |known: &&str| {
        let of_known = known.split(['_', '-']);
        let is_shared = |part: &&str| parts().any(|other| other.eq_ignore_ascii_case(part));
        of_known.filter(is_shared).count()
    };
    let of_parts = || {
        let counted = words.iter().copied().map(|known| (shared(&known), known));
        let sharing = counted.filter(|(count, _)| *count > 0);
        // Of those that share as much, the first.
        sharing
            .rev()
            .max_by_key(|(count, _)| *count)
            .map(|(_, known)| known)
    };
    let near = near_miss(word, words.iter().copied()).or_else(of_parts);
    match near {
        Some(near) => format!("did you mean {near}?"),
        None if column == Column::FailureReason => "no canonical reason is near".to_owned(),
        None => format!("it is one of {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};

    use super::*;
    use crate::{COLUMNS, Catalogue, Context, Pseudonyms, Scratch};

    /// `column word: what was meant` of each stray word of a native line.
    #[track_caller]
    fn check(members: &str, expected: &[&str]) {
        let line = format!(
            r#"{{"ts":"2026-11-30T17:00:08Z","kind":"authentication.failed","outcome":"failure",{members}}}"#
        );
        let (catalogue, pseudonyms) = (Catalogue::builtin(), Pseudonyms::new([7; 32]));
        let now = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap();
        let mut found = Vec::new();
        catalogue.get("native").unwrap().decode(
            line.as_bytes(),
            &Context::new(&pseudonyms, now),
            &mut Scratch::new(),
            &mut |event| {
                stray_words(event, |column, word| {
                    found.push(format!("{} {word}: {}", column.name(), meant(column, word)));
                });
            },
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn words_that_are_none_of_their_set_are_told_with_the_nearest() {
        check(
            r#""user_segment":"vip""#,
            &["user_segment vip: it is one of admin, workforce, consumer, service, guest, unknown"],
        );
        check(
            r#""user_segment":"administrators","uv_required":"require""#,
            &[
                "user_segment administrators: it is one of admin, workforce, consumer, service, guest, unknown",
                "uv_required require: did you mean required?",
            ],
        );
        check(
            r#""transports":["usb","smartcard","wifi"]"#,
            &[
                "transports smartcard: did you mean smart-card?",
                "transports wifi: it is one of usb, nfc, ble, smart-card, hybrid, internal",
            ],
        );
        check(
            r#""failure_reason":"bad_signature""#,
            &["failure_reason bad_signature: did you mean signature_invalid?"],
        );
        check(
            r#""failure_reason":"invalid_signature""#,
            &["failure_reason invalid_signature: did you mean signature_invalid?"],
        );
        check(
            r#""failure_reason":"signature_invald""#,
            &["failure_reason signature_invald: did you mean signature_invalid?"],
        );
        check(
            r#""failure_reason":"E1701""#,
            &["failure_reason E1701: no canonical reason is near"],
        );
        check(
            r#""attachment":"cross_platform""#,
            &["attachment cross_platform: did you mean cross-platform?"],
        );
    }

    #[test]
    fn words_of_the_set_and_texts_are_no_strays() {
        check(
            r#""user_segment":"admin","transports":["usb"],"failure_reason":"signature_invalid","role":"step_up""#,
            &[],
        );
        check(r#""failure_raw":"it did not work""#, &[]);
        // Words that a library's text stands for are understood.
        check(r#""failure_reason":"UserNotPresent""#, &[]);
    }

    /// The set is written down once; what a column's description says agrees with it.
    #[test]
    fn descriptions_of_columns_list_the_same_words() {
        for (column, words) in CLOSED {
            let info = COLUMNS.iter().find(|info| info.column == *column).unwrap();
            let said = info.unit.replace(" or ", ", ");
            assert_eq!(
                said.split(", ").collect::<Vec<_>>(),
                *words,
                "{}",
                info.name
            );
        }
    }
}
