//! Dashboards as people write them: a grid of panels in a YAML file.

mod file;
mod parameters;

use fidoscope_definitions::{Definition, Kind};
use fidoscope_report::{Diagnostic, Unit};

use crate::Window;

/// A page of panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Dashboard {
    /// Name on the command line, e.g. `on-call`.
    pub name: String,
    /// Name on the tab.
    pub title: String,
    /// How far back its panels look at first.
    pub window: Window,
    /// Seconds after which a panel is loaded again.
    pub refresh: i64,
    /// The panels, in reading order.
    pub panels: Vec<Panel>,
}

/// One panel: where its data come from and how they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Title in the border.
    pub title: String,
    /// Where the data come from.
    pub source: Source,
    /// How they are drawn.
    pub view: View,
    /// Where in the grid.
    pub place: Place,
    /// Which columns are drawn, and in which unit.
    pub scale: Scale,
}

/// Where the data of a panel come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A named panel of the engine, or `slis` or `findings`.
    Named(String),
    /// SQL over the store's tables, with the parameters [`Dashboard::PARAMETERS`].
    Query(String),
}

impl Source {
    /// Whether the data follow the window of the page; a query does that through its parameters.
    #[must_use]
    pub fn knows_its_window(&self) -> bool {
        match self {
            Self::Named(_) => true,
            Self::Query(sql) => !parameters::named(sql).is_empty(),
        }
    }
}

/// How the data of a panel are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Rows and columns.
    Table,
    /// Lines over time.
    Line,
    /// One bar a row.
    Bars,
    /// Values against their targets.
    Gauge,
    /// Small columns over time, with the latest value.
    Sparkline,
    /// Names and values.
    Text,
}

/// Position and size in a grid of twelve columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First column, 0 to 11.
    pub column: u16,
    /// First row.
    pub row: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Which columns of a table are drawn, and in which unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scale {
    /// Column of the horizontal axis or of the labels; else the first.
    pub x: Option<String>,
    /// Columns of the values; else every one that holds numbers.
    pub y: Vec<String>,
    /// Unit of the values.
    pub unit: Option<Unit>,
    /// A line that values should stay above or below.
    pub target: Option<f64>,
}

impl Dashboard {
    /// Columns of the grid.
    pub const GRID: u16 = 12;

    /// Parameters of a query: start and end of the window, and the time of the question.
    pub const PARAMETERS: [&'static str; 3] = ["since", "until", "now"];

    /// Reads a dashboard file. `sources` are the names that the engine knows; a source that is not
    /// among them is a problem.
    ///
    /// # Errors
    /// Every problem found in the file, with its place.
    pub fn parse(yaml: &str, file: &str, sources: &[&str]) -> Result<Self, Vec<Diagnostic>> {
        file::parse(yaml, file, sources)
    }

    /// The dashboards that come with the program: their file names and texts.
    pub const BUILTIN: [(&'static str, &'static str); 2] = [
        (
            "dashboards/executive.yaml",
            include_str!("../../../dashboards/executive.yaml"),
        ),
        (
            "dashboards/on-call.yaml",
            include_str!("../../../dashboards/on-call.yaml"),
        ),
    ];
}

/// Read without the names of the engine's panels; [`Dashboard::parse`] knows them.
impl Definition for Dashboard {
    const KIND: Kind = file::KIND;
    const NAMED_BY_FILE: bool = true;

    fn id(&self) -> &str {
        &self.name
    }

    fn read(yaml: &str, file: &str) -> Result<Vec<Self>, Vec<Diagnostic>> {
        Self::parse(yaml, file, &[]).map(|page| vec![page])
    }
}

#[cfg(test)]
mod tests;
