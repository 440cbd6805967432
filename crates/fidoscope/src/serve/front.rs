//! The side of the receiver that clients see: it lets them in, and out again when the program ends.
//!
//! One thread carries all connections. Whatever they do, or fail to do, has an end: see `guests` for what
//! holds until a request is let in and between two of them, and `desk` for what holds for a
//! request. An accept that fails is told and tried again; nothing that a client or the machine does ends it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::admission::Admission;
use super::condition::Condition;
use super::desk::{Desk, Reception, room};
use super::guests::{Ending, Guests, Patience, Seat};
use super::metrics::{Metrics, Protocol};
use super::spool::Spool;
use super::wire::{Lingering, Tls, Wire};
use super::workers::{Queue, queue};
use super::{grpc, http};

/// How long connections may take.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(10),
    idle: Duration::from_secs(60),
    newcomers: 512,
};

/// How long a connection that is to end may take over what is being answered.
const GRACE: Duration = Duration::from_secs(5);

/// Connections that the system holds until they are let in.
const BACKLOG: u32 = 1024;

/// Bytes of the headers of a request in HTTP/2 at most.
const HEAD: u32 = 16 << 10;

/// Headers of a request at most, in HTTP/1.1.
const HEADERS: usize = 64;

/// Bytes that are read of a connection of HTTP/1.1 at a time, which headers must fit.
const BUFFER: usize = 64 << 10;

/// Requests at a time on a connection of HTTP/2.
const STREAMS: u32 = 64;

/// A connection of HTTP/2 is asked this often whether anybody is there.
const PING: Duration = Duration::from_secs(20);

/// How long it may take to answer that.
const PONG: Duration = Duration::from_secs(10);

/// How soon an accept is tried again that failed, and how long at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How often is told that accepts fail.
const TOLD: Duration = Duration::from_secs(60);

/// What a receiver is opened with.
pub(crate) struct Settings {
    pub(crate) token: Option<Vec<u8>>,
    /// Bytes of a body at most.
    pub(crate) limit: usize,
    /// Known connections at a time.
    pub(crate) connections: usize,
    pub(crate) tls: Option<Tls>,
}

/// All doors of a receiver, and what is behind them.
pub(crate) struct Front {
    runtime: Runtime,
    reception: Arc<Reception>,
    tls: Option<Tls>,
    doors: Vec<Door>,
}

/// An address at which clients of one protocol come in.
struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
}

impl Front {
    /// A receiver without a door; what is posted comes out of the queue.
    pub(crate) fn new(settings: Settings, spool: Arc<Spool>) -> io::Result<(Self, Queue)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (jobs, queue) = queue();
        let reception = Reception {
            admission: Admission {
                token: settings.token,
            },
            limit: settings.limit,
            spool,
            metrics: Arc::new(Metrics::new()),
            condition: Arc::new(Condition::default()),
            guests: Guests::new(settings.connections, PATIENCE),
            room: room(settings.limit),
            jobs,
        };
        let front = Self {
            runtime,
            reception: Arc::new(reception),
            tls: settings.tls,
            doors: Vec::new(),
        };
        Ok((front, queue))
    }

    /// Opens a door, and gives its address, e.g. `http://127.0.0.1:4318`.
    pub(crate) fn open(&mut self, address: SocketAddr, protocol: Protocol) -> io::Result<String> {
        let _inside = self.runtime.enter();
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let desk = Desk {
            reception: Arc::clone(&self.reception),
            protocol,
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        self.doors.push(Door {
            listener,
            tls: self.tls.clone().map(|tls| tls.acceptor(protocol)),
            router: match protocol {
                Protocol::Http => http::routes(desk),
                Protocol::Grpc => grpc::routes(desk),
            },
        });
        Ok(url)
    }

    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.reception.metrics)
    }

    pub(crate) fn condition(&self) -> Arc<Condition> {
        Arc::clone(&self.reception.condition)
    }

    /// Lets clients in until the program is to end, and then those finish who are being answered, for a
    /// while. It is to end when `stop` says so, and when nobody is there any more to say so.
    pub(crate) fn run(self, stop: &watch::Receiver<bool>, say: &dyn Fn(&str)) {
        let Self {
            runtime,
            reception,
            doors,
            ..
        } = self;
        let mut doors = doors.into_iter();
        let (first, second) = (doors.next(), doors.next());
        let guests = &reception.guests;
        let entrance = |door: Option<Door>| async move {
            if let Some(door) = door {
                Entrance { guests, stop, say }.keep(door).await;
            }
        };
        runtime.block_on(async { tokio::join!(entrance(first), entrance(second)) });
    }
}

