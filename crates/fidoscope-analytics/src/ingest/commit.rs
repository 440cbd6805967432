//! The three commits of a step.

use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::DateTime;
use deltalake::DeltaTable;
use deltalake::arrow::array::RecordBatch;

use super::decode::SetAside;
use super::follower::Versions;
use super::position::{Described, Position, announce};
use super::quarantine::{self, Present};
use super::tape::Mark;
use super::{IngestObserver, Stage};
use crate::StoreError;
use crate::store::{NewFile, Table, Tables, Target, append, write};

/// Commits the units of one input, in order.
pub(crate) struct Committer<'a> {
    store: &'a Tables,
    position: Position,
    about: Described<'a>,
    events: DeltaTable,
    quarantine: DeltaTable,
    inputs: DeltaTable,
    present: Present,
    stored: Option<Versions>,
}

/// Everything of a unit that is to be committed.
pub(crate) struct Step {
    pub(crate) end: Mark,
    /// End of the last line that was looked at: further than `end` when that line lacks its line
    /// break and cannot be read.
    pub(crate) looked_at: u64,
    pub(crate) events: u64,
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) files: Vec<NewFile>,
}

impl<'a> Committer<'a> {
    pub(crate) fn new(
        store: &'a Tables,
        position: Position,
        about: Described<'a>,
    ) -> Result<Self, StoreError> {
        let quarantine = store.load(Table::Quarantine)?;
        let looked_at = position.variant.committed(store, &quarantine)?;
        let start = position.start.offset;
        let present = match looked_at {
            Some(looked_at) if looked_at > start => {
                Present::read(store, position.variant.input, start)?
            }
            _ => Present::default(),
        };
        let (events, inputs) = (store.load(Table::Events)?, store.load(Table::Inputs)?);
        // Later commits of others are conflicts; one between the search for the position and this
        // would pass unseen.
        let stored = position.variant.committed(store, &events)?;
        if stored.is_some_and(|stored| stored > start) {
            return Err(StoreError::Concurrent {
                path: about.path.to_string(),
            });
        }
        Ok(Self {
            stored: events.version().map(Versions::after),
            store,
            position,
            about,
            events,
            quarantine,
            inputs,
            present,
        })
    }

    pub(crate) const fn input(&self) -> i64 {
        self.position.variant.input
    }

    pub(crate) const fn start(&self) -> Mark {
        self.position.start
    }

    pub(crate) fn path(&self) -> &str {
        &self.about.path
    }

    /// How far the input is stored.
    pub(crate) const fn position(&self) -> &Position {
        &self.position
    }

    /// The time from now on, microseconds.
    pub(crate) const fn at(&mut self, observed: i64) {
        self.about.observed = observed;
    }

    /// Where the event files go.
    pub(crate) fn target(&self) -> Target {
        self.target_of(&self.events)
    }

    /// Whether an earlier ingest has set this line aside.
    pub(crate) fn has(&self, line: &SetAside) -> bool {
        self.present.has(line)
    }

    fn target_of(&self, table: &DeltaTable) -> Target {
        Target {
            objects: table.object_store(),
            runtime: self.store.runtime().handle().clone(),
            written: self
                .store
                .stamp(DateTime::from_timestamp_micros(self.about.observed).unwrap_or_default()),
        }
    }

    /// Commits a unit. Breaks where the observer says so.
    pub(crate) fn commit(
        &mut self,
        step: Step,
        observer: &mut dyn IngestObserver,
    ) -> Result<ControlFlow<()>, StoreError> {
        let Step {
            end,
            looked_at,
            events,
            set_aside,
            files,
        } = step;
        let moves = end.offset > self.position.start.offset;
        let totals = (
            self.position.events + events,
            self.position.quarantined + super::tape::as_u64(set_aside.len()),
        );
        if observer.reached(Stage::FilesWritten).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if moves {
            self.announce(&end, totals)?;
        }
        if observer.reached(Stage::Announced).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if !set_aside.is_empty() {
            self.set_aside(set_aside, looked_at)?;
        }
        if observer.reached(Stage::QuarantineCommitted).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if moves {
            let position = self.position.variant.transaction(end.offset);
            let commit = append(&mut self.events, Table::Events, files, Some(position));
            let done = self.store.runtime().block_on(commit)?;
            self.check(done)?;
            self.count_version();
        }
        self.position.start = end;
        (self.position.events, self.position.quarantined) = totals;
        Ok(observer.reached(Stage::EventsCommitted))
    }

    /// Another writer's version in between is none of ours.
    fn count_version(&mut self) {
        let now = self.events.version();
        let next = self.stored.filter(|stored| now == Some(stored.to + 1));
        self.stored = next.map(|stored| Versions {
            to: stored.to + 1,
            ..stored
        });
    }

    /// What was stored since this was asked last; `None` when another writer stored something in
    /// between.
    pub(crate) fn stored(&mut self) -> Option<Versions> {
        let next = self.events.version().map(Versions::after);
        std::mem::replace(&mut self.stored, next)
    }

    /// Shows the store its tables as they are now.
    pub(crate) fn show(&self) {
        for (table, moved) in [
            (Table::Events, &self.events),
            (Table::Quarantine, &self.quarantine),
            (Table::Inputs, &self.inputs),
        ] {
            self.store.keep(table, moved.clone());
        }
    }

    fn announce(&mut self, end: &Mark, totals: (u64, u64)) -> Result<(), StoreError> {
        let row = announce(&self.position.variant, end, totals, &self.about)?;
        let file = self.file(&self.inputs, row)?;
        let commit = append(&mut self.inputs, Table::Inputs, vec![file], None);
        let done = self.store.runtime().block_on(commit)?;
        self.check(done)
    }

    fn set_aside(&mut self, lines: Vec<SetAside>, looked_at: u64) -> Result<(), StoreError> {
        let rows = quarantine::rows(self.store, self.position.variant.input, lines, &self.about)?;
        let file = self.file(&self.quarantine, rows)?;
        let files = self.store.files();
        files.hide_file(Table::Quarantine, &file.path);
        let position = self.position.variant.transaction(looked_at);
        let commit = append(
            &mut self.quarantine,
            Table::Quarantine,
            vec![file],
            Some(position),
        );
        let done = self.store.runtime().block_on(commit)?;
        self.check(done)
    }

    fn file(&self, table: &DeltaTable, rows: RecordBatch) -> Result<NewFile, StoreError> {
        let schema = Arc::clone(rows.schema_ref());
        write(&self.target_of(table), &schema, None, &[rows])
    }

    fn check(&self, committed: Option<()>) -> Result<(), StoreError> {
        committed.ok_or_else(|| StoreError::Concurrent {
            path: self.path().to_owned(),
        })
    }
}
