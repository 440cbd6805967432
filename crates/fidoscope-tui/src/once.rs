//! The dashboard without a terminal of its own.

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::{Effect, Msg, PanelData, PanelRequest, State, Theme, buffer_to_svg, update, view};

/// Loads the page that is shown, one panel after the other.
pub fn settle(
    state: &mut State,
    now: DateTime<Utc>,
    load: &mut dyn FnMut(&PanelRequest) -> Result<PanelData, String>,
) {
    for effect in update(state, Msg::Tick(now)) {
        if let Effect::Load(request) = effect {
            let result = load(&request);
            let PanelRequest { id, number, .. } = request;
            update(state, Msg::Loaded { id, number, result });
        }
    }
}

/// The screen as a picture.
#[must_use]
pub fn svg_once(state: &State, theme: &Theme, width: u16, height: u16) -> String {
    buffer_to_svg(&draw(state, theme, width, height))
}

/// The screen as lines of text, without colours and without blanks at the ends.
#[must_use]
pub fn render_once(state: &State, width: u16, height: u16) -> String {
    let buffer = draw(state, &Theme::mono(), width, height);
    let mut out = String::new();
    for y in 0..height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..width {
            let Some(cell) = buffer.cell((x, y)) else {
                continue;
            };
            if skip == 0 {
                row.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            skip -= 1;
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

fn draw(state: &State, theme: &Theme, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    view(state, theme, area, &mut buffer);
    buffer
}
