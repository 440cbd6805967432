//! What `-V` says: the version, the commit it was built from, and the engines in it.

use std::sync::LazyLock;

/// Version, commit and engines, e.g. `0.1.0 (commit 5bdf2f59c3a1, DataFusion 55.2.0, ...)`.
pub(crate) fn line() -> &'static str {
    static LINE: LazyLock<String> = LazyLock::new(|| {
        let commit = option_env!("FIDOSCOPE_COMMIT");
        let commit = commit.map(|commit| format!("commit {commit}"));
        let engines = fidoscope_analytics::engines();
        let engines = engines.map(|(name, version)| format!("{name} {version}"));
        let parts: Vec<String> = commit.into_iter().chain(engines).collect();
        format!("{} ({})", env!("CARGO_PKG_VERSION"), parts.join(", "))
    });
    &LINE
}
