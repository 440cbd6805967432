//! How far an input has been read before: its identity and its recorded steps.
//!
//! Both are hashes of its bytes: of the first ones, and of all up to a position. A store whose identifiers
//! are keyed has the hash of such a hash under the key in their place ([`Pseudonyms::of_digest`]), because
//! who knows a log but for the name in its last line could try names until the hash agrees.
//!
//! That takes nothing from what makes an ingest exactly once. An input is known again by comparing what
//! was recorded with what the tape gives now, and for one key and one scheme the two are equal exactly
//! where the hashes below them are, so every comparison comes out as it would without a key. Scheme and
//! key are the same for all that a store records: the scheme is in the marker and changes only before the
//! first input is recorded, the key is bound there before anything is written and another one refused
//! (see `store/key.rs`). Stores of old have the plain scheme for good, so what they recorded before there
//! was another is compared as it was written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use deltalake::DeltaTable;
use deltalake::arrow::array::{
    ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use deltalake::arrow::datatypes::Int64Type;
use deltalake::kernel::Transaction;
use fidoscope_events::Pseudonyms;

use super::decode::as_i64;
use super::tape::{Mark, Tape, as_u64};
use crate::StoreError;
use crate::scan::over;
use crate::schema::{batch, input_schema};
use crate::store::{Table, Tables};

/// An input is told apart by this many of its first bytes, or by all it has if it has fewer.
pub(crate) const PREFIX: usize = 4096;

/// An input, or one of several inputs that begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    /// Identifier in the store.
    pub(crate) input: i64,
    identity: String,
    prefix_length: i64,
    number: i64,
    parent: Option<i64>,
    base_offset: u64,
}

impl Variant {
    fn new(identity: String, prefix_length: usize, known: &[Row]) -> Self {
        let same = known.iter().filter(|row| row.variant.identity == identity);
        let number = same.map(|row| row.variant.number + 1).max().unwrap_or(0);
        Self {
            input: input_of(&identity, number),
            identity,
            prefix_length: as_i64(as_u64(prefix_length)),
            number,
            parent: None,
            base_offset: 0,
        }
    }

    fn application(&self) -> String {
        application(self.input)
    }

    /// The Delta transaction that says how far this input is in a table.
    pub(crate) fn transaction(&self, offset: u64) -> Transaction {
        Transaction::new(self.application(), as_i64(offset))
    }

    /// How far this input is in a table.
    pub(crate) fn committed(
        &self,
        store: &Tables,
        table: &DeltaTable,
    ) -> Result<Option<u64>, StoreError> {
        let version = store.transaction(table, &self.application())?;
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }
}

/// Identifier of an input, or of one of several that begin alike.
pub(crate) fn input_of(identity: &str, number: i64) -> i64 {
    let digest = blake3::hash(format!("{identity}#{number}").as_bytes());
    let first = digest.as_bytes().first_chunk().copied().unwrap_or_default();
    // 53 bits, so that JSON readers that know only floats keep it.
    (i64::from_be_bytes(first) >> 11) & ((1 << 53) - 1)
}

/// Identifier of the Delta transactions of an input.
pub(crate) fn application(input: i64) -> String {
    format!("fidoscope:{input:016x}")
}

/// A position at which an input has been committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    offset: u64,
    lines: u64,
    digest: Vec<u8>,
    events: u64,
    quarantined: u64,
}

struct Row {
    variant: Variant,
    step: Step,
}

/// Where an ingest goes on, and in the name of which input.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    pub(crate) variant: Variant,
    /// Events stored before the position.
    pub(crate) events: u64,
    /// Lines set aside before the position.
    pub(crate) quarantined: u64,
    /// Where reading starts.
    pub(crate) start: Mark,
}

/// Passes over what is stored already. `None` for an input without content.
///
/// The steps that were recorded are compared with the tape one after the other; reading starts
/// behind the last one whose digest agrees. When the tape follows an input to its end, it is that
/// input, grown or not. Otherwise it is a new variant that shares the beginning, so two inputs
/// that merely begin alike lose nothing and store nothing twice but the step in which they part.
pub(crate) fn find(
    store: &Tables,
    tape: &mut Tape<'_>,
    source_id: Option<&str>,
    pseudonyms: &Pseudonyms,
) -> Result<Option<Position>, StoreError> {
    let prefix = tape.peek(PREFIX).to_vec();
    let names = Names {
        source_id,
        pseudonyms,
    };
    find_from(store, tape, &prefix, names, false)
}

/// How an input is named in its store.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    /// What tells apart streams that have no name of their own.
    pub(crate) source_id: Option<&'a str>,
    /// As the store has them.
    pub(crate) pseudonyms: &'a Pseudonyms,
}

impl Names<'_> {
    fn identity(self, prefix: &[u8]) -> String {
        let hash = blake3::hash(prefix);
        let first = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        let named = self.pseudonyms.of_beginning(first);
        let hash: String = named.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.source_id {
            Some(source_id) => format!("{hash}@{source_id}"),
            None => hash,
        }
    }

    /// Whether a recorded digest is that of what the tape has up to here.
    fn agrees(self, recorded: &[u8], digest: [u8; 32]) -> bool {
        recorded == self.pseudonyms.of_digest(digest)
    }
}

