//! `fidoscope store`: what is in a store, whether it is sound, and how it stays small.

use fidoscope_analytics::{CredentialOptions, Credentials, Held, Store, VacuumOptions, words_of};
use fidoscope_events::{Ids, Users};
use fidoscope_report::{Align, Cell, Document, Table, number};
use serde::Serialize;

mod rekey;

use super::{Context, ingest};
use crate::cli::{
    StoreArg, StoreCheck, StoreCommand, StoreInfo, StoreOptimize, StoreRetain, StoreVacuum,
};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::progress::Phases;
use crate::store;
use crate::trust::{Given, Known};

pub(crate) fn run(command: &StoreCommand, context: Context<'_>) -> Outcome {
    match command {
        StoreCommand::Info(arguments) => info(arguments, context),
        StoreCommand::Check(arguments) => check(arguments, context),
        StoreCommand::Optimize(arguments) => optimize(arguments, context),
        StoreCommand::Vacuum(arguments) => vacuum(arguments, context),
        StoreCommand::Retain(arguments) => retain(arguments, context),
        StoreCommand::Rekey(arguments) => rekey::run(arguments, context),
    }
}

/// The store, with its credentials and minutes up to date: what they have not taken in must not move.
fn up_to_date(argument: &StoreArg, context: Context<'_>) -> Result<Store, Failure> {
    let phases = Phases::begin(context.output, "opening the store");
    let store = store::open(&argument.store)?;
    drop(phases);
    let known = Known::find(&argument.store, Given::default(), context)?;
    let assessor = known.as_ref().map(|known| known.assessor(context.now()));
    let update = CredentialOptions {
        assessor: assessor.as_ref(),
        ..CredentialOptions::new(context.now(), ingest::threads(None))
    };
    let phases = Phases::begin(context.output, "joining credentials");
    Credentials::of(&store)
        .update(&update)
        .map_err(store::failure)?;
    phases.next("counting minutes");
    store
        .update_minutes(context.now())
        .map_err(store::failure)?;
    Ok(store)
}

fn info(arguments: &StoreInfo, context: Context<'_>) -> Outcome {
    let store = store::open_to_read(&arguments.store.store, context.output)?;
    let info = store.info().map_err(store::failure)?;
    let names = [
        "table",
        "version",
        "rows",
        "files",
        "small files",
        "bytes",
        "days",
        "log bytes",
    ];
    let row = |table: &fidoscope_analytics::TableInfo| {
        vec![
            text(table.table),
            whole(table.version),
            whole(table.rows),
            whole(table.files),
            whole(table.small_files),
            whole(table.bytes),
            table.days.map_or(Cell::Null, whole),
            whole(table.log_bytes),
        ]
    };
    let document = list("tables", &info.tables, &names, 1, row)
        .with("inputs", &info.inputs)
        .with("first_day", &info.first_day)
        .with("last_day", &info.last_day)
        .with("held", &info.held);
    context.show(&document, arguments.format.format)?;
    let days = match (info.first_day, info.last_day) {
        (Some(first), Some(last)) => format!("events of {first} to {last}"),
        _ => "no events".to_owned(),
    };
    let inputs = inputs(info.inputs);
    context.output.say(&format!("{days}, from {inputs}"));
    for line in of_people(&info.held) {
        context.output.say(&line);
    }
    Ok(Exit::Fine)
}

/// What a store holds of people, in sentences.
fn of_people(held: &Held) -> Vec<String> {
    let key = match &held.key {
        Some(key) => format!("under the key {key}"),
        None => "under no key yet".to_owned(),
    };
    let ids = match (held.ids, held.privacy.users) {
        (Ids::Keyed, _) => "identifiers made of lines are keyed",
        (Ids::Plain, Users::Keep) => "identifiers made of lines are plain",
        (Ids::Plain, _) => {
            "identifiers made of lines are plain: who has most of a line can try the rest of it \
             (`fidoscope store rekey` makes a store where they are keyed)"
        }
    };
    vec![
        format!("{}, {key}; {ids}", words_of(held.privacy)),
        format!(
            "lines that could not be read stay {} days, readable by the owner only",
            held.quarantine_days
        ),
    ]
}

fn check(arguments: &StoreCheck, context: Context<'_>) -> Outcome {
    let phases = Phases::begin(context.output, "opening the store");
    let place = store::place(&arguments.store.store)?;
    let report = Store::check_telling(place, |part| phases.next(part)).map_err(store::failure)?;
    drop(phases);
    let row = |damage: &fidoscope_analytics::Damage| {
        let file = damage.file.as_deref();
        vec![
            text(damage.table),
            file.map_or(Cell::Null, text),
            text(&damage.problem),
        ]
    };
    let names = ["table", "file", "problem"];
    let document = list("problems", &report.problems, &names, 3, row)
        .with("files", &report.files)
        .with("rows", &report.rows)
        .with("inputs", &report.inputs);
    let sound = report.problems.is_empty();
    if !sound || arguments.format.format.is_some() {
        context.show(&document, arguments.format.format)?;
    }
    context.output.say(&format!(
        "{} files with {} rows and the positions of {} checked: {}",
        number::count(report.files),
        number::count(report.rows),
        inputs(report.inputs),
        match report.problems.len() {
            0 => "no damage".to_owned(),
            1 => "1 problem".to_owned(),
            more => format!("{more} problems"),
        }
    ));
    Ok(if sound { Exit::Fine } else { Exit::Found })
}

