//! A replay as a story: what came out, at which clause, what was expected and found, the bytes, why
//! that happens and what to do. Made for 80 columns; lines are never cut, only wrapped.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape::escape;
use crate::{Excerpt, Explanation, Options, Replay, Status, Step, Verdict};

/// Columns of a story when the terminal does not say.
const WIDTH: usize = 80;

impl Replay {
    /// The story in a table: where something differs, and where an explanation was asked for.
    pub(crate) fn told(&self, options: Options) -> String {
        if self.mismatches.is_empty() && self.explanation.is_none() {
            return String::new();
        }
        let text = self.story(options.width);
        format!("\n{}", if options.color { colored(&text) } else { text })
    }

    /// Everything that a person needs to see where the ceremony went wrong, as lines of text.
    #[must_use]
    pub fn story(&self, width: Option<usize>) -> String {
        let mut page = Page::new(width.unwrap_or(WIDTH).clamp(40, 100));
        self.headline(&mut page);
        if let Some(step) = self.deciding() {
            page.blank();
            self.rule(&mut page, step);
            for (name, text) in [
                ("expected", &step.expected),
                ("found", &step.found),
                ("because", &step.note),
            ] {
                if let Some(text) = text {
                    page.labelled(name, text);
                }
            }
        }
        if let Some(excerpt) = self.explanation.as_ref().and_then(|e| e.excerpt.as_ref()) {
            page.blank();
            draw(&mut page, excerpt);
        }
        if let Some(Explanation { cause, remedy, .. }) = &self.explanation {
            page.blank();
            page.labelled("why", cause);
            page.labelled("help", remedy);
        }
        self.remarks(&mut page);
        page.out
    }

    fn headline(&self, page: &mut Page) {
        let root = if self.test_root { " TEST ROOT" } else { "" };
        let verdict = self.verdict.word().to_uppercase();
        page.line(&format!(
            "{verdict} {} ({}){root}",
            self.ceremony, self.profile
        ));
        page.wrapped("  ", &format!("{} in {}", self.kind, self.file));
        for complaint in self.complaints() {
            page.wrapped("  ", &format!("NO: {complaint}"));
        }
    }

    fn rule(&self, page: &mut Page, step: &Step) {
        let clause = step.clause(&self.profile);
        let clause = clause.map_or_else(String::new, |clause| format!(" (WebAuthn {clause})"));
        page.labelled("step", &format!("{}{clause}, {}", step.id, step.class));
        if !step.title.is_empty() {
            page.labelled("asks", &step.title);
        }
        if self.explanation.is_some() {
            page.labelled("text", &step.link(&self.profile));
        }
    }

    fn remarks(&self, page: &mut Page) {
        let (l2, l3) = (&self.first_failed.l2, &self.first_failed.l3);
        let warned: Vec<&Step> = self
            .steps
            .iter()
            .filter(|step| step.status == Status::Warn)
            .collect();
        if l2 == l3 && warned.is_empty() {
            return;
        }
        page.blank();
        if l2 != l3 {
            let said = |level: &str, step: &Option<_>| match step.as_deref() {
                Some(step) => format!("{level} fails at {step}"),
                None => format!("{level} does not fail"),
            };
            page.labelled("levels", &format!("{}, {}", said("L2", l2), said("L3", l3)));
        }
        for step in warned {
            let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let (expected, found) = (side(&step.expected), side(&step.found));
            page.labelled(
                "warning",
                &format!("{}: expected {expected}, found {found}", step.id),
            );
        }
    }
}

fn draw(page: &mut Page, excerpt: &Excerpt) {
    page.labelled("in", &format!("{} ({})", excerpt.title, excerpt.pointer));
    for line in &excerpt.lines {
        page.line(&format!("    {line}"));
    }
}

/// Lines of a given width.
struct Page {
    out: String,
    width: usize,
}

impl Page {
    fn new(width: usize) -> Self {
        Self {
            out: String::new(),
            width,
        }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A line as it is.
    fn line(&mut self, text: &str) {
        self.out.push_str(escape(text).trim_end());
        self.out.push('\n');
    }

    fn wrapped(&mut self, indent: &str, text: &str) {
        for line in folded(text, self.width.saturating_sub(indent.width())) {
            self.out.push_str(indent);
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    /// `  expected  text`, the later lines under the first one.
    fn labelled(&mut self, label: &str, text: &str) {
        let lines = folded(text, self.width.saturating_sub(LABEL + 4));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let whole = format!("  {label:<LABEL$}  {line}");
            self.out.push_str(whole.trim_end());
            self.out.push('\n');
        }
    }
}

/// Width of the widest label.
const LABEL: usize = 8;

/// Text in lines of a width. A word that is wider than a line is broken, never cut: a value that
/// cannot be read whole cannot be compared. An address stays in one piece, so that it can be opened.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in escape(text).split(' ') {
        let mut rest = word;
        loop {
            let line = lines.last().map_or(0, |line| line.width());
            let gap = usize::from(line > 0);
            let whole = rest.starts_with("https://") && line == 0;
            if whole || line + gap + rest.width() <= width {
                push(&mut lines, gap, rest);
                break;
            }
            if line > 0 {
                lines.push(String::new());
                continue;
            }
            let (head, tail) = rest.split_at(fitting(rest, width));
            push(&mut lines, 0, head);
            lines.push(String::new());
            rest = tail;
        }
    }
    lines
}

fn push(lines: &mut [String], gap: usize, word: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(&" ".repeat(gap));
        line.push_str(word);
    }
}

/// Bytes of the longest beginning that fits into a width; one character at least.
fn fitting(text: &str, width: usize) -> usize {
    let mut used = 0;
    let ends = text.char_indices().map(|(at, c)| {
        used += c.width().unwrap_or(0);
        (at + c.len_utf8(), used)
    });
    let fits: Vec<(usize, usize)> = ends.collect();
    let last = fits.iter().rev().find(|(_, used)| *used <= width);
    last.or(fits.first()).map_or(text.len(), |(end, _)| *end)
}

/// The same lines with colour: the verdict, the labels, the marks under the bytes.
fn colored(text: &str) -> String {
    let paint = |line: &str| {
        let bad = [Verdict::Reject, Verdict::Indeterminate]
            .iter()
            .any(|verdict| line.starts_with(&verdict.word().to_uppercase()))
            || line.starts_with("  NO: ");
        let marks = line.trim_start().starts_with('^');
        if bad || marks {
            return format!("\u{1b}[31m{line}\u{1b}[0m\n");
        }
        match (line.get(..2), line.get(2..2 + LABEL), line.get(2 + LABEL..)) {
            (Some("  "), Some(label), Some(rest))
                if !label.starts_with(' ') && rest.starts_with("  ") =>
            {
                format!("  \u{1b}[1m{label}\u{1b}[0m{rest}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(paint).collect()
}