/// The same for a tape of which `prefix` is the beginning. While it is `growing`, nothing is decided
/// as long as it may become an input that is stored already: what is passed over until then stays
/// passed over, and the question is to be asked again when there is more.
pub(crate) fn find_from(
    store: &Tables,
    tape: &mut Tape<'_>,
    prefix: &[u8],
    names: Names<'_>,
    growing: bool,
) -> Result<Option<Position>, StoreError> {
    if prefix.is_empty() {
        return Ok(None);
    }
    // In this order: a position that is stored was announced before, and is to be among the rows.
    let events = store.load(Table::Events)?;
    let rows = read_rows(store)?;
    let chains = chains(store, &events, prefix, names, &rows)?;
    let (found, open) = follow(tape, &chains, names);
    if growing && open {
        return Ok(None);
    }
    let (variant, step) = match found {
        Some((chain, step)) if step.offset == chain.stored => (chain.variant.clone(), step),
        Some((chain, step)) => {
            let Variant {
                identity,
                prefix_length,
                input,
                ..
            } = chain.variant.clone();
            let new = Variant::new(identity, 0, &rows);
            let parent = Some(input);
            (
                Variant {
                    prefix_length,
                    parent,
                    base_offset: step.offset,
                    ..new
                },
                step,
            )
        }
        None => {
            let identity = names.identity(prefix);
            let fresh = || Variant::new(identity, prefix.len(), &rows);
            let begun = chains.iter().find(|chain| chain.was_begun(tape, names));
            (
                begun.map_or_else(fresh, |chain| chain.variant.clone()),
                Step::default(),
            )
        }
    };
    let Step {
        events,
        quarantined,
        ..
    } = step;
    Ok(Some(Position {
        variant,
        events,
        quarantined,
        start: tape.mark(),
    }))
}

struct Chain {
    variant: Variant,
    /// How far its events are in the store.
    stored: u64,
    /// Its steps up to there, those of its parents included.
    steps: Vec<Step>,
    /// The step that was announced and never done, when no other was.
    begun: Option<Step>,
}

impl Chain {
    /// Whether an ingest of this very tape was stopped in its first step: nothing is stored, and
    /// what was set aside in the input's name is not to be set aside again.
    fn was_begun(&self, tape: &mut Tape<'_>, names: Names<'_>) -> bool {
        self.begun.as_ref().is_some_and(|step| {
            let ahead = usize::try_from(step.offset).ok();
            ahead
                .and_then(|ahead| tape.digest_ahead(ahead))
                .is_some_and(|now| names.agrees(&step.digest, now))
        })
    }
}

/// The inputs that begin like this one. A file that was shorter than the prefix when it was first
/// read is recognised by as much as it had then.
fn chains(
    store: &Tables,
    events: &DeltaTable,
    prefix: &[u8],
    names: Names<'_>,
    rows: &[Row],
) -> Result<Vec<Chain>, StoreError> {
    let mut own: BTreeMap<(i64, i64), (Variant, Vec<Step>)> = BTreeMap::new();
    for Row { variant, step } in rows {
        let known = usize::try_from(variant.prefix_length).ok();
        let begin = known.and_then(|length| prefix.get(..length));
        if begin.is_some_and(|begin| names.identity(begin) == variant.identity) {
            let key = (variant.number, variant.input);
            let entry = own
                .entry(key)
                .or_insert_with(|| (variant.clone(), Vec::new()));
            entry.1.push(step.clone());
        }
    }
    let mut chains: Vec<Chain> = Vec::new();
    for (variant, mut steps) in own.into_values() {
        let stored = variant
            .committed(store, events)?
            .unwrap_or(variant.base_offset);
        let parent = chains
            .iter()
            .find(|chain| Some(chain.variant.input) == variant.parent);
        let shared = parent.map(|chain| chain.steps.clone()).unwrap_or_default();
        steps.extend(
            shared
                .into_iter()
                .filter(|step| step.offset <= variant.base_offset),
        );
        steps.sort_by_key(|step| step.offset);
        steps.dedup();
        let begun = steps.first().filter(|_| stored == 0).cloned();
        steps.retain(|step| step.offset <= stored);
        chains.push(Chain {
            variant,
            stored,
            steps,
            begun,
        });
    }
    Ok(chains)
}

