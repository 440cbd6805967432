//! A piece of text with marks under a part of it.

use std::ops::Range;

/// Columns of an excerpt.
const WIDTH: usize = 72;

/// Two lines: the text around `marked`, and `^` below the part. Ranges are of bytes.
pub(super) fn excerpt(text: &str, marked: Range<usize>) -> Vec<String> {
    let shown: Vec<(usize, char)> = text
        .char_indices()
        .map(|(at, c)| (at, if c.is_control() { '.' } else { c }))
        .collect();
    let place = |byte: usize| shown.partition_point(|(at, _)| *at < byte);
    let (start, end) = (
        place(marked.start),
        place(marked.end).max(place(marked.start)),
    );
    let room = WIDTH - 2;
    let wanted = (end - start).min(room);
    let before = (room - wanted) / 2;
    let from = start
        .saturating_sub(before)
        .min(shown.len().saturating_sub(room));
    let until = (from + room).min(shown.len());
    let left = if from > 0 { "…" } else { "" };
    let right = if until < shown.len() { "…" } else { "" };
    let middle: String = shown
        .iter()
        .take(until)
        .skip(from)
        .map(|(_, c)| *c)
        .collect();
    let mut lines = vec![format!("{left}{middle}{right}")];
    if end > start {
        let indent = start.saturating_sub(from) + left.chars().count();
        let marks = end.min(until).saturating_sub(start).max(1);
        lines.push(format!("{}{}", " ".repeat(indent), "^".repeat(marks)));
    }
    lines
}

/// Where the value of a member of a JSON object stands in its text; the last one of duplicates.
pub(super) fn member(json: &str, name: &str) -> Option<Range<usize>> {
    let quoted = format!("\"{name}\"");
    let places = json.match_indices(&quoted).filter_map(|(at, _)| {
        let rest = json.get(at + quoted.len()..)?;
        let value = rest.trim_start().strip_prefix(':')?.trim_start();
        let start = json.len() - value.len();
        Some(start..start + length(value))
    });
    places.last()
}

/// Length of the JSON value that a text starts with, told from its brackets and quotes.
fn length(value: &str) -> usize {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => {
                quoted = !quoted;
                if !quoted && depth == 0 {
                    return at + 1;
                }
            }
            _ if quoted => {}
            '{' | '[' => depth += 1,
            ',' | '}' | ']' if depth == 0 => return at,
            '}' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, name: &str, expected: Option<&str>) {
        assert_eq!(member(json, name).map(|range| &json[range]), expected);
    }

    #[test]
    fn a_member_is_found_with_its_value() {
        let json = r#"{"type":"webauthn.get", "origin" : "https://a\"b", "crossOrigin":false}"#;
        check(json, "type", Some("\"webauthn.get\""));
        check(json, "origin", Some("\"https://a\\\"b\""));
        check(json, "crossOrigin", Some("false"));
        check(json, "topOrigin", None);
        check(
            r#"{"tokenBinding":{"status":"x"},"a":1}"#,
            "tokenBinding",
            Some(r#"{"status":"x"}"#),
        );
        check("{\"type\":", "type", Some(""));
        check("{\"type\"", "type", None);
    }

    #[test]
    fn marks_stand_under_the_part() {
        let lines = excerpt(r#"{"origin":"https://evil.example"}"#, 10..32);
        assert_eq!(
            lines,
            [
                r#"{"origin":"https://evil.example"}"#,
                "          ^^^^^^^^^^^^^^^^^^^^^^"
            ]
        );
    }

    #[test]
    fn long_text_is_cut_around_the_part() {
        let text = format!("{}HERE{}", "a".repeat(200), "b".repeat(200));
        let lines = excerpt(&text, 200..204);
        assert!(
            lines.iter().all(|line| line.chars().count() <= WIDTH),
            "{lines:?}"
        );
        let at = lines[0].chars().position(|c| c == 'H').unwrap();
        assert_eq!(lines[1].chars().position(|c| c == '^'), Some(at));
        assert_eq!(lines[1].matches('^').count(), 4);
        let wide = excerpt(&text, 0..404);
        assert!(
            wide.iter().all(|line| line.chars().count() <= WIDTH),
            "{wide:?}"
        );
    }
}
