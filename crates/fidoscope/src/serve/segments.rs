//! Segments of the spool on their way into the store.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use fidoscope_analytics::{
    Follow, IngestObserver, IngestOptions, IngestSummary, Input, SourceChoice, Store, StoreError,
};

use super::service::Mappings;
use super::spool::{Kind, Segment, Spool};

/// How long a segment stays that is in the store: until then the disk has what is committed, also
/// should the machine lose its power.
const KEPT: Duration = Duration::from_secs(60);

/// The follower of a spool.
pub(crate) struct Segments<'s> {
    store: &'s Store,
    spool: &'s Spool,
    options: IngestOptions<'s>,
    mappings: Mappings<'s>,
    tails: Vec<Tail<'s>>,
    stored: Vec<(PathBuf, Instant)>,
    /// Events of segments that are done, and their records that were set aside.
    events: u64,
    quarantined: u64,
}

struct Tail<'s> {
    segment: Segment,
    follow: Option<Follow<'s>>,
    committed: u64,
}

impl<'s> Segments<'s> {
    pub(crate) fn new(
        store: &'s Store,
        spool: &'s Spool,
        options: IngestOptions<'s>,
        mappings: Mappings<'s>,
    ) -> Self {
        Self {
            store,
            spool,
            options,
            mappings,
            tails: Vec::new(),
            stored: Vec::new(),
            events: 0,
            quarantined: 0,
        }
    }

    /// Stores what was accepted, and removes segments that are done. Says whether anything was
    /// committed.
    pub(crate) fn look(
        &mut self,
        now: DateTime<Utc>,
        observer: &mut dyn IngestObserver,
    ) -> Result<bool, StoreError> {
        let tail = |segment| Tail {
            segment,
            follow: None,
            committed: 0,
        };
        self.tails
            .extend(self.spool.new_segments().into_iter().map(tail));
        let mut moved = false;
        let mut place = 0;
        while let Some(tail) = self.tails.get_mut(place) {
            let closed = tail.segment.is_closed();
            let length = tail.segment.length();
            if tail.committed < length {
                if tail.follow.is_none() {
                    tail.follow = Some(open(self.store, &self.options, &self.mappings, tail)?);
                }
                if let Some(mut follow) = tail.follow.take() {
                    // After an error the segment is opened anew.
                    follow.look(now, observer)?;
                    let committed = follow.committed();
                    self.spool.stored(committed - tail.committed);
                    moved |= committed > tail.committed;
                    tail.committed = committed;
                    tail.follow = Some(follow);
                }
            }
            if closed && tail.committed == length {
                let tail = self.tails.remove(place);
                if let Some(follow) = tail.follow {
                    self.count(follow.summary());
                }
                self.stored.push((tail.segment.path, Instant::now()));
            } else {
                place += 1;
            }
        }
        self.stored.retain(|(path, since)| {
            // What cannot be removed is found to be stored at the next start.
            since.elapsed() < KEPT || fs::remove_file(path).is_err() && path.exists()
        });
        Ok(moved)
    }

    /// Events that were stored, and records that were set aside.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let open = self.tails.iter().filter_map(|tail| tail.follow.as_ref());
        let done = (self.events, self.quarantined);
        open.fold(done, |(events, quarantined), follow| {
            let summary = follow.summary();
            let quarantined = quarantined + summary.quarantined_records();
            (events + summary.events, quarantined)
        })
    }

    fn count(&mut self, summary: &IngestSummary) {
        self.events += summary.events;
        self.quarantined += summary.quarantined_records();
    }
}

fn open<'s>(
    store: &'s Store,
    options: &IngestOptions<'s>,
    mappings: &Mappings<'s>,
    tail: &Tail<'s>,
) -> Result<Follow<'s>, StoreError> {
    let segment = &tail.segment;
    let mapping = match segment.kind {
        Kind::Events => mappings.events,
        Kind::Otlp => mappings.otlp,
    };
    let options = IngestOptions {
        // What was accepted is nowhere else any more once the segment is removed.
        keep_whole: true,
        source: SourceChoice::Named(mapping.source().to_owned()),
        ..options.clone()
    };
    let name = segment.path.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let reader = segment.reader().map_err(|source| StoreError::Input {
        path: name.clone(),
        source,
    })?;
    // Segments that hold the same are different inputs: both were accepted.
    let input = Input::new(format!("spool/{name}"), reader)
        .with_source_id(name)
        .framed();
    Ok(store.follow(input, &options)?.kept())
}
