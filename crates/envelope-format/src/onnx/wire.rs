//! The protobuf wire format over a seekable reader, and over bytes at hand.

use std::io::{self, Read, Seek, SeekFrom};

use super::{MAX_FIELDS, MAX_KEPT_BYTES, MAX_TEXT_BYTES, OnnxError};

const BUFFER_BYTES: usize = 4096;
/// Bytes counted for each kept thing besides its text.
const KEPT_OVERHEAD_BYTES: u64 = 192;

/// What follows a field's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// A number, already read.
    Varint(u64),
    /// So many bytes, not yet read.
    Bytes(u64),
    /// A number of 4 or 8 bytes, already stepped over.
    Fixed,
}

/// A counted protobuf reader that steps over what it is not asked for.
pub(super) struct Wire<R> {
    reader: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    position: u64,
    length: u64,
    fields: u64,
    kept: u64,
}

impl<R: Read + Seek> Wire<R> {
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.rewind()?;
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Ok(Self {
            reader,
            buffer,
            start: 0,
            end: 0,
            position: 0,
            length,
            fields: 0,
            kept: 0,
        })
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn malformed(&self, what: &'static str) -> OnnxError {
        OnnxError::Malformed {
            offset: self.position,
            what,
        }
    }

    /// Reads a field's number and its payload, which must end before `end`.
    pub(super) fn field(&mut self, end: u64) -> Result<(u64, Payload), OnnxError> {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(OnnxError::Limit {
                what: "fields",
                limit: MAX_FIELDS,
            });
        }
        let tag = self.varint(end)?;
        let payload = match tag & 7 {
            0 => Payload::Varint(self.varint(end)?),
            1 => self.fixed(8, end)?,
            2 => {
                let length = self.varint(end)?;
                if length > end - self.position {
                    return Err(self.malformed("a field longer than what holds it"));
                }
                Payload::Bytes(length)
            }
            5 => self.fixed(4, end)?,
            _ => return Err(self.malformed("an unknown wire type")),
        };
        match tag >> 3 {
            0 => Err(self.malformed("a field with number 0")),
            number => Ok((number, payload)),
        }
    }

    fn fixed(&mut self, bytes: u64, end: u64) -> Result<Payload, OnnxError> {
        if bytes > end - self.position {
            return Err(self.malformed("a field longer than what holds it"));
        }
        self.skip(bytes)?;
        Ok(Payload::Fixed)
    }

    pub(super) fn varint(&mut self, end: u64) -> Result<u64, OnnxError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            if self.position >= end {
                return Err(self.malformed("a number cut short"));
            }
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.malformed("a number longer than 64 bits"))
    }

    /// Reads `count` bytes, which [`Wire::field`] has checked to be there.
    pub(super) fn bytes(&mut self, count: u64) -> Result<Vec<u8>, OnnxError> {
        if count > MAX_TEXT_BYTES {
            let what = "bytes in one name or value";
            return Err(OnnxError::Limit {
                what,
                limit: MAX_TEXT_BYTES,
            });
        }
        self.keep(count)?;
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.push(self.byte()?);
        }
        Ok(bytes)
    }

    /// Counts a thing that is kept, with so many bytes of text.
    pub(super) fn keep(&mut self, text_bytes: u64) -> Result<(), OnnxError> {
        self.kept += text_bytes + KEPT_OVERHEAD_BYTES;
        if self.kept > MAX_KEPT_BYTES {
            let what = "bytes in all names and values";
            return Err(OnnxError::Limit {
                what,
                limit: MAX_KEPT_BYTES,
            });
        }
        Ok(())
    }

    pub(super) fn text(&mut self, count: u64) -> Result<String, OnnxError> {
        let offset = self.position;
        String::from_utf8(self.bytes(count)?).map_err(|_| OnnxError::Malformed {
            offset,
            what: "a text that is not UTF-8",
        })
    }

    /// Steps over `count` bytes, seeking where they are not yet read.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        let buffered = (self.end - self.start) as u64;
        self.position += count;
        if count <= buffered {
            self.start += usize::try_from(count).unwrap_or(0);
        } else {
            (self.start, self.end) = (0, 0);
            self.reader.seek(SeekFrom::Start(self.position))?;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, OnnxError> {
        while self.start == self.end {
            match self.reader.read(&mut self.buffer) {
                Ok(0) => return Err(self.malformed("the end of the file inside a field")),
                Ok(count) => (self.start, self.end) = (0, count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let byte = self.buffer[self.start];
        self.start += 1;
        self.position += 1;
        Ok(byte)
    }
}

/// One field of a small message that is at hand.
pub(super) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Splits a small message into its fields; none where it is malformed.
pub(super) fn fields(mut message: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = take_varint(&mut message)?;
        let field = match tag & 7 {
            0 => Field::Number(take_varint(&mut message)?),
            1 => Field::Bytes(take(&mut message, 8)?),
            2 => {
                let length = take_varint(&mut message)?;
                Field::Bytes(take(&mut message, usize::try_from(length).ok()?)?)
            }
            5 => Field::Bytes(take(&mut message, 4)?),
            _ => return None,
        };
        fields.push((tag >> 3, field));
    }
    Some(fields)
}

/// Takes a number of up to 10 bytes off the front; none where it is cut short or longer.
pub(super) fn take_varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(message: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = message.split_at_checked(count)?;
    *message = rest;
    Some(head)
}
