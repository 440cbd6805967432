//! What each command does: calls of the libraries, and their results as text.

mod audit;
mod conformance;
mod dashboard;
mod demo;
mod detect;
mod enrich;
mod help;
mod import;
pub(crate) mod ingest;
mod inspect;
mod mds;
mod posture;
mod query;
mod reference;
mod replay;
mod schema;
mod serve;
mod shell;
mod simulate;
mod sli;
mod sources;
mod store;

use chrono::{DateTime, Utc};
use fidoscope_report::{Format, Options, Report};

use crate::cli::{Cli, Command, Global};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// What every command is given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) global: &'a Global,
    pub(crate) output: &'a Output,
}

impl Context<'_> {
    /// The time of the run.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.global.now.unwrap_or_else(clock::now)
    }

    /// Writes a list in the format that was asked for.
    pub(crate) fn show(&self, report: &Report<'_>, asked: Option<Format>) -> Result<(), Failure> {
        self.show_with(report, asked, false)
    }

    /// The same, with everything about each item in the table form.
    pub(crate) fn show_with(
        &self,
        report: &Report<'_>,
        asked: Option<Format>,
        detail: bool,
    ) -> Result<(), Failure> {
        let options = Options {
            detail,
            ..self.output.options()
        };
        self.output
            .result(&report.render(self.output.format(asked), options))
    }
}

/// Runs the command that the user asked for.
pub(crate) fn run(cli: &Cli, output: &Output) -> Outcome {
    let context = Context {
        global: &cli.global,
        output,
    };
    match &cli.command {
        Command::Demo(arguments) => demo::run(arguments, context),
        Command::Ingest(arguments) => ingest::run(arguments, context),
        Command::Sources(command) => sources::run(command, context),
        Command::Store(command) => store::run(command, context),
        Command::Serve(arguments) => serve::run(arguments, context),
        Command::Query(arguments) => query::run(arguments, context),
        Command::Sli(arguments) => sli::run(arguments, context),
        Command::Enrich(arguments) => enrich::run(arguments, context),
        Command::Posture(arguments) => posture::run(arguments, context),
        Command::Detect(arguments) => detect::run(arguments, context),
        Command::Replay(arguments) => replay::run(arguments, context),
        Command::Audit(arguments) => audit::run(arguments, context),
        Command::Import(arguments) => import::run(arguments, context),
        Command::Conformance(command) => conformance::run(command, context),
        Command::Inspect(arguments) => inspect::run(arguments, context),
        Command::Mds(command) => mds::run(command, context),
        Command::Simulate(arguments) => simulate::run(arguments, context),
        Command::Dashboard(arguments) => dashboard::run(arguments, context),
        Command::Schema(arguments) => schema::run(arguments, context),
        Command::Completions(arguments) => shell::completions(arguments, context),
        Command::Man(arguments) => shell::man(arguments, context),
        Command::Help(arguments) => help::run(arguments, context),
        Command::Reference(arguments) => reference::run(arguments, context),
    }
}
