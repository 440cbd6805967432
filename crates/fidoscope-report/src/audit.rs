//! The result of an audit of registrations, and how it is written.
//!
//! Registrations that stand out are written as they come, so that a million need no memory; what is
//! counted follows at the end. Table and Markdown are for people: they show the counts and the
//! first few registrations.

mod tables;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::escape::escape_json;
use crate::{Cell, Format, Options};

/// Registrations that a table shows; the other formats have them all.
const SHOWN: usize = 20;
/// Rejected lines of which the reason is kept; the others are counted.
pub const REJECTED_KEPT: usize = 1_000;

/// A registration that stands out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditRow {
    /// File and line, or where else it comes from.
    pub place: String,
    /// Credential, as the source names it.
    pub credential: Option<String>,
    /// User, as the source names them.
    pub user: Option<String>,
    /// Value of the column that counts are split by.
    pub group: Option<String>,
    /// When it took place, RFC 3339.
    pub registered_at: Option<String>,
    /// Model.
    pub aaguid: Option<String>,
    /// The logged model, where the signed one is another.
    pub logged_aaguid: Option<String>,
    /// Name of the model.
    pub model: Option<String>,
    /// Who gave the name: `metadata`, `community`, `convenience`.
    pub name_source: Option<String>,
    /// Attestation format.
    pub format: Option<String>,
    /// Attestation type.
    pub attestation: Option<String>,
    /// Trust in the attestation now.
    pub now: AuditView,
    /// The same by the metadata of the past, where that is known.
    pub then: Option<AuditView>,
    /// Why it stands out.
    pub classes: Vec<&'static str>,
    /// Those of them in which it was not by the metadata of the past; absent where that is unknown.
    pub new: Option<Vec<&'static str>>,
    /// Advisories about the model.
    pub advisories: Vec<String>,
}

/// A registration as a BLOB has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditView {
    /// Number of the BLOB.
    pub blob_no: Option<u64>,
    /// `trusted`, `untrusted`, `not-attested`, `not-evaluated`.
    pub trust: &'static str,
    /// The step that decided.
    pub step: &'static str,
    /// Why.
    pub reason: Cow<'static, str>,
    /// Certification level.
    pub level: Option<String>,
    /// Status reports in force; absent where the BLOB does not list the model.
    pub statuses: Option<Vec<String>>,
}

/// How many registrations, and how many of which class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditCount {
    /// All.
    pub registrations: u64,
    /// Those that are in a class.
    pub affected: u64,
    /// By trust.
    pub trust: BTreeMap<&'static str, u64>,
    /// By class.
    pub classes: BTreeMap<&'static str, u64>,
    /// By class, those that were not in it by the metadata of the past.
    pub new: BTreeMap<&'static str, u64>,
}

/// A model and its registrations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditModel {
    /// Model; absent where the registrations name none.
    pub aaguid: Option<String>,
    /// Name.
    pub model: Option<String>,
    /// Who gave it.
    pub name_source: Option<String>,
    /// Certification level.
    pub level: Option<String>,
    /// Status reports in force; absent where the BLOB does not list the model.
    pub statuses: Option<Vec<String>>,
    /// Advisories about it.
    pub advisories: Vec<String>,
    /// Its registrations.
    #[serde(flatten)]
    pub count: AuditCount,
}

/// A value of the column that counts are split by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditGroup {
    /// The value; absent where the source does not say.
    pub value: Option<String>,
    /// Its registrations.
    #[serde(flatten)]
    pub count: AuditCount,
}

/// A line that is no registration that can be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// File and line.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// A class, in the order of gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AuditClassInfo {
    /// Its word.
    pub class: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Whether a registration can be said to be new in it.
    pub compared: bool,
}

/// An advisory that an audit came across.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditAdvisory {
    /// Identifier.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Where to read it.
    pub url: String,
    /// When it was published.
    pub published: String,
    /// What to know before acting on it.
    pub caveats: Vec<String>,
    /// Registrations of its models.
    pub registrations: u64,
}

/// Everything that an audit counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audit {
    /// The instant of judgement, RFC 3339.
    pub now: String,
    /// What it was judged by, in words: `no 291`.
    pub newest: String,
    /// What it was compared with, in words.
    pub past: Option<String>,
    /// The column that counts are split by.
    pub by: String,
    /// The level that was required.
    pub required_level: Option<String>,
    /// All registrations.
    pub total: AuditCount,
    /// Registrations without attestation object: bytes of these were not verified.
    pub without_statement: u64,
    /// Registrations about whose past nothing is known.
    pub without_past: u64,
    /// Whether an attestation leads to an anchor that was made for tests.
    pub test_root: bool,
    /// Lines that are something else than a registration.
    pub other_lines: u64,
    /// Lines that could not be read, counted.
    pub rejected_lines: u64,
    /// The first of them.
    pub rejected: Vec<RejectedRow>,
    /// What the classes mean, in the order of gravity.
    pub classes: Vec<AuditClassInfo>,
    /// By model, those with affected registrations first.
    pub models: Vec<AuditModel>,
    /// By the column.
    pub groups: Vec<AuditGroup>,
    /// Advisories about models that were met.
    pub advisories: Vec<AuditAdvisory>,
}

