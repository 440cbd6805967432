//! Answers the dashboard's questions from the store.

use fidoscope_analytics::{Limits, Span, Store};
use fidoscope_detect::{Catalogue, Rule};
use fidoscope_events::Catalogue as Mappings;
use fidoscope_tui::{PanelData, PanelRequest, Source};

/// Rows that a panel can hold; nobody scrolls through more.
const PANEL_ROWS: usize = 1_000;

/// The engine behind the dashboard.
pub(crate) struct Worker {
    store: Store,
    rules: Catalogue,
    mappings: Mappings,
}

impl Worker {
    pub(crate) fn new(store: Store, rules: Catalogue, mappings: Mappings) -> Self {
        Self {
            store,
            rules,
            mappings,
        }
    }

    /// The answer to one question; a refusal is shown in the panel.
    pub(crate) fn load(&self, request: &PanelRequest) -> Result<PanelData, String> {
        let span = Span {
            since: request.period.since,
            until: request.period.until,
        };
        match &request.source {
            Source::Named(name) if name == "slis" => {
                // What cannot be stored now is counted from the events.
                let _ = self.store.update_minutes(request.now);
                let slis = self.store.slis(span, None, &self.mappings);
                slis.map(PanelData::Slis).map_err(|e| e.to_string())
            }
            Source::Named(name) if name == "findings" => {
                let rules: Vec<&Rule> =
                    self.rules.rules().filter(|rule| rule.is_active()).collect();
                let detected = self.store.detect(&rules, Some(span));
                let mut detected = detected.map_err(|e| e.to_string())?;
                detected.sights.retain(|sight| !sight.is_whole());
                Ok(PanelData::Findings(detected.findings, detected.sights))
            }
            Source::Named(name) => {
                let _ = self.store.update_minutes(request.now);
                let table = self.store.panel(name, span, &self.mappings);
                table.map(PanelData::Table).map_err(|e| e.to_string())
            }
            Source::Query(sql) => {
                let limits = Limits {
                    rows: Some(PANEL_ROWS),
                };
                let values = [span.since, span.until, request.now];
                let names = fidoscope_tui::Dashboard::PARAMETERS;
                let times: Vec<_> = names.into_iter().zip(values).collect();
                self.store
                    .query_with(sql, &times, &limits)
                    .map(PanelData::Table)
                    .map_err(|e| e.to_string())
            }
        }
    }
}

/// Names that a dashboard file may use as a source.
pub(crate) fn sources() -> Vec<&'static str> {
    let mut names = vec!["slis", "findings"];
    names.extend(fidoscope_analytics::panel_names());
    names
}
