//! `fidoscope ingest`: logs into the store.

mod follow;

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;

use fidoscope_analytics::{
    CredentialOptions, Credentials, IngestObserver, IngestOptions, IngestSummary, Input, Remote,
    RemoteFile, SourceChoice, Stage, Store, StoreError,
};
use fidoscope_events::Catalogue;
use fidoscope_report::{Report, number};

use super::mds::warn_unverified;
use super::{Context, enrich};
use crate::cli::Ingest;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::{Inputs, STDIN};
use crate::progress::{Phases, Progress};
use crate::trust::{self, Given, Known};
use crate::{keys, rules, store, summary};

pub(crate) fn run(arguments: &Ingest, context: Context<'_>) -> Outcome {
    let catalogue = rules::mappings(context.global.rules.as_deref())?;
    let source = source(&arguments.source, &catalogue)?;
    let (remote, paths) = remote(arguments)?;
    let inputs = Inputs::find(&paths);
    let folder = &arguments.store.store;
    let known = Known::find(folder, given(arguments), context)?;
    let store = store::create_or_open(folder)?;
    let pseudonyms = keys::settle(&store, folder, &arguments.people)?;
    let usual = IngestOptions::new(&catalogue, &pseudonyms, context.now());
    let assessor = known.as_ref().map(|known| known.assessor(context.now()));
    let threads = threads(arguments.threads);
    let credentials = Credentials::of(&store).while_reading(CredentialOptions {
        assessor: assessor.as_ref(),
        ..CredentialOptions::new(context.now(), threads)
    });
    let unit_bytes = arguments.commit_every;
    let options = IngestOptions {
        threads,
        source,
        unit_bytes,
        followers: &[&credentials],
        max_expansion: arguments.form.max_expansion,
        piece_bytes: usize::try_from(unit_bytes)
            .map_or(usual.piece_bytes, |unit| unit.min(usual.piece_bytes)),
        ..usual
    };
    let reader = Reader {
        store: &store,
        credentials: &credentials,
        options,
        arguments,
        context,
    };
    if arguments.follow {
        reader.credentials(known.as_ref())?;
        return follow::run(&reader, known.as_ref());
    }
    let mut total = Total::default();
    for (folder, error) in &inputs.unreadable {
        total.refuse(
            context,
            &format!("{} cannot be read: {error}", folder.display()),
        );
    }
    for link in &inputs.loops {
        let link = link.display();
        let output = context.output;
        output.say(&format!(
            "warning: {link} links to a folder that it lies in; passed over"
        ));
    }
    let files = inputs.files.iter().map(|file| reader.read(file));
    for read in files {
        total.take(context, read)?;
    }
    for logs in &remote {
        for read in reader.read_remote(logs) {
            total.take(context, read)?;
        }
    }
    reader.credentials(known.as_ref())?;
    store::forget(&store, context);
    if arguments.verbose {
        context.output.say("credentials updated");
    }
    total.tell(arguments, context)
}

fn given(arguments: &Ingest) -> Given<'_> {
    Given {
        blob: arguments.metadata.blob.as_deref(),
        history: &arguments.metadata.blob_history,
        names: arguments.metadata.names.as_deref(),
    }
}

/// Logs in object stores, and the paths of this machine.
fn remote(arguments: &Ingest) -> Result<(Vec<Remote>, Vec<PathBuf>), Failure> {
    let (mut logs, mut paths) = (Vec::new(), Vec::new());
    for path in &arguments.paths {
        match path.to_str().filter(|text| Remote::is_meant(text)) {
            Some(url) if arguments.follow => {
                let error = anyhow::anyhow!("{url} cannot be followed");
                let help = "run the same command without --follow when there is more: \
                            what was read is not read twice";
                return Err(Failure::usage(error).help(help));
            }
            Some(url) => logs.push(store::remote(url)?),
            None => paths.push(path.clone()),
        }
    }
    Ok((logs, paths))
}

/// The mapping's name, checked before anything is written.
pub(crate) fn source(name: &str, catalogue: &Catalogue) -> Result<SourceChoice, Failure> {
    if name == "auto" {
        return Ok(SourceChoice::Auto);
    }
    let mapping = catalogue.named(name).map_err(Failure::usage)?;
    Ok(SourceChoice::Named(mapping.source().to_owned()))
}

/// As many as the machine has cores, unless the user says otherwise.
pub(crate) fn threads(asked: Option<NonZeroUsize>) -> usize {
    asked.map_or_else(
        || thread::available_parallelism().map_or(2, usize::from),
        usize::from,
    )
}

/// Whether an input is to blame, and neither the store nor the machine.
pub(crate) fn is_of_the_input(error: &StoreError) -> bool {
    use StoreError::{Blank, Input, UnknownSource};
    matches!(error, Blank { .. } | Input { .. } | UnknownSource { .. })
}

struct Reader<'a> {
    store: &'a Store,
    credentials: &'a Credentials<'a>,
    options: IngestOptions<'a>,
    arguments: &'a Ingest,
    context: Context<'a>,
}

