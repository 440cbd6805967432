//! The engine: Delta tables, DataFusion queries, Polars frames.
