//! Clues: what a line must have somewhere for a condition to hold.
//!
//! A condition that looks for a text within a value can hold only where the line has that text: of
//! letters, digits and `_ . -`, none of which JSON escapes otherwise than by `\u`, and in ASCII, so
//! that letter case has no surprises. Whoever asks sees to the last two.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::condition::{Condition, Test};
use crate::pattern::Pattern;

/// Shortest clue that a pattern gives: what is shorter is in every line.
const SHORTEST: usize = 3;

impl Condition {
    /// Texts of which a line has at least one, in whatever letter case, if the condition holds;
    /// `None` where no such texts are known. What the value in `known` must be is no clue.
    pub(crate) fn clues(&self, known: usize) -> Option<Vec<String>> {
        match self {
            Self::All(conditions) => conditions.iter().find_map(|one| one.clues(known)),
            Self::Any(conditions) => all_of(conditions.iter().map(|one| one.clues(known))),
            Self::Not(_) => None,
            Self::Slots { slots, test, .. } => match test {
                _ if *slots == [known] => None,
                Test::Contains(part) => is_clue(part).then(|| vec![part.to_ascii_lowercase()]),
                Test::Matches(pattern) => pattern.clues(),
                _ => None,
            },
        }
    }
}

impl Pattern {
    /// Texts of which everything that it matches has one.
    fn clues(&self) -> Option<Vec<String>> {
        let mut parser = ParserBuilder::new()
            .case_insensitive(self.folds_case())
            .build();
        clues_of(&parser.parse(self.text()).ok()?)
    }
}

fn clues_of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Concat(parts) => {
            let longest = longest_run(parts);
            let inner = || parts.iter().find_map(clues_of);
            longest.map(|run| vec![run]).or_else(inner)
        }
        HirKind::Alternation(parts) => all_of(parts.iter().map(clues_of)),
        HirKind::Capture(capture) => clues_of(&capture.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => clues_of(&repeated.sub),
        _ => longest_run(std::slice::from_ref(hir)).map(|run| vec![run]),
    }
}

/// The longest text among parts that follow one another.
fn longest_run(parts: &[Hir]) -> Option<String> {
    let (mut longest, mut run) = (String::new(), String::new());
    for part in parts {
        match part.kind() {
            HirKind::Look(_) => {}
            _ => match letters(part) {
                Some(more) => run.push_str(&more),
                None => run.clear(),
            },
        }
        if run.len() > longest.len() {
            longest.clone_from(&run);
        }
    }
    (longest.len() >= SHORTEST && is_clue(&longest)).then_some(longest)
}

/// The one text that a part stands for in ASCII, but for its letter case.
fn letters(part: &Hir) -> Option<String> {
    match part.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            is_plain(text).then(|| text.to_ascii_lowercase())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ascii = class
                .ranges()
                .iter()
                .filter(|range| range.start() <= '\x7f');
            let mut letters = ascii.flat_map(|range| range.start()..=range.end().min('\x7f'));
            let first = letters.next()?.to_ascii_lowercase();
            let one = letters.all(|letter| letter.to_ascii_lowercase() == first);
            let text = String::from(first);
            (one && is_plain(&text)).then_some(text)
        }
        _ => None,
    }
}

/// All the texts of some sets, if each of them is known.
fn all_of(sets: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    let sets: Vec<Vec<String>> = sets.collect::<Option<_>>()?;
    Some(sets.into_iter().flatten().collect())
}

fn is_clue(text: &str) -> bool {
    is_plain(text) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether JSON writes a text as it is.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, expected: Option<&[&str]>) {
        let found = Pattern::new(pattern.to_owned(), false).clues();
        let expected = expected.map(|texts| texts.iter().map(ToString::to_string).collect());
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn a_pattern_tells_what_is_in_everything_that_it_matches() {
        check("(?i)^fido_(webauthn|u2f)$", Some(&["fido_"]));
        check(r"(?i)\bfido_(webauthn|u2f)\b", Some(&["fido_"]));
        check("^(webauthn|passkey)$", Some(&["webauthn", "passkey"]));
        check(
            r"^system\..*\.send_account_unlock_message$|^device\.pin$",
            Some(&[".send_account_unlock_message", "device.pin"]),
        );
        check("(?i)Skip(ped)?", Some(&["skip"]));
        check("(passkey)+", Some(&["passkey"]));
        // Nothing that is always there, or JSON may write it otherwise.
        check("(passkey)*", None);
        check("webauthn|.*", None);
        check("^[a-z]+$", None);
        check("a\"b", None);
        check("ab", None);
        check("é", None);
        check("(", None);
    }
}
