//! `fidoscope store`: what is in a store, whether it is sound, and how it stays small.

use fidoscope_analytics::{
    Compacted, CredentialOptions, Credentials, Damage, DroppedDay, Held, Store, TableInfo,
    VacuumOptions, Vacuumed, words_of,
};
use fidoscope_events::{Ids, Users};
use fidoscope_report::{Cell, Field, Report, number};

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
    let fields = vec![
        Field::text("table", |one: &&TableInfo| Cell::from(one.table)),
        Field::number("version", |one| Cell::Count(one.version)),
        Field::number("rows", |one| Cell::Count(one.rows)),
        Field::number("files", |one| Cell::Count(one.files)),
        Field::number("small files", |one| Cell::Count(one.small_files)),
        Field::number("bytes", |one| Cell::Bytes(one.bytes)),
        Field::number("days", |one| Cell::known(one.days)),
        Field::number("log bytes", |one| Cell::Bytes(one.log_bytes)),
    ];
    let report = Report::list("tables", &info.tables, fields)
        .with("inputs", &info.inputs)
        .with("first_day", &info.first_day)
        .with("last_day", &info.last_day)
        .with("held", &info.held);
    context.show(&report, arguments.format.format)?;
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
    let found = Store::check_telling(place, |part| phases.next(part)).map_err(store::failure)?;
    drop(phases);
    let fields = vec![
        Field::text("table", |one: &&Damage| Cell::from(one.table)),
        Field::text("file", |one| Cell::known(one.file.as_deref())),
        Field::text("problem", |one| Cell::from(&one.problem)),
    ];
    let report = Report::list("problems", &found.problems, fields)
        .with("files", &found.files)
        .with("rows", &found.rows)
        .with("inputs", &found.inputs);
    let sound = found.problems.is_empty();
    if !sound || arguments.format.format.is_some() {
        context.show(&report, arguments.format.format)?;
    }
    context.output.say(&format!(
        "{} files with {} rows and the positions of {} checked: {}",
        number::count(found.files),
        number::count(found.rows),
        inputs(found.inputs),
        match found.problems.len() {
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
    let fields = vec![
        Field::text("table", |one: &&Compacted| Cell::from(one.table)),
        Field::text("day", |one| Cell::known(one.day.as_deref())),
        Field::number("files before", |one| Cell::Count(one.files_before)),
        Field::number("files after", |one| Cell::Count(one.files_after)),
        Field::number("rows", |one| Cell::Count(one.rows)),
        Field::number("bytes before", |one| Cell::Bytes(one.bytes_before)),
        Field::number("bytes after", |one| Cell::Bytes(one.bytes_after)),
    ];
    let report = Report::list("compacted", &done, fields);
    context.show(&report, arguments.format.format)?;
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
    let fields = vec![
        Field::text("table", |one: &&Vacuumed| Cell::from(one.table)),
        Field::number("files", |one| Cell::Count(one.files)),
        Field::number("bytes", |one| Cell::Bytes(one.bytes)),
        Field::number("log files", |one| Cell::known(one.log_files)),
    ];
    let report = Report::list("vacuumed", &done, fields).with("dry_run", &arguments.dry_run);
    context.show(&report, arguments.format.format)?;
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
    let fields = vec![
        Field::text("day", |one: &&DroppedDay| Cell::from(one.day.to_string())),
        Field::number("events", |one| Cell::Count(one.events)),
        Field::number("files", |one| Cell::Count(one.files)),
        Field::number("bytes", |one| Cell::Bytes(one.bytes)),
    ];
    let report = Report::list("days", &done.days, fields)
        .with("before", &done.before)
        .with("waiting_files", &done.waiting)
        .with("dry_run", &arguments.dry_run);
    context.show(&report, arguments.format.format)?;
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

fn inputs(number: u64) -> String {
    match number {
        1 => "1 input".to_owned(),
        more => format!("{} inputs", number::count(more)),
    }
}
