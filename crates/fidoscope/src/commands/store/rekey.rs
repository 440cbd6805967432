//! `fidoscope store rekey`: a keyed store out of one of old.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use fidoscope_analytics::{RekeyOptions, Rekeyed, RekeyedSource, Store};
use fidoscope_events::Catalogue;
use fidoscope_report::{Cell, Field, Report, number};
use serde::Serialize;

use super::inputs;
use crate::cli::StoreRekey;
use crate::commands::Context;
use crate::commands::serve::SPOOL;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::progress::Phases;
use crate::serve::Resting;
use crate::{keys, rules, store, trust};

/// What became of the identifiers of a source.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    of: RekeyedSource,
    /// Whether its log gives identifiers; unknown where no mapping has its name.
    log_gives_ids: Option<bool>,
}

impl Row {
    fn new(of: RekeyedSource, catalogue: &Catalogue, own: &[String]) -> Self {
        let mapping = catalogue.get(&of.source);
        let log_gives_ids = match own.contains(&of.source) {
            true => Some(true),
            false => mapping.map(fidoscope_events::Mapping::takes_event_ids),
        };
        Self { of, log_gives_ids }
    }

    /// Whether some that were keyed may be those of the log.
    fn is_open(&self) -> bool {
        self.of.keyed > 0 && self.log_gives_ids != Some(false)
    }

    fn fields<'r>() -> Vec<Field<&'r Self>> {
        vec![
            Field::text("source", |row: &&Self| Cell::from(&row.of.source)),
            Field::text("log gives ids", |row| match row.log_gives_ids {
                Some(true) => Cell::Word("yes"),
                Some(false) => Cell::Word("no"),
                None => Cell::Null,
            }),
            Field::number("keyed", |row| Cell::Count(row.of.keyed)),
            Field::number("left", |row| Cell::Count(row.of.left)),
        ]
    }
}

pub(super) fn run(arguments: &StoreRekey, context: Context<'_>) -> Outcome {
    let (old, new) = (&arguments.store.store, &arguments.new);
    let catalogue = rules::mappings(context.global.rules.as_deref())?;
    let phases = Phases::begin(context.output, "opening the store");
    let from = store::open_to_copy(old)?;
    from.check_rekey().map_err(store::failure)?;
    let (key, in_store) = keys::of_copy(&from, old, new, arguments.pii_key.as_deref())?;
    let spool = resting(old, new)?;
    let options = RekeyOptions {
        now: context.now(),
        key,
        in_store,
        own_ids: arguments.own_ids.iter().cloned().collect(),
    };
    let rekeyed = made(&from, arguments, &options, &spool, &phases, context.output)?;
    drop(phases);
    let sources = rekeyed.sources.iter().cloned();
    let rows = sources.map(|source| Row::new(source, &catalogue, &arguments.own_ids));
    let rows: Vec<Row> = rows.collect();
    let report = Report::list("rekeyed", &rows, Row::fields())
        .with("quarantined", &rekeyed.quarantined)
        .with("inputs", &rekeyed.inputs)
        .with("key", &rekeyed.key);
    context.show(&report, arguments.format.format)?;
    for line in told(&rows, &rekeyed, arguments, in_store) {
        context.output.say(&line);
    }
    Ok(Exit::Fine)
}

/// The new store, with all that lies beside the tables, whole.
fn made(
    from: &Store,
    arguments: &StoreRekey,
    options: &RekeyOptions,
    spool: &Resting,
    phases: &Phases,
    output: &Output,
) -> Result<Rekeyed, Failure> {
    let new = &arguments.new;
    let place = store::place(new)?;
    let made = from.rekey(place, options, |part| phases.next(part));
    let made = made.map_err(store::failure)?;
    trust::carry(&arguments.store.store, new, output)?;
    spool
        .copy_to(&new.join(SPOOL))
        .with_context(|| format!("cannot copy the spool to {}", new.display()))
        .map_err(Failure::machine)?;
    made.complete().map_err(store::failure)
}

/// What `serve` has accepted into a store that it does not run on.
fn resting(old: &Path, new: &Path) -> Result<Resting, Failure> {
    let folder = old.join(SPOOL);
    let spool = Resting::find(&folder);
    let spool = spool
        .with_context(|| format!("cannot take over {}", folder.display()))
        .map_err(|error| {
            Failure::machine(error).help("stop `fidoscope serve` on the old store first")
        })?;
    if store::is_remote(new) && !spool.is_empty() {
        let error = anyhow!(
            "{} holds what `serve` has accepted, and {} has no place for it",
            folder.display(),
            new.display()
        );
        return Err(Failure::usage(error).help(
            "run `fidoscope serve` on the old store until a minute after its last body, and stop it",
        ));
    }
    Ok(spool)
}

/// What was done and what it means, in sentences.
fn told(rows: &[Row], rekeyed: &Rekeyed, arguments: &StoreRekey, in_store: bool) -> Vec<String> {
    let (old, new) = (arguments.store.store.display(), arguments.new.display());
    let keyed: u64 = rows.iter().map(|row| row.of.keyed).sum();
    let left: u64 = rows.iter().map(|row| row.of.left).sum();
    let mut lines = vec![format!(
        "{}, {} and the positions of {} taken over: {} keyed now, {} of logs left",
        counted(keyed + left, "event"),
        counted(rekeyed.quarantined, "quarantined line"),
        inputs(rekeyed.inputs),
        counted(keyed, "identifier"),
        number::count(left),
    )];
    let open = rows.iter().filter(|row| row.is_open());
    let open: Vec<&str> = open.map(|row| row.of.source.as_str()).collect();
    if !open.is_empty() {
        lines.push(format!(
            "note: {}: an identifier of 32 hexadecimal digits that the log gave cannot be told from one made here, \
             and is keyed as well; its line is not read again, but the same event in another log that is read later \
             would be a second one (--own-ids SOURCE leaves them)",
            open.join(", ")
        ));
    }
    if !rekeyed.is_known {
        lines.push(format!(
            "warning: {old} does not tell which key its users are under; if it is not {}, make the new store again with theirs",
            rekeyed.key
        ));
    }
    lines.push(match in_store {
        true => format!("the key {} is in {new}, for its owner only", rekeyed.key),
        false => format!(
            "the key is {}: name it with --pii-key each time",
            rekeyed.key
        ),
    });
    lines.push(format!(
        "use --store {new} from now on; {old} is as it was, and guesses can still be tried there: delete it when nothing uses it"
    ));
    lines
}

/// A number of things.
fn counted(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        more => format!("{} {thing}s", number::count(more)),
    }
}
