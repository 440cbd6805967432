//! Text with wildcards.

use crate::fold_case;

#[cfg(test)]
mod tests;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This text.
    Literal(String),
    /// One character (`?`).
    One,
    /// Any number of characters (`*`).
    Any,
}

/// A text with wildcards that has to match a whole value.
///
/// Sigma's escapes: `\*` and `\?` are plain characters, `\\` is a backslash (so that `\\*` is a
/// backslash and a wildcard), and a backslash before anything else is itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads Sigma text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match (char, chars.peek()) {
                ('\\', Some(&next @ ('*' | '?' | '\\'))) => {
                    chars.next();
                    pattern.push_char(next);
                }
                ('*', _) => pattern.push(Piece::Any),
                ('?', _) => pattern.push(Piece::One),
                _ => pattern.push_char(char),
            }
        }
        pattern
    }

    /// The pattern with anything before and/or after it.
    #[must_use]
    pub fn surrounded(self, before: bool, after: bool) -> Self {
        let mut wider = Self::default();
        if before {
            wider.push(Piece::Any);
        }
        for piece in self.0 {
            wider.push(piece);
        }
        if after {
            wider.push(Piece::Any);
        }
        wider
    }

    /// The pieces; no two literals and no two `Any` are neighbours.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text, when there is no wildcard in it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The pattern for SQL `LIKE ... ESCAPE '\'`.
    #[must_use]
    pub fn to_like(&self) -> String {
        let mut like = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Any => like.push('%'),
                Piece::One => like.push('_'),
                Piece::Literal(text) => {
                    for char in text.chars() {
                        if matches!(char, '%' | '_' | '\\') {
                            like.push('\\');
                        }
                        like.push(char);
                    }
                }
            }
        }
        like
    }

    /// The pattern with its literals folded, for texts that are folded too ([`fold_case`]).
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.iter().map(Piece::folded).collect())
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str, cased: bool) -> bool {
        if cased {
            matches_pieces(&self.0, text)
        } else {
            matches_pieces(&self.folded().0, &fold_case(text))
        }
    }

    fn push_char(&mut self, char: char) {
        if let Some(Piece::Literal(text)) = self.0.last_mut() {
            text.push(char);
        } else {
            self.0.push(Piece::Literal(char.to_string()));
        }
    }

    fn push(&mut self, piece: Piece) {
        if piece != Piece::Any || self.0.last() != Some(&Piece::Any) {
            self.0.push(piece);
        }
    }
}

impl Piece {
    fn folded(&self) -> Self {
        match self {
            Self::Literal(text) => Self::Literal(fold_case(text).into_owned()),
            other => other.clone(),
        }
    }
}

/// Remembers only the last `Any`: a later one makes an earlier one's choice irrelevant, so the
/// time is at most length times length.
fn matches_pieces(pieces: &[Piece], text: &str) -> bool {
    let (mut pattern, mut rest) = (pieces, text);
    let mut retry: Option<(&[Piece], &str)> = None;
    loop {
        let step = match pattern.split_first() {
            None if rest.is_empty() => return true,
            None => None,
            Some((Piece::Any, after)) => {
                retry = Some((after, rest));
                Some((after, rest))
            }
            Some((Piece::One, after)) => without_first(rest).map(|rest| (after, rest)),
            Some((Piece::Literal(literal), after)) => rest
                .strip_prefix(literal.as_str())
                .map(|rest| (after, rest)),
        };
        if let Some(next) = step {
            (pattern, rest) = next;
            continue;
        }
        let Some((after, from)) = retry else {
            return false;
        };
        let Some(shorter) = without_first(from) else {
            return false;
        };
        retry = Some((after, shorter));
        (pattern, rest) = (after, shorter);
    }
}

fn without_first(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}