/// What registrations add to the output; any thread can make it.
#[derive(Debug, Default)]
pub struct AuditPiece {
    text: String,
    rows: Vec<AuditRow>,
}

impl AuditPiece {
    /// Renders registrations; `csv_safe` as in [`Options`].
    #[must_use]
    pub fn new(rows: Vec<AuditRow>, format: Format, csv_safe: bool) -> Self {
        let json = |between: &str| {
            let items = rows.iter().map(crate::document::json);
            escape_json(items.collect::<Vec<_>>().join(between))
        };
        let text = match format {
            Format::Ndjson if !rows.is_empty() => json("\n") + "\n",
            Format::Json => json(",\n"),
            Format::Csv => crate::document::csv_lines(rows.iter().map(csv_row), csv_safe),
            Format::Ndjson | Format::Table | Format::Markdown => String::new(),
        };
        let rows = match format {
            Format::Table | Format::Markdown => rows.into_iter().take(SHOWN).collect(),
            Format::Json | Format::Ndjson | Format::Csv => Vec::new(),
        };
        Self { text, rows }
    }
}

/// Writes pieces in their order, and what was counted after them.
#[derive(Debug)]
pub struct AuditWriter<W> {
    out: W,
    format: Format,
    options: Options,
    is_first: bool,
    shown: Vec<AuditRow>,
}

impl<W: Write> AuditWriter<W> {
    /// Starts the output.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn new(mut out: W, format: Format, options: Options) -> io::Result<Self> {
        let head = match format {
            Format::Json => "{\"schema\":\"fidoscope.audit/1\",\n\"registrations\":[".to_owned(),
            Format::Csv => {
                let names = COLUMNS.map(|name| Cell::Text(name.to_owned()));
                crate::document::csv_lines(std::iter::once(names.to_vec()), false)
            }
            Format::Table | Format::Markdown | Format::Ndjson => String::new(),
        };
        out.write_all(head.as_bytes())?;
        Ok(Self {
            out,
            format,
            options,
            is_first: true,
            shown: Vec::new(),
        })
    }

    /// Writes the next piece, or keeps what a table shows of it.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn push(&mut self, piece: AuditPiece) -> io::Result<()> {
        let room = SHOWN.saturating_sub(self.shown.len());
        self.shown.extend(piece.rows.into_iter().take(room));
        if piece.text.is_empty() {
            return Ok(());
        }
        if self.format == Format::Json {
            let between = if self.is_first { "\n" } else { ",\n" };
            self.out.write_all(between.as_bytes())?;
        }
        self.is_first = false;
        self.out.write_all(piece.text.as_bytes())
    }

    /// Writes what was counted.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self, audit: &Audit) -> io::Result<W> {
        let text = match self.format {
            Format::Table => tables::text(audit, &self.shown, self.options),
            Format::Markdown => tables::markdown(audit, &self.shown),
            Format::Json => {
                let counted = escape_json(crate::document::json(audit));
                let members = counted.strip_prefix('{').unwrap_or(&counted);
                format!("\n],\n{members}\n")
            }
            Format::Ndjson | Format::Csv => String::new(),
        };
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

const COLUMNS: [&str; 22] = [
    "place",
    "credential",
    "user",
    "group",
    "registered_at",
    "aaguid",
    "model",
    "name_source",
    "format",
    "attestation",
    "trust",
    "step",
    "reason",
    "level",
    "statuses",
    "classes",
    "new",
    "trust_then",
    "level_then",
    "statuses_then",
    "blob_then",
    "advisories",
];

fn csv_row(row: &AuditRow) -> Vec<Cell> {
    let text = |value: &Option<String>| value.clone().map_or(Cell::Null, Cell::Text);
    let list = |words: &[&str]| Cell::Text(words.join(" "));
    let statuses = |view: &AuditView| {
        let words = view.statuses.as_ref().map(|words| words.join(" "));
        words.map_or(Cell::Null, Cell::Text)
    };
    let then = row.then.as_ref();
    let past = |cell: fn(&AuditView) -> Cell| then.map_or(Cell::Null, cell);
    vec![
        Cell::Text(row.place.clone()),
        text(&row.credential),
        text(&row.user),
        text(&row.group),
        text(&row.registered_at),
        text(&row.aaguid),
        text(&row.model),
        text(&row.name_source),
        text(&row.format),
        text(&row.attestation),
        Cell::Text(row.now.trust.to_owned()),
        Cell::Text(row.now.step.to_owned()),
        Cell::Text(row.now.reason.to_string()),
        text(&row.now.level),
        statuses(&row.now),
        list(&row.classes),
        row.new.as_deref().map_or(Cell::Null, list),
        past(|view| Cell::Text(view.trust.to_owned())),
        past(|view| view.level.clone().map_or(Cell::Null, Cell::Text)),
        then.map_or(Cell::Null, statuses),
        past(|view| view.blob_no.map_or(Cell::Null, crate::document::whole)),
        Cell::Text(row.advisories.join(" ")),
    ]
}

#[cfg(test)]
mod tests;
