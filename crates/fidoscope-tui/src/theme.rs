//! One style per use. Colours only repeat what words say; selection is reversed, not coloured.

use fidoscope_report::{Tone, palette};
use ratatui::style::{Color, Modifier, Style};

/// The styles of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub(crate) title: Style,
    pub(crate) tab: Style,
    pub(crate) border: Style,
    pub(crate) focus: Style,
    pub(crate) head: Style,
    pub(crate) text: Style,
    pub(crate) faint: Style,
    pub(crate) good: Style,
    pub(crate) bad: Style,
    pub(crate) warning: Style,
    pub(crate) selected: Style,
    pub(crate) series: [Style; 4],
}

impl Theme {
    /// Colours that can be read on black and on white.
    #[must_use]
    pub fn colored() -> Self {
        let style = Style::new();
        let ink = |number| style.fg(Color::Indexed(number));
        Self {
            title: style.add_modifier(Modifier::BOLD),
            tab: style.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            border: ink(palette::FAINT),
            focus: ink(palette::ACCENT),
            head: style.add_modifier(Modifier::BOLD),
            text: style,
            faint: ink(palette::FAINT),
            good: ink(palette::GOOD),
            bad: ink(palette::BAD).add_modifier(Modifier::BOLD),
            warning: ink(palette::WARNING),
            selected: style.add_modifier(Modifier::REVERSED),
            series: [
                palette::ACCENT,
                palette::WARNING,
                palette::GOOD,
                palette::BAD,
            ]
            .map(ink),
        }
    }

    /// No colours, for `NO_COLOR` and for terminals without them.
    #[must_use]
    pub fn mono() -> Self {
        let style = Style::new();
        let bold = style.add_modifier(Modifier::BOLD);
        let dim = style.add_modifier(Modifier::DIM);
        Self {
            title: bold,
            tab: bold.add_modifier(Modifier::REVERSED),
            border: dim,
            focus: bold,
            head: bold,
            text: style,
            faint: dim,
            good: style,
            bad: bold,
            warning: bold,
            selected: style.add_modifier(Modifier::REVERSED),
            series: [style, bold, dim, style],
        }
    }

    /// The style of words with a tone.
    pub(crate) const fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.text,
            Tone::Good => self.good,
            Tone::Warning => self.warning,
            Tone::Bad => self.bad,
            Tone::Faint => self.faint,
        }
    }

    pub(crate) fn series(&self, at: usize) -> Style {
        self.series
            .get(at % self.series.len())
            .copied()
            .unwrap_or(self.text)
    }
}
