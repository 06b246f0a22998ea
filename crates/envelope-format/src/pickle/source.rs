//! Reads bytes and opcode arguments from a stream, keeping no more than a short text.

use std::io::{self, Read};
use std::rc::Rc;

use super::opcode::{ArgumentKind, Prefix};
use super::report::FaultKind;
use super::{MAX_NAME_BYTES, Stop};

const BUFFER_BYTES: usize = 32 * 1024;

/// The argument of an opcode as far as the scan needs it.
#[derive(Debug)]
pub(super) enum Argument {
    /// There is none, or it does not matter.
    Nothing,
    /// A small number.
    Number(i64),
    /// A text; none where it is too long to keep or not valid.
    Text(Option<Rc<str>>),
    /// The module and the name of `GLOBAL` and `INST`.
    Lines(Option<Rc<str>>, Option<Rc<str>>),
}

/// A counted, buffered reader with an upper limit.
pub(super) struct Source<R> {
    reader: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    offset: u64,
    limit: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R, limit: u64) -> Self {
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self {
            reader,
            buffer,
            start: 0,
            end: 0,
            offset: 0,
            limit,
        }
    }

    /// Bytes consumed so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn at_end(&mut self) -> io::Result<bool> {
        while self.start == self.end {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Ok(true),
                Ok(count) => (self.start, self.end) = (0, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Counts the bytes that are left, at most up to the limit, and returns the last offset.
    pub(super) fn skip_to_end(&mut self) -> io::Result<u64> {
        while self.offset < self.limit && !self.at_end()? {
            self.consume(self.end - self.start);
        }
        Ok(self.offset)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn argument(&mut self, kind: ArgumentKind) -> Result<Argument, Stop> {
        Ok(match kind {
            ArgumentKind::Nothing => Argument::Nothing,
            ArgumentKind::Number(prefix) => Argument::Number(self.number(prefix)?),
            ArgumentKind::Skip(count) => {
                self.take(count, 0)?;
                Argument::Nothing
            }
            ArgumentKind::Line => Argument::Text(self.line()?),
            ArgumentKind::TwoLines => Argument::Lines(self.line()?, self.line()?),
            ArgumentKind::Text(prefix) => Argument::Text(self.text(prefix)?),
            ArgumentKind::Blob(prefix) => {
                let length = self.length(prefix)?;
                self.take(length, 0)?;
                Argument::Nothing
            }
        })
    }

    fn number(&mut self, prefix: Prefix) -> Result<i64, Stop> {
        Ok(match prefix {
            Prefix::U8 => i64::from(self.byte()?),
            Prefix::U16 => i64::from(u16::from_le_bytes(self.array()?)),
            Prefix::I32 => i64::from(i32::from_le_bytes(self.array()?)),
            Prefix::U32 => i64::from(u32::from_le_bytes(self.array()?)),
            Prefix::U64 => i64::try_from(u64::from_le_bytes(self.array()?)).unwrap_or(i64::MAX),
        })
    }

    fn length(&mut self, prefix: Prefix) -> Result<u64, Stop> {
        u64::try_from(self.number(prefix)?).map_err(|_| FaultKind::NegativeLength.into())
    }

    fn text(&mut self, prefix: Prefix) -> Result<Option<Rc<str>>, Stop> {
        let length = self.length(prefix)?;
        let fits = length <= MAX_NAME_BYTES as u64;
        let bytes = self.take(length, if fits { MAX_NAME_BYTES } else { 0 })?;
        Ok(if fits { as_text(&bytes) } else { None })
    }

    /// Reads up to a line feed; the text is none where it is too long.
    fn line(&mut self) -> Result<Option<Rc<str>>, Stop> {
        let mut kept = Vec::new();
        let mut length = 0_u64;
        loop {
            self.fill()?;
            let available = &self.buffer[self.start..self.end];
            let found = memchr::memchr(b'\n', available);
            let part = &available[..found.unwrap_or(available.len())];
            length += part.len() as u64;
            if length <= MAX_NAME_BYTES as u64 {
                kept.extend_from_slice(part);
            }
            self.consume(part.len() + usize::from(found.is_some()));
            if found.is_some() {
                return Ok(if length <= MAX_NAME_BYTES as u64 {
                    as_text(&kept)
                } else {
                    None
                });
            }
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            self.fill()?;
            *byte = self.buffer[self.start];
            self.consume(1);
        }
        Ok(bytes)
    }

    /// Consumes `count` bytes and returns the first `keep` of them.
    fn take(&mut self, count: u64, keep: usize) -> Result<Vec<u8>, Stop> {
        let mut kept = Vec::new();
        let mut left = count;
        while left > 0 {
            self.fill()?;
            let part = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(self.end - self.start);
            let wanted = part.min(keep - kept.len());
            kept.extend_from_slice(&self.buffer[self.start..self.start + wanted]);
            self.consume(part);
            left -= part as u64;
        }
        Ok(kept)
    }

    fn fill(&mut self) -> Result<(), Stop> {
        if self.offset >= self.limit {
            return Err(FaultKind::Limit("bytes").into());
        }
        if self.at_end()? {
            return Err(FaultKind::Truncated.into());
        }
        Ok(())
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }
}

fn as_text(bytes: &[u8]) -> Option<Rc<str>> {
    std::str::from_utf8(bytes).ok().map(Rc::from)
}
