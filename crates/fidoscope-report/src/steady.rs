//! Text that takes as many columns on one terminal as on the next.

use std::borrow::Cow;

use crate::escape;

/// Distance from a regional indicator to its letter.
const INDICATORS: u32 = 0x1f1e6 - 0x41;

/// Harmless text without the characters that terminals measure differently: variation selectors,
/// skin tones, frames of keys and fillers are left out, and flags become the letters of their country.
/// One terminal draws a flag over two columns, the next its halves over two each; whatever stands to
/// the right of it, the border of a panel for one, is then in the wrong place.
#[must_use]
pub fn steady(text: &str) -> Cow<'_, str> {
    let harmless = escape(text);
    if !harmless.chars().any(is_uneven) {
        return harmless;
    }
    let kept = harmless.chars().filter_map(|c| match c {
        '\u{1f1e6}'..='\u{1f1ff}' => char::from_u32(u32::from(c) - INDICATORS),
        c => (!is_uneven(c)).then_some(c),
    });
    Cow::Owned(kept.collect())
}

fn is_uneven(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' // soft hyphen
            | '\u{115f}'..='\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers
            | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' // selectors
            | '\u{20e0}' | '\u{20e2}'..='\u{20e4}' // frames
            | '\u{1f1e6}'..='\u{1f1ff}' // halves of flags
            | '\u{1f3fb}'..='\u{1f3ff}' // skin tones
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

    use super::steady;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(steady(text), expected);
    }

    #[test]
    fn what_terminals_measure_differently_is_not_drawn() {
        check("watch key", "watch key");
        check("⌚\u{fe0e} watch key", "⌚ watch key");
        check("❤\u{fe0f} heart", "❤ heart");
        check("🇸🇪🇩🇪 flags", "SEDE flags");
        check("half 🇸", "half S");
        check("👍🏽", "👍");
        check("1\u{fe0f}\u{20e3}", "1");
        check("葛\u{e0100}", "葛");
        check("soft\u{ad}hyphen", "softhyphen");
        check("\u{3164}", "");
        check("é東京", "é東京");
        check("\u{1b}[2J🇸🇪", "\\u{1b}[2JSE");
    }

    proptest! {
        /// No neighbour changes what a character takes; Arabic and Lisu, which unicode-width joins, apart.
        #[test]
        fn a_text_is_as_wide_as_its_characters(
            text in "[a-zé東🇦-🇿⌚❤👍🏻-🏿0-9\u{fe00}-\u{fe0f}\u{20e3}\u{200d}\u{301}]{0,12}",
        ) {
            let text = steady(&text);
            let sum: usize = text.chars().filter_map(UnicodeWidthChar::width).sum();
            prop_assert_eq!(sum, text.width(), "{:?}", text);
        }
    }
}
