use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let pattern = Pattern::parse(pattern);
    for text in yes {
        assert!(
            pattern.matches(text, false),
            "{pattern:?} should match {text:?}"
        );
    }
    for text in no {
        assert!(
            !pattern.matches(text, false),
            "{pattern:?} should not match {text:?}"
        );
    }
}

#[test]
fn a_pattern_matches_the_whole_text_without_case() {
    check("usb", &["usb", "USB"], &["usb-c", "a usb", ""]);
    check(
        "*.example.org",
        &["a.example.org", ".EXAMPLE.org"],
        &["example.org", "a.example.org."],
    );
    check("a*b*c", &["abc", "aXbXbXc"], &["ab", "acb"]);
    check("?", &["a", "é", "🔑"], &["", "ab"]);
    check("a?c*", &["abc", "abcd"], &["ac"]);
    check("", &[""], &["a"]);
    check("*", &["", "anything"], &[]);
    check("Straße", &["straße", "STRAßE", "STRAẞE"], &["strasse"]);
    // What a letter becomes does not depend on what comes next.
    check("ΟΔΟΣ*", &["ΟΔΟΣΑΒ", "ΟΔΟΣ", "οδος", "οδοσαβ"], &["ΟΔΟ"]);
    check("*σ", &["ΟΔΟΣ", "οδος"], &["οδ"]);
    check("?tanbul", &["ıtanbul", "İTANBUL"], &["i̇tanbul"]);
}

#[test]
fn a_backslash_takes_the_meaning_from_a_wildcard_and_from_itself_only() {
    check(r"100\*", &["100*"], &["1000", r"100\*"]);
    check(r"why\?", &["why?"], &["whyx"]);
    check(r"C:\Windows\x", &[r"c:\windows\x"], &[]);
    check(r"\\\\host", &[r"\\host"], &[r"\host"]);
    check(r"dir\\*", &[r"dir\", r"dir\file"], &["dir*"]);
    check(r"end\", &[r"end\"], &["end"]);
}

#[test]
fn case_matters_when_asked_for() {
    let pattern = Pattern::parse("Chrome*");
    assert!(pattern.matches("Chrome 141", true));
    assert!(!pattern.matches("chrome 141", true));
}

#[test]
fn like_escapes_what_sql_would_take_for_a_wildcard() {
    assert_eq!(Pattern::parse(r"50%_\*?x*").to_like(), r"50\%\_*_x%");
    assert_eq!(Pattern::parse(r"a\b").to_like(), r"a\\b");
    assert_eq!(Pattern::parse("a").surrounded(true, false).to_like(), "%a");
    assert_eq!(
        Pattern::parse("*a*").surrounded(true, true).to_like(),
        "%a%"
    );
}

#[test]
fn a_literal_is_known_as_one() {
    assert_eq!(Pattern::parse("").literal(), Some(""));
    assert_eq!(Pattern::parse(r"a\*").literal(), Some("a*"));
    assert_eq!(Pattern::parse("a*").literal(), None);
}

#[test]
fn many_wildcards_do_not_take_forever() {
    let pattern = Pattern::parse(&"a*".repeat(60));
    assert!(!pattern.matches(&("a".repeat(5_000) + "b"), true) || pattern.pieces().len() > 1);
    assert!(!Pattern::parse(&("*a".repeat(60) + "c")).matches(&"a".repeat(5_000), true));
}

/// The obvious way, for comparison.
fn naive(pieces: &[Piece], text: &[char]) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Any, rest)) => (0..=text.len()).any(|at| naive(rest, &text[at..])),
        Some((Piece::One, rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((Piece::Literal(literal), rest)) => {
            let literal: Vec<char> = literal.chars().collect();
            text.starts_with(&literal) && naive(rest, &text[literal.len()..])
        }
    }
}

proptest! {
    #[test]
    fn matching_agrees_with_the_obvious_way(pattern in r"[ab*?\\]{0,8}", text in r"[ab\\*]{0,10}") {
        let pattern = Pattern::parse(&pattern);
        let chars: Vec<char> = text.chars().collect();
        prop_assert_eq!(pattern.matches(&text, true), naive(pattern.pieces(), &chars));
    }

    #[test]
    fn an_escaped_text_matches_itself(text in r"[ -~]{0,12}") {
        let escaped: String = text
            .chars()
            .flat_map(|char| if r"\*?".contains(char) { vec!['\\', char] } else { vec![char] })
            .collect();
        let pattern = Pattern::parse(&escaped);
        prop_assert_eq!(pattern.literal(), Some(text.as_str()));
        prop_assert!(pattern.matches(&text, true));
    }

    #[test]
    fn reading_a_pattern_never_panics(text in r"\PC*", other in r"\PC*") {
        let pattern = Pattern::parse(&text);
        let _ = pattern.matches(&other, false);
        let _ = pattern.to_like();
    }
}
