//! What the nodes of a dashboard file mean.

use fidoscope_definitions::{Codes, Kind, Map, Mark, Node, Reader, Tree, Written};
use fidoscope_report::{Diagnostic, Unit};

use super::{Dashboard, Panel, Place, Scale, Source, View, parameters};
use crate::{Window, problems};

pub(super) const KIND: Kind = Kind {
    name: "dashboard",
    id: "name",
    codes: Codes {
        not_yaml: "FS-B001",
        unknown_key: "FS-B002",
        unknown_word: "FS-B003",
        missing_key: "FS-B004",
        wrong_shape: "FS-B001",
        twice_a_key: "FS-B005",
        twice: "FS-B014",
    },
};

const KEYS: &[&str] = &["name", "title", "window", "refresh", "panels"];

const PANEL_KEYS: &[&str] = &[
    "title", "source", "query", "view", "at", "x", "y", "unit", "target",
];

const PLACE_KEYS: &[&str] = &["column", "row", "width", "height"];

const VIEWS: &[(&str, View)] = &[
    ("table", View::Table),
    ("line", View::Line),
    ("bars", View::Bars),
    ("gauge", View::Gauge),
    ("sparkline", View::Sparkline),
    ("text", View::Text),
];

const UNITS: &[(&str, Unit)] = &[
    ("ratio", Unit::Ratio),
    ("milliseconds", Unit::Milliseconds),
    ("count", Unit::Count),
];

/// Seconds between two loads of a panel when the file does not say.
const REFRESH: i64 = 60;

/// Rows of a grid at most; more would be drawn in no terminal.
const MOST_ROWS: u16 = 48;

pub(super) fn parse(
    yaml: &str,
    name: &str,
    sources: &[&str],
) -> Result<Dashboard, Vec<Diagnostic>> {
    Reader::read(&KIND, yaml, name, |yaml, root| {
        PageReader { yaml, sources }.dashboard(root)
    })
}

struct PageReader<'r, 'a> {
    yaml: &'r mut Reader<'a>,
    sources: &'r [&'r str],
}

impl PageReader<'_, '_> {
    fn dashboard(&mut self, root: &Node) -> Option<Dashboard> {
        let page = self.yaml.map(root, "a dashboard", KEYS)?;
        let name: Option<Written> = self.yaml.required(&page, "name");
        if let Some(name) = &name {
            self.usable(name);
        }
        let title = self.yaml.required(&page, "title");
        let window = self.duration(&page, "window").map(Window);
        let refresh = self.duration(&page, "refresh");
        let panels = self.panels(&page);
        Some(Dashboard {
            name: name?.value,
            title: title?,
            window: window.unwrap_or(Window::DEFAULT),
            refresh: refresh.unwrap_or(REFRESH),
            panels: panels?,
        })
    }

    fn usable(&mut self, name: &Written) {
        let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.value.is_empty() || !name.value.chars().all(usable) {
            let problem = problems::name(self.yaml.file(), name.mark, &name.value);
            self.yaml.report(problem);
        }
    }

    fn panels(&mut self, page: &Map<'_>) -> Option<Vec<Panel>> {
        let Some(node) = page.get("panels") else {
            return self.yaml.missing(page, "panels", None);
        };
        let Tree::List(items) = &node.tree else {
            return self.yaml.wrong_shape(node, "`panels`", "a list");
        };
        if items.is_empty() {
            self.yaml
                .report(problems::no_panels(self.yaml.file(), node.mark));
        }
        let mut panels: Vec<Panel> = Vec::new();
        for item in items {
            let Some((panel, mark)) = self.panel(item) else {
                continue;
            };
            let met = panels.iter().find(|other| other.place.meets(panel.place));
            if let Some(other) = met {
                self.yaml
                    .report(problems::overlap(self.yaml.file(), mark, &other.title));
            }
            panels.push(panel);
        }
        Some(panels)
    }

    /// A panel, and where its place is written.
    fn panel(&mut self, node: &Node) -> Option<(Panel, Mark)> {
        let panel = self.yaml.map(node, "a panel", PANEL_KEYS)?;
        let title = self.yaml.required(&panel, "title");
        let source = self.source(&panel);
        let view = self.yaml.required_word(&panel, "view", VIEWS);
        let place = self.place(&panel);
        let scale = Scale {
            x: self.yaml.optional(&panel, "x"),
            y: self.yaml.optional(&panel, "y").unwrap_or_default(),
            unit: self.yaml.word(&panel, "unit", UNITS),
            target: self.yaml.optional(&panel, "target"),
        };
        let panel_read = Panel {
            title: title?,
            source: source?,
            view: view?,
            place: place?,
            scale,
        };
        Some((panel_read, panel.mark_of("at")))
    }

    fn source(&mut self, panel: &Map<'_>) -> Option<Source> {
        let source: Option<Written> = self.yaml.optional(panel, "source");
        let query: Option<Written> = self.yaml.optional(panel, "query");
        let file = self.yaml.file();
        match (panel.get("source").is_some(), panel.get("query").is_some()) {
            (true, false) => {
                let source = source?;
                let name = source.value;
                if !self.sources.is_empty() && !self.sources.contains(&name.as_str()) {
                    let problem = problems::source(file, source.mark, &name, self.sources);
                    self.yaml.report(problem);
                }
                Some(Source::Named(name))
            }
            (false, true) => {
                let query = query?;
                for name in parameters::named(&query.value) {
                    if !Dashboard::PARAMETERS.contains(&name) {
                        self.yaml
                            .report(problems::parameter(file, query.mark, name));
                    }
                }
                Some(Source::Query(query.value))
            }
            (both, _) => self
                .yaml
                .problem(problems::one_source(file, panel.mark, both)),
        }
    }

    fn place(&mut self, panel: &Map<'_>) -> Option<Place> {
        let Some(node) = panel.get("at") else {
            return self.yaml.missing(panel, "at", None);
        };
        let at = self.yaml.map(node, "`at`", PLACE_KEYS)?;
        let [column, row, width, height] =
            ["column", "row", "width", "height"].map(|key| self.yaml.required::<u16>(&at, key));
        let place = Place {
            column: column?,
            row: row?,
            width: width?,
            height: height?,
        };
        let right = place.column.saturating_add(place.width);
        let bottom = place.row.saturating_add(place.height);
        if place.width == 0 || place.height == 0 || right > Dashboard::GRID || bottom > MOST_ROWS {
            self.yaml
                .report(problems::outside(self.yaml.file(), node.mark, MOST_ROWS));
        }
        Some(place)
    }

    fn duration(&mut self, page: &Map<'_>, key: &str) -> Option<i64> {
        let text: Written = self.yaml.optional(page, key)?;
        match Window::parse(&text.value) {
            Ok(window) => Some(window.0),
            Err(error) => self
                .yaml
                .problem(problems::duration(self.yaml.file(), text.mark, error)),
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
