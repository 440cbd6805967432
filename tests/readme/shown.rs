//! What a page shows, beside what a command prints.
//!
//! A shown line `...` stands for any number of lines, none among them, and `…` within a line for any
//! text. Everything else is as printed, spaces and all. Lines between two `...` are looked for at the
//! first place where they fit, which finds a fit if there is one: every such group takes as many
//! lines as it has, so a later place leaves no more to the groups behind it.

use std::fmt::Write as _;

/// Says where the two part, when they do.
pub(super) fn compare(shown: &[String], printed: &str) -> Result<(), String> {
    let printed: Vec<&str> = printed.lines().collect();
    let groups: Vec<&[String]> = shown.split(|line| line == "...").collect();
    let says = |line: &String| line.chars().any(|c| c != '…' && !c.is_whitespace());
    if !groups.iter().any(|group| group.iter().any(says)) {
        return Err("nothing but ellipses is shown\n".to_owned());
    }
    let (mut at, last) = (0, groups.len() - 1);
    for (number, group) in groups.iter().enumerate() {
        let end = printed.len().saturating_sub(group.len()).max(at);
        let places = match (number == 0, number == last) {
            (true, true) if group.len() != printed.len() => {
                return Err(parting(group, &printed, 0));
            }
            (true, _) => 0..=0,
            (false, true) => end..=end,
            (false, false) => at..=end,
        };
        let fits = |place: &usize| agreeing(group, &printed, *place) == group.len();
        let Some(place) = places.clone().find(fits) else {
            let nearest = places.max_by_key(|place| agreeing(group, &printed, *place));
            return Err(parting(group, &printed, nearest.unwrap_or(at)));
        };
        at = place + group.len();
    }
    Ok(())
}

/// How many lines agree from this place on, before one does not.
fn agreeing(group: &[String], printed: &[&str], place: usize) -> usize {
    let pairs = group.iter().zip(printed.iter().skip(place));
    pairs.take_while(|(shown, line)| same(shown, line)).count()
}

/// The lines around the first one that is not as shown.
fn parting(group: &[String], printed: &[&str], place: usize) -> String {
    let agreeing = agreeing(group, printed, place);
    let mut text = String::new();
    for line in &group[..agreeing] {
        writeln!(text, "    {line}").unwrap();
    }
    let shown = group.get(agreeing).map_or("(the end)", String::as_str);
    let found = printed.get(place + agreeing).copied();
    writeln!(text, "  - {shown}").unwrap();
    writeln!(text, "  + {}", found.unwrap_or("(the end)")).unwrap();
    text
}

fn same(shown: &str, printed: &str) -> bool {
    let Some((beginning, rest)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(mut printed) = printed.strip_prefix(beginning) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('…').collect();
    let ending = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = printed.split_once(part) else {
            return false;
        };
        printed = behind;
    }
    printed.ends_with(ending)
}

#[test]
fn what_is_shown_is_printed() {
    let check = |shown: &str, printed: &str, expected: Result<(), &str>| {
        let lines: Vec<String> = shown.lines().map(str::to_owned).collect();
        let found = compare(&lines, printed);
        assert_eq!(
            found.as_ref().map_err(String::as_str).copied(),
            expected,
            "{shown}"
        );
    };
    check("a\nb", "a\nb\n", Ok(()));
    check("a\nb", "a\nc\n", Err("    a\n  - b\n  + c\n"));
    check("a", "a\nb\n", Err("    a\n  - (the end)\n  + b\n"));
    check("a\nb", "a\n", Err("    a\n  - b\n  + (the end)\n"));
    check("a", "", Err("  - a\n  + (the end)\n"));
    check("a  b", "a b\n", Err("  - a  b\n  + a b\n"));
    check("a ", "a\n", Err("  - a \n  + a\n"));
    check("a\n...", "a\nb\nc\n", Ok(()));
    check("a\n...", "a\n", Ok(()));
    check("...\nc", "a\nb\nc\n", Ok(()));
    check("...\nb", "a\nb\nc\n", Err("  - b\n  + c\n"));
    check("a\n...\nc\n...", "a\nb\nc\nd\n", Ok(()));
    check("a\n...\nb\nd\n...", "a\nb\nc\nb\nd\n", Ok(()));
    check(
        "a\n...\nb\nd\n...",
        "a\nb\nc\n",
        Err("    b\n  - d\n  + c\n"),
    );
    check("a\n...\na", "a\n", Err("  - a\n  + (the end)\n"));
    check(
        "...\nb\n...\na\n...",
        "a\nb\n",
        Err("  - a\n  + (the end)\n"),
    );
    check("key …, 3 …", "key 1f, 3 rows\n", Ok(()));
    check(
        "key …, 3 …",
        "key 1f, 4 rows\n",
        Err("  - key …, 3 …\n  + key 1f, 4 rows\n"),
    );
    check("a…b", "ab\n", Ok(()));
    check("ab…b", "ab\n", Err("  - ab…b\n  + ab\n"));
    check("97.2 %", "97.3 %\n", Err("  - 97.2 %\n  + 97.3 %\n"));
    check(
        "...\n …\n...",
        "a\n",
        Err("nothing but ellipses is shown\n"),
    );
}
