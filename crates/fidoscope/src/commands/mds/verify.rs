//! `fidoscope mds verify`: is this BLOB what the Metadata Service published, and what does it say?

use fidoscope_metadata::MetadataPolicy;
use fidoscope_metadata::{
    Attested, Blob, BlobVerdict, Options, Outcome as Status, Step, Strictness,
};
use fidoscope_report::{Cell, Field, Format, Report, escape};
use fidoscope_webauthn::Aaguid;
use serde::Serialize;

use super::super::Context;
use crate::cli::{MdsProfile, MdsVerify};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::metadata;

pub(crate) fn run(arguments: &MdsVerify, context: Context<'_>) -> Outcome {
    let blob = metadata::blob(&arguments.blob)?;
    let anchors = metadata::anchors(&arguments.blob_anchor)?;
    let previous = arguments
        .previous
        .as_deref()
        .map(metadata::blob)
        .transpose()?;
    let options = Options {
        crls: metadata::revocation_lists(&arguments.crl)?,
        cached_no: arguments.have_no,
        previous: previous.as_ref(),
        reject_stale: arguments.reject_stale,
        blob_url: arguments.url.clone(),
    };
    let now = context.now();
    let mut verdict = blob.verify(&anchors, now, &options);
    let day = now.date_naive();
    let mut model = None;
    verdict.steps.extend(match arguments.model.as_deref() {
        None => blob.judge_entries(day, previous.as_ref()),
        Some(name) => {
            let judged = blob.judge_model(&attested(name)?, day, &MetadataPolicy::default());
            model = Some(judged.model.map(|model| model.description().to_owned()));
            judged.steps
        }
    });
    let strictness = strictness(arguments.profile);
    let judged = Judged {
        blob: &blob,
        verdict: &verdict,
        strictness,
        model: model.as_ref().map(Option::as_deref),
    };
    let format = context.output.format(arguments.format.format);
    context.show(&judged.report(), Some(format))?;
    if format == Format::Table {
        context.output.result(&judged.words())?;
    }
    if arguments.explain {
        context.output.say_lines(&judged.explanation());
    }
    Ok(match (verdict.first_failed_in(strictness), model) {
        (Some(_), _) => Exit::Invalid,
        (None, Some(None)) => Exit::Indeterminate,
        (None, _) => Exit::Fine,
    })
}

fn strictness(profile: MdsProfile) -> Strictness {
    match profile {
        MdsProfile::Standard => Strictness::Standard,
        MdsProfile::FidoServer => Strictness::FidoServer,
        MdsProfile::Strict => Strictness::Strict,
    }
}

/// A model as the user names it.
fn attested(name: &str) -> Result<Attested<'_>, Failure> {
    if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Attested {
            key_identifier: Some(name),
            ..Attested::default()
        });
    }
    let aaguid: Aaguid = name.parse().map_err(|error| {
        Failure::usage(anyhow::anyhow!("{name}: {error}"))
            .help("a key identifier has 40 hexadecimal digits")
    })?;
    Ok(Attested {
        aaguid: Some(aaguid),
        ..Attested::default()
    })
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    status: String,
    class: &'a str,
    reference: &'a str,
    expected: Option<&'a str>,
    found: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(step: &'a Step, strictness: Strictness) -> Self {
        Self {
            id: step.id,
            status: step.outcome_in(strictness).to_string(),
            class: step.class,
            reference: step.reference,
            expected: step.expected.as_deref(),
            found: step.found.as_deref(),
            note: step.note.as_deref(),
        }
    }

    fn fields() -> Vec<Field<Self>> {
        // Nothing to say is no unknown value.
        fn said(text: Option<&str>) -> Cell {
            Cell::from(text.unwrap_or_default())
        }
        vec![
            Field::text("status", |row: &Self| Cell::from(&row.status)),
            Field::text("step", |row| Cell::from(row.id)),
            Field::text("mds", |row| Cell::from(row.reference)),
            Field::text("expected", |row| said(row.expected)),
            Field::text("found", |row| said(row.found)),
            Field::text("note", |row| said(row.note)),
        ]
    }
}

/// A BLOB and everything that was said of it.
struct Judged<'a> {
    blob: &'a Blob,
    verdict: &'a BlobVerdict,
    strictness: Strictness,
    /// Name of the model that was asked for, when the BLOB has it.
    model: Option<Option<&'a str>>,
}

impl Judged<'_> {
    fn failed(&self) -> Option<&Step> {
        self.verdict.first_failed_in(self.strictness)
    }

    fn report(&self) -> Report<'_> {
        let steps = self.verdict.steps.iter();
        let rows = steps.map(|step| Row::of(step, self.strictness));
        let anchor = self.verdict.anchor.as_ref();
        Report::list("steps", rows, Row::fields())
            .with(
                "verdict",
                &match self.failed() {
                    None => "accept",
                    Some(_) => "reject",
                },
            )
            .with("step", &self.failed().map(|step| step.id))
            .with("no", &self.blob.no())
            .with("next_update", &self.blob.next_update())
            .with("entries", &self.blob.entries().len())
            .with("model", &self.model.flatten())
            .with("anchor", &anchor.map(|anchor| anchor.name.as_str()))
            .with(
                "anchor_sha256",
                &anchor.map(|anchor| anchor.sha256.as_str()),
            )
            .with("path", &anchor.map(|anchor| anchor.path.as_slice()))
            .with("test_root", &self.verdict.test_root)
    }

    /// What a person wants to know first, last on the screen.
    fn words(&self) -> String {
        let number = self
            .blob
            .no()
            .map_or_else(|| "without a number".to_owned(), |no| format!("no {no}"));
        let mut text = format!("\nBLOB {number}, {} entries", self.blob.entries().len());
        if let Some(anchor) = &self.verdict.anchor {
            let root = if self.verdict.test_root {
                " (TEST ROOT)"
            } else {
                ""
            };
            let path = anchor.path.join(" <- ");
            text.push_str(&format!("\npath {}{root}", escape(&path)));
            text.push_str(&format!("\nanchor SHA-256 {}", anchor.sha256));
            if let Some(expires) = anchor.expires {
                text.push_str(&format!(
                    "\nfirst certificate of the path expires {}",
                    expires.date_naive()
                ));
            }
        }
        match self.model {
            Some(Some(name)) => text.push_str(&format!("\nmodel {}", escape(name))),
            Some(None) => text.push_str("\nthe BLOB has no entry of the model"),
            None => {}
        }
        match self.failed() {
            None => text.push_str("\naccepted"),
            Some(step) => text.push_str(&format!("\nREJECTED at {}", step.id)),
        }
        text
    }

    /// Why the steps that are not satisfied usually fail.
    fn explanation(&self) -> String {
        let mut text = String::new();
        for step in &self.verdict.steps {
            let status = step.outcome_in(self.strictness);
            if !matches!(status, Status::Fail | Status::Warn) {
                continue;
            }
            let words = fidoscope_conformance::words(step.id);
            text.push_str(&format!("{status} {}: {}\n", step.id, words.title));
            for (name, value) in [
                ("expected", step.expected.as_deref()),
                ("found", step.found.as_deref()),
                ("note", step.note.as_deref()),
                ("cause", Some(words.cause)),
                ("what to do", Some(words.remedy)),
            ] {
                if let Some(value) = value {
                    text.push_str(&format!("  {name:<11}{}\n", escape(value)));
                }
            }
        }
        if text.is_empty() {
            text.push_str("every step is satisfied, or could not be evaluated\n");
        }
        text.truncate(text.trim_end().len());
        text
    }
}
