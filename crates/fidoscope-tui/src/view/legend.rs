//! Names and latest values of the lines of a chart.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{after, chart, line, put, spark, values};
use crate::data::Series;
use crate::{Scale, Theme};

/// The part of a chart that its legend may take.
const SHARE: u16 = 4;

/// Draws the legend on top of the area, and gives what is left of it.
pub(super) fn draw(
    series: &[Series],
    scale: &Scale,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) -> Rect {
    let most = (area.height / SHARE).max(1);
    let placed = placed(
        entries(series, scale, theme, area.width),
        area.width,
        most,
        theme,
    );
    let rows = placed.iter().map(|entry| entry.row + 1).max().unwrap_or(0);
    for entry in placed {
        let place = after(line(area, entry.row), entry.column);
        put(buf, place, &entry.text, entry.style);
    }
    Rect {
        y: area.y + rows,
        height: area.height.saturating_sub(rows),
        ..area
    }
}

fn entries(series: &[Series], scale: &Scale, theme: &Theme, room: u16) -> Vec<(String, Style)> {
    let lines = series.iter().enumerate().map(|(at, one)| {
        let (_, mark) = chart::mark(at);
        let value = format!(" {}", spark::latest(one, scale.unit));
        let text = values::cut_before(&format!("{mark} {}", one.name), &value, room);
        (text, theme.series(at))
    });
    let target = scale.target.map(|target| {
        let text = format!("· target {}", values::value(target, scale.unit));
        (text, theme.faint)
    });
    lines.chain(target).collect()
}

/// An entry in its place.
struct Entry {
    text: String,
    style: Style,
    row: u16,
    column: u16,
}

/// Whole entries beside and below each other; those behind the last of so many rows are counted.
fn placed(entries: Vec<(String, Style)>, room: u16, most: u16, theme: &Theme) -> Vec<Entry> {
    let mut placed = Vec::new();
    let (mut row, mut column) = (0, 0);
    let count = entries.len();
    for (at, (text, style)) in entries.into_iter().enumerate() {
        let last_row = row + 1 == most;
        let left = format!("+{}", count - at);
        // The count of what follows must fit behind this entry.
        let reserve = if last_row && at + 1 < count {
            values::width(&left) + 2
        } else {
            0
        };
        let width = values::width(&text);
        if column > 0 && column + width + reserve > room {
            if last_row {
                let (text, style) = (left, theme.faint);
                placed.push(Entry {
                    text,
                    style,
                    row,
                    column,
                });
                return placed;
            }
            (row, column) = (row + 1, 0);
        }
        placed.push(Entry {
            text,
            style,
            row,
            column,
        });
        column = column.saturating_add(width + 2);
    }
    placed
}
