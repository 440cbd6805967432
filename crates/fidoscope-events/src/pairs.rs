//! Text lines that hold `name="value"` pairs, such as those of Keycloak's text log.

use std::borrow::Cow;

use crate::assign::Fault;
use crate::trie::{Frame, Node};
use crate::value::Value;

/// Where pairs are and where their values go.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextPairs {
    /// Values of JSON records that hold such text.
    pub(crate) at: Vec<usize>,
    /// Where what stands before the first pair goes.
    pub(crate) before: Option<usize>,
    /// The member to whose members a name belongs that the record itself does not know.
    pub(crate) inside: Option<String>,
    /// Whether the writer quotes whatever is not one plain word (logfmt), so that words without
    /// quotes can be trusted.
    pub(crate) bare: bool,
}

impl TextPairs {
    /// Whether a line is text and not JSON.
    pub(crate) fn is_text(line: &str) -> bool {
        !line.trim_ascii_start().starts_with(['{', '['])
    }

    /// Puts the pairs of some text into a frame. Text without pairs leaves it as it is.
    pub(crate) fn fill<'a>(
        &self,
        root: &Node,
        text: Cow<'a, str>,
        frame: &mut Frame<'a>,
    ) -> Result<(), Box<Fault>> {
        let known = |name: &str| root.slot_of(name, self.inside.as_deref());
        let Some(first) = first_pair(&text, known) else {
            return Ok(());
        };
        let piece = |start: usize, end: usize| match &text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_owned()),
        };
        put(frame, self.before, piece(0, first));
        let mut rest = first;
        while let Some(pair) = next_pair(&text, rest, self.bare)? {
            let value = piece(pair.value.0, pair.value.1);
            if value != "null" {
                put(frame, known(pair.name), value);
            }
            rest = pair.end;
        }
        Ok(())
    }
}

/// A name that stands twice keeps its first value: what comes later may be made up by a user.
fn put<'a>(frame: &mut Frame<'a>, slot: Option<usize>, value: Cow<'a, str>) {
    let place = slot.and_then(|slot| frame.get_mut(slot));
    if let Some(place) = place.filter(|place| !place.is_some()) {
        *place = Value::Text(match value.contains('\\') {
            true => Cow::Owned(value.replace("\\\"", "\"").replace("\\\\", "\\")),
            false => value,
        });
    }
}

struct Pair<'t> {
    name: &'t str,
    value: (usize, usize),
    end: usize,
}

const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where the first pair begins: the first known name with `=` after it.
fn first_pair(text: &str, known: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'=', bytes).find_map(|equals| {
        let name = bytes
            .get(..equals)?
            .iter()
            .rev()
            .take_while(|byte| in_name(**byte));
        let start = equals - name.count();
        known(text.get(start..equals)?).map(|_| start)
    })
}

/// The pair at a place. A value without quotes may hold what looks like another pair, and a quote
/// inside a value ends it too early: both would let a user write pairs, so neither is read.
fn next_pair(text: &str, at: usize, bare: bool) -> Result<Option<Pair<'_>>, Box<Fault>> {
    let Some((name, _)) = text.get(at..).and_then(|rest| rest.split_once('=')) else {
        return Ok(None);
    };
    let start = at + name.len() + 1;
    let ambiguous = |why: &str| {
        let name = crate::assign::cut(name, 64);
        Fault::new("ambiguous_text", format!("the value of {name:?} {why}"))
    };
    let Some(quoted) = text.get(start..).and_then(|rest| rest.strip_prefix('"')) else {
        if bare {
            let end = word(text, start).ok_or_else(|| ambiguous("is neither a word nor quoted"))?;
            let value = (start, end);
            let end = after(text, end).ok_or_else(|| ambiguous("has text behind it"))?;
            return Ok(Some(Pair { name, value, end }));
        }
        let unknown = text
            .get(start..)
            .is_some_and(|rest| rest.starts_with("null"));
        if !unknown {
            return Err(ambiguous("is not in quotes, so it may hold made-up pairs"));
        }
        return Ok(Some(Pair {
            name,
            value: (start, start + 4),
            end: after(text, start + 4).ok_or_else(|| ambiguous("has text behind it"))?,
        }));
    };
    let mut escaped = false;
    let length = quoted.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let length = length.ok_or_else(|| ambiguous("has no closing quote"))?;
    let end = start + 1 + length;
    Ok(Some(Pair {
        name,
        value: (start + 1, end),
        end: after(text, end + 1).ok_or_else(|| ambiguous("has a quote inside"))?,
    }))
}

