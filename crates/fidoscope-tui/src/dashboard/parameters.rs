//! Which parameters a query has.

/// The names behind a `$` in a query, outside of its texts, quoted names and comments.
///
/// Only names are looked for: what the query means is the engine's to say, which gets the parameters
/// as typed values and refuses those that it does not know.
pub(super) fn named(sql: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['$', '\'', '"', '-', '/']) {
        let (_, found) = rest.split_at(at);
        rest = match found {
            _ if found.starts_with("--") => behind(found, 2, "\n"),
            _ if found.starts_with("/*") => behind(found, 2, "*/"),
            _ if found.starts_with('\'') => behind(found, 1, "'"),
            _ if found.starts_with('"') => behind(found, 1, "\""),
            _ if found.starts_with('$') => {
                let (_, name) = found.split_at(1);
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let (name, rest) = name.split_at(end.unwrap_or(name.len()));
                if rest.starts_with('$') {
                    // `$$` and `$tag$` open a text that the same mark closes.
                    behind(rest, 1, &format!("${name}$"))
                } else {
                    names.push(name);
                    rest
                }
            }
            _ => found.split_at(1).1,
        };
    }
    names
}

/// What follows the next `end`, looked for from the byte `from` on.
fn behind<'a>(text: &'a str, from: usize, end: &str) -> &'a str {
    let text = text.get(from..).unwrap_or_default();
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::named;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(named(sql), expected, "{sql}");
    }

    #[test]
    fn parameters_are_found_where_they_are_meant() {
        check("SELECT 1 - 2 / 3", &[]);
        check(
            "SELECT * FROM events WHERE ts >= $since AND ts<$until",
            &["since", "until"],
        );
        check("SELECT $now", &["now"]);
        check("SELECT $sinze, $1, $", &["sinze", "1", ""]);
        check("SELECT '$since', \"$until\", 'it''s $now'", &[]);
        check("SELECT 1 -- $since\n, $until /* $now */", &["until"]);
        check("SELECT $$ $since $$, $a$ $until $a$, $now", &["now"]);
        check("SELECT 'open $since", &[]);
    }

    proptest! {
        #[test]
        fn no_text_panics(sql in "[$'\"/*a-c -]{0,24}|\\PC{0,24}") {
            drop(named(&sql));
        }
    }
}