fn optimize(arguments: &StoreOptimize, context: Context<'_>) -> Outcome {
    let store = up_to_date(&arguments.store, context)?;
    let phases = Phases::begin(context.output, "putting files together");
    let done = store.optimize(context.now(), arguments.min_files);
    drop(phases);
    let done = done.map_err(store::failure)?;
    let names = [
        "table",
        "day",
        "files before",
        "files after",
        "rows",
        "bytes before",
        "bytes after",
    ];
    let row = |one: &fidoscope_analytics::Compacted| {
        vec![
            text(one.table),
            one.day.as_deref().map_or(Cell::Null, text),
            whole(one.files_before),
            whole(one.files_after),
            whole(one.rows),
            whole(one.bytes_before),
            whole(one.bytes_after),
        ]
    };
    context.show(
        &list("compacted", &done, &names, 2, row),
        arguments.format.format,
    )?;
    let before: u64 = done.iter().map(|one| one.files_before).sum();
    let after: u64 = done.iter().map(|one| one.files_after).sum();
    context.output.say(&format!(
        "{} files became {}; `fidoscope store vacuum` frees their space later",
        number::count(before),
        number::count(after)
    ));
    Ok(Exit::Fine)
}

fn vacuum(arguments: &StoreVacuum, context: Context<'_>) -> Outcome {
    if context.global.now.is_some() {
        let error = anyhow::anyhow!("store vacuum goes by the clock of the machine, not by --now");
        return Err(Failure::usage(error).help(
            "leave out --now: at another time the files of an ingest that runs would look old",
        ));
    }
    let store = up_to_date(&arguments.store, context)?;
    if !arguments.dry_run {
        store::forget(&store, context);
    }
    let options = VacuumOptions {
        now: clock::now(),
        older_than: arguments.older_than,
        dry_run: arguments.dry_run,
    };
    let phases = Phases::begin(context.output, "looking for files that are out of use");
    let done = store.vacuum(&options).map_err(store::failure)?;
    drop(phases);
    let names = ["table", "files", "bytes", "log files"];
    let row = |one: &fidoscope_analytics::Vacuumed| {
        vec![
            text(one.table),
            whole(one.files),
            whole(one.bytes),
            one.log_files.map_or(Cell::Null, whole),
        ]
    };
    let document = list("vacuumed", &done, &names, 1, row).with("dry_run", &arguments.dry_run);
    context.show(&document, arguments.format.format)?;
    let files: u64 = done.iter().map(|one| one.files).sum();
    let bytes: u64 = done.iter().map(|one| one.bytes).sum();
    let verb = if arguments.dry_run {
        "would be deleted"
    } else {
        "deleted"
    };
    context.output.say(&format!(
        "{} files of {} bytes {verb}",
        number::count(files),
        number::count(bytes)
    ));
    Ok(Exit::Fine)
}

fn retain(arguments: &StoreRetain, context: Context<'_>) -> Outcome {
    let store = up_to_date(&arguments.store, context)?;
    let done = store.retain(arguments.days, context.now(), arguments.dry_run);
    let done = done.map_err(store::failure)?;
    let row = |day: &fidoscope_analytics::DroppedDay| {
        vec![
            text(&day.day.to_string()),
            whole(day.events),
            whole(day.files),
            whole(day.bytes),
        ]
    };
    let document = list(
        "days",
        &done.days,
        &["day", "events", "files", "bytes"],
        1,
        row,
    )
    .with("before", &done.before)
    .with("waiting_files", &done.waiting)
    .with("dry_run", &arguments.dry_run);
    context.show(&document, arguments.format.format)?;
    let events: u64 = done.days.iter().map(|day| day.events).sum();
    let verb = if arguments.dry_run {
        "would be dropped"
    } else {
        "dropped"
    };
    context.output.say(&format!(
        "{} events of {} days before {} {verb}; credentials, minutes, quarantine and positions of inputs stay",
        number::count(events),
        done.days.len(),
        done.before
    ));
    Ok(Exit::Fine)
}

/// A list whose columns are numbers but for the first `words`.
fn list<T: Serialize>(
    name: &'static str,
    items: &[T],
    names: &[&str],
    words: usize,
    row: impl Fn(&T) -> Vec<Cell>,
) -> Document {
    let mut table = Table::with_columns(names);
    for column in table.columns.iter_mut().skip(words) {
        column.align = Align::Right;
    }
    table.rows = items.iter().map(row).collect();
    Document::list(name, items, table)
}

fn inputs(number: u64) -> String {
    match number {
        1 => "1 input".to_owned(),
        more => format!("{} inputs", number::count(more)),
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn whole(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
