//! Text without its letter case, for comparisons.

use std::borrow::Cow;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// The text folded: two texts that differ in letter case alone are equal afterwards.
///
/// Lower case is not enough for that. `Σ` has two small forms, `σ` and the `ς` that ends a word, and
/// which of them a text gets when it is lowercased depends on what comes next: `ΟΔΟΣ` would no longer
/// begin `ΟΔΟΣΑΒ`. Folding is Unicode's simple one (CaseFolding.txt, statuses C and S; Unicode §3.13),
/// as in regular expressions with `(?i)`: each character by itself and into one character, so that `?`
/// stands for the same in both. `ß` and `ẞ` are equal, `ß` and `ss` are not; `İ` equals only itself.
///
/// A folded text is for comparing, not for reading.
#[must_use]
pub fn fold_case(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    Cow::Owned(text.chars().map(folded).collect())
}

/// The character that stands for all that differ from this one in case: the first of them, which
/// is an ASCII letter where one is among them (`K` for the sign of Kelvin), and that in lower case.
fn folded(char: char) -> char {
    if char.is_ascii() || is_caseless(char) {
        return char.to_ascii_lowercase();
    }
    let mut alike = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    // The tables of case are part of the build; without them each character would equal itself only.
    let _ = alike.try_case_fold_simple();
    let first = alike.ranges().first().map(ClassUnicodeRange::start);
    first.unwrap_or(char).to_ascii_lowercase()
}

/// Whether a character has neither a capital nor a small form, as most of the world's have.
fn is_caseless(char: char) -> bool {
    char.to_lowercase().eq([char]) && char.to_uppercase().eq([char])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, alike: bool) {
        assert_eq!(
            fold_case(one) == fold_case(other),
            alike,
            "{one:?} and {other:?}"
        );
    }

    #[test]
    fn what_differs_in_case_alone_is_equal() {
        check("Chrome", "cHROME", true);
        check("ΟΔΟΣ", "οδος", true);
        check("ΟΔΟΣ", "οδοσ", true);
        check("Büro-Schlüssel", "BÜRO-SCHLÜSSEL", true);
        check("straße", "STRAẞE", true);
        check("straße", "STRASSE", false);
        // The signs of Kelvin and Ångström, the long s, a Georgian and a Cherokee letter.
        check("\u{212a}", "k", true);
        check("\u{212b}", "å", true);
        check("ſ", "S", true);
        check("\u{1c90}", "\u{10d0}", true);
        check("\u{13a0}", "\u{ab70}", true);
        // Turkish: a dot is no matter of case.
        check("İstanbul", "istanbul", false);
        check("ıstanbul", "istanbul", false);
        check("鍵", "键", false);
    }

    /// Every character is folded like a regular expression without case does it.
    #[test]
    fn agrees_with_regular_expressions() {
        for char in [
            '\0'..='\u{24ff}',
            '\u{a640}'..='\u{abff}',
            '\u{10400}'..='\u{1e943}',
        ]
        .into_iter()
        .flatten()
        {
            let mut alike = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
            alike.try_case_fold_simple().unwrap();
            for range in alike.ranges() {
                for other in range.start()..=range.end() {
                    assert_eq!(folded(char), folded(other), "{char:?} and {other:?}");
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing_and_keeps_the_length(text in r"\PC{0,20}") {
            let once = fold_case(&text).into_owned();
            proptest::prop_assert_eq!(fold_case(&once).into_owned(), once.clone());
            proptest::prop_assert_eq!(once.chars().count(), text.chars().count());
        }
    }
}
