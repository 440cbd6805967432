//! The keys, once: dispatch, footer, help and the table of `help dashboards` all read [`BINDINGS`].

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave the dashboard.
    Quit,
    /// Show the keys.
    Help,
    /// Close the topmost overlay.
    Close,
    /// Go to the page that many further on, round the end.
    Turn(isize),
    /// Go to the page of that index.
    Page(usize),
    /// Give the focus to the panel that many further on, round the end.
    Focus(isize),
    /// Move the selection, or scroll the overlay.
    Move(isize),
    /// Move by a screenful.
    Leap(isize),
    /// Show everything about the selected row.
    Open,
    /// Load everything on the page again.
    Refresh,
    /// Draw everything on the screen again.
    Redraw,
    /// Stop and start refreshing.
    Freeze,
    /// Look less far back.
    Shorter,
    /// Look further back.
    Longer,
}

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Always,
    /// While no overlay is open.
    Page,
    /// While an overlay is open.
    Overlay,
}

/// Keys and what they do.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Names of the keys.
    pub keys: &'static [&'static str],
    /// Where they mean it.
    pub scope: Scope,
    /// What they do.
    pub action: Action,
    /// For the footer; empty where it would only take room.
    pub short: &'static str,
    /// For the help on the screen and on the page.
    pub long: &'static str,
}

const fn binding(
    keys: &'static [&'static str],
    scope: Scope,
    action: Action,
    short: &'static str,
    long: &'static str,
) -> Binding {
    Binding {
        keys,
        scope,
        action,
        short,
        long,
    }
}

/// Every key.
pub const BINDINGS: &[Binding] = &[
    binding(
        &["q"],
        Scope::Page,
        Action::Quit,
        "quit",
        "Leave the dashboard",
    ),
    binding(
        &["ctrl-c"],
        Scope::Always,
        Action::Quit,
        "",
        "Leave the dashboard, always",
    ),
    binding(
        &["ctrl-l"],
        Scope::Always,
        Action::Redraw,
        "",
        "Draw the whole screen again",
    ),
    binding(&["?"], Scope::Page, Action::Help, "help", "Show these keys"),
    binding(&["tab"], Scope::Page, Action::Turn(1), "page", "Next page"),
    binding(
        &["backtab"],
        Scope::Page,
        Action::Turn(-1),
        "",
        "Previous page",
    ),
    binding(&["1"], Scope::Page, Action::Page(0), "", "First page"),
    binding(&["2"], Scope::Page, Action::Page(1), "", "Second page"),
    binding(&["3"], Scope::Page, Action::Page(2), "", "Third page"),
    binding(&["4"], Scope::Page, Action::Page(3), "", "Fourth page"),
    binding(&["5"], Scope::Page, Action::Page(4), "", "Fifth page"),
    binding(
        &["l", "right"],
        Scope::Page,
        Action::Focus(1),
        "panel",
        "Next panel",
    ),
    binding(
        &["h", "left"],
        Scope::Page,
        Action::Focus(-1),
        "",
        "Previous panel",
    ),
    binding(
        &["j", "down"],
        Scope::Page,
        Action::Move(1),
        "row",
        "Next row of the panel",
    ),
    binding(
        &["k", "up"],
        Scope::Page,
        Action::Move(-1),
        "",
        "Previous row of the panel",
    ),
    binding(
        &["pagedown"],
        Scope::Page,
        Action::Leap(1),
        "",
        "A screenful of rows down",
    ),
    binding(
        &["pageup"],
        Scope::Page,
        Action::Leap(-1),
        "",
        "A screenful of rows up",
    ),
    binding(
        &["g", "home"],
        Scope::Page,
        Action::Move(isize::MIN),
        "",
        "First row",
    ),
    binding(
        &["G", "end"],
        Scope::Page,
        Action::Move(isize::MAX),
        "",
        "Last row",
    ),
    binding(
        &["enter"],
        Scope::Page,
        Action::Open,
        "open",
        "Everything about the row",
    ),
    binding(
        &["["],
        Scope::Page,
        Action::Shorter,
        "shorter",
        "Look less far back",
    ),
    binding(
        &["]"],
        Scope::Page,
        Action::Longer,
        "longer",
        "Look further back",
    ),
    binding(
        &["r"],
        Scope::Page,
        Action::Refresh,
        "refresh",
        "Load the page again",
    ),
    binding(
        &["f"],
        Scope::Page,
        Action::Freeze,
        "freeze",
        "Stop and start refreshing",
    ),
    binding(
        &["esc", "q", "?", "enter"],
        Scope::Overlay,
        Action::Close,
        "close",
        "Close",
    ),
    binding(
        &["j", "down"],
        Scope::Overlay,
        Action::Move(1),
        "down",
        "Scroll down",
    ),
    binding(
        &["k", "up"],
        Scope::Overlay,
        Action::Move(-1),
        "up",
        "Scroll up",
    ),
    binding(
        &["pagedown"],
        Scope::Overlay,
        Action::Leap(1),
        "",
        "Scroll a screenful down",
    ),
    binding(
        &["pageup"],
        Scope::Overlay,
        Action::Leap(-1),
        "",
        "Scroll a screenful up",
    ),
];

/// Table of the keys, in Markdown.
#[must_use]
pub fn key_table() -> String {
    let mut out = String::from("| key | where | what it does |\n| --- | --- | --- |\n");
    for binding in BINDINGS {
        let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        let place = binding.scope.word();
        out.push_str(&format!(
            "| {} | {place} | {} |\n",
            keys.join(" "),
            binding.long
        ));
    }
    out
}

/// What the key does, if anything; `overlay` says whether one is open.
pub(crate) fn action(key: &KeyEvent, overlay: bool) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let name = name(key)?;
    let here = if overlay { Scope::Overlay } else { Scope::Page };
    BINDINGS
        .iter()
        .find(|b| [Scope::Always, here].contains(&b.scope) && b.keys.contains(&name.as_str()))
        .map(|b| b.action)
}

impl Scope {
    const fn word(self) -> &'static str {
        match self {
            Self::Always => "everywhere",
            Self::Page => "page",
            Self::Overlay => "overlay",
        }
    }
}

fn name(key: &KeyEvent) -> Option<String> {
    let plain = match key.code {
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        _ => return None,
    };
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        Some(format!("ctrl-{plain}"))
    } else {
        Some(plain)
    }
}

#[cfg(test)]
mod tests;
