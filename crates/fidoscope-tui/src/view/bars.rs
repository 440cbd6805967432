//! One bar a row.

use fidoscope_report::Table;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{after, line, put, put_right, rows, values};
use crate::data;
use crate::{PanelData, Scale, Theme};

/// Columns of a label at most.
const LABEL: u16 = 28;

/// Draws the first column of numbers against the labels; a table without numbers as rows.
pub(super) fn draw(table: &Table, scale: &Scale, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let series = data::series(table, scale);
    let Some(first) = series.first() else {
        rows::draw(
            &PanelData::Table(table.clone()),
            scale,
            None,
            theme,
            area,
            buf,
        );
        return;
    };
    let x = data::x_column(table, scale);
    let labels: Vec<String> = table
        .rows
        .iter()
        .map(|row| {
            row.get(x)
                .map_or_else(String::new, |cell| values::cell(cell, None))
        })
        .collect();
    let texts: Vec<String> = first
        .values
        .iter()
        .map(|value| value.map_or_else(|| "-".to_owned(), |v| values::value(v, scale.unit)))
        .collect();
    let widest = |texts: &[String]| texts.iter().map(|t| values::width(t)).max().unwrap_or(0);
    let label = widest(&labels).min(LABEL).min(area.width / 2);
    let value = widest(&texts);
    let bar = area.width.saturating_sub(label + value + 2);
    let most = first.values.iter().flatten().copied().fold(0.0, f64::max);
    for (y, ((name, text), value)) in
        (0..area.height).zip(labels.iter().zip(&texts).zip(&first.values))
    {
        let line = line(area, y);
        put(buf, line, &values::cut(name, label), theme.text);
        let share = value
            .filter(|_| most > 0.0)
            .map_or(0.0, |value| value / most);
        let filled = "█".repeat(usize::from(values::steps(share, bar)));
        put(buf, after(line, label + 1), &filled, theme.series(0));
        put_right(buf, line, text, theme.text);
    }
    let hidden = table.rows.len().saturating_sub(usize::from(area.height));
    if hidden > 0 {
        let last = line(area, area.height.saturating_sub(1));
        buf.set_style(last, theme.text);
        put(buf, last, &" ".repeat(usize::from(last.width)), theme.text);
        put(buf, last, &format!("{} more", hidden + 1), theme.faint);
    }
}
