//! What happens: messages in, a new state and work to do out. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_report::steady;
use ratatui::crossterm::event::KeyEvent;

use crate::keys::{self, Action};
use crate::state::{Content, Overlay, State};
use crate::view::{detail, hidden_lines, page_rows};
use crate::{PanelData, PanelId, PanelRequest, Start, Window};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Time went on.
    Tick(DateTime<Utc>),
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has that many columns and rows.
    Resize(u16, u16),
    /// The engine answered.
    Loaded {
        /// The panel that asked.
        id: PanelId,
        /// Number of the question.
        number: u64,
        /// The answer, or why there is none.
        result: Result<PanelData, String>,
    },
}

/// Work to do outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the engine.
    Load(PanelRequest),
    /// Draw the whole screen anew, not only what has changed.
    Redraw,
    /// Leave.
    Quit,
}

/// Changes the state, and says what to do.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => {
            state.now = now;
            ask(state, Which::Due)
        }
        Msg::Resize(columns, rows) => {
            state.size = (columns, rows);
            scroll(state, 0);
            Vec::new()
        }
        Msg::Loaded { id, number, result } => {
            loaded(state, id, number, result);
            Vec::new()
        }
        Msg::Key(key) => match keys::action(&key, !state.overlays.is_empty()) {
            Some(action) => act(state, action),
            None => Vec::new(),
        },
    }
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Help => state.overlays.push(Overlay::Help { scroll: 0 }),
        Action::Close => drop(state.overlays.pop()),
        Action::Turn(by) => {
            state.page = round(state.page, by, state.dashboards.len());
            return ask(state, Which::Due);
        }
        Action::Page(page) if page < state.dashboards.len() => {
            state.page = page;
            return ask(state, Which::Due);
        }
        Action::Page(_) => {}
        Action::Focus(by) => {
            if let Some(page) = state.pages.get_mut(state.page) {
                page.focus = round(page.focus, by, page.panels.len());
            }
        }
        Action::Move(by) => travel(state, by),
        Action::Leap(by) => travel(state, by.saturating_mul(page_rows(state))),
        Action::Open => open(state),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Refresh => return ask(state, Which::All),
        Action::Freeze => {
            state.frozen = !state.frozen;
            return ask(state, Which::Due);
        }
        Action::Shorter => return look(state, Window::shorter),
        Action::Longer => return look(state, Window::longer),
    }
    Vec::new()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Panels that were never asked for, or so long ago that they are due.
    Due,
    All,
}

/// Questions for the panels of the page.
fn ask(state: &mut State, which: Which) -> Vec<Effect> {
    let period = state.period();
    let State {
        dashboards,
        pages,
        page,
        now,
        frozen,
        next_number,
        ..
    } = state;
    let (Some(dashboard), Some(page_state)) = (dashboards.get(*page), pages.get_mut(*page)) else {
        return Vec::new();
    };
    let refresh = TimeDelta::seconds(dashboard.refresh);
    let mut effects = Vec::new();
    for (at, (panel, shown)) in dashboard
        .panels
        .iter()
        .zip(&mut page_state.panels)
        .enumerate()
    {
        let due = match shown.asked_at {
            None => true,
            Some(asked) => shown.pending.is_none() && !*frozen && *now - asked >= refresh,
        };
        if which == Which::Due && !due {
            continue;
        }
        shown.pending = Some((*next_number, period));
        shown.asked_at = Some(*now);
        effects.push(Effect::Load(PanelRequest {
            id: PanelId {
                page: *page,
                panel: at,
            },
            number: *next_number,
            source: panel.source.clone(),
            period,
            now: *now,
        }));
        *next_number += 1;
    }
    effects
}

fn look(state: &mut State, change: fn(Window) -> Window) -> Vec<Effect> {
    let now = state.period().window();
    let window = change(now);
    let Some(page) = state.pages.get_mut(state.page).filter(|_| window != now) else {
        return Vec::new();
    };
    page.start = Start::Before(window);
    ask(state, Which::All)
}

/// Takes an answer, unless a newer question was asked since.
fn loaded(state: &mut State, id: PanelId, number: u64, result: Result<PanelData, String>) {
    let now = state.now;
    let Some(panel) = state.panel_mut(id) else {
        return;
    };
    let Some((_, period)) = panel.pending.filter(|(asked, _)| *asked == number) else {
        return;
    };
    panel.pending = None;
    if result.is_ok() {
        panel.period = Some(period);
    }
    panel.content = match (result, std::mem::take(&mut panel.content)) {
        (Ok(data), _) => {
            panel.selected = panel.selected.min(data.len().saturating_sub(1));
            Content::Ready(data, now)
        }
        (Err(error), Content::Ready(data, at) | Content::Stale(data, at, _)) => {
            Content::Stale(data, at, error)
        }
        (Err(error), Content::Loading | Content::Failed(_)) => Content::Failed(error),
    };
}

fn travel(state: &mut State, by: isize) {
    if !state.overlays.is_empty() {
        scroll(state, by);
        return;
    }
    let focused = state.focused();
    if let Some(panel) = state.panel_mut(focused) {
        let last = panel.data().map_or(0, PanelData::len).saturating_sub(1);
        panel.selected = panel.selected.saturating_add_signed(by).min(last);
    }
}

/// Scrolls the topmost overlay, not past its end.
fn scroll(state: &mut State, by: isize) {
    let size = state.size;
    let Some(overlay) = state.overlays.last_mut() else {
        return;
    };
    let hidden = hidden_lines(overlay, size);
    let (Overlay::Help { scroll } | Overlay::Detail { scroll, .. }) = overlay;
    let wanted = usize::from(*scroll)
        .saturating_add_signed(by)
        .min(usize::from(hidden));
    *scroll = u16::try_from(wanted).unwrap_or(hidden);
}

fn open(state: &mut State) {
    let id = state.focused();
    let panel = state
        .dashboards
        .get(id.page)
        .and_then(|page| page.panels.get(id.panel));
    let text = state.panel(id).and_then(detail::text);
    if let (Some(panel), Some(text)) = (panel, text) {
        let title = steady(&panel.title).into_owned();
        state.overlays.push(Overlay::Detail {
            title,
            text,
            scroll: 0,
        });
    }
}

fn round(at: usize, by: isize, len: usize) -> usize {
    let (Ok(at), Ok(size)) = (isize::try_from(at), isize::try_from(len)) else {
        return at;
    };
    if size == 0 {
        return 0;
    }
    usize::try_from((at + by).rem_euclid(size)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
