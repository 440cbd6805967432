//! `fidoscope dashboard`: the terminal dashboard, or one picture of it.

use std::path::Path;

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use fidoscope_report::time::Moment;
use fidoscope_tui::{Start, State, Theme, Window};

use super::{Context, sli};
use crate::cli;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::worker::{self, Worker};
use crate::{clock, metadata, rules, store};

pub(crate) fn run(arguments: &cli::Dashboard, context: Context<'_>) -> Outcome {
    let (dashboards, page) = dashboards(arguments.name.as_deref())?;
    let detections = rules::detections(context.global.rules.as_deref())?;
    let mappings = rules::mappings(context.global.rules.as_deref())?;
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let subject = arguments.store.store.display().to_string();
    let worker = Worker::new(store, detections, mappings);
    let (start, until) = period(&arguments.window, context.now())?;
    let state = State::new(subject, dashboards, page).within(start, until);
    if arguments.once {
        return once(arguments, context, state, &worker);
    }
    if !context.output.is_terminal() {
        let error = anyhow!("standard output is not a terminal");
        return Err(Failure::usage(error).help("use --once for one screen as text"));
    }
    interactive(state, worker, context, context.global.now)
}

/// What the command line says of the time that is looked at. `--since 20m` goes on with the clock as the
/// windows of the pages do, any other start stays.
fn period(
    window: &cli::Window,
    now: DateTime<Utc>,
) -> Result<(Option<Start>, Option<DateTime<Utc>>), Failure> {
    let since = window
        .since
        .map(|since| clock::at(since, now))
        .transpose()?;
    let until = window
        .until
        .map(|until| clock::at(until, now))
        .transpose()?;
    let end = until.unwrap_or(now);
    let Some(since) = since else {
        return Ok((None, until));
    };
    if since >= end {
        return Err(sli::empty_window(since, end));
    }
    let start = match window.since {
        Some(Moment::FromNow(_)) if until.is_none() => {
            Start::Before(Window((end - since).num_seconds().max(1)))
        }
        _ => Start::At(since),
    };
    Ok((Some(start), until))
}

/// Shows the dashboard until the user leaves; a `fixed` time never moves.
pub(crate) fn interactive(
    state: State,
    worker: Worker,
    context: Context<'_>,
    fixed: Option<DateTime<Utc>>,
) -> Outcome {
    let theme = if context.output.colored() {
        Theme::colored()
    } else {
        Theme::mono()
    };
    let load = Box::new(move |request: &_| worker.load(request));
    let mut now = || fixed.unwrap_or_else(clock::now);
    fidoscope_tui::run(state, &theme, load, &mut now).map_err(Failure::machine)?;
    Ok(Exit::Fine)
}

fn once(
    arguments: &cli::Dashboard,
    context: Context<'_>,
    mut state: State,
    worker: &Worker,
) -> Outcome {
    let (width, height) = arguments.size;
    state.size = (width, height);
    let now = context.now();
    let phases = Phases::begin(context.output, "loading the panels");
    let panels = state.dashboard().map_or(0, |page| page.panels.len());
    fidoscope_tui::settle(&mut state, now, &mut |request| {
        phases.next(&format!(
            "loading panel {} of {panels}",
            request.id.panel + 1
        ));
        worker.load(request)
    });
    drop(phases);
    let picture = if arguments.svg {
        fidoscope_tui::svg_once(&state, &Theme::colored(), width, height)
    } else {
        fidoscope_tui::render_once(&state, width, height)
    };
    context.output.result(&picture)?;
    Ok(Exit::Fine)
}

/// The pages, and which of them to show first. A file of the user's own comes as a page of its own.
pub(crate) fn dashboards(
    name: Option<&str>,
) -> Result<(Vec<fidoscope_tui::Dashboard>, usize), Failure> {
    let sources = worker::sources();
    let parse = |text: &str, file: &str| {
        fidoscope_tui::Dashboard::parse(text, file, &sources).map_err(Failure::definitions)
    };
    let builtin = fidoscope_tui::Dashboard::BUILTIN.iter();
    let mut pages = builtin
        .map(|(file, text)| parse(text, file))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(name) = name else {
        return Ok((pages, 0));
    };
    if let Some(page) = pages.iter().position(|page| page.name == name) {
        return Ok((pages, page));
    }
    let file = Path::new(name);
    if !file.exists() {
        let known: Vec<_> = pages.iter().map(|page| page.name.as_str()).collect();
        let error = anyhow!(
            "there is no dashboard `{name}`: neither {} nor a file",
            known.join(", ")
        );
        return Err(Failure::usage(error));
    }
    let text = String::from_utf8(metadata::read(file)?)
        .map_err(|error| Failure::invalid(anyhow!("{name} is not UTF-8: {error}")))?;
    pages.push(parse(&text, name)?);
    let last = pages.len() - 1;
    Ok((pages, last))
}
