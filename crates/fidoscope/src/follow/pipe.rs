//! Standard input without waiting for it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const CHUNK: usize = 64 << 10;
/// Chunks that wait to be read; whoever writes waits then.
const CHUNKS: usize = 64;

/// A stream that gives nothing while there is nothing.
#[derive(Clone)]
pub(crate) struct Pipe {
    inner: Arc<Mutex<Inner>>,
    ended: Arc<AtomicBool>,
}

struct Inner {
    chunks: Receiver<io::Result<Vec<u8>>>,
    held: Vec<u8>,
    at: usize,
}

impl Pipe {
    /// Starts to read. The thread is not joined: it may wait for the stream for ever.
    pub(crate) fn new(mut stream: impl Read + Send + 'static) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS);
        drop(thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = stream.read(&mut chunk);
                let message = match read {
                    Ok(0) => return,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok(chunk)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = message.is_err();
                if sender.send(message).is_err() || failed {
                    return;
                }
            }
        }));
        Self {
            inner: Arc::new(Mutex::new(Inner {
                chunks,
                held: Vec::new(),
                at: 0,
            })),
            ended: Arc::default(),
        }
    }

    /// Whether everything was read and there will be no more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// The first bytes, up to `length`; fewer while there are no more.
    pub(crate) fn head(&self, length: usize) -> io::Result<Vec<u8>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.held.len() - inner.at < length {
            let Some(more) = self.next(&inner)? else {
                break;
            };
            inner.held.extend_from_slice(&more);
        }
        let held = inner.held.get(inner.at..).unwrap_or_default();
        Ok(held.get(..length).unwrap_or(held).to_vec())
    }

    fn next(&self, inner: &Inner) -> io::Result<Option<Vec<u8>>> {
        match inner.chunks.try_recv() {
            Ok(chunk) => chunk.map(Some),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => {
                self.ended.store(true, Ordering::Relaxed);
                Ok(None)
            }
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.at == inner.held.len() {
            let Some(chunk) = self.next(&inner)? else {
                return Ok(0);
            };
            inner.held = chunk;
            inner.at = 0;
        }
        let held = inner.held.get(inner.at..).unwrap_or_default();
        let length = held.len().min(to.len());
        if let (Some(from), Some(to)) = (held.get(..length), to.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        inner.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::Pipe;

    /// A stream that says when it has been asked again.
    struct Source(Receiver<Vec<u8>>);

    impl Read for Source {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let Ok(chunk) = self.0.recv() else {
                return Ok(0);
            };
            to[..chunk.len()].copy_from_slice(&chunk);
            Ok(chunk.len())
        }
    }

    fn all(pipe: &mut Pipe, length: usize) -> Vec<u8> {
        let mut read = Vec::new();
        while read.len() < length {
            pipe.read_to_end(&mut read).unwrap();
        }
        read
    }

    #[test]
    fn gives_what_there_is_and_tells_the_end() {
        let (sender, receiver) = sync_channel(0);
        let mut pipe = Pipe::new(Source(receiver));
        assert_eq!(pipe.read(&mut [0; 8]).unwrap(), 0);
        sender.send(b"one\n".to_vec()).unwrap();
        while pipe.head(2).unwrap() != b"on" {}
        assert_eq!(all(&mut pipe, 4), b"one\n");
        assert!(!pipe.has_ended());
        sender.send(b"two".to_vec()).unwrap();
        assert_eq!(all(&mut pipe, 3), b"two");
        drop(sender);
        while !pipe.has_ended() {
            assert_eq!(pipe.read(&mut [0; 8]).unwrap(), 0);
        }
    }
}
