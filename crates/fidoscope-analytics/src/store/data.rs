//! A data file of a table, open for reading.

use std::fs::File;
use std::io::Read;

use bytes::Bytes;
use deltalake::parquet;
use deltalake::parquet::file::reader::{ChunkReader, Length};

/// A file of a store that is open for reading.
pub(crate) enum Data {
    File(File),
    /// What lies in an object store is fetched as a whole: files are small, requests are slow.
    Bytes(Bytes),
}

impl Length for Data {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Bytes(bytes) => Length::len(bytes),
        }
    }
}

impl ChunkReader for Data {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Bytes(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Bytes(bytes) => bytes.get_bytes(start, length),
        }
    }
}
