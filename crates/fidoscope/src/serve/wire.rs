//! Connections: plain or TLS, and how long they may take.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A read that takes longer gives its caller the chance to look at the time.
const SLICE: Duration = Duration::from_millis(200);

/// A client that does not take its answer is given up.
const ANSWER: Duration = Duration::from_secs(10);

/// Certificate and key of the server.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ServerConfig>);

impl Tls {
    /// Reads a chain of certificates and its key, both PEM.
    pub(crate) fn read(certificates: &Path, key: &Path) -> anyhow::Result<Self> {
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("cannot read certificates in {}", certificates.display()))?;
        let private = PrivateKeyDer::from_pem_file(key)
            .with_context(|| format!("cannot read a private key in {}", key.display()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .with_context(|| {
                format!("{} does not fit {}", key.display(), certificates.display())
            })?;
        Ok(Self(Arc::new(config)))
    }
}

/// Where clients come in.
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<Tls>,
}

impl Listener {
    pub(crate) fn bind(address: SocketAddr, tls: Option<Tls>) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, tls })
    }

    /// Where it listens, e.g. `http://127.0.0.1:4318`.
    pub(crate) fn url(&self) -> io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}", self.socket.local_addr()?))
    }

    /// A client that waits, if there is one.
    pub(crate) fn accept(&self) -> io::Result<Option<Wire>> {
        let (stream, _) = match self.socket.accept() {
            Ok(client) => client,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(SLICE))?;
        stream.set_write_timeout(Some(ANSWER))?;
        stream.set_nodelay(true)?;
        Ok(Some(match &self.tls {
            None => Wire::Plain(stream),
            Some(Tls(config)) => {
                let connection = ServerConnection::new(Arc::clone(config));
                let connection = connection.map_err(io::Error::other)?;
                Wire::Tls(Box::new(StreamOwned::new(connection, stream)))
            }
        }))
    }
}

/// A connection.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    /// Ends it in good order.
    pub(crate) fn close(mut self) {
        if let Self::Tls(stream) = &mut self {
            stream.conn.send_close_notify();
        }
        // The client may have gone already.
        let _ = self.flush();
    }
}

impl Read for Wire {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(to),
            Self::Tls(stream) => stream.read(to),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
