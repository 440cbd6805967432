//! A text that is looked for by its rarest letter, in any letter case if need be.

/// Letters of English, the rarest first; all other bytes count as rarer.
const RAREST: &[u8] = b"zqxjkvbpygfwmucldrhsnioate";

/// A text to look for.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    text: Vec<u8>,
    fold_case: bool,
    letter: [u8; 2],
    /// Where the letter is in the text.
    at: usize,
}

impl Needle {
    /// `None` for a text without letters.
    pub(crate) fn new(text: &str, fold_case: bool) -> Option<Self> {
        let rank = |byte: u8| RAREST.iter().position(|known| *known == byte);
        let bytes = text.bytes().enumerate();
        let letters = bytes.filter(|(_, byte)| byte.is_ascii_alphabetic());
        let (at, byte) = letters.min_by_key(|(_, byte)| rank(byte.to_ascii_lowercase()))?;
        let letter = if fold_case {
            [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]
        } else {
            [byte, byte]
        };
        Some(Self {
            text: text.as_bytes().to_vec(),
            fold_case,
            letter,
            at,
        })
    }

    /// Where the line goes on behind each place that has the text.
    pub(crate) fn ends<'l>(&'l self, line: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
        let [one, other] = self.letter;
        memchr::memchr2_iter(one, other, line).filter_map(move |letter| {
            let start = letter.checked_sub(self.at)?;
            let end = start + self.text.len();
            let found = line.get(start..end)?;
            let same = if self.fold_case {
                found.eq_ignore_ascii_case(&self.text)
            } else {
                found == self.text
            };
            same.then_some(end)
        })
    }

    /// Whether the line has the text.
    pub(crate) fn is_in(&self, line: &[u8]) -> bool {
        self.ends(line).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Needle;

    #[track_caller]
    fn check(text: &str, fold_case: bool, line: &str, expected: &[usize]) {
        let needle = Needle::new(text, fold_case).unwrap();
        let ends: Vec<usize> = needle.ends(line.as_bytes()).collect();
        assert_eq!(ends, expected, "{text} in {line}");
    }

    #[test]
    fn every_place_of_a_text_is_found() {
        check(
            "\"type\"",
            false,
            r#"{"type":1,"Type":2,"type":3}"#,
            &[7, 25],
        );
        check("\"type\"", true, r#"{"type":1,"Type":2}"#, &[7, 16]);
        check("fido_", true, "FIDO_U2F fido", &[5]);
        check("webauthn", true, "eb webauth WEBAUTHn", &[19]);
        assert!(Needle::new("_2", false).is_none());
    }
}
