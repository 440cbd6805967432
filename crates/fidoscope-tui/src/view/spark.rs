//! Small columns over time.

use fidoscope_report::{Table, Unit};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{line, put, put_right, rows, values};
use crate::data::{self, Series};
use crate::{PanelData, Scale, Theme};

const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws each column of numbers as a strip under its name and latest value.
pub(super) fn draw(table: &Table, scale: &Scale, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let series = data::series(table, scale);
    let count = u16::try_from(series.len()).unwrap_or(u16::MAX);
    if count == 0 {
        rows::draw(
            &PanelData::Table(table.clone()),
            scale,
            None,
            theme,
            area,
            buf,
        );
        return;
    }
    let height = (area.height / count).max(2);
    for (at, one) in (0..count).zip(&series) {
        let y = at.saturating_mul(height);
        if y >= area.height {
            break;
        }
        let head = line(area, y);
        let text = format!(" {}", latest(one, scale.unit));
        let room = head.width.saturating_sub(values::width(&text));
        put(buf, head, &values::cut(&one.name, room), theme.text);
        put_right(buf, head, &text, theme.head);
        let strip = Rect {
            y: area.y + y + 1,
            height: height - 1,
            ..area
        }
        .intersection(area);
        columns(one, scale.unit, strip, theme, buf);
    }
}

/// The last value that is known.
pub(super) fn latest(series: &Series, unit: Option<Unit>) -> String {
    let known = series.values.iter().rev().find_map(|value| *value);
    known.map_or_else(|| "no data".to_owned(), |value| values::value(value, unit))
}

/// The series in as many characters, for a summary.
pub(super) fn text(series: &Series, unit: Option<Unit>, width: u16) -> String {
    resample(&series.values, unit, width)
        .into_iter()
        .map(|share| share.map_or(" ", |share| block(values::steps(share, 7) + 1)))
        .collect()
}

fn columns(series: &Series, unit: Option<Unit>, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let style = theme.series(0);
    let shares = resample(&series.values, unit, area.width);
    let room = usize::from(area.width).max(1);
    let columns = (0..room).map(|x| shares.get(x * shares.len() / room).copied().flatten());
    for (x, share) in (0..area.width).zip(columns) {
        // A known value always leaves a mark, so that zero and unknown look different.
        let Some(share) = share else { continue };
        let mut eighths = values::steps(share, area.height.saturating_mul(8)).max(1);
        for y in (0..area.height).rev() {
            let here = eighths.min(8);
            eighths -= here;
            let cell = Rect::new(area.x + x, area.y + y, 1, 1);
            put(buf, cell, block(here), style);
        }
    }
}

fn block(eighths: u16) -> &'static str {
    BLOCKS.get(usize::from(eighths)).copied().unwrap_or("█")
}

/// Means of as many groups as there is room for, as shares of the largest; a ratio, which moves
/// little and near one end, as shares of its range.
fn resample(series: &[Option<f64>], unit: Option<Unit>, width: u16) -> Vec<Option<f64>> {
    let room = usize::from(width).max(1);
    let size = series.len().div_ceil(room).max(1);
    let means: Vec<Option<f64>> = series
        .chunks(size)
        .map(|group| {
            let known: Vec<f64> = group.iter().flatten().copied().collect();
            let count = u32::try_from(known.len()).ok().filter(|count| *count > 0)?;
            Some(known.iter().sum::<f64>() / f64::from(count))
        })
        .collect();
    let most = means.iter().flatten().copied().fold(0.0, f64::max);
    let least = match unit {
        Some(Unit::Ratio) => means.iter().flatten().copied().fold(most, f64::min),
        _ => 0.0,
    };
    let range = most - least;
    // Shares that never move stand at their own height.
    let share = |mean: f64| {
        if range > 0.0 {
            (mean - least) / range
        } else {
            mean.clamp(0.0, 1.0)
        }
    };
    means.into_iter().map(|mean| mean.map(share)).collect()
}
