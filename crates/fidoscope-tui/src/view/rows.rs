//! Rows and columns, with a selection.

use chrono::{DateTime, Utc};
use fidoscope_report::{Align, Cell, Sheet, Shown, Sli, Table, Unit};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{after, line, put, put_right, values};
use crate::{PanelData, Scale, Theme};

/// Texts of a table with the style of each.
struct Rows {
    heads: Vec<(String, Align)>,
    rows: Vec<Vec<(String, Style)>>,
}

/// Draws the data as rows, so that the selected one is among them.
pub(super) fn draw(
    data: &PanelData,
    scale: &Scale,
    selected: Option<usize>,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) {
    let rows = match data {
        PanelData::Table(table) => of_table(table, scale, theme),
        PanelData::Slis(slis) => of_sheet(&Sheet::panel(slis), theme),
        PanelData::Findings(findings, unseen) => {
            of_sheet(&Sheet::findings(findings, unseen), theme)
        }
    };
    let widths = fit(&rows, area.width.saturating_sub(2));
    let head: Vec<_> = rows
        .heads
        .iter()
        .map(|(name, _)| (name.clone(), theme.head))
        .collect();
    let height = usize::from(area.height.saturating_sub(1));
    let first = selected.map_or(0, |at| (at + 1).saturating_sub(height));
    let below = match rows.rows.len().saturating_sub(first + height) {
        0 => String::new(),
        more => format!(" {more} more"),
    };
    let top = line(area, 0);
    let heads = Rect {
        width: top.width.saturating_sub(values::width(&below)),
        ..top
    };
    draw_row(&head, &rows.heads, &widths, heads, None, buf);
    put_right(buf, top, &below, theme.faint);
    for (at, row) in rows.rows.iter().enumerate().skip(first).take(height) {
        let y = u16::try_from(at - first + 1).unwrap_or(u16::MAX);
        let marked = (selected == Some(at)).then_some(theme.selected);
        draw_row(row, &rows.heads, &widths, line(area, y), marked, buf);
    }
}

/// Names and values of the last row, one a line.
pub(super) fn text(table: &Table, scale: &Scale, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let Some(row) = table.rows.last() else { return };
    for (y, (column, cell)) in (0..area.height).zip(table.columns.iter().zip(row)) {
        let line = line(area, y);
        let value = format!(" {}", values::cell(cell, unit(scale, &column.name)));
        let room = line.width.saturating_sub(values::width(&value));
        put(buf, line, &values::cut(&column.name, room), theme.text);
        put_right(buf, line, &value, theme.head);
    }
}

fn of_table(table: &Table, scale: &Scale, theme: &Theme) -> Rows {
    let times = crate::data::times(table, scale);
    let x = crate::data::x_column(table, scale);
    let row = |(at, cells): (usize, &Vec<Cell>)| {
        let shown = cells.iter().zip(&table.columns).enumerate();
        let text = shown.map(|(column, (cell, head))| {
            let time = times
                .as_ref()
                .filter(|_| column == x)
                .and_then(|times| times.get(at));
            let text = time.map_or_else(|| values::cell(cell, unit(scale, &head.name)), short);
            let style = if *cell == Cell::Null {
                theme.faint
            } else {
                theme.text
            };
            (text, style)
        });
        text.collect()
    };
    let heads = table.columns.iter().enumerate().map(|(at, column)| {
        let numbers = table.rows.iter().filter_map(|row| row.get(at));
        let right = at != x
            && numbers
                .clone()
                .any(|cell| matches!(cell, Cell::Integer(_) | Cell::Number(_)));
        (
            values::clean(&column.name),
            if right { Align::Right } else { column.align },
        )
    });
    Rows {
        heads: heads.collect(),
        rows: table.rows.iter().enumerate().map(row).collect(),
    }
}

/// A table of the report as a panel shows it: times are short, and what is said again by a colour has
/// the theme's.
fn of_sheet(sheet: &Sheet, theme: &Theme) -> Rows {
    let cell = |shown: &Shown| {
        let text = match shown.cell() {
            Cell::Time(at) => short(at),
            _ => shown.text().to_owned(),
        };
        (text, theme.tone(shown.tone()))
    };
    let columns = sheet.columns.iter();
    let rows = sheet.rows.iter();
    Rows {
        heads: columns
            .map(|column| (column.name.clone(), column.align))
            .collect(),
        rows: rows
            .map(|row| row.cells.iter().map(cell).collect())
            .collect(),
    }
}

/// The group and basis that a row is about: without them the rows of one indicator contradict each other.
pub(super) fn kind(sli: &Sli) -> Option<String> {
    let basis = sli.basis.map(fidoscope_report::Basis::word);
    let parts: Vec<&str> = [sli.group.as_deref(), basis]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| values::clean(&parts.join(", ")))
}

/// The unit holds for the columns that the panel names, or for all when it names none.
fn unit(scale: &Scale, column: &str) -> Option<Unit> {
    let named = scale.y.is_empty() || scale.y.iter().any(|name| name == column);
    scale.unit.filter(|_| named)
}

fn short(at: &DateTime<Utc>) -> String {
    let midnight = at.time() == chrono::NaiveTime::MIN;
    at.format(if midnight {
        "%Y-%m-%d"
    } else {
        "%m-%d %H:%M:%S"
    })
    .to_string()
}

/// Widths of the columns from the left that fit; the widest texts give way first.
fn fit(rows: &Rows, room: u16) -> Vec<u16> {
    let width = |(at, (name, _)): (usize, &(String, Align))| {
        let cells = rows.rows.iter().filter_map(|row| row.get(at));
        cells
            .map(|(text, _)| values::width(text))
            .max()
            .unwrap_or(0)
            .max(values::width(name))
    };
    let mut widths: Vec<u16> = rows.heads.iter().enumerate().map(width).collect();
    let total = |widths: &[u16]| {
        widths
            .iter()
            .map(|w| u32::from(*w) + 2)
            .sum::<u32>()
            .saturating_sub(2)
    };
    while total(&widths) > u32::from(room) {
        let widest = widths.iter_mut().filter(|width| **width > 18).max();
        if let Some(width) = widest {
            *width -= 1;
        } else if widths.len() > 1 {
            widths.pop();
        } else {
            return vec![room];
        }
    }
    widths
}

fn draw_row(
    row: &[(String, Style)],
    heads: &[(String, Align)],
    widths: &[u16],
    area: Rect,
    marked: Option<Style>,
    buf: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let mut x = 2;
    for (((text, style), (_, align)), width) in row.iter().zip(heads).zip(widths) {
        let cell = Rect {
            width: *width,
            ..after(area, x)
        }
        .intersection(area);
        let text = values::cut(text, cell.width);
        match align {
            Align::Left => put(buf, cell, &text, *style),
            Align::Right => put_right(buf, cell, &text, *style),
        }
        x = x.saturating_add(*width).saturating_add(2);
    }
    if let Some(style) = marked {
        put(buf, area, ">", style);
        buf.set_style(area, style);
    }
}
