//! `fidoscope serve`: receives events and stores them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use fidoscope_analytics::{CredentialOptions, Credentials, IngestOptions, Silent, StoreError};
use fidoscope_events::Catalogue;
use fidoscope_report::number;
use tokio::sync::watch;

use super::{Context, ingest};
use crate::cli::Serve;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::follow::{Stop, Upkeep};
use crate::serve::{
    Condition, Front, Mappings, Metrics, Protocol, Segments, Service, Settings, Spool, Tls,
};
use crate::trust::{Given, Known};
use crate::{keys, rules, store};

/// Folder of the spool in the store.
pub(super) const SPOOL: &str = "spool";

/// Threads that take bodies, at least: those that wait for the disk share one sync.
const WORKERS: usize = 8;

/// Attempts to store the rest at the end.
const ATTEMPTS: u32 = 5;

pub(crate) fn run(arguments: &Serve, context: Context<'_>) -> Outcome {
    let settings = settings(arguments, context)?;
    let limit = settings.limit;
    let catalogue = rules::mappings(context.global.rules.as_deref())?;
    let mappings = Mappings {
        events: named("native", &catalogue)?,
        otlp: named(&arguments.otlp_source, &catalogue)?,
    };
    let folder = &arguments.store.store;
    let known = Known::find(folder, Given::default(), context)?;
    let store = store::create_or_open(folder)?;
    let pseudonyms = keys::settle(&store, folder, &arguments.people)?;
    let spool = Arc::new(open_spool(arguments, context)?);
    let stop = Stop::on_signals()?;
    let (mut front, queue) = Front::new(settings, Arc::clone(&spool)).map_err(Failure::machine)?;
    let addresses = open_doors(&mut front, arguments)?;
    let service = Service {
        spool: &spool,
        mappings,
        pseudonyms: &pseudonyms,
        limit,
        now: &|| context.now(),
    };
    let threads = ingest::threads(arguments.threads);
    let reading = CredentialOptions::new(context.now(), threads);
    let credentials = Credentials::of(&store).while_reading(reading);
    let options = IngestOptions {
        threads,
        followers: &[&credentials],
        ..IngestOptions::new(&catalogue, &pseudonyms, context.now())
    };
    let mut keeper = Keeper {
        segments: Segments::new(&store, &spool, options, mappings),
        upkeep: Upkeep::new(&store, &credentials, known.as_ref(), context),
        spool: &spool,
        metrics: front.metrics(),
        condition: front.condition(),
        context,
    };
    thread::scope(|scope| {
        // The clients are let out when this is dropped, however it comes to that.
        let (end, ends) = watch::channel(false);
        for _ in 0..threads.max(WORKERS) {
            let work = || queue.work(&service);
            begin(thread::Builder::new().spawn_scoped(scope, work))?;
        }
        let say = |problem: &str| context.output.problem(problem);
        let carry = move || front.run(&ends, &say);
        let carrier = begin(thread::Builder::new().spawn_scoped(scope, carry))?;
        for address in addresses {
            context.output.say(&format!("listening on {address}"));
        }
        keeper.keep(arguments.follow_every, &stop, &|| carrier.is_finished());
        drop(end);
        carrier
            .join()
            .map_err(|_| Failure::machine(anyhow!("the receiver of connections has failed")))
    })?;
    spool.close(true);
    keeper.finish()
}

/// What the command line says of clients.
fn settings(arguments: &Serve, context: Context<'_>) -> Result<Settings, Failure> {
    let file = arguments.token_file.as_deref();
    let token = file.map(read_token).transpose()?;
    let tls = tls(arguments)?;
    let addresses = [Some(arguments.listen), arguments.grpc];
    for address in addresses.into_iter().flatten() {
        check_exposure(address, token.is_some(), tls.is_some(), context)?;
    }
    Ok(Settings {
        token,
        limit: usize::try_from(arguments.max_body).unwrap_or(usize::MAX),
        connections: arguments.max_connections,
        tls,
    })
}

/// A thread, unless the machine has none for us.
fn begin<T>(thread: std::io::Result<T>) -> Result<T, Failure> {
    thread
        .context("cannot begin another thread")
        .map_err(Failure::machine)
}

/// Opens the doors, and gives where they are, in words.
fn open_doors(front: &mut Front, arguments: &Serve) -> Result<Vec<String>, Failure> {
    let mut open = |address: SocketAddr, protocol| {
        front
            .open(address, protocol)
            .with_context(|| format!("cannot listen on {address}"))
            .map_err(Failure::machine)
    };
    let mut addresses = vec![open(arguments.listen, Protocol::Http)?];
    if let Some(address) = arguments.grpc {
        let url = open(address, Protocol::Grpc)?;
        addresses.push(format!("{url} for gRPC"));
    }
    Ok(addresses)
}

/// Brings what was accepted into the store.
struct Keeper<'a> {
    segments: Segments<'a>,
    upkeep: Upkeep<'a>,
    spool: &'a Spool,
    metrics: Arc<Metrics>,
    condition: Arc<Condition>,
    context: Context<'a>,
}

impl Keeper<'_> {
    /// Stores what comes until the program is to end, or nothing comes any more.
    fn keep(&mut self, every: Duration, stop: &Stop, is_over: &dyn Fn() -> bool) {
        while !stop.is_set() && !is_over() {
            let began = Instant::now();
            self.spool.close(false);
            let turn = self.turn();
            self.condition.is_behind(turn.is_err());
            match turn {
                Ok(()) => self.spool.settled(began),
                Err(error) => {
                    self.metrics.failed();
                    // What was accepted is on disk: clients are told to wait before that is full.
                    let problem = format!("not stored yet: {error}");
                    self.context.output.problem(&problem);
                }
            }
            stop.wait_until(began + every);
        }
        self.condition.ends();
    }

    fn turn(&mut self) -> Result<(), StoreError> {
        if self.segments.look(self.context.now(), &mut Silent)? {
            self.upkeep.committed();
        }
        let (events, quarantined) = self.segments.totals();
        self.metrics.stored(events, quarantined);
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
        let (events, quarantined) = self.segments.totals();
        self.context.output.say(&format!(
            "{} events stored, {} records quarantined",
            number::count(events),
            number::count(quarantined)
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
