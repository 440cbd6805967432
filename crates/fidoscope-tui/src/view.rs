//! Draws the state. Reads everything, changes nothing.

mod bars;
mod chart;
pub(crate) mod detail;
mod gauge;
mod grid;
mod legend;
mod overlay;
mod panel;
mod rows;
mod spark;
mod summary;
mod values;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

pub(crate) use overlay::hidden_lines;

use crate::keys::{BINDINGS, Scope};
use crate::{PanelId, State, Theme};

/// Columns below which only a message is drawn.
pub const LEAST_WIDTH: u16 = 60;

/// Rows below which only a message is drawn.
pub const LEAST_HEIGHT: u16 = 16;

/// Draws the state into the area.
pub fn view(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.width < LEAST_WIDTH || area.height < LEAST_HEIGHT {
        let text = format!("needs at least {LEAST_WIDTH}x{LEAST_HEIGHT}");
        let middle = line(area, area.height / 2);
        put_centered(buf, middle, &text, theme.text);
        return;
    }
    title(state, theme, line(area, 0), buf);
    tabs(state, theme, line(area, 1), buf);
    page(state, theme, body(area), buf);
    footer(state, theme, line(area, area.height - 1), buf);
    if let Some(overlay) = state.overlays.last() {
        overlay::draw(overlay, theme, body(area), buf);
    }
}

/// Rows that a leap goes over.
pub(crate) fn page_rows(state: &State) -> isize {
    isize::try_from(state.size.1 / 2).unwrap_or(10).max(1)
}

/// The part of the screen that the page has.
fn body(area: Rect) -> Rect {
    Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(3),
        ..area
    }
}

/// The row of the area, or nothing below its end.
fn line(area: Rect, row: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(row),
        height: 1,
        ..area
    }
    .intersection(area)
}

fn title(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let period = if state.changes_period() {
        format!("loading {}", state.period().brief())
    } else {
        state.shown_period().words()
    };
    let frozen = if state.frozen { "FROZEN  " } else { "" };
    let right = format!("{frozen}{period} ");
    let room = area.width.saturating_sub(values::width(&right) + 12);
    put(buf, area, " fidoscope", theme.title);
    let subject = values::cut(&state.subject, room);
    put(buf, after(area, 12), &subject, theme.text);
    put_right(buf, area, &right, theme.text);
}

fn tabs(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut x = 0;
    for (at, dashboard) in state.dashboards.iter().enumerate() {
        let shown = at == state.page;
        let title = values::clean(&dashboard.title);
        let text = if shown {
            format!("[{} {title}]", at + 1)
        } else {
            format!(" {} {title} ", at + 1)
        };
        let style = if shown { theme.tab } else { theme.text };
        put(buf, after(area, x), &text, style);
        x += values::width(&text) + 1;
    }
    let loading = state.page_state().is_some_and(|page| {
        page.panels
            .iter()
            .any(|panel| panel.is_loading() && panel.data().is_some())
    });
    if loading {
        put_right(buf, area, "refreshing ", theme.faint);
    }
}

fn page(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (Some(dashboard), Some(page)) = (state.dashboard(), state.page_state()) else {
        put_centered(buf, line(area, area.height / 2), "no dashboard", theme.text);
        return;
    };
    let slots = grid::slots(dashboard, page.focus, area);
    for ((at, (panel, shown)), slot) in dashboard
        .panels
        .iter()
        .zip(&page.panels)
        .enumerate()
        .zip(slots)
    {
        let focused = state.focused()
            == PanelId {
                page: state.page,
                panel: at,
            };
        let drawing = panel::Drawing {
            panel,
            shown,
            focused,
            state,
            theme,
        };
        match slot {
            grid::Slot::Full(area) => drawing.full(area, buf),
            grid::Slot::Line(area) => drawing.line(area, buf),
        }
    }
}

fn footer(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let scope = if state.overlays.is_empty() {
        Scope::Page
    } else {
        Scope::Overlay
    };
    let mut x = 1;
    for binding in BINDINGS
        .iter()
        .filter(|b| b.scope == scope && !b.short.is_empty())
    {
        let key = binding.keys.first().copied().unwrap_or_default();
        let text = format!(" {}", binding.short);
        if x + values::width(key) + values::width(&text) > area.width {
            break;
        }
        put(buf, after(area, x), key, theme.head);
        x += values::width(key);
        put(buf, after(area, x), &text, theme.text);
        x += values::width(&text) + 2;
    }
}

/// The rest of the line from that column on.
fn after(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect {
        x: area.x + columns,
        width: area.width - columns,
        ..area
    }
}

/// Writes text; where the line ends before it, that is shown.
fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    if area.width > 0 && area.height > 0 {
        let text = values::cut(text, area.width);
        buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    }
}

fn put_right(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    put(
        buf,
        after(area, area.width.saturating_sub(values::width(text))),
        text,
        style,
    );
}

fn put_centered(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    put(
        buf,
        after(area, area.width.saturating_sub(values::width(text)) / 2),
        text,
        style,
    );
}

#[cfg(test)]
mod tests;