/// A door while clients come in.
struct Entrance<'f> {
    guests: &'f Arc<Guests>,
    stop: &'f watch::Receiver<bool>,
    say: &'f dyn Fn(&str),
}

impl Entrance<'_> {
    async fn keep(&self, door: Door) {
        let mut stop = self.stop.clone();
        let mut inside = JoinSet::new();
        let mut trouble = Trouble::default();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(_) = inside.join_next() => continue,
                accepted = door.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    trouble.ends();
                    let seat = self.guests.arrive();
                    let (tls, router) = (door.tls.clone(), door.router.clone());
                    inside.spawn(converse(stream, tls, router, seat, stop.clone()));
                }
                // The client has gone before it was let in.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    if trouble.is_news() {
                        (self.say)(&format!("no connection can be taken now: {error}"));
                    }
                    self.guests.make_room();
                    sleep(trouble.pause()).await;
                }
            }
        }
        // From here on new clients are refused by the system.
        drop(door);
        let all_gone = async { while inside.join_next().await.is_some() {} };
        // Whoever is still there then is cut off.
        let _ = timeout(GRACE, all_gone).await;
    }
}

/// Waits until the program is to end.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Where nobody is left to say so, it is to end as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether an accept failed because of the one client that it was for (accept(2), "Error handling").
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
    )
}

/// Accepts that fail one after the other: the machine has no more files, or no more memory.
#[derive(Default)]
struct Trouble {
    attempts: u32,
    told: Option<Instant>,
}

impl Trouble {
    const fn ends(&mut self) {
        self.attempts = 0;
    }

    /// Whether it is to be told.
    fn is_news(&mut self) -> bool {
        let news = self.told.is_none_or(|told| told.elapsed() >= TOLD);
        if news {
            self.told = Some(Instant::now());
        }
        news
    }

    /// How long to wait for another attempt.
    fn pause(&mut self) -> Duration {
        let pause = PAUSES.0.saturating_mul(1 << self.attempts.min(8));
        self.attempts += 1;
        pause.min(PAUSES.1)
    }
}

/// A connection from its handshake to its end.
async fn converse(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    seat: Seat,
    mut stop: watch::Receiver<bool>,
) {
    let guest = seat.guest();
    // Answers are small, and each is all that there is to send.
    let _ = stream.set_nodelay(true);
    let wire = match tls {
        None => Wire::Plain(stream),
        Some(tls) => tokio::select! {
            accepted = tls.accept(stream) => match accepted {
                Ok(stream) => Wire::Tls(Box::new(stream)),
                // A client that speaks no TLS is told so by its own library.
                Err(_) => return,
            },
            _ = guest.ending() => return,
            () = stopped(&mut stop) => return,
        },
    };
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        let errand = guest.errand();
        request.extensions_mut().insert(Arc::clone(guest));
        let answer = TowerToHyperService::new(router.clone()).call(request);
        async move {
            let answer = answer.await;
            drop(errand);
            answer
        }
    });
    let http = settings();
    let connection = http.serve_connection(TokioIo::new(Lingering::new(wire)), service);
    let mut connection = std::pin::pin!(connection);
    let ending = tokio::select! {
        _ = connection.as_mut() => return,
        ending = guest.ending() => ending,
        () = stopped(&mut stop) => guest.parting(),
    };
    if ending == Ending::InOrder {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(GRACE, connection).await;
    }
}

/// How HTTP is spoken. The time that headers take is watched with the connection: hyper's own limit would count
/// the silence between two requests as well.
fn settings() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .half_close(true)
        .max_buf_size(BUFFER)
        .max_headers(HEADERS);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD);
    http
}
