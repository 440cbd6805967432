//! Sentences in less room than they take.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text in at most `room` columns: cut behind a word where that does not cost half of the room, else
/// in the middle of one.
#[must_use]
pub fn shorten(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    let kept = prefix(text.chars(), room - 1);
    if text
        .get(kept.len()..)
        .is_some_and(|rest| rest.starts_with(' '))
    {
        return format!("{kept}…");
    }
    let words = kept.rsplit_once(' ').map(|(words, _)| words.trim_end());
    match words.filter(|words| words.width() > room / 2) {
        Some(words) => format!("{words} …"),
        None => format!("{kept}…"),
    }
}

/// So many of the characters as take at most `room` columns.
pub(crate) fn prefix(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::shorten;

    #[track_caller]
    fn check(text: &str, room: usize, expected: &str) {
        assert_eq!(shorten(text, room), expected);
    }

    #[test]
    fn words_stay_whole_where_that_is_cheap() {
        check(
            "Signature counter did not increase",
            40,
            "Signature counter did not increase",
        );
        check(
            "Signature counter did not increase",
            32,
            "Signature counter did not …",
        );
        check("counter went from 41 to 7", 18, "counter went from…");
        check("credential_id=3f2a9c01d8e7", 12, "credential_…");
        check("of credential_id=3f2a9c01d8e7", 12, "of credenti…");
        check("東京都", 5, "東京…");
        check("東京都", 4, "東…");
        check("abc", 0, "");
    }

    proptest! {
        #[test]
        fn no_text_takes_more_room(text in "[a-z 東é]{0,40}", room in 0..40_usize) {
            prop_assert!(shorten(&text, room).width() <= room);
        }
    }
}
