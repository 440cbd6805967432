//! The terminal dashboard: state, update, view.
