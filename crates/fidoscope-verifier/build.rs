//! Writes the table of steps as Rust: those of the ceremonies from `steps.json`, those of the
//! metadata service from the rules of the crate that judges metadata.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

const STEPS: &str = "steps.json";
const RULES: &str = "../fidoscope-metadata/rules.json";
/// Ranks of the rules of metadata: behind these, below `reg.trust-anchors` of each level.
const RULES_BEHIND: [u64; 2] = [2000, 2300];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={STEPS}");
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::new();
    for step in rows(STEPS)? {
        let [l2, l3] = [place(&step, "l2")?, place(&step, "l3")?];
        write_step(&mut table, &step, &l2, &l3)?;
    }
    for (at, rule) in (1..).zip(rows(RULES)?) {
        let clause = match text(&rule, "reference")? {
            "" => String::new(),
            own if own.starts_with("stmt") => format!("MDS {}", own.replace("stmt", "statement")),
            section => format!("MDS §{section}"),
        };
        let [l2, l3] = RULES_BEHIND.map(|before| written_place(&clause, before + at, 0, ""));
        write_step(&mut table, &rule, &l2, &l3)?;
    }
    #[expect(clippy::disallowed_methods, reason = "cargo names the folder so")]
    let folder = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&folder).join("steps.rs"),
        format!("registry! {{\n{table}}}\n"),
    )?;
    Ok(())
}

fn rows(path: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

fn text<'v>(row: &'v Value, member: &str) -> Result<&'v str, String> {
    let found = row.get(member).and_then(Value::as_str);
    found.ok_or_else(|| format!("no text `{member}` in {row}"))
}

fn place(step: &Value, level: &str) -> Result<String, String> {
    let place = step.get(level);
    let place = place.ok_or_else(|| format!("no `{level}` in {step}"))?;
    let rank = |member: &str| {
        let found = place.get(member).and_then(Value::as_u64);
        found.ok_or_else(|| format!("no rank `{member}` in {place}"))
    };
    Ok(written_place(
        text(place, "clause")?,
        rank("registration")?,
        rank("authentication")?,
        text(place, "anchor")?,
    ))
}

fn written_place(clause: &str, registration: u64, authentication: u64, anchor: &str) -> String {
    format!("{clause:?} {registration} {authentication} {anchor:?}")
}

fn write_step(table: &mut String, row: &Value, l2: &str, l3: &str) -> Result<(), Box<dyn Error>> {
    let id = text(row, "id")?;
    let name = id.replace(['.', '-'], "_").to_uppercase();
    let class = text(row, "class")?;
    write!(table, "    {name}: {id:?}, {class:?}, {l2}, {l3}")?;
    for words in ["title", "rule", "cause", "remedy"] {
        write!(table, ", {:?}", text(row, words)?)?;
    }
    writeln!(table, ";")?;
    Ok(())
}
