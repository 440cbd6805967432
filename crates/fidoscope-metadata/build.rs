//! Writes the table of rules as Rust, from `rules.json`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

const RULES: &str = "rules.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=build.rs");
    let rows: Vec<Value> = serde_json::from_str(&fs::read_to_string(RULES)?)?;
    let mut table = String::new();
    for row in &rows {
        let text = |member: &str| {
            let found = row.get(member).and_then(Value::as_str);
            found.ok_or_else(|| format!("no text `{member}` in {row}"))
        };
        let id = text("id")?;
        let own = id.strip_prefix("mds.").ok_or("a rule of another name")?;
        let name = own.replace(['.', '-'], "_").to_uppercase();
        let (reference, class) = (text("reference")?, text("class")?);
        writeln!(table, "    {name}: {id:?}, {reference:?}, {class:?};")?;
    }
    #[expect(clippy::disallowed_methods, reason = "cargo names the folder so")]
    let folder = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&folder).join("rules.rs"),
        format!("rules! {{\n{table}}}\n"),
    )?;
    Ok(())
}
