//! Connections: plain or TLS, and how they close.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use super::metrics::Protocol;

/// How long a client that is told no may still send what nobody reads.
const LINGER: Duration = Duration::from_secs(1);

/// Certificate and key of the server.
#[derive(Clone)]
pub(crate) struct Tls(ServerConfig);

impl Tls {
    /// Reads a chain of certificates and its key, both PEM.
    pub(crate) fn read(certificates: &Path, key: &Path) -> anyhow::Result<Self> {
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("cannot read certificates in {}", certificates.display()))?;
        let private = PrivateKeyDer::from_pem_file(key)
            .with_context(|| format!("cannot read a private key in {}", key.display()))?;
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .with_context(|| {
                format!("{} does not fit {}", key.display(), certificates.display())
            })?;
        Ok(Self(config))
    }

    /// The side of the server in a handshake; it offers the versions of HTTP that a protocol goes over.
    pub(super) fn acceptor(mut self, protocol: Protocol) -> TlsAcceptor {
        let versions: &[&[u8]] = match protocol {
            Protocol::Http => &[b"h2", b"http/1.1"],
            Protocol::Grpc => &[b"h2"],
        };
        self.0.alpn_protocols = versions.iter().map(|version| version.to_vec()).collect();
        TlsAcceptor::from(Arc::new(self.0))
    }
}

/// A connection.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, to),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, to),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// A connection that closes for both sides in turn.
///
/// A body that is refused is not read, and a socket that is closed with bytes unread resets the
/// connection (RFC 9112 §9.6): a client that is still sending loses the answer with it, and never hears
/// why it was refused. So only the side of the server is shut first, and for a moment what still comes is
/// passed over.
pub(super) struct Lingering<S> {
    stream: S,
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Lingering<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self {
            stream,
            until: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, to)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, until } = self.get_mut();
        let until = match until {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(context))?;
                until.insert(Box::pin(sleep(LINGER)))
            }
        };
        let mut passed_over = [0; 16 << 10];
        while until.as_mut().poll(context).is_pending() {
            let mut to = ReadBuf::new(&mut passed_over);
            // Whatever ends it, the connection is over.
            if ready!(Pin::new(&mut *stream).poll_read(context, &mut to)).is_err()
                || to.filled().is_empty()
            {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}
