//! Where in a line a field stands. Only used after something went wrong.

/// Byte of the line at which the value of the named members begins, e.g. `flags.uv`.
pub(crate) fn of_field(line: &str, path: &str) -> Option<u64> {
    let mut cursor = Cursor {
        text: line.as_bytes(),
        at: 0,
    };
    for part in path.split('.') {
        cursor.enter(part)?;
    }
    cursor.blanks();
    u64::try_from(cursor.at).ok()
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Moves to the value of the last member of that name, which is the one that counts.
    fn enter(&mut self, name: &str) -> Option<()> {
        self.blanks();
        self.take(b'{')?;
        let mut found = None;
        loop {
            self.blanks();
            let start = self.at;
            self.string()?;
            let key = self.text.get(start + 1..self.at - 1)?;
            self.blanks();
            self.take(b':')?;
            if key == name.as_bytes() {
                found = Some(self.at);
            }
            if self.value().is_none() {
                break;
            }
            self.blanks();
            if self.take(b',').is_none() {
                break;
            }
        }
        self.at = found?;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => return self.take(b'"'),
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Skips a value. Brackets are only counted: the line was or will be judged by the parser.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.blanks();
            match self.peek()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                b',' | b':' => return None,
                _ => self.word(),
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn word(&mut self) {
        while let Some(byte) = self.peek() {
            if matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') {
                return;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of_field;

    #[track_caller]
    fn check(line: &str, path: &str, expected: Option<&str>) {
        let found = of_field(line, path).map(|at| &line[usize::try_from(at).unwrap()..]);
        assert_eq!(found, expected);
    }

    #[test]
    fn finds_the_value() {
        check(r#"{"a":1,"b": -2}"#, "b", Some("-2}"));
        check(
            r#"{"a":{"x":[1,{"b":3}]},"b":{"uv":0}}"#,
            "b.uv",
            Some("0}}"),
        );
        check(r#"{"a":"\"b\":1","b":2}"#, "b", Some("2}"));
        check(r#"{"b":1,"b":2}"#, "b", Some("2}"));
        check(r#"{"a":1"#, "b", None);
        check("[]", "b", None);
        check(r#"{"a":1,"b":"cut"#, "b", Some(r#""cut"#));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(line in "[\\[\\]{}\":,\\\\a1é ]{0,40}", path in "[a.é]{0,5}") {
            let _ = of_field(&line, &path);
        }
    }
}
