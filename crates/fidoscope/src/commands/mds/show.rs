//! `fidoscope mds show`: what a BLOB says of a model.

use chrono::NaiveDate;
use fidoscope_metadata::{Blob, Entry, Picture, Search, Statement, StatusReport};
use fidoscope_report::{Cell, Field, Format, Model, Report, escape};
use fidoscope_webauthn::Aaguid;
use serde::Serialize;

use super::super::Context;
use crate::cli::MdsShow;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::metadata;

pub(crate) fn run(arguments: &MdsShow, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    super::warn_unverified(&blob, &arguments.blob_anchor, context)?;
    let today = context.now().date_naive();
    let name = arguments.model.join(" ");
    let entries = find(&blob, &name, today);
    let format = context.output.format(arguments.format.format);
    match entries.as_slice() {
        [] => {
            context.output.say(&format!(
                "{} is not among the {} entries",
                escape(&name),
                blob.entries().len()
            ));
            return Ok(Exit::Indeterminate);
        }
        [entry] if format == Format::Table => {
            context.output.result(&words(&blob, entry, today))?;
        }
        some => context.show(&report(some, today), Some(format))?,
    }
    Ok(Exit::Fine)
}

/// The models that are meant: one by an identifier, or all whose names have the words.
fn find<'b>(blob: &'b Blob, name: &str, day: NaiveDate) -> Vec<&'b Entry> {
    if let Ok(aaguid) = name.parse::<Aaguid>() {
        return blob
            .model(&aaguid)
            .map(|model| model.entries().collect())
            .unwrap_or_default();
    }
    if let Some(model) = blob.model_by_key_identifier(name) {
        return model.entries().collect();
    }
    let by_aaid = |entry: &&Entry| entry.aaid.as_deref() == Some(name);
    if let Some(entry) = blob.entries().iter().find(by_aaid) {
        return vec![entry];
    }
    let search = Search {
        text: Some(name.to_owned()),
        ..Search::default()
    };
    blob.search(&search, day)
}

/// What a model is called by a program: its AAGUID, else its AAID, else its first key identifier.
fn identifier(entry: &Entry) -> String {
    let name = entry.aaguid.map(|aaguid| aaguid.to_string());
    let name = name.or_else(|| entry.aaid.clone());
    let name = name.or_else(|| entry.key_identifiers.first().cloned());
    name.unwrap_or_default()
}

/// The row of a model among others.
pub(crate) fn model(entry: &Entry, day: NaiveDate) -> Model {
    let latest = entry.latest_status(day);
    let statement = entry.statement.as_ref();
    Model {
        aaguid: identifier(entry),
        description: Some(entry.description().to_owned()),
        status: latest.map(|report| report.status.to_string()),
        status_since: latest
            .and_then(|report| report.effective_date)
            .map(|date| date.to_string()),
        level: entry.level(day).map(|level| level.to_string()),
        protocol: statement.and_then(|statement| statement.protocol_family.clone()),
        events: None,
    }
}

/// A model with everything that a BLOB says of it but its pictures and certificates.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    model: Model,
    aaid: Option<&'a str>,
    key_identifiers: &'a [String],
    undesired: Vec<String>,
    statuses: Vec<Reported<'a>>,
    authenticator_version: Option<u64>,
    attestation_types: &'a [String],
    algorithms: &'a [String],
    key_protection: &'a [String],
    transports: Vec<&'a str>,
    multi_device_credential_support: Option<&'a str>,
    trust_anchors: usize,
    pictures: Vec<Icon<'a>>,
}

#[derive(Serialize)]
struct Reported<'a> {
    status: String,
    effective_date: Option<NaiveDate>,
    sunset_date: Option<NaiveDate>,
    in_force: bool,
    authenticator_version: Option<u64>,
    certificate_number: Option<&'a str>,
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct Icon<'a> {
    member: &'a str,
    media_type: Option<&'a str>,
    bytes: Option<usize>,
}

