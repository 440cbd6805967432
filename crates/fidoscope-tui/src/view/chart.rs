//! Lines over time.

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_report::{Table, Unit, number};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};

use super::{legend, line, put, rows, values};
use crate::data::{self, Series};
use crate::{PanelData, Scale, Theme};

/// Shapes that tell the lines apart where colours do not.
const MARKS: [(Marker, &str); 4] = [
    (Marker::Braille, "⠒"),
    (Marker::Dot, "•"),
    (Marker::HalfBlock, "▀"),
    (Marker::Bar, "▄"),
];

/// Draws the columns of numbers over the column of times; a table without times as rows.
pub(super) fn draw(table: &Table, scale: &Scale, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let series = data::series(table, scale);
    let Some(times) = data::times(table, scale).filter(|_| !series.is_empty()) else {
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
    let Some(ticks) = Ticks::of(&series, scale) else {
        put(buf, line(area, 0), "no data", theme.faint);
        return;
    };
    let below = legend::draw(&series, scale, theme, area, buf);
    plot(&series, &times, &ticks, scale, theme, below, buf);
}

/// The lines between their axes.
fn plot(
    series: &[Series],
    times: &[DateTime<Utc>],
    ticks: &Ticks,
    scale: &Scale,
    theme: &Theme,
    area: Rect,
    buf: &mut Buffer,
) {
    let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
        return;
    };
    let xs: Vec<f64> = times
        .iter()
        .map(|at| data::float((*at - *first).num_seconds()))
        .collect();
    let span = *last - *first;
    let end = data::float(span.num_seconds()).max(1.0);
    let segments: Vec<(usize, Vec<(f64, f64)>)> = series
        .iter()
        .enumerate()
        .flat_map(|(at, one)| segments(&xs, &one.values).into_iter().map(move |s| (at, s)))
        .collect();
    let target = dots(scale.target, end, area.width / 3);
    let limit = Dataset::default()
        .data(&target)
        .graph_type(GraphType::Scatter)
        .style(theme.faint);
    let mut datasets = vec![limit.marker(Marker::Braille)];
    datasets.extend(segments.iter().map(|(at, points)| {
        let (marker, _) = mark(*at);
        let dataset = Dataset::default().data(points).graph_type(GraphType::Line);
        dataset.marker(marker).style(theme.series(*at))
    }));
    let middle = *first + TimeDelta::seconds(span.num_seconds() / 2);
    let labels = [*first, middle, *last].map(|at| values::time(at, span));
    let x_axis = Axis::default()
        .bounds([0.0, end])
        .labels(labels)
        .style(theme.faint);
    let y_axis = Axis::default()
        .bounds([ticks.low, ticks.high])
        .labels(ticks.labels())
        .style(theme.faint);
    Chart::new(datasets)
        .x_axis(x_axis)
        .y_axis(y_axis)
        .legend_position(None)
        .render(area, buf);
}

/// A dotted line, so that it is not taken for data.
fn dots(target: Option<f64>, end: f64, count: u16) -> Vec<(f64, f64)> {
    let step = end / f64::from(count.max(1));
    let dots = |y| (0..=count).map(move |at| (step * f64::from(at), y));
    target.map(|y| dots(y).collect()).unwrap_or_default()
}

/// The shape of a line, and its sign in the legend.
pub(super) fn mark(at: usize) -> (Marker, &'static str) {
    MARKS
        .get(at % MARKS.len())
        .copied()
        .unwrap_or((Marker::Braille, "⠒"))
}

/// Runs of known values; a line is not drawn over a gap.
fn segments(xs: &[f64], values: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (x, value) in xs.iter().zip(values) {
        match (value, runs.last_mut()) {
            (Some(y), Some(run)) => run.push((*x, *y)),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Round numbers on the vertical axis.
struct Ticks {
    low: f64,
    high: f64,
    step: f64,
    unit: Option<Unit>,
}

impl Ticks {
    fn of(series: &[Series], scale: &Scale) -> Option<Self> {
        let known = || {
            series
                .iter()
                .flat_map(|one| one.values.iter().flatten().copied())
        };
        let values = || known().chain(scale.target);
        known().next()?;
        let ratio = scale.unit == Some(Unit::Ratio);
        let max = values().fold(f64::NEG_INFINITY, f64::max);
        let min = values().fold(f64::INFINITY, f64::min);
        // A share is looked at closely; an amount is measured from zero.
        let min = if ratio { min } else { min.min(0.0) };
        // A line that never moves still needs a scale.
        let range = match max - min {
            range if range > 0.0 => range,
            _ if max != 0.0 => max.abs() / 10.0,
            _ if ratio => 0.02,
            _ => 2.0,
        };
        let step = round_step(range / 2.0);
        let mut low = (min / step).floor() * step;
        let mut high = (max / step).ceil() * step;
        if high <= low {
            high = low + step;
        }
        if ratio {
            (low, high) = (low.max(0.0), high.min(1.0).max(low + step / 100.0));
        }
        Some(Self {
            low,
            high,
            step,
            unit: scale.unit,
        })
    }

    /// Labels at the ends and evenly between them.
    fn labels(&self) -> Vec<String> {
        let count = [1.0, 2.0, 3.0, 4.0].into_iter().rev().find(|n| {
            let steps = (self.high - self.low) / self.step;
            (steps - n).abs() < 0.01
        });
        let count = count.unwrap_or(1.0);
        let ends = [0.0, 1.0, 2.0, 3.0, 4.0]
            .into_iter()
            .filter(|at| *at <= count);
        ends.map(|at| self.label(self.low + (self.high - self.low) * at / count))
            .collect()
    }

    fn label(&self, value: f64) -> String {
        let decimals = |step: f64| {
            [1.0, 0.1, 0.01]
                .iter()
                .take_while(|s| step < **s * 0.99)
                .count()
        };
        match self.unit {
            Some(Unit::Ratio) => format!("{:.*} %", decimals(self.step * 100.0), value * 100.0),
            Some(Unit::Milliseconds) => format!("{:.*} ms", decimals(self.step), value),
            Some(Unit::Count) | None => number::number(value),
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= step * 0.999);
    factor.unwrap_or(10.0) * power
}
