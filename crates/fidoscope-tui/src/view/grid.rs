//! Where the panels go.
//!
//! A wide terminal shows the grid of the dashboard file. A narrow or flat one shows the panels below
//! each other: as many as fit in full, the focused one always, the rest as one line each.

use ratatui::layout::Rect;

use crate::Dashboard;

/// Place of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// With border and all.
    Full(Rect),
    /// Its summary.
    Line(Rect),
}

/// Columns from which on the grid is shown.
const WIDE: u16 = 100;

/// Rows that a panel of the grid needs at least.
const LOW: u16 = 5;

/// Rows that a panel needs at least when panels stand below each other.
const STACKED: u16 = 8;

pub(super) fn slots(dashboard: &Dashboard, focus: usize, area: Rect) -> Vec<Slot> {
    let grid: Vec<Rect> = placed(dashboard, area);
    if area.width >= WIDE && grid.iter().all(|panel| panel.height >= LOW) {
        return grid.into_iter().map(Slot::Full).collect();
    }
    stacked(dashboard.panels.len(), focus, area)
}

fn placed(dashboard: &Dashboard, area: Rect) -> Vec<Rect> {
    let bottoms = dashboard
        .panels
        .iter()
        .map(|panel| panel.place.row + panel.place.height);
    let rows = bottoms.max().unwrap_or(1);
    let edge = |at: u16, of: u16, size: u16| {
        let exact = u32::from(at) * u32::from(size) / u32::from(of.max(1));
        u16::try_from(exact).unwrap_or(size)
    };
    let place = |panel: &crate::Panel| {
        let place = panel.place;
        let left = edge(place.column, Dashboard::GRID, area.width);
        let right = edge(place.column + place.width, Dashboard::GRID, area.width);
        let top = edge(place.row, rows, area.height);
        let bottom = edge(place.row + place.height, rows, area.height);
        Rect::new(area.x + left, area.y + top, right - left, bottom - top).intersection(area)
    };
    dashboard.panels.iter().map(place).collect()
}

fn stacked(panels: usize, focus: usize, area: Rect) -> Vec<Slot> {
    let count = u16::try_from(panels).unwrap_or(u16::MAX);
    let spare = area.height.saturating_sub(count);
    let full = (spare / (STACKED - 1)).clamp(1, count.max(1));
    let mut open: Vec<usize> = (0..panels).take(usize::from(full)).collect();
    if !open.contains(&focus) {
        open.pop();
        open.push(focus);
    }
    let room = area.height.saturating_sub(count.saturating_sub(full));
    let mut y = area.y;
    let mut opened = 0;
    let mut slots = Vec::with_capacity(panels);
    for at in 0..panels {
        let is_open = open.contains(&at);
        let height = if is_open {
            opened += 1;
            room * opened / full - room * (opened - 1) / full
        } else {
            1
        };
        let rect = Rect::new(area.x, y, area.width, height).intersection(area);
        slots.push(if is_open {
            Slot::Full(rect)
        } else {
            Slot::Line(rect)
        });
        y = y.saturating_add(height);
    }
    slots
}