/// The end of a word that a writer of logfmt leaves without quotes.
fn word(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let length = rest.find(' ').unwrap_or(rest.len());
    let plain = rest.get(..length)?;
    (!plain.contains(['"', '=', '\\'])).then_some(start + length)
}

/// The start of the next pair: behind a comma and blanks, or the end of the text.
fn after(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.trim_ascii().is_empty() {
        return Some(text.len());
    }
    let rest = rest.strip_prefix(',').or_else(|| rest.strip_prefix(' '))?;
    Some(text.len() - rest.trim_ascii_start().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path;
    use crate::trie::Naming;

    /// The values of the names `type`, `user` and `details.why`, and what stood before.
    #[track_caller]
    fn check(text: &str, expected: Result<[&str; 4], &str>) {
        check_as(false, text, expected);
    }

    #[track_caller]
    fn check_as(bare: bool, text: &str, expected: Result<[&str; 4], &str>) {
        let (mut root, mut width) = (Node::root(Naming::default()), 0);
        for name in ["before", "type", "user", "details.why"] {
            root.insert(&path::parse(name).unwrap(), &mut width);
        }
        let pairs = TextPairs {
            before: Some(0),
            inside: Some("details".to_owned()),
            bare,
            ..TextPairs::default()
        };
        let mut frame = crate::trie::blank(width);
        let found = pairs.fill(&root, Cow::Borrowed(text), &mut frame);
        let texts = frame.iter().map(|value| value.as_text().unwrap_or("-"));
        let found = found.map(|()| texts.collect::<Vec<_>>());
        let found = found.as_deref().map_err(|fault| fault.message.as_str());
        assert_eq!(
            found,
            expected
                .as_ref()
                .map(<[_; 4]>::as_slice)
                .map_err(|why| *why)
        );
    }

    #[test]
    fn pairs() {
        check(
            r#"08:00 WARN [events] type="LOGIN", user="u=1, x", other="-", why="a \"b\"""#,
            Ok(["08:00 WARN [events] ", "LOGIN", "u=1, x", "a \"b\""]),
        );
        check(r#"type="A" user="null""#, Ok(["", "A", "-", "-"]));
        check(r#"type="A", user=null"#, Ok(["", "A", "-", "-"]));
        check(r#"type="A", user="u", user="v""#, Ok(["", "A", "u", "-"]));
        check("Listening on http://0.0.0.0?a=1", Ok(["-"; 4]));
        check(
            "type=LOGIN, user=u",
            Err("the value of \"type\" is not in quotes, so it may hold made-up pairs"),
        );
        check(r#"type="A", user="u" type="B""#, Ok(["", "A", "u", "-"]));
        check(
            r#"type="A", user="u"v"#,
            Err("the value of \"user\" has a quote inside"),
        );
        check(
            r#"type="A", user="u"#,
            Err("the value of \"user\" has no closing quote"),
        );
    }

    #[test]
    fn logfmt() {
        let check = |text, expected| check_as(true, text, expected);
        check(
            r#"type=error user=ada@example.com why="it said \"no\", type=info""#,
            Ok(["", "error", "ada@example.com", "it said \"no\", type=info"]),
        );
        check("type= user=u", Ok(["", "", "u", "-"]));
        check(
            "type=a=b user=u",
            Err("the value of \"type\" is neither a word nor quoted"),
        );
        check(
            "type=\"A\"B",
            Err("the value of \"type\" has a quote inside"),
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bare: bool, text in "(type|user|why|=|\"|\\\\|,| |é|null){0,30}") {
            let mut width = 0;
            let mut root = Node::root(Naming::default());
            root.insert(&path::parse("type").unwrap(), &mut width);
            let mut frame = crate::trie::blank(width);
            let pairs = TextPairs { bare, ..TextPairs::default() };
            let _ = pairs.fill(&root, Cow::Borrowed(&text), &mut frame);
        }
    }
}
