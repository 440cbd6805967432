//! `fidoscope ingest --follow`: logs that grow.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fidoscope_analytics::{Follow, IngestObserver, Input, Stage, StoreError, is_compressed};

use super::{Observer, Reader, Total, is_of_the_input};
use crate::failure::{Failure, Outcome};
use crate::follow::{Files, News, Pipe, Stop, Upkeep};
use crate::inputs::STDIN;
use crate::progress::Progress;
use crate::store;
use crate::trust::Known;

/// Follows until a signal comes, or until standard input ends and there is nothing else.
pub(super) fn run(reader: &Reader<'_>, known: Option<&Known>) -> Outcome {
    let stop = Stop::on_signals()?;
    let arguments = reader.arguments;
    let every = arguments.follow_every;
    let (stdin, paths): (Vec<PathBuf>, Vec<PathBuf>) = arguments
        .paths
        .iter()
        .cloned()
        .partition(|path| path == Path::new(STDIN));
    let mut files = Files::new(reader.store, reader.options.clone(), paths.clone());
    let mut stream = (!stdin.is_empty()).then(|| Stream::new(Pipe::new(std::io::stdin())));
    let mut upkeep = Upkeep::new(reader.store, reader.credentials, known, reader.context);
    let mut total = Total::default();
    let mut observer = Ending {
        stop: stop.clone(),
        observer: Observer {
            progress: Progress::bytes(reader.context.output, "following", None),
            context: reader.context,
            verbose: arguments.verbose,
        },
    };
    reader
        .context
        .output
        .say("following; SIGINT or SIGTERM ends it");
    loop {
        let began = Instant::now();
        // What was written before the signal is read after it.
        let last = stop.is_set();
        let now = reader.context.now();
        let news = &mut |news| match news {
            News::Read => upkeep.committed(),
            News::Done(summary) => total.add(reader.context, *summary),
            News::Refused(message) => total.refuse(reader.context, &message),
            News::Unread(error) => total.unread(reader.context, &error),
            News::Awaited(path) => {
                let path = path.display();
                let output = reader.context.output;
                output.say(&format!("{path} is not there yet; waiting for it"));
            }
        };
        files
            .look(now, &mut observer, news)
            .map_err(store::failure)?;
        if let Some(stream) = &mut stream {
            stream.look(reader, &mut observer, news)?;
        }
        let ended = paths.is_empty() && stream.as_ref().is_none_or(|stream| stream.is_done);
        if last || ended {
            break;
        }
        upkeep.turn().map_err(store::failure)?;
        stop.wait_until(began + every);
    }
    drop(observer);
    upkeep.credentials().map_err(store::failure)?;
    files
        .summaries()
        .for_each(|summary| total.add(reader.context, summary));
    if let Some(follow) = stream.and_then(|stream| stream.follow) {
        total.add(reader.context, follow.summary().clone());
    }
    total.tell(arguments, reader.context)
}

/// Ends with the commit that is under way when a signal comes.
struct Ending<'a> {
    stop: Stop,
    observer: Observer<'a>,
}

impl IngestObserver for Ending<'_> {
    fn progress(&mut self, bytes: u64, events: u64) -> ControlFlow<()> {
        self.observer.progress(bytes, events)
    }

    fn reached(&mut self, stage: Stage) -> ControlFlow<()> {
        let go_on = self.observer.reached(stage);
        match stage {
            Stage::EventsCommitted if self.stop.is_set() => ControlFlow::Break(()),
            _ => go_on,
        }
    }
}

/// Standard input.
struct Stream<'s> {
    pipe: Pipe,
    follow: Option<Follow<'s>>,
    is_done: bool,
}

impl<'s> Stream<'s> {
    const fn new(pipe: Pipe) -> Self {
        Self {
            pipe,
            follow: None,
            is_done: false,
        }
    }

    fn look(
        &mut self,
        reader: &Reader<'s>,
        observer: &mut dyn IngestObserver,
        news: &mut dyn FnMut(News),
    ) -> Result<(), Failure> {
        if self.is_done {
            return Ok(());
        }
        if self.follow.is_none() && !self.begin(reader)? {
            return Ok(());
        }
        let now = reader.context.now();
        let Some(mut follow) = self.follow.take() else {
            return Ok(());
        };
        let read = match follow.look(now, observer) {
            Err(error) if is_of_the_input(&error) => {
                news(News::Unread(error));
                self.is_done = true;
                return Ok(());
            }
            Err(StoreError::Interrupted) => {
                news(News::Read);
                self.is_done = true;
                return Ok(());
            }
            read => read.map_err(store::failure)?,
        };
        if read > 0 {
            news(News::Read);
        }
        if self.pipe.has_ended() {
            self.is_done = true;
            let summary = follow.finish(now, observer).map_err(store::failure)?;
            news(News::Read);
            news(News::Done(Box::new(summary)));
        } else {
            self.follow = Some(follow);
        }
        Ok(())
    }

    /// Opens the stream once its first bytes are there.
    fn begin(&mut self, reader: &Reader<'s>) -> Result<bool, Failure> {
        let head = self.pipe.head(4).map_err(Failure::machine)?;
        if is_compressed(&head) {
            let error = anyhow::anyhow!("a compressed stream cannot be followed");
            return Err(
                Failure::usage(error).help("decompress it: zcat -f | fidoscope ingest --follow -")
            );
        }
        if head.len() < 4 && !self.pipe.has_ended() {
            return Ok(false);
        }
        let input =
            Input::new(STDIN, self.pipe.clone()).with_source_id(&reader.arguments.source_id);
        let follow = reader.store.follow(input, &reader.options);
        self.follow = Some(follow.map_err(store::failure)?);
        Ok(true)
    }
}
