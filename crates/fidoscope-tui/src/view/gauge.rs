//! Values against their targets.

use fidoscope_report::{Sli, SliStatus, Table, Unit, number};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{after, line, put, put_right, rows, spark, values};
use crate::data;
use crate::{PanelData, Scale, Theme};

/// Columns of value, target and status on the right.
const RIGHT: u16 = 34;

/// Draws each indicator with its target and its state in words, and its share as a bar.
pub(super) fn slis(slis: &[Sli], theme: &Theme, area: Rect, buf: &mut Buffer) {
    for (y, sli) in (0..area.height).zip(slis) {
        let line = line(area, y);
        let left = line.width.saturating_sub(RIGHT);
        let bar = left.saturating_sub(46);
        let room = left.saturating_sub(bar + 1);
        let kind = rows::kind(sli).map_or_else(String::new, |kind| format!(", {kind}"));
        let name = values::cut_before(&format!("{} {}", sli.id, sli.name), &kind, room);
        put(buf, line, &name, theme.text);
        if let Some(share) = sli.value.filter(|_| sli.unit == Unit::Ratio && bar > 3) {
            draw_bar(
                share,
                theme,
                Rect {
                    width: bar,
                    ..after(line, left - bar)
                },
                buf,
            );
        }
        let value = sli.value_text().unwrap_or_else(|| "-".to_owned());
        let target = sli
            .target
            .map(|target| number::target(target, sli.unit))
            .unwrap_or_default();
        let right = after(line, left);
        put(
            buf,
            right,
            &format!("{value:>11} {target:>11}  "),
            theme.text,
        );
        let status = match sli.status {
            SliStatus::Missed => "▲ missed",
            other => other.word(),
        };
        put(buf, after(right, 25), status, theme.tone(sli.status.tone()));
    }
    let hidden = slis.len().saturating_sub(usize::from(area.height));
    if hidden > 0 {
        put_right(
            buf,
            line(area, area.height.saturating_sub(1)),
            &format!(" +{hidden}"),
            theme.faint,
        );
    }
}

/// Draws the latest value of each column of numbers.
pub(super) fn table(table: &Table, scale: &Scale, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let series = data::series(table, scale);
    if series.is_empty() {
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
    for (y, one) in (0..area.height).zip(&series) {
        let line = line(area, y);
        let latest = one.values.iter().rev().find_map(|value| *value);
        let text = spark::latest(one, scale.unit);
        let room = line.width.saturating_sub(values::width(&text) + 1);
        put(buf, line, &values::cut(&one.name, room.min(24)), theme.text);
        put_right(buf, line, &text, theme.head);
        let most = match scale.unit {
            Some(Unit::Ratio) => 1.0,
            _ => one
                .values
                .iter()
                .flatten()
                .copied()
                .fold(f64::MIN_POSITIVE, f64::max),
        };
        let bar = Rect {
            width: line.width.saturating_sub(38),
            ..after(line, 26)
        };
        if let Some(value) = latest {
            draw_bar(value / most, theme, bar.intersection(line), buf);
        }
    }
}

fn draw_bar(share: f64, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let filled = values::steps(share, area.width);
    put(buf, area, &"█".repeat(usize::from(filled)), theme.series(0));
    let rest = usize::from(area.width - filled);
    put(buf, after(area, filled), &"░".repeat(rest), theme.faint);
}
