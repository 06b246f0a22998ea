//! Where a file of columns lies: on a disk or in memory, read from any place of it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// A file or bytes, shared by those who read from it.
#[derive(Clone)]
pub(super) struct Source {
    content: Content,
    size: u64,
}

#[derive(Clone)]
enum Content {
    File(Arc<File>),
    Bytes(Bytes),
}

impl Source {
    pub(super) fn file(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let content = Content::File(Arc::new(file));
        Ok(Self { content, size })
    }

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self {
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            content: Content::Bytes(Bytes::copy_from_slice(bytes)),
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Reads on from a place, beside all others who read.
    pub(super) fn reader(&self, at: u64) -> BufReader<Reader> {
        BufReader::new(Reader {
            source: self.clone(),
            at,
        })
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.content {
            Content::File(file) => Ok(rustix::io::pread(file, buffer, at)?),
            Content::Bytes(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                (&bytes[at..]).read(buffer)
            }
        }
    }
}

/// Reads a source from one place on.
pub(super) struct Reader {
    source: Source,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, buffer)?;
        self.at += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Source {
    type T = BufReader<Reader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.reader(start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        // A damaged file may ask for more than memory holds.
        if start.checked_add(wanted).is_none_or(|end| end > self.size) {
            let size = self.size;
            return Err(ParquetError::EOF(format!(
                "found {size} bytes, expected {length} more after {start}"
            )));
        }
        if let Content::Bytes(bytes) = &self.content {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            return Ok(bytes.slice(start..start + length));
        }
        let mut buffer = vec![0; length];
        let mut reader = Reader {
            source: self.clone(),
            at: start,
        };
        reader.read_exact(&mut buffer)?;
        Ok(buffer.into())
    }
}