/// Follows the chains as long as one agrees with the tape, and passes over what agrees. Says as well
/// whether the tape ended before a chain did that agrees so far.
fn follow<'c>(
    tape: &mut Tape<'_>,
    chains: &'c [Chain],
    names: Names<'_>,
) -> (Option<(&'c Chain, Step)>, bool) {
    let mut alive: Vec<(&Chain, &[Step])> = chains
        .iter()
        .map(|chain| (chain, chain.steps.as_slice()))
        .collect();
    let mut last = passed_over(tape, &mut alive, names);
    let mut open = false;
    while let Some(next) = alive
        .iter()
        .filter_map(|(_, left)| left.first())
        .map(|s| s.offset)
        .min()
    {
        let ahead = usize::try_from(next.saturating_sub(tape.mark().offset)).unwrap_or(usize::MAX);
        let Some(digest) = tape.digest_ahead(ahead) else {
            open = last
                .as_ref()
                .is_none_or(|(chain, step)| chain.stored != step.offset);
            break;
        };
        let mut agreed: Option<(&Chain, Step)> = None;
        alive.retain_mut(|(chain, left)| match left.split_first() {
            Some((step, rest)) if step.offset == next => {
                let agrees = names.agrees(&step.digest, digest);
                if agrees {
                    *left = rest;
                    let ends = step.offset == chain.stored;
                    if ends || agreed.is_none() {
                        agreed = Some((chain, step.clone()));
                    }
                }
                agrees
            }
            _ => true,
        });
        if agreed.is_some() {
            tape.skip(ahead);
            last = agreed;
        }
    }
    (last, open)
}

/// Takes up the chains where an earlier attempt on the same tape left them.
fn passed_over<'c>(
    tape: &Tape<'_>,
    alive: &mut Vec<(&'c Chain, &'c [Step])>,
    names: Names<'_>,
) -> Option<(&'c Chain, Step)> {
    let at = tape.mark();
    if at.offset == 0 {
        return None;
    }
    let mut last: Option<(&Chain, Step)> = None;
    alive.retain_mut(|(chain, left)| {
        let here = left.iter().position(|step| step.offset == at.offset);
        let Some((passed, rest)) = here.and_then(|here| left.split_at_checked(here + 1)) else {
            return false;
        };
        let agrees = passed
            .last()
            .filter(|step| names.agrees(&step.digest, at.digest));
        if let Some(step) = agrees
            && (last.is_none() || step.offset == chain.stored)
        {
            last = Some((chain, step.clone()));
        }
        *left = rest;
        agrees.is_some()
    });
    last
}

const COLUMNS: &str = "input, identity, prefix_length, variant, parent, base_offset, \"offset\", \
                       lines, digest, events, quarantined";

fn read_rows(store: &Tables) -> Result<Vec<Row>, StoreError> {
    let table = store.load(Table::Inputs)?;
    if table.snapshot()?.log_data().num_files() == 0 {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {COLUMNS} FROM inputs ORDER BY \"offset\", input");
    let batches = over(store.runtime(), "inputs", &table, &sql)?;
    Ok(batches.iter().flat_map(rows_of).collect())
}

fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let long = |name: &str, row: usize| {
        let column = batch
            .column_by_name(name)?
            .as_primitive_opt::<Int64Type>()?;
        deltalake::arrow::array::Array::is_valid(column, row).then(|| column.value(row))
    };
    let count = |name: &str, row: usize| {
        long(name, row)
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0)
    };
    let identities = batch
        .column_by_name("identity")
        .map(crate::scan::texts)
        .unwrap_or_default();
    let digests = batch
        .column_by_name("digest")
        .map(crate::scan::bytes)
        .unwrap_or_default();
    let texts = identities.into_iter().zip(digests).enumerate();
    texts
        .filter_map(|(row, (identity, digest))| {
            let variant = Variant {
                input: long("input", row)?,
                identity: identity?,
                prefix_length: long("prefix_length", row)?,
                number: long("variant", row)?,
                parent: long("parent", row),
                base_offset: count("base_offset", row),
            };
            let step = Step {
                offset: count("offset", row),
                lines: count("lines", row),
                digest: digest?,
                events: count("events", row),
                quarantined: count("quarantined", row),
            };
            Some(Row { variant, step })
        })
        .collect()
}

/// What is written about an input beside its position.
pub(crate) struct Described<'a> {
    pub(crate) path: Cow<'a, str>,
    pub(crate) source: &'a str,
    pub(crate) mapping_version: &'a str,
    pub(crate) compression: &'a str,
    pub(crate) observed: i64,
    /// As the store has them.
    pub(crate) pseudonyms: Pseudonyms,
}

/// The row that announces a step. It is committed before the step itself, so that every
/// committed offset has a digest to compare with.
pub(crate) fn announce(
    variant: &Variant,
    end: &Mark,
    totals: (u64, u64),
    about: &Described<'_>,
) -> Result<RecordBatch, StoreError> {
    let long = |value: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![value])) };
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let observed = TimestampMicrosecondArray::from(vec![about.observed]).with_timezone("UTC");
    let columns = vec![
        long(variant.input),
        text(&about.path),
        text(&variant.identity),
        long(variant.prefix_length),
        long(variant.number),
        Arc::new(Int64Array::from(vec![variant.parent])),
        long(as_i64(variant.base_offset)),
        long(as_i64(end.offset)),
        Arc::new(BinaryArray::from(vec![
            about.pseudonyms.of_digest(end.digest).as_slice(),
        ])),
        long(as_i64(end.lines)),
        long(as_i64(totals.0)),
        long(as_i64(totals.1)),
        text(about.source),
        text(about.mapping_version),
        text(about.compression),
        Arc::new(observed),
    ];
    batch(input_schema(), columns, 1)
}
