//! What lies over the page: help and details.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

use super::{line, put, put_right, values};
use crate::keys::{BINDINGS, Scope};
use crate::{Overlay, Theme};

pub(super) fn draw(overlay: &Overlay, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let area = place(overlay, body);
    Clear.render(area, buf);
    let block = Block::bordered().border_style(theme.focus);
    let inner = block.inner(area);
    block.render(area, buf);
    let (title, scroll) = match overlay {
        Overlay::Help { scroll } => ("Keys", *scroll),
        Overlay::Detail { title, scroll, .. } => (title.as_str(), *scroll),
    };
    let head = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        height: 1,
        y: area.y,
    };
    put(
        buf,
        head,
        &format!(" {} ", values::cut(title, head.width.saturating_sub(2))),
        theme.head,
    );
    let lines = lines(overlay, inner.width);
    for (y, text) in (0..inner.height).zip(lines.iter().skip(usize::from(scroll))) {
        put(buf, line(inner, y), text, theme.text);
    }
    let below = lines
        .len()
        .saturating_sub(usize::from(scroll) + usize::from(inner.height));
    if below > 0 {
        let foot = Rect {
            y: area.bottom().saturating_sub(1),
            ..head
        };
        put_right(buf, foot, &format!(" {below} more "), theme.head);
    }
}

/// Lines of the overlay that cannot be seen at once on a terminal of that size.
pub(crate) fn hidden_lines(overlay: &Overlay, size: (u16, u16)) -> u16 {
    let area = place(overlay, super::body(Rect::new(0, 0, size.0, size.1)));
    let shown = usize::from(area.height.saturating_sub(2));
    let lines = lines(overlay, area.width.saturating_sub(2)).len();
    u16::try_from(lines.saturating_sub(shown)).unwrap_or(u16::MAX)
}

fn place(overlay: &Overlay, body: Rect) -> Rect {
    let width = body.width.saturating_sub(4).min(100);
    let lines = lines(overlay, width.saturating_sub(2)).len();
    let height = u16::try_from(lines + 2)
        .unwrap_or(u16::MAX)
        .min(body.height);
    let x = body.x + (body.width - width) / 2;
    Rect::new(x, body.y + (body.height - height) / 2, width, height)
}

fn lines(overlay: &Overlay, width: u16) -> Vec<String> {
    match overlay {
        Overlay::Help { .. } => help(),
        Overlay::Detail { text, .. } => text.lines().flat_map(|line| wrap(line, width)).collect(),
    }
}

fn help() -> Vec<String> {
    let lines = |scope| {
        BINDINGS
            .iter()
            .filter(move |binding| binding.scope == scope)
            .map(|binding| format!("{:<14} {}", binding.keys.join(" "), binding.long))
    };
    lines(Scope::Page)
        .chain(lines(Scope::Always))
        .chain([String::new(), "Over the page".to_owned()])
        .chain(lines(Scope::Overlay))
        .collect()
}

/// The line in pieces of at most that many columns, the later ones indented like the first and a bit
/// more. It is parted between words; a word that is longer than a line is parted itself.
fn wrap(text: &str, width: u16) -> Vec<String> {
    let spaces = text.chars().take_while(|c| *c == ' ');
    let indent: String = spaces.chain("  ".chars()).collect();
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for word in text.split_inclusive(' ') {
        let fits = values::width(&piece) + values::width(word.trim_end()) <= width;
        if !fits && !piece.trim().is_empty() {
            pieces.push(std::mem::replace(&mut piece, indent.clone()));
        }
        for c in word.chars() {
            piece.push(c);
            if values::width(piece.trim_end()) > width && piece.trim().chars().count() > 1 {
                piece.pop();
                pieces.push(std::mem::replace(&mut piece, indent.clone()));
                piece.push(c);
            }
        }
    }
    pieces.push(piece);
    pieces
        .iter()
        .map(|piece| piece.trim_end().to_owned())
        .collect()
}
