//! Many short texts in one piece of memory.

/// Where a text lies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: usize,
    length: u32,
}

impl Span {
    pub(super) const fn length(self) -> u32 {
        self.length
    }

    /// What was kept right after it.
    pub(super) fn next(self, length: u32) -> Self {
        let start = self.start.saturating_add(place(self.length));
        Self { start, length }
    }
}

/// The texts.
#[derive(Default)]
pub(super) struct Texts(Vec<u8>);

impl Texts {
    /// Keeps a text. One of four gigabytes, which no line can have, is cut.
    pub(super) fn keep(&mut self, text: &[u8]) -> Span {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let start = self.0.len();
        self.0
            .extend_from_slice(text.get(..place(length)).unwrap_or(text));
        Span { start, length }
    }

    /// A text that was kept.
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let end = span.start.saturating_add(place(span.length));
        self.0.get(span.start..end).unwrap_or_default()
    }
}

/// A place in memory that a short number stands for.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