impl<'a> Shown<'a> {
    fn of(entry: &'a Entry, day: NaiveDate) -> Self {
        let statement = entry.statement.as_ref();
        let list = |list: fn(&Statement) -> &[String]| statement.map(list).unwrap_or_default();
        let report = |report: &'a StatusReport| Reported {
            status: report.status.to_string(),
            effective_date: report.effective_date,
            sunset_date: report.sunset_date,
            in_force: report.in_force(day),
            authenticator_version: report.authenticator_version,
            certificate_number: report.certificate_number.as_deref(),
            url: report.url.as_deref(),
        };
        let icon = |picture: &'a Picture| Icon {
            member: picture.member,
            media_type: picture.media_type.as_deref(),
            bytes: picture.bytes,
        };
        let pictures = statement.iter().flat_map(|statement| &statement.pictures);
        let undesired = entry.undesired(day).map(|report| report.status.to_string());
        Self {
            model: model(entry, day),
            aaid: entry.aaid.as_deref(),
            key_identifiers: &entry.key_identifiers,
            undesired: undesired.collect(),
            statuses: entry.timeline().into_iter().map(report).collect(),
            authenticator_version: statement.and_then(|s| s.authenticator_version),
            attestation_types: list(|statement| &statement.attestation_types),
            algorithms: list(|statement| &statement.authentication_algorithms),
            key_protection: list(|statement| &statement.key_protection),
            transports: statement.map_or_else(Vec::new, |s| s.transports().collect()),
            multi_device_credential_support: statement
                .and_then(|statement| statement.multi_device_credential_support.as_deref()),
            trust_anchors: entry.attestation_roots().len(),
            pictures: pictures.map(icon).collect(),
        }
    }

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::text("aaguid", |one: &Self| Cell::from(&one.model.aaguid)),
            Field::text("model", |one| Cell::known(one.model.description.as_deref())),
            Field::text("status", |one| Cell::known(one.model.status.as_deref())),
            Field::text("since", |one| {
                Cell::known(one.model.status_since.as_deref())
            }),
            Field::text("level", |one| Cell::known(one.model.level.as_deref())),
            Field::text("protocol", |one| Cell::known(one.model.protocol.as_deref())),
            Field::text("key_protection", |one| {
                Cell::from(one.key_protection.join(", "))
            }),
            Field::text("undesired", |one| Cell::from(one.undesired.join(", "))),
        ]
    }
}

fn report<'e>(entries: &[&'e Entry], day: NaiveDate) -> Report<'e> {
    let shown = entries.iter().map(|entry| Shown::of(entry, day));
    Report::list("models", shown, Shown::fields())
}

fn words(blob: &Blob, entry: &Entry, day: NaiveDate) -> String {
    let mut lines = Lines::default();
    lines.add("model", entry.description());
    let aaguid = entry.aaguid.map(|aaguid| aaguid.to_string());
    lines.add("aaguid", &aaguid.unwrap_or_default());
    lines.add("aaid", entry.aaid.as_deref().unwrap_or_default());
    for identifier in &entry.key_identifiers {
        lines.add("key identifier", identifier);
    }
    if let Some(statement) = &entry.statement {
        of_statement(&mut lines, statement);
    }
    let level = entry
        .level(day)
        .map_or_else(|| "not certified".to_owned(), |l| l.to_string());
    lines.add("level", &level);
    for report in entry.timeline() {
        let since = report
            .effective_date
            .map_or_else(|| "undated".to_owned(), |d| d.to_string());
        let force = match (report.in_force(day), report.status.is_undesired()) {
            (false, _) => "  (not in force)",
            (true, true) => "  (speaks against the model)",
            (true, false) => "",
        };
        lines.add("status", &format!("{since}  {}{force}", report.status));
    }
    let number = blob
        .no()
        .map_or_else(|| "without a number".to_owned(), |no| format!("no {no}"));
    lines.add("from", &format!("BLOB {number}"));
    lines.0
}

fn of_statement(lines: &mut Lines, statement: &Statement) {
    let family = statement.protocol_family.as_deref();
    lines.add("protocol", family.unwrap_or("not said"));
    lines.add("attestation", &statement.attestation_types.join(", "));
    lines.add(
        "algorithms",
        &statement.authentication_algorithms.join(", "),
    );
    lines.add("key protection", &statement.key_protection.join(", "));
    let transports: Vec<&str> = statement.transports().collect();
    lines.add("transports", &transports.join(", "));
    let support = statement.multi_device_credential_support.as_deref();
    lines.add("multi-device", support.unwrap_or_default());
    let version = statement.authenticator_version;
    lines.add(
        "lowest version",
        &version.map(|v| v.to_string()).unwrap_or_default(),
    );
    let anchors = statement.attestation_roots.len();
    lines.add("trust anchors", &anchors.to_string());
    for picture in &statement.pictures {
        let media_type = picture.media_type.as_deref().unwrap_or("no data URL");
        let size = match picture.bytes {
            Some(bytes) => format!(", {bytes} bytes"),
            None => String::new(),
        };
        lines.add(
            "picture",
            &format!("{}: {media_type}{size}", picture.member),
        );
    }
}

/// Lines of a name and a value; a value from outside cannot steer the terminal.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.push_str(&format!("{name:<16}{}\n", escape(value)));
        }
    }
}
