//! Everything that the screen depends on.

use chrono::{DateTime, Utc};

use crate::{Dashboard, PanelData, PanelId, Window};

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
    pub(crate) window: Window,
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
    pub(crate) pending: Option<u64>,
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

    /// How far back the page looks.
    #[must_use]
    pub fn window(&self) -> Window {
        self.page_state()
            .map_or(Window::DEFAULT, |page| page.window)
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
            window: dashboard.window,
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
