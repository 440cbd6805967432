//! The shape of a dashboard file, and what serde cannot check about it.

use fidoscope_report::{Diagnostic, Unit};
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::{Dashboard, Panel, Place, Scale, Source, View, parameters};
use crate::Window;
use crate::problems::{self, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    title: String,
    window: Option<Spanned<String>>,
    refresh: Option<Spanned<String>>,
    panels: Spanned<Vec<Spanned<PanelFile>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PanelFile {
    title: String,
    source: Option<Spanned<String>>,
    query: Option<Spanned<String>>,
    view: ViewFile,
    at: Spanned<PlaceFile>,
    x: Option<String>,
    #[serde(default)]
    y: Vec<String>,
    unit: Option<UnitFile>,
    target: Option<f64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    column: u16,
    row: u16,
    width: u16,
    height: u16,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ViewFile {
    Table,
    Line,
    Bars,
    Gauge,
    Sparkline,
    Text,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum UnitFile {
    Ratio,
    Milliseconds,
    Count,
}

/// Seconds between two loads of a panel when the file does not say.
const REFRESH: i64 = 60;

/// Rows of a grid at most; more would be drawn in no terminal.
const MOST_ROWS: u16 = 48;

pub(super) fn parse(
    yaml: &str,
    name: &str,
    sources: &[&str],
) -> Result<Dashboard, Vec<Diagnostic>> {
    let text = Text { yaml, name };
    let file: File =
        serde_saphyr::from_str(yaml).map_err(|error| vec![problems::unreadable(text, &error)])?;
    let mut reader = Reader {
        text,
        sources,
        problems: Vec::new(),
    };
    let dashboard = reader.dashboard(file);
    if reader.problems.is_empty() {
        Ok(dashboard)
    } else {
        Err(reader.problems)
    }
}

struct Reader<'a> {
    text: Text<'a>,
    sources: &'a [&'a str],
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn dashboard(&mut self, file: File) -> Dashboard {
        let name = file.name.value;
        let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(usable) {
            self.problems
                .push(problems::name(self.text, file.name.referenced, &name));
        }
        if file.panels.value.is_empty() {
            self.problems
                .push(problems::no_panels(self.text, file.panels.referenced));
        }
        let window = file
            .window
            .and_then(|text| self.duration(&text))
            .map(Window);
        let refresh = file
            .refresh
            .and_then(|text| self.duration(&text))
            .unwrap_or(REFRESH);
        let mut panels = Vec::new();
        for panel in file.panels.value {
            let place = panel.value.at.referenced;
            let panel = self.panel(panel);
            if let Some(other) = panels
                .iter()
                .find(|other: &&Panel| other.place.meets(panel.place))
            {
                self.problems
                    .push(problems::overlap(self.text, place, &other.title));
            }
            panels.push(panel);
        }
        let window = window.unwrap_or(Window::DEFAULT);
        Dashboard {
            name,
            title: file.title,
            window,
            refresh,
            panels,
        }
    }

    fn panel(&mut self, panel: Spanned<PanelFile>) -> Panel {
        let at = panel.referenced;
        let panel = panel.value;
        let source = self.source(at, panel.source, panel.query);
        let place = self.place(&panel.at);
        Panel {
            title: panel.title,
            source,
            view: panel.view.into(),
            place,
            scale: Scale {
                x: panel.x,
                y: panel.y,
                unit: panel.unit.map(Into::into),
                target: panel.target,
            },
        }
    }

    fn source(
        &mut self,
        at: Location,
        source: Option<Spanned<String>>,
        query: Option<Spanned<String>>,
    ) -> Source {
        match (source, query) {
            (Some(source), None) => {
                let name = source.value;
                if !self.sources.is_empty() && !self.sources.contains(&name.as_str()) {
                    let at = source.referenced;
                    self.problems
                        .push(problems::source(self.text, at, &name, self.sources));
                }
                Source::Named(name)
            }
            (None, Some(query)) => {
                for name in parameters::named(&query.value) {
                    if !Dashboard::PARAMETERS.contains(&name) {
                        let at = query.referenced;
                        self.problems.push(problems::parameter(self.text, at, name));
                    }
                }
                Source::Query(query.value)
            }
            (source, _) => {
                self.problems
                    .push(problems::one_source(self.text, at, source.is_some()));
                Source::Query(String::new())
            }
        }
    }

    fn place(&mut self, place: &Spanned<PlaceFile>) -> Place {
        let PlaceFile {
            column,
            row,
            width,
            height,
        } = place.value;
        let right = column.saturating_add(width);
        let bottom = row.saturating_add(height);
        if width == 0 || height == 0 || right > Dashboard::GRID || bottom > MOST_ROWS {
            self.problems
                .push(problems::outside(self.text, place.referenced, MOST_ROWS));
        }
        Place {
            column,
            row,
            width,
            height,
        }
    }

    fn duration(&mut self, text: &Spanned<String>) -> Option<i64> {
        match Window::parse(&text.value) {
            Ok(window) => Some(window.0),
            Err(error) => {
                self.problems
                    .push(problems::duration(self.text, text.referenced, error));
                None
            }
        }
    }
}

impl Place {
    fn meets(self, other: Self) -> bool {
        let apart = |a: u16, size: u16, b: u16| a.saturating_add(size) <= b;
        !(apart(self.column, self.width, other.column)
            || apart(other.column, other.width, self.column)
            || apart(self.row, self.height, other.row)
            || apart(other.row, other.height, self.row))
    }
}

impl From<ViewFile> for View {
    fn from(view: ViewFile) -> Self {
        match view {
            ViewFile::Table => Self::Table,
            ViewFile::Line => Self::Line,
            ViewFile::Bars => Self::Bars,
            ViewFile::Gauge => Self::Gauge,
            ViewFile::Sparkline => Self::Sparkline,
            ViewFile::Text => Self::Text,
        }
    }
}

impl From<UnitFile> for Unit {
    fn from(unit: UnitFile) -> Self {
        match unit {
            UnitFile::Ratio => Self::Ratio,
            UnitFile::Milliseconds => Self::Milliseconds,
            UnitFile::Count => Self::Count,
        }
    }
}
