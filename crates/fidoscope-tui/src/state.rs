//! Everything that the screen depends on.

use chrono::{DateTime, Utc};

use crate::{Dashboard, PanelData, PanelId, Period, Start, Window};

/// The whole dashboard at one moment.
#[derive(Clone, Debug)]
pub struct State {
    /// What the data are of, for the title line, e.g. the store's path.
    pub subject: String,
    /// The pages.
    pub dashboards: Vec<Dashboard>,
    /// Index of the page that is shown.
    pub page: usize,
    /// Time of the last tick.
    pub now: DateTime<Utc>,
    /// Whether refreshing is stopped.
    pub frozen: bool,
    /// Where the time that is looked at ends, when it does not go on.
    pub until: Option<DateTime<Utc>>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What lies over the page, topmost last.
    pub overlays: Vec<Overlay>,
    pub(crate) pages: Vec<PageState>,
    pub(crate) next_number: u64,
}

/// What a page remembers while another is shown.
#[derive(Clone, Debug)]
pub(crate) struct PageState {
    pub(crate) start: Start,
    pub(crate) focus: usize,
    pub(crate) panels: Vec<PanelState>,
}

/// A panel at one moment.
#[derive(Clone, Debug, Default)]
pub struct PanelState {
    /// What it shows.
    pub content: Content,
    /// Index of the selected row.
    pub selected: usize,
    /// The time that its data are of.
    pub(crate) period: Option<Period>,
    /// The question that is being answered, and the time that it is about.
    pub(crate) pending: Option<(u64, Period)>,
    pub(crate) asked_at: Option<DateTime<Utc>>,
}

/// What a panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// Nothing has come yet.
    #[default]
    Loading,
    /// Data of that time.
    Ready(PanelData, DateTime<Utc>),
    /// Older data, and why there are no newer.
    Stale(PanelData, DateTime<Utc>, String),
    /// No data, and why.
    Failed(String),
}

/// Something that lies over the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help {
        /// First line shown.
        scroll: u16,
    },
    /// Everything about a row.
    Detail {
        /// What it is about.
        title: String,
        /// The text.
        text: String,
        /// First line shown.
        scroll: u16,
    },
}

impl State {
    /// A dashboard before its first tick; `page` is an index of `dashboards`.
    #[must_use]
    pub fn new(subject: String, dashboards: Vec<Dashboard>, page: usize) -> Self {
        let pages = dashboards.iter().map(PageState::new).collect();
        Self {
            subject,
            page: page.min(dashboards.len().saturating_sub(1)),
            dashboards,
            now: DateTime::UNIX_EPOCH,
            frozen: false,
            until: None,
            size: (80, 24),
            overlays: Vec::new(),
            pages,
            next_number: 1,
        }
    }

    /// The dashboard that is shown.
    #[must_use]
    pub fn dashboard(&self) -> Option<&Dashboard> {
        self.dashboards.get(self.page)
    }

    /// A panel's state.
    #[must_use]
    pub fn panel(&self, id: PanelId) -> Option<&PanelState> {
        self.pages.get(id.page)?.panels.get(id.panel)
    }

    /// The same, where all pages look from `start` on, or up to `until`.
    #[must_use]
    pub fn within(mut self, start: Option<Start>, until: Option<DateTime<Utc>>) -> Self {
        self.until = until;
        for page in &mut self.pages {
            page.start = start.unwrap_or(page.start);
        }
        self
    }

    /// The time that a question of the page is about.
    #[must_use]
    pub fn period(&self) -> Period {
        let start = self.page_state().map(|page| page.start);
        let start = start.unwrap_or(Start::Before(Window::DEFAULT));
        Period::new(start, self.until.unwrap_or(self.now))
    }

    /// The time that the data of the page are of; of panels that differ by moments the earliest.
    pub(crate) fn shown_period(&self) -> Period {
        let wanted = self.period();
        let panels = self.page_state().map_or(&[][..], |page| &page.panels);
        let fresh = panels
            .iter()
            .filter(|panel| matches!(panel.content, Content::Ready(..)));
        let ends = fresh
            .filter_map(|panel| panel.period)
            .filter(|p| p.start == wanted.start);
        let until = ends.map(|period| period.until).min();
        Period::new(wanted.start, until.unwrap_or(wanted.until))
    }

    /// Whether the page waits for data of another time than it shows.
    pub(crate) fn changes_period(&self) -> bool {
        let wanted = self.period().start;
        let page = self.page_state();
        page.is_some_and(|page| {
            let differs = |panel: &PanelState| panel.period.is_some_and(|p| p.start != wanted);
            page.panels
                .iter()
                .any(|panel| panel.is_loading() && differs(panel))
        })
    }

    pub(crate) fn page_state(&self) -> Option<&PageState> {
        self.pages.get(self.page)
    }

    pub(crate) fn panel_mut(&mut self, id: PanelId) -> Option<&mut PanelState> {
        self.pages.get_mut(id.page)?.panels.get_mut(id.panel)
    }

    pub(crate) fn focused(&self) -> PanelId {
        PanelId {
            page: self.page,
            panel: self.page_state().map_or(0, |page| page.focus),
        }
    }
}

impl PageState {
    fn new(dashboard: &Dashboard) -> Self {
        Self {
            start: Start::Before(dashboard.window),
            focus: 0,
            panels: dashboard
                .panels
                .iter()
                .map(|_| PanelState::default())
                .collect(),
        }
    }
}

impl PanelState {
    /// The data on the screen, old or new.
    #[must_use]
    pub fn data(&self) -> Option<&PanelData> {
        match &self.content {
            Content::Ready(data, _) | Content::Stale(data, _, _) => Some(data),
            Content::Loading | Content::Failed(_) => None,
        }
    }

    /// Whether an answer is on its way.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.pending.is_some()
    }
}
