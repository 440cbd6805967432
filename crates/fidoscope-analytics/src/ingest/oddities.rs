//! What an ingest stores and has to point out, because something will not find it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fidoscope_events::{CREDENTIAL_ID_PROBLEM, Column, Event, stray_words};

/// Different words that are kept; what comes after them is counted together.
const MOST_WORDS: usize = 16;

/// Shortest text that is taken for hexadecimal digits: shorter ones may be so by chance.
const SHORTEST_HEX: usize = 16;

/// What was stored and has to be pointed out. It does not depend on the number of threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Credential identifiers that are no base64, which went to `credential_ref`.
    pub unread_ids: u64,
    /// Credential identifiers that were read as base64 and look like hexadecimal digits.
    pub hexadecimal_ids: u64,
    /// Removals and revocations that name no credential.
    pub nameless_removals: u64,
    /// Words that are none of the closed set of their column, and how often each came.
    pub stray_words: BTreeMap<(Column, String), u64>,
    /// How often others came, which are not in the list.
    pub more_stray_words: u64,
}

impl Oddities {
    /// Looks at an event; at its words only where the record itself names the columns, since a mapping
    /// is answerable for its own.
    pub(crate) fn look(&mut self, event: &Event<'_>, is_open: bool) {
        let unread = event
            .attrs
            .iter()
            .any(|(name, _)| name == CREDENTIAL_ID_PROBLEM);
        self.unread_ids += u64::from(unread);
        if let Some(id) = &event.credential_id {
            self.hexadecimal_ids += u64::from(is_hexadecimal(id));
        }
        let removal = matches!(&*event.kind, "credential.removed" | "credential.revoked");
        let nameless = event.credential_id.is_none() && event.credential_ref.is_none();
        self.nameless_removals += u64::from(removal && nameless);
        if is_open {
            stray_words(event, |column, word| self.stray(column, word, 1));
        }
    }

    fn stray(&mut self, column: Column, word: &str, times: u64) {
        let key = (column, word.to_owned());
        if self.stray_words.len() < MOST_WORDS || self.stray_words.contains_key(&key) {
            *self.stray_words.entry(key).or_default() += times;
        } else {
            self.more_stray_words += times;
        }
    }

    /// Adds those of the lines behind these.
    pub(crate) fn add(&mut self, more: Self) {
        self.unread_ids += more.unread_ids;
        self.hexadecimal_ids += more.hexadecimal_ids;
        self.nameless_removals += more.nameless_removals;
        self.more_stray_words += more.more_stray_words;
        for ((column, word), times) in more.stray_words {
            self.stray(column, &word, times);
        }
    }
}

/// Whether an identifier reads as hexadecimal digits where it is written as base64: it then was
/// written in them, and its bytes are others. Of nearly all identifiers the first four characters tell.
fn is_hexadecimal(id: &[u8]) -> bool {
    let long = id.len() >= SHORTEST_HEX * 3 / 4;
    let of_hex = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let reads = |three: &[u8]| {
        let mut four = [0; 4];
        let written = URL_SAFE_NO_PAD.encode_slice(three, &mut four);
        written.is_ok_and(|length| four.iter().take(length).all(of_hex))
    };
    long && id.chunks(3).all(reads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_identifiers_are_known_by_their_letters() {
        let read = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let hex = "977198e94b1b920736aa86033e32a63336affbbf615715cc5e8d92396a9e2eee";
        assert!(is_hexadecimal(&read(hex)));
        assert!(is_hexadecimal(&read(
            "0af76519-16cd-43dd-8448-eb211c80319c"
        )));
        assert!(!is_hexadecimal(&read(
            "l3GYCulLG5IHNk-GAz4ypjM2Hzv2FXFcxejZI5ap4u4"
        )));
        assert!(!is_hexadecimal(&read("abcd1234")));
        assert!(!is_hexadecimal(&[]));
    }

    #[test]
    fn words_beyond_the_list_are_counted() {
        let mut all = Oddities::default();
        for n in 0..MOST_WORDS + 3 {
            let mut one = Oddities::default();
            one.stray(Column::UserSegment, &format!("segment{n}"), 2);
            all.add(one);
        }
        assert_eq!(
            (all.stray_words.len(), all.more_stray_words),
            (MOST_WORDS, 6)
        );
    }
}
