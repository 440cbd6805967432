//! One panel: its border, its state in words, and the drawing of its data.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use super::{after, bars, chart, gauge, put, put_right, rows, spark, summary, values};
use crate::data::seconds_in_words;
use crate::state::Content;
use crate::{Panel, PanelData, PanelState, Period, State, Theme, View};

/// Everything that the drawing of a panel looks at.
pub(super) struct Drawing<'a> {
    pub(super) panel: &'a Panel,
    pub(super) shown: &'a PanelState,
    pub(super) focused: bool,
    pub(super) state: &'a State,
    pub(super) theme: &'a Theme,
}

impl Drawing<'_> {
    /// The panel with its border.
    pub(super) fn full(&self, area: Rect, buf: &mut Buffer) {
        let block = Block::bordered().border_style(self.border());
        let inner = block.inner(area);
        block.render(area, buf);
        let head = Rect {
            height: 1.min(area.height),
            ..area
        };
        let remarks = self.remarks();
        let right = if remarks.is_empty() {
            String::new()
        } else {
            format!(" {} ─┐", remarks.join(", "))
        };
        let room = area.width.saturating_sub(values::width(&right) + 4);
        let title = values::cut(&self.panel.title, room);
        let mark = if self.focused { ">" } else { " " };
        let left = format!("{mark}{title} ");
        put(buf, after(head, 1), &left, self.theme.head);
        put_right(buf, head, &right, self.theme.warning);
        self.content(inner, buf);
    }

    /// The panel in one line.
    pub(super) fn line(&self, area: Rect, buf: &mut Buffer) {
        let mark = if self.focused { ">" } else { " " };
        let title = values::cut(&self.panel.title, 30);
        put(buf, area, &format!("{mark} {title}"), self.theme.head);
        let (text, style) = match &self.shown.content {
            Content::Loading => ("loading".to_owned(), self.theme.faint),
            Content::Failed(error) => (format!("failed: {}", values::clean(error)), self.theme.bad),
            Content::Ready(data, _) | Content::Stale(data, _, _) => {
                let remarks = self
                    .remarks()
                    .into_iter()
                    .map(|remark| format!("{remark}: "));
                let text = remarks.collect::<String>() + &summary::line(data, &self.panel.scale);
                (text, self.theme.text)
            }
        };
        put(
            buf,
            after(area, 34),
            &values::cut(&text, area.width.saturating_sub(35)),
            style,
        );
    }

    /// What has to be known about the data before they are read.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Content::Stale(_, at, _) = &self.shown.content {
            let age = seconds_in_words((self.state.now - *at).num_seconds());
            remarks.push(format!("STALE, {age} old"));
        }
        if self.shown.data().is_none() {
            return remarks;
        }
        let other = |period: &Period| period.start != self.state.period().start;
        if let Some(period) = self.shown.period.filter(other) {
            remarks.push(period.brief());
        }
        if !self.panel.source.knows_its_window() {
            remarks.push("ignores the window".to_owned());
        }
        remarks
    }

    fn border(&self) -> Style {
        if self.focused {
            self.theme.focus
        } else {
            self.theme.border
        }
    }

    fn content(&self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        match &self.shown.content {
            Content::Loading => self.say("loading", self.theme.faint, area, buf),
            Content::Failed(error) => {
                let text = format!("failed: {}", values::clean(error));
                self.say(&text, self.theme.bad, area, buf);
            }
            Content::Ready(data, _) => self.data(data, area, buf),
            Content::Stale(data, _, error) => {
                let (top, last) = split_last(area);
                self.data(data, top, buf);
                let text = values::cut(&format!("not refreshed: {error}"), last.width);
                put(buf, last, &text, self.theme.warning);
            }
        }
    }

    fn say(&self, text: &str, style: Style, area: Rect, buf: &mut Buffer) {
        Paragraph::new(text)
            .style(style)
            .wrap(Wrap { trim: true })
            .render(area, buf);
    }

    fn data(&self, data: &PanelData, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let drawn = !matches!(self.panel.view, View::Table | View::Text);
        if data.is_empty() || (drawn && data.is_unknown(&self.panel.scale)) {
            let nothing = match data {
                PanelData::Table(_) => "no data",
                PanelData::Slis(_) => "no indicators",
                PanelData::Findings(..) => "no findings",
            };
            let period = self.shown.period.unwrap_or_else(|| self.state.period());
            let text = match self.panel.source.knows_its_window() {
                true => format!("{nothing} {}", period.adverb()),
                false => nothing.to_owned(),
            };
            self.say(&text, self.theme.faint, area, buf);
            return;
        }
        let scale = &self.panel.scale;
        match (self.panel.view, data) {
            (View::Line, PanelData::Table(table)) => {
                chart::draw(table, scale, self.theme, area, buf)
            }
            (View::Bars, PanelData::Table(table)) => {
                bars::draw(table, scale, self.theme, area, buf)
            }
            (View::Sparkline, PanelData::Table(table)) => {
                spark::draw(table, scale, self.theme, area, buf);
            }
            (View::Text, PanelData::Table(table)) => {
                rows::text(table, scale, self.theme, area, buf)
            }
            (View::Gauge, PanelData::Table(table)) => {
                gauge::table(table, scale, self.theme, area, buf);
            }
            (View::Gauge | View::Bars | View::Sparkline, PanelData::Slis(slis)) => {
                gauge::slis(slis, self.theme, area, buf);
            }
            // A view that does not suit the data falls back to rows, which suit all.
            _ => {
                let selected = self.focused.then_some(self.shown.selected);
                rows::draw(data, scale, selected, self.theme, area, buf);
            }
        }
    }
}

fn split_last(area: Rect) -> (Rect, Rect) {
    let height = area.height.saturating_sub(1);
    (
        Rect { height, ..area },
        Rect {
            y: area.y + height,
            height: area.height.min(1),
            ..area
        },
    )
}
