//! The condition: selections joined by words.

use fidoscope_definitions::{Mark, Node, Tree};
use fidoscope_report::Diagnostic;

use super::RuleReader;
use super::selection::{all, any};
use crate::{Expr, problems};

/// Deepest nesting of brackets and `not`.
const MAX_DEPTH: usize = 64;

/// A selection: its name, where it is, and what it means unless it has problems of its own.
pub(super) type Selection<'a> = (&'a str, Mark, Option<Expr>);

/// A word of the condition and its byte offset.
type Token<'a> = (usize, &'a str);

impl RuleReader<'_, '_> {
    pub(super) fn condition(&mut self, node: &Node, selections: &[Selection<'_>]) -> Option<Expr> {
        let Tree::Text(text) = &node.tree else {
            if matches!(node.tree, Tree::List(_)) {
                let help = "write one condition, or one rule for each";
                let feature = "a list of conditions";
                return self.yaml.problem(problems::unsupported(
                    self.yaml.file(),
                    node.mark,
                    feature,
                    help,
                ));
            }
            return self.yaml.wrong_shape(node, "`condition`", "text");
        };
        let tokens = tokens(text);
        let mut parser = Parser {
            reader: self,
            node,
            text,
            rest: &tokens,
            selections,
            used: vec![false; selections.len()],
        };
        let parsed = parser.whole();
        let used = std::mem::take(&mut parser.used);
        let known = selections.iter().all(|(_, _, expr)| expr.is_some());
        match parsed {
            Err(problem) => self.yaml.problem(*problem),
            Ok(expr) => {
                for ((name, place, _), _) in selections
                    .iter()
                    .zip(used)
                    .filter(|((name, ..), used)| !used && !name.starts_with('_'))
                {
                    self.yaml
                        .report(problems::unused_selection(self.yaml.file(), *place, name));
                }
                known.then_some(expr)
            }
        }
    }
}

struct Parser<'p, 'r, 'a> {
    reader: &'p RuleReader<'p, 'r>,
    node: &'a Node,
    text: &'a str,
    rest: &'a [Token<'a>],
    selections: &'a [Selection<'a>],
    used: Vec<bool>,
}

type Parsed = Result<Expr, Box<Diagnostic>>;

impl<'a> Parser<'_, '_, 'a> {
    fn whole(&mut self) -> Parsed {
        let expr = self.or(0)?;
        match self.next() {
            None => Ok(expr),
            Some((at, "|")) => {
                let help = "a rule looks at one event; counts are enriched columns";
                Err(self.unsupported(at, 1, "an aggregation (`|` in a condition)", help))
            }
            Some((at, word)) => Err(self.bad(at, word, &format!("`{word}` is not expected here"))),
        }
    }

    fn or(&mut self, depth: usize) -> Parsed {
        let mut list = vec![self.and(depth)?];
        while self.take("or") {
            list.push(self.and(depth)?);
        }
        Ok(any(list))
    }

    fn and(&mut self, depth: usize) -> Parsed {
        let mut list = vec![self.not(depth)?];
        while self.take("and") {
            list.push(self.not(depth)?);
        }
        Ok(all(list))
    }

    fn not(&mut self, depth: usize) -> Parsed {
        if depth > MAX_DEPTH {
            let at = self.rest.first().map_or(0, |(at, _)| *at);
            return Err(self.bad(at, "", "nested too deeply"));
        }
        if self.take("not") {
            return Ok(Expr::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take("(") {
            let expr = self.or(depth + 1)?;
            if self.take(")") {
                return Ok(expr);
            }
            let at = self.rest.first().map_or(self.text.len(), |(at, _)| *at);
            return Err(self.bad(at, "", "a closing bracket is missing"));
        }
        self.term()
    }

    fn term(&mut self) -> Parsed {
        let Some((at, word)) = self.next() else {
            return Err(self.bad(self.text.len(), "", "it ends where a selection is expected"));
        };
        let counted = self.rest.first().is_some_and(|(_, next)| is(next, "of"));
        if counted {
            let each = match word.to_ascii_lowercase().as_str() {
                "1" | "any" => false,
                "all" => true,
                _ => {
                    let feature = format!("Sigma's `{word} of`");
                    let help = "supported are `1 of`, `any of` and `all of`";
                    return Err(self.unsupported(at, word.len(), &feature, help));
                }
            };
            self.next();
            return self.several(each);
        }
        if is(word, "near") {
            return Err(self.unsupported(
                at,
                word.len(),
                "Sigma's `near`",
                "a rule looks at one event",
            ));
        }
        if ["and", "or", ")", "|"].iter().any(|other| is(word, other)) {
            return Err(self.bad(at, word, &format!("`{word}` where a selection is expected")));
        }
        self.named(at, word)
    }

    fn several(&mut self, each: bool) -> Parsed {
        let Some((at, pattern)) = self.next() else {
            return Err(self.bad(self.text.len(), "", "`of` what?"));
        };
        if !pattern.contains('*') && !is(pattern, "them") {
            return self.named(at, pattern);
        }
        let mut found = Vec::new();
        for ((name, _, expr), used) in self.selections.iter().zip(&mut self.used) {
            if is(pattern, "them") && !name.starts_with('_') || matches_name(pattern, name) {
                *used = true;
                found.push(expr.clone().unwrap_or(Expr::Or(Vec::new())));
            }
        }
        match found.is_empty() {
            true => Err(self.unknown(at, pattern)),
            false if each => Ok(all(found)),
            false => Ok(any(found)),
        }
    }

    fn named(&mut self, at: usize, word: &str) -> Parsed {
        for ((name, _, expr), used) in self.selections.iter().zip(&mut self.used) {
            if *name == word {
                *used = true;
                return Ok(expr.clone().unwrap_or(Expr::Or(Vec::new())));
            }
        }
        Err(self.unknown(at, word))
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest.first().is_some_and(|(_, word)| is(word, wanted));
        if found {
            self.next();
        }
        found
    }

    fn place(&self, at: usize, length: usize) -> Mark {
        self.node
            .mark
            .within(self.reader.yaml.file().text, self.text, at, length)
    }

    fn bad(&self, at: usize, word: &str, message: &str) -> Box<Diagnostic> {
        let place = self.place(at, word.len());
        Box::new(problems::bad_condition(
            self.reader.yaml.file(),
            place,
            message,
        ))
    }

    fn unsupported(&self, at: usize, length: usize, feature: &str, help: &str) -> Box<Diagnostic> {
        let place = self.place(at, length);
        Box::new(problems::unsupported(
            self.reader.yaml.file(),
            place,
            feature,
            help,
        ))
    }

    fn unknown(&self, at: usize, word: &str) -> Box<Diagnostic> {
        let names: Vec<&str> = self.selections.iter().map(|(name, ..)| *name).collect();
        let place = self.place(at, word.len());
        Box::new(problems::unknown_selection(
            self.reader.yaml.file(),
            place,
            word,
            &names,
        ))
    }
}

/// Words, brackets and bars with their byte offsets.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let length = match rest.find(|char: char| char.is_whitespace() || "()|".contains(char)) {
            Some(0) => rest.chars().next().map_or(1, char::len_utf8),
            Some(length) => length,
            None => rest.len(),
        };
        if let Some(word) = rest.get(..length).filter(|word| !word.trim().is_empty()) {
            tokens.push((from, word));
        }
        from += length;
    }
    tokens
}

/// The words of a condition may be written in any case; names of selections may not.
fn is(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn matches_name(pattern: &str, name: &str) -> bool {
    crate::Pattern::parse(pattern).matches(name, true)
}
