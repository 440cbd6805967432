//! The terminal dashboard: state, update, view.
//!
//! Dashboards are YAML files ([`Dashboard`]). What they show lives in [`State`]; [`update`] changes it
//! and asks for work through [`Effect`]s; [`view`] draws it. The crate knows no engine and reads no
//! clock: the program supplies both to [`run()`], [`settle`] and [`render_once`].

mod dashboard;
mod data;
mod keys;
mod once;
mod period;
mod problems;
mod run;
mod state;
mod svg;
mod theme;
mod update;
mod view;

pub use dashboard::{Dashboard, Panel, Place, Scale, Source, View};
pub use data::{PanelData, PanelId, PanelRequest, Window};
pub use keys::{Action, BINDINGS, Binding, Scope, key_table};
pub use once::{render_once, settle, svg_once};
pub use period::{Period, Start};
pub use run::{Load, run};
pub use state::{Content, Overlay, PanelState, State};
pub use svg::buffer_to_svg;
pub use theme::Theme;
pub use update::{Effect, Msg, update};
pub use view::{LEAST_HEIGHT, LEAST_WIDTH, view};
