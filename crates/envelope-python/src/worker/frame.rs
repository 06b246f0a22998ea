//! Frames over the socket, with an eye on the clock and on the process at the other end.
//!
//! A frame is 16 bytes (`ENV1`, the header's length as u32, the body's length as u64, both
//! little-endian), then the header in JSON, then the body as it is.

use super::process::Process;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

const MAGIC: [u8; 4] = *b"ENV1";
const PREFIX_BYTES: usize = 16;
/// The longest header; ours are short.
const MAX_HEADER_BYTES: u64 = 1 << 20;
/// How much room is made for a body before any of it is there.
const ROOM_BYTES: u64 = 1 << 20;
/// How much is read before looking at the clock.
const CHUNK_BYTES: u64 = 16 << 20;
/// How long to wait before looking at the process again.
const SLICE: Duration = Duration::from_millis(50);

/// Why there is no whole frame.
pub(super) enum Interrupted {
    /// The other end is gone.
    Closed,
    TimedOut,
    /// What came is no frame, with what was found.
    Garbled(String),
    /// The body is larger than allowed, with its size.
    TooLarge(u64),
}

impl Interrupted {
    pub(super) fn garbled(error: &dyn Display) -> Self {
        Self::Garbled(error.to_string())
    }
}

/// A frame that was received.
pub(super) struct Frame {
    pub(super) header: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// Sends a frame.
pub(super) fn send(
    channel: &mut UnixStream,
    header: &[u8],
    body: &[u8],
    deadline: Option<Instant>,
    process: &Process,
) -> Result<(), Interrupted> {
    let header_bytes = u32::try_from(header.len())
        .ok()
        .filter(|&bytes| u64::from(bytes) <= MAX_HEADER_BYTES)
        .ok_or_else(|| Interrupted::Garbled("the params are too long".to_owned()))?;
    let mut start = Vec::with_capacity(PREFIX_BYTES + header.len());
    start.extend(MAGIC);
    start.extend(header_bytes.to_le_bytes());
    start.extend((body.len() as u64).to_le_bytes());
    start.extend(header);
    for mut rest in [&start, body] {
        while !rest.is_empty() {
            let wait = remaining(deadline)?;
            channel
                .set_write_timeout(Some(wait))
                .map_err(|_| Interrupted::Closed)?;
            let written = channel.write(rest);
            rest = &rest[progress(written, process)?..];
        }
    }
    Ok(())
}

/// Receives a frame whose body is not larger than allowed.
pub(super) fn receive(
    channel: &mut UnixStream,
    limit_bytes: u64,
    deadline: Option<Instant>,
    process: &Process,
) -> Result<Frame, Interrupted> {
    let mut reader = Reader {
        channel,
        deadline,
        process,
    };
    let prefix = reader.read(PREFIX_BYTES as u64)?;
    let (magic, lengths) = prefix.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(Interrupted::Garbled(format!(
            "found the bytes {magic:02x?}, expected the start of a frame"
        )));
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    };
    let (header_bytes, body_bytes) = (number(&lengths[..4]), number(&lengths[4..]));
    if header_bytes > MAX_HEADER_BYTES {
        return Err(Interrupted::Garbled(format!(
            "found a header of {header_bytes} bytes, expected at most {MAX_HEADER_BYTES}"
        )));
    }
    if body_bytes > limit_bytes {
        return Err(Interrupted::TooLarge(body_bytes));
    }
    Ok(Frame {
        header: reader.read(header_bytes)?,
        body: reader.read(body_bytes)?,
    })
}

struct Reader<'a> {
    channel: &'a mut UnixStream,
    deadline: Option<Instant>,
    process: &'a Process,
}

impl Reader<'_> {
    fn read(&mut self, count: u64) -> Result<Vec<u8>, Interrupted> {
        let room = usize::try_from(count.min(ROOM_BYTES)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(room);
        while (bytes.len() as u64) < count {
            let wait = remaining(self.deadline)?;
            self.channel
                .set_read_timeout(Some(wait))
                .map_err(|_| Interrupted::Closed)?;
            let before = bytes.len();
            let wanted = (count - before as u64).min(CHUNK_BYTES);
            let result = (&*self.channel).take(wanted).read_to_end(&mut bytes);
            let result = match result {
                Ok(read) if (read as u64) < wanted => Ok(0),
                // What was read before the error is in the buffer.
                Err(_) if bytes.len() > before => continue,
                other => other,
            };
            progress(result, self.process)?;
        }
        Ok(bytes)
    }
}

/// How long to wait at most before looking at the clock and the process again.
fn remaining(deadline: Option<Instant>) -> Result<Duration, Interrupted> {
    let Some(deadline) = deadline else {
        return Ok(SLICE);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Interrupted::TimedOut);
    }
    Ok(left.min(SLICE))
}

/// Tells a pause from an end.
fn progress(result: io::Result<usize>, process: &Process) -> Result<usize, Interrupted> {
    match result {
        Ok(0) => Err(Interrupted::Closed),
        Ok(count) => Ok(count),
        Err(error) => match error.kind() {
            // A child of the model may hold the socket when the process itself is gone.
            ErrorKind::WouldBlock | ErrorKind::TimedOut if process.has_ended() => {
                Err(Interrupted::Closed)
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(0),
            _ => Err(Interrupted::Closed),
        },
    }
}
