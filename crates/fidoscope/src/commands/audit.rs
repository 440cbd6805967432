//! `fidoscope audit`: registrations of the past against the metadata of today.

mod lines;
mod stored;

use std::io;
use std::path::Path;

use anyhow::anyhow;
use fidoscope_conformance::{AuditTotals, Audited, Auditor, in_order};
use fidoscope_metadata::History;
use fidoscope_report::{AuditRow, Format, Writer, number};
use fidoscope_verifier::{Assessor, Past, Trust};

use super::Context;
use super::mds::warn_unverified;
use super::replay::cores;
use crate::cli::{Audit, AuditFailOn};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::out::Out;
use crate::output::Output;
use crate::{metadata, rules};

/// Rejected lines that are told; all are counted, and JSON has the first thousand.
const TOLD: usize = 20;

pub(crate) fn run(arguments: &Audit, context: Context<'_>) -> Outcome {
    let newest = metadata::blob(&arguments.blob)?;
    warn_unverified(&newest, &arguments.blob_anchor, context)?;
    let as_of = arguments.as_of.as_deref().map(metadata::blob).transpose()?;
    let history = metadata::history(&arguments.blob_history)?;
    let past = past(arguments, as_of.as_ref(), &history)?;
    let names = metadata::model_names(&arguments.names, context.output)?;
    let advisories = rules::advisories(context.global.rules.as_deref())?;
    let anchors = metadata::pem(&arguments.anchor)?;
    let crls = metadata::revocation_lists(&arguments.crl)?;
    let trust = Trust {
        now: context.now(),
        newest: Some(&newest),
        past,
        names: Some(&names),
        advisories: &advisories,
        anchors: &anchors,
        crls: &crls,
        required_level: arguments.require_level,
    };
    let format = format(arguments, context.output);
    let auditor =
        Auditor::new(Assessor::new(trust), &arguments.by, format).csv_safe(context.global.csv_safe);
    let mut run = Run::new(arguments, context, format)?;
    match &arguments.source.store {
        Some(store) => stored::audit(store, &auditor, &mut run)?,
        None => lines::audit(&arguments.source.input, &auditor, &mut run)?,
    }
    run.finish(&auditor, arguments, context.output)
}

/// What has been written and counted.
struct Run<'a> {
    jobs: std::num::NonZeroUsize,
    output: &'a Output,
    writer: Writer<Out>,
    totals: AuditTotals,
    /// A file that could not be read to its end.
    broken: bool,
    /// Whether the report itself shows the lines that were rejected.
    shows_rejected: bool,
}

impl<'a> Run<'a> {
    fn new(arguments: &Audit, context: Context<'a>, format: Format) -> Result<Self, Failure> {
        let drawing = match arguments.out {
            Some(_) => context.output.file_options(),
            None => context.output.options(),
        };
        let out = Out::open(arguments.out.as_deref(), drawing.color)?;
        Ok(Self {
            jobs: arguments.threads.unwrap_or_else(cores),
            output: context.output,
            writer: Writer::of::<AuditRow>(out, format, drawing).map_err(Failure::machine)?,
            totals: AuditTotals::default(),
            broken: false,
            shows_rejected: matches!(format, Format::Table | Format::Markdown),
        })
    }

    /// Works on pieces with all threads; `told` hears of every piece in order.
    fn pieces<T: Send>(
        &mut self,
        pieces: impl Iterator<Item = T> + Send,
        work: impl Fn(T) -> Result<Audited, String> + Sync,
        mut told: impl FnMut(),
    ) -> Result<(), Failure> {
        let written = in_order(self.jobs, pieces, work, |audited| {
            told();
            match audited {
                Ok(audited) => {
                    self.totals.merge(audited.totals);
                    self.writer.push(audited.piece)
                }
                Err(problem) => {
                    self.output.problem(&problem);
                    self.broken = true;
                    Ok(())
                }
            }
        });
        quiet_when_closed(written)
    }

    fn finish(self, auditor: &Auditor<'_>, arguments: &Audit, output: &Output) -> Outcome {
        let report = self.totals.report(auditor.assessor(), auditor.by());
        let finished = self.writer.finish(report.closing()).and_then(Out::keep);
        quiet_when_closed(finished)?;
        // Table and Markdown show them already.
        let told = match self.shows_rejected {
            true => 0,
            false => TOLD,
        };
        for row in report.rejected.iter().take(told) {
            output.problem(&format!("{}: {}", row.place, row.reason));
        }
        let (rejected, lines) = self.totals.rejected();
        output.say(&words(&report, rejected));
        let share = number::share(rejected, lines) * 100.0;
        Ok(if self.broken || share > arguments.max_rejected {
            Exit::Invalid
        } else if self.totals.registrations() == 0 {
            Exit::Indeterminate
        } else if is_found(&self.totals, &arguments.fail_on) {
            Exit::Found
        } else {
            Exit::Fine
        })
    }
}

fn is_found(totals: &AuditTotals, fail_on: &[AuditFailOn]) -> bool {
    let found = |on: &AuditFailOn| match on {
        AuditFailOn::Never => false,
        AuditFailOn::Class(class) => totals.of(*class) > 0,
    };
    fail_on.iter().any(found)
}

/// One line over everything, also where the report goes elsewhere.
fn words(report: &fidoscope_report::Audit, rejected: u64) -> String {
    let total = &report.total;
    let classes = report.classes.iter().filter_map(|info| {
        let count = total.classes.get(info.class)?;
        Some(format!("{} {}", number::count(*count), info.class))
    });
    let mut words = format!("{} registrations", number::count(total.registrations));
    for class in classes {
        words.push_str(&format!(", {class}"));
    }
    if report.other_lines > 0 {
        let others = number::count(report.other_lines);
        words.push_str(&format!("; {others} lines of other kinds"));
    }
    if rejected > 0 {
        words.push_str(&format!("; {} lines rejected", number::count(rejected)));
    }
    words
}

fn past<'t>(
    arguments: &Audit,
    as_of: Option<&'t fidoscope_metadata::Blob>,
    history: &'t History,
) -> Result<Past<'t>, Failure> {
    if !arguments.blob_history.is_empty() && history.is_empty() {
        let error = anyhow!("--blob-history: there is no BLOB in these folders");
        return Err(Failure::invalid(error));
    }
    Ok(match as_of {
        Some(blob) => Past::Blob(blob),
        None if history.is_empty() => Past::Unknown,
        None => Past::History(history),
    })
}

/// The format that was asked for, else the one that the name of the output stands for.
fn format(arguments: &Audit, output: &Output) -> Format {
    let by_name = |file: &Path| {
        let named = Format::of_ending(file.extension()?.to_str()?)?;
        Format::of_lists().find(|format| *format == named)
    };
    let out = arguments.out.as_deref();
    let usual = || match out {
        Some(_) => Format::Ndjson,
        None => output.format(None),
    };
    arguments
        .format
        .or_else(|| by_name(out?))
        .unwrap_or_else(usual)
}

/// A reader that went away (`| head`) is no failure.
fn quiet_when_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::machine),
    }
}
