//! The messages of an Arrow stream, looked at before they are read: what one claims to take is
//! held against the file, so that a damaged file cannot ask for more memory than there is.
//! See <https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format>.

use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};

use arrow_ipc::{Buffer, Message, RecordBatch, root_as_message};

use super::source::{Reader, Source};

/// What stands before the length of a message, but for the oldest files.
const CONTINUATION: i32 = -1;

/// No codec makes one byte of more than so many; zstd takes four bytes for a run of 128 KiB.
const MOST_OF_A_BYTE: i64 = 1 << 16;

/// The most that one buffer may hold once decompressed.
const MOST_OF_A_BUFFER: i64 = 1 << 32;

type Checked<T> = Result<T, String>;

/// Walks over all messages from a place on, and gives how many rows they have.
pub(super) fn check(source: &Source, start: u64) -> Checked<u64> {
    let mut reader = source.reader(start);
    let size = source.size();
    let mut rows: u64 = 0;
    let mut at = start;
    while let Some(length) = message_length(&mut reader).map_err(|error| error.to_string())? {
        at = reader
            .stream_position()
            .map_err(|error| error.to_string())?;
        let end = at.saturating_add(length);
        if end > size {
            return Err(cut(size, end));
        }
        let mut header = vec![0; usize::try_from(length).unwrap_or(0)];
        reader
            .read_exact(&mut header)
            .map_err(|error| error.to_string())?;
        let message = root_as_message(&header).map_err(|error| error.to_string())?;
        let body = u64::try_from(message.bodyLength())
            .map_err(|_| format!("found a message of {} bytes", message.bodyLength()))?;
        if end.saturating_add(body) > size {
            return Err(cut(size, end.saturating_add(body)));
        }
        let batch = batch(&message);
        if let Some(batch) = batch {
            check_buffers(&mut reader, batch, end, body).map_err(|error| error.to_string())?;
        }
        if let Some(batch) = message.header_as_record_batch() {
            rows = rows.saturating_add(u64::try_from(batch.length()).unwrap_or(0));
        }
        reader
            .seek(SeekFrom::Start(end + body))
            .map_err(|error| error.to_string())?;
    }
    if at == start {
        return Err(format!("found {size} bytes without a schema"));
    }
    Ok(rows)
}

fn cut(size: u64, end: u64) -> String {
    format!("found {size} bytes, expected {end}")
}

/// How many bytes the next header has; `None` at the end.
fn message_length(reader: &mut BufReader<Reader>) -> io::Result<Option<u64>> {
    let mut word = [0; 4];
    match reader.read_exact(&mut word) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    if i32::from_le_bytes(word) == CONTINUATION {
        reader.read_exact(&mut word)?;
    }
    let length = i32::from_le_bytes(word);
    match u64::try_from(length) {
        Ok(0) => Ok(None),
        Ok(length) => Ok(Some(length)),
        Err(_) => Err(io::Error::other(format!(
            "found a header of {length} bytes"
        ))),
    }
}

/// The batch of a message that has one.
fn batch<'a>(message: &Message<'a>) -> Option<RecordBatch<'a>> {
    let dictionary = message.header_as_dictionary_batch();
    message
        .header_as_record_batch()
        .or_else(|| dictionary.and_then(|dictionary| dictionary.data()))
}

/// Holds what compressed buffers claim to become against what they are.
fn check_buffers(
    reader: &mut BufReader<Reader>,
    batch: RecordBatch<'_>,
    start: u64,
    body: u64,
) -> io::Result<()> {
    let is_compressed = batch.compression().is_some();
    for buffer in batch.buffers().iter().flatten() {
        let (at, length) = place(buffer, body)?;
        if !is_compressed || length < 8 {
            continue;
        }
        reader.seek(SeekFrom::Start(start + at))?;
        let mut word = [0; 8];
        reader.read_exact(&mut word)?;
        // -1 says that a buffer is not compressed after all.
        let claimed = i64::from_le_bytes(word);
        let most = i64::try_from(length)
            .unwrap_or(i64::MAX)
            .saturating_mul(MOST_OF_A_BYTE);
        if claimed > most.min(MOST_OF_A_BUFFER) {
            return Err(io::Error::other(format!(
                "found a buffer of {length} bytes that claims to become {claimed}"
            )));
        }
    }
    Ok(())
}

/// Where a buffer lies in the body of its message.
fn place(buffer: &Buffer, body: u64) -> io::Result<(u64, u64)> {
    let at = u64::try_from(buffer.offset()).ok();
    let length = u64::try_from(buffer.length()).ok();
    let place = at.zip(length);
    let place = place.filter(|(at, length)| at.checked_add(*length).is_some_and(|end| end <= body));
    place.ok_or_else(|| io::Error::other("found a buffer beyond the end of its message"))
}