impl Reader<'_> {
    /// Brings the table of credentials up to date; with new metadata all of it.
    fn credentials(&self, known: Option<&Known>) -> Result<(), Failure> {
        let now = self.context.now();
        let assessor = known.map(|known| known.assessor(now));
        let options = CredentialOptions {
            assessor: assessor.as_ref(),
            ..CredentialOptions::new(now, self.options.threads)
        };
        match known.filter(|known| known.is_new) {
            Some(known) => {
                warn_unverified(
                    &known.blob,
                    &self.arguments.metadata.blob_anchor,
                    self.context,
                )?;
                let phases = Phases::begin(self.context.output, "judging the credentials");
                let changes = self.credentials.assess(&options);
                drop(phases);
                let changes = changes.map_err(store::failure)?;
                let output = self.context.output;
                trust::remember(&self.arguments.store.store, given(self.arguments), output)?;
                output.say_lines(&enrich::words(&changes, known));
            }
            None => {
                let phases = Phases::begin(self.context.output, "joining credentials");
                let updated = self.credentials.update(&options);
                drop(phases);
                updated.map_err(store::failure)?;
            }
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<IngestSummary, StoreError> {
        let name = path.display().to_string();
        let (input, length) = self.open(path, &name)?;
        self.ingest(input, &name, length)
    }

    /// Reads the logs below a URL, one after the other.
    fn read_remote(
        &self,
        logs: &Remote,
    ) -> impl Iterator<Item = Result<IngestSummary, StoreError>> {
        let (files, error) = match logs.files() {
            Ok(files) => (files, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        let read = |file: RemoteFile| {
            let plain = !has_extension(Path::new(file.name()), &["gz", "zst"]);
            let input = Input::new(file.name(), file.reader());
            self.ingest(input, file.name(), plain.then_some(file.length()))
        };
        error.into_iter().chain(files.into_iter().map(read))
    }

    fn ingest(
        &self,
        input: Input<'_>,
        name: &str,
        length: Option<u64>,
    ) -> Result<IngestSummary, StoreError> {
        let progress = Progress::bytes(self.context.output, name, length);
        let mut observer = Observer {
            progress,
            context: self.context,
            verbose: self.arguments.verbose,
        };
        self.store.ingest(input, &self.options, &mut observer)
    }

    /// The input, and its length where that says something about the work ahead.
    fn open(&self, path: &Path, name: &str) -> Result<(Input<'static>, Option<u64>), StoreError> {
        if path == Path::new(STDIN) {
            let input = Input::new(name, io::stdin()).with_source_id(&self.arguments.source_id);
            let table = self.arguments.form.csv;
            return Ok((if table { input.as_table() } else { input }, None));
        }
        let refused = |source| StoreError::Input {
            path: name.to_owned(),
            source,
        };
        let file = File::open(path).map_err(refused)?;
        let about = file.metadata().map_err(refused)?;
        let plain = !has_extension(path, &["gz", "zst"]) && about.is_file();
        Ok((Input::new(name, file), plain.then_some(about.len())))
    }
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().unwrap_or_default();
    extensions.iter().any(|known| extension == *known)
}

struct Observer<'a> {
    progress: Progress,
    context: Context<'a>,
    verbose: bool,
}

impl IngestObserver for Observer<'_> {
    fn progress(&mut self, bytes: u64, _events: u64) -> ControlFlow<()> {
        self.progress.at(bytes);
        ControlFlow::Continue(())
    }

    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        if self.verbose {
            self.context.output.say(match stage {
                Stage::FilesWritten => "files written",
                Stage::Announced => "position announced",
                Stage::QuarantineCommitted => "quarantine committed",
                Stage::EventsCommitted => "events committed",
                _ => "step done",
            });
        }
        ControlFlow::Continue(())
    }
}

/// What became of all inputs.
#[derive(Default)]
struct Total {
    inputs: Vec<IngestSummary>,
    refused: usize,
    /// The known sources were named.
    has_listed: bool,
}

impl Total {
    /// One bad input does not stop the others.
    fn take(
        &mut self,
        context: Context<'_>,
        read: Result<IngestSummary, StoreError>,
    ) -> Result<(), Failure> {
        match read {
            Ok(summary) => self.add(context, summary),
            Err(error) if is_of_the_input(&error) => self.unread(context, &error),
            Err(error) => {
                let failure = store::failure(error);
                return Err(match failure.exit {
                    Exit::Machine => failure.help(
                        "what was committed stays and is not read twice: run the same command again",
                    ),
                    _ => failure,
                });
            }
        }
        Ok(())
    }

    fn add(&mut self, context: Context<'_>, summary: IngestSummary) {
        if let Some(damage) = &summary.damage {
            self.refuse(
                context,
                &format!("{}: {damage}; what came before it is stored", summary.path),
            );
        }
        if let Some(misfit) = &summary.misfit {
            let output = context.output;
            output.say(&format!("warning: {}: {misfit}", summary.path));
        }
        self.inputs.push(summary);
    }

    /// An input that cannot be read. The sources there are, some thirty, are listed once.
    fn unread(&mut self, context: Context<'_>, error: &StoreError) {
        self.refuse(context, &error.to_string());
        if let StoreError::UnknownSource { known, .. } = error
            && !self.has_listed
        {
            self.has_listed = true;
            context.output.advise(&store::name_a_source(known));
        }
    }

    fn refuse(&mut self, context: Context<'_>, message: &str) {
        self.refused += 1;
        context.output.problem(message);
    }

    fn tell(&self, arguments: &Ingest, context: Context<'_>) -> Outcome {
        let inputs: Vec<_> = self.inputs.iter().map(summary::input).collect();
        context.show(&Report::of(&inputs), arguments.format.format)?;
        context.output.say(&summary::line(&self.inputs));
        let rejected = summary::rejected_share(&self.inputs) * 100.0;
        if rejected > arguments.max_rejected {
            let error = anyhow::anyhow!(
                "{} of the records were rejected, more than the {} % of --max-rejected",
                number::ratio(rejected / 100.0),
                arguments.max_rejected
            );
            let help = "look at them: fidoscope query \"SELECT * FROM quarantine\"";
            return Err(Failure::invalid(error).help(help));
        }
        Ok(if self.refused > 0 {
            Exit::Invalid
        } else {
            Exit::Fine
        })
    }
}

/// Files below a folder, for callers that read everything there is.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    Inputs::find(&[folder.to_owned()]).files
}
