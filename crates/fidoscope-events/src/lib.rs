//! The canonical event, source mappings, decoding and quarantine records.
