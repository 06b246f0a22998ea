//! Copying one file into a package while its digest is computed and the disk is already writing.
//!
//! Three things overlap for a large file: reading and writing it, hashing what was read, and
//! flushing what was written. What is hashed is what was written, even when the source changes
//! meanwhile.

use super::digest::Digest;
use super::flush::Flush;
use super::write::Progress;
use crate::error::Error;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};

/// Files up to this size are copied and hashed in one go.
const SMALL_BYTES: u64 = 4 << 20;
/// The piece of a large file that is handed from one thread to the next.
const PIECE_BYTES: usize = 4 << 20;
/// How many pieces may wait between two threads; bounds the memory.
const PIECES: usize = 3;
/// How much is written before the disk is asked to begin.
const FLUSH_BYTES: u64 = 64 << 20;

/// A file that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) size_bytes: u64,
    pub(super) digest: Digest,
}

/// Copies files, and hands the small ones on to be flushed together.
pub(super) struct Copier<'a> {
    pub(super) flush: Flush,
    pub(super) progress: &'a dyn Progress,
}

impl Copier<'_> {
    /// Copies a file and returns its size and digest.
    pub(super) fn copy(&mut self, from: &Path, to: &Path) -> Result<Written, Error> {
        let mut source = File::open(from).map_err(Error::io("open", from))?;
        let size = source.metadata().map_err(Error::io("read", from))?.len();
        if size > SMALL_BYTES {
            let target = File::create_new(to).map_err(Error::io("create", to))?;
            return copy_large(&mut source, from, &target, to, self.progress);
        }
        let mut bytes = Vec::new();
        source
            .read_to_end(&mut bytes)
            .map_err(Error::io("read", from))?;
        self.write(&bytes, to)
    }

    /// Writes a file and returns its size and digest.
    pub(super) fn write(&mut self, bytes: &[u8], to: &Path) -> Result<Written, Error> {
        let mut target = File::create_new(to).map_err(Error::io("create", to))?;
        target.write_all(bytes).map_err(Error::io("write", to))?;
        self.flush.add(to, target)?;
        self.progress.advance(bytes.len() as u64);
        Ok(Written {
            size_bytes: bytes.len() as u64,
            digest: Digest::of(bytes),
        })
    }
}

fn copy_large(
    source: &mut File,
    from: &Path,
    target: &File,
    to: &Path,
    progress: &dyn Progress,
) -> Result<Written, Error> {
    let (full, to_hash) = mpsc::sync_channel::<Vec<u8>>(PIECES);
    let (empty, free) = mpsc::sync_channel::<Vec<u8>>(PIECES + 2);
    let (written, to_flush) = mpsc::sync_channel::<()>(1);
    std::thread::scope(|scope| {
        let hasher = scope.spawn(move || hash(&to_hash, &empty));
        let disk = scope.spawn(move || to_flush.iter().try_for_each(|()| target.sync_data()));
        let copied = pump(
            source,
            target,
            &Channels {
                full,
                free,
                written,
            },
            progress,
        );
        let digest = hasher
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let flushed = disk
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let size_bytes = copied.map_err(|fault| match fault {
            Fault::Read(source) => Error::io("read", from)(source),
            Fault::Write(source) => Error::io("write", to)(source),
        })?;
        flushed
            .and_then(|()| target.sync_all())
            .map_err(Error::io("write", to))?;
        Ok(Written { size_bytes, digest })
    })
}

struct Channels {
    full: SyncSender<Vec<u8>>,
    free: Receiver<Vec<u8>>,
    written: SyncSender<()>,
}

enum Fault {
    Read(std::io::Error),
    Write(std::io::Error),
}

/// Reads and writes piece by piece, and hands each on to be hashed.
fn pump(
    source: &mut File,
    mut target: &File,
    channels: &Channels,
    progress: &dyn Progress,
) -> Result<u64, Fault> {
    let mut total = 0;
    let mut unflushed = 0;
    let mut made = 0;
    loop {
        let mut piece = match channels.free.try_recv() {
            Ok(piece) => piece,
            Err(_) if made < PIECES + 1 => {
                made += 1;
                vec![0; PIECE_BYTES]
            }
            Err(_) => channels
                .free
                .recv()
                .unwrap_or_else(|_| vec![0; PIECE_BYTES]),
        };
        piece.resize(PIECE_BYTES, 0);
        let read = source.read(&mut piece).map_err(Fault::Read)?;
        if read == 0 {
            return Ok(total);
        }
        piece.truncate(read);
        target.write_all(&piece).map_err(Fault::Write)?;
        total += read as u64;
        unflushed += read as u64;
        if unflushed >= FLUSH_BYTES && channels.written.try_send(()).is_ok() {
            unflushed = 0;
        }
        progress.advance(read as u64);
        // The hasher ends only after this sender does, so it is always there to receive.
        let _ = channels.full.send(piece);
    }
}

fn hash(pieces: &Receiver<Vec<u8>>, empty: &SyncSender<Vec<u8>>) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for piece in pieces {
        hasher.update(&piece);
        // No one waits for empty pieces at the end of the file.
        let _ = empty.try_send(piece);
    }
    Digest::finish(&hasher)
}
