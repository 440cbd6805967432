//! `fidoscope serve`: receives events and stores them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use fidoscope_analytics::{IngestOptions, Silent, StoreError};
use fidoscope_events::Catalogue;
use fidoscope_report::number;

use super::{Context, ingest};
use crate::cli::Serve;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::follow::{Stop, Upkeep};
use crate::serve::{Listener, Mappings, Segments, Service, Spool, Tls};
use crate::trust::{Given, Known};
use crate::{keys, rules, store};

/// Folder of the spool in the store.
pub(super) const SPOOL: &str = "spool";

/// How often is looked for a new connection.
const ACCEPT: Duration = Duration::from_millis(20);

/// Attempts to store the rest at the end.
const ATTEMPTS: u32 = 5;

pub(crate) fn run(arguments: &Serve, context: Context<'_>) -> Outcome {
    let token = arguments
        .token_file
        .as_deref()
        .map(read_token)
        .transpose()?;
    let tls = tls(arguments)?;
    check_exposure(arguments.listen, token.is_some(), tls.is_some(), context)?;
    let every = arguments.follow_every;
    let catalogue = rules::mappings(context.global.rules.as_deref())?;
    let mappings = Mappings {
        events: named("native", &catalogue)?,
        otlp: named(&arguments.otlp_source, &catalogue)?,
    };
    let folder = &arguments.store.store;
    let known = Known::find(folder, Given::default(), context)?;
    let store = store::create_or_open(folder)?;
    let pseudonyms = keys::settle(&store, folder, &arguments.people)?;
    let spool = open_spool(arguments, context)?;
    let stop = Stop::on_signals()?;
    let listener = Listener::bind(arguments.listen, tls)
        .with_context(|| format!("cannot listen on {}", arguments.listen))
        .map_err(Failure::machine)?;
    let url = listener.url().map_err(Failure::machine)?;
    context.output.say(&format!("listening on {url}"));
    let service = Service {
        spool: &spool,
        mappings,
        pseudonyms: &pseudonyms,
        token,
        limit: usize::try_from(arguments.max_body).unwrap_or(usize::MAX),
        now: &|| context.now(),
        ends: &|| stop.is_set(),
    };
    let options = IngestOptions {
        threads: ingest::threads(arguments.threads),
        ..IngestOptions::new(&catalogue, &pseudonyms, context.now())
    };
    let mut keeper = Keeper {
        segments: Segments::new(&store, &spool, options, mappings),
        upkeep: Upkeep::new(&store, known.as_ref(), context),
        context,
    };
    let accepting = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            accept(&listener, &service, arguments.max_connections, &stop);
            accepting.store(false, Ordering::Release);
        });
        while accepting.load(Ordering::Acquire) {
            let began = Instant::now();
            spool.close(false);
            if let Err(error) = keeper.turn() {
                // What was accepted is on disk: clients are told to wait before that is full.
                context.output.problem(&format!("not stored yet: {error}"));
            }
            stop.wait_until(began + every);
            if stop.is_set() {
                thread::sleep(ACCEPT);
            }
        }
    });
    spool.close(true);
    keeper.finish()
}

/// Lets clients in, until the program is to end and all of them are answered.
fn accept(listener: &Listener, service: &Service<'_>, most: usize, stop: &Stop) {
    let connections = AtomicUsize::new(0);
    thread::scope(|scope| {
        while !stop.is_set() {
            let Ok(Some(wire)) = listener.accept() else {
                thread::sleep(ACCEPT);
                continue;
            };
            let connections = &connections;
            if connections.fetch_add(1, Ordering::AcqRel) >= most {
                connections.fetch_sub(1, Ordering::AcqRel);
                service.turn_away(wire);
                continue;
            }
            scope.spawn(move || {
                service.converse(wire);
                connections.fetch_sub(1, Ordering::AcqRel);
            });
        }
    });
}

/// Brings what was accepted into the store.
struct Keeper<'a> {
    segments: Segments<'a>,
    upkeep: Upkeep<'a>,
    context: Context<'a>,
}

impl Keeper<'_> {
    fn turn(&mut self) -> Result<(), StoreError> {
        if self.segments.look(self.context.now(), &mut Silent)? {
            self.upkeep.committed();
        }
        self.upkeep.turn()
    }

    /// Stores the rest.
    fn finish(mut self) -> Outcome {
        let now = self.context.now();
        let mut attempts = ATTEMPTS;
        while let Err(error) = self.segments.look(now, &mut Silent) {
            attempts -= 1;
            if attempts == 0 {
                return Err(store::failure(error).help(
                    "what was accepted is in the spool; the next `fidoscope serve` stores it",
                ));
            }
        }
        self.upkeep.credentials().map_err(store::failure)?;
        self.context.output.say(&format!(
            "{} events stored, {} records quarantined",
            number::count(self.segments.events),
            number::count(self.segments.quarantined)
        ));
        Ok(Exit::Fine)
    }
}

fn named<'c>(
    name: &str,
    catalogue: &'c Catalogue,
) -> Result<&'c fidoscope_events::Mapping, Failure> {
    catalogue.named(name).map_err(Failure::usage)
}

fn open_spool(arguments: &Serve, context: Context<'_>) -> Result<Spool, Failure> {
    let folder = match &arguments.spool {
        Some(folder) => folder.clone(),
        None if store::is_remote(&arguments.store.store) => {
            let store = arguments.store.store.display();
            let error = anyhow!("what is accepted cannot wait for its commit in {store}");
            return Err(
                Failure::usage(error).help("name a folder of this machine with --spool DIR")
            );
        }
        None => arguments.store.store.join(SPOOL),
    };
    let now = u64::try_from(context.now().timestamp_micros()).unwrap_or(0);
    Spool::open(&folder, arguments.max_pending, now)
        .with_context(|| format!("cannot open {}", folder.display()))
        .map_err(Failure::machine)
}

fn read_token(file: &Path) -> Result<Vec<u8>, Failure> {
    let text = std::fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(Failure::invalid)?;
    let token = text.trim_ascii();
    if token.len() < 16 {
        let error = anyhow!(
            "{} holds no token of at least 16 characters",
            file.display()
        );
        return Err(Failure::invalid(error));
    }
    Ok(token.to_vec())
}

fn tls(arguments: &Serve) -> Result<Option<Tls>, Failure> {
    match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificates), Some(key)) => {
            let tls = Tls::read(certificates, key);
            tls.map(Some).map_err(Failure::invalid)
        }
        _ => Ok(None),
    }
}

/// Other machines may only come in with a token.
fn check_exposure(
    address: SocketAddr,
    token: bool,
    tls: bool,
    context: Context<'_>,
) -> Result<(), Failure> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    if !token {
        let error = anyhow!("{address} can be reached from other machines; a token is required");
        return Err(Failure::usage(error).help("name a file with one: --token-file FILE"));
    }
    if !tls {
        let warning =
            "warning: without --tls-cert the token and all events cross the network in the clear";
        context.output.say(warning);
    }
    Ok(())
}
