//! Copying files into a package while their digests are computed and the disk is already writing.
//!
//! A large file is cut into segments, which several threads read, write and hash, each asking the
//! disk to begin with what it wrote. BLAKE3 is a tree over the file, so that the segments' hashes
//! join to the digest of the whole. What is hashed is what was written, even when the source changes meanwhile.

use super::digest::Digest;
use super::flush::Flush;
use super::write::Progress;
use crate::error::Error;
use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root,
};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The part of a large file that one thread copies at a time: a power of two, as the tree demands.
/// Files up to this size are copied in one go.
const SEGMENT_BYTES: u64 = 4 << 20;
/// The part of a segment that is read, written and hashed while it is in the processor's cache.
const PIECE_BYTES: usize = 256 << 10;
/// How many threads copy one file; more than that the disk and the memory cannot serve.
const MAX_THREADS: usize = 4;

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
        let size_bytes = source.metadata().map_err(Error::io("read", from))?.len();
        if size_bytes > SEGMENT_BYTES {
            let target = File::create_new(to).map_err(Error::io("create", to))?;
            let flush = self.flush.is_wanted();
            let job = Job {
                flush,
                from,
                to,
                size_bytes,
                next: AtomicU64::new(0),
                progress: self.progress,
            };
            return job.run(&target);
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

/// A large file that is being copied.
struct Job<'a> {
    from: &'a Path,
    to: &'a Path,
    size_bytes: u64,
    /// Whether the copy is on disk when it is done.
    flush: bool,
    /// The next segment that no thread has taken yet.
    next: AtomicU64,
    progress: &'a dyn Progress,
}

/// The segments that one thread copied, each with its place in the file.
type Hashes = Vec<(u64, ChainingValue)>;

impl Job<'_> {
    fn run(&self, target: &File) -> Result<Written, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let hashes = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads.min(MAX_THREADS))
                .map(|_| scope.spawn(|| self.segments()))
                .collect();
            let joined = threads.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            joined.collect::<Result<Vec<Hashes>, Error>>()
        });
        let mut hashes: Hashes = hashes?.into_iter().flatten().collect();
        if self.flush {
            target.sync_all().map_err(Error::io("write", self.to))?;
        }
        hashes.sort_unstable_by_key(|(segment, _)| *segment);
        let hashes: Vec<ChainingValue> = hashes.into_iter().map(|(_, hash)| hash).collect();
        Ok(Written {
            size_bytes: self.size_bytes,
            digest: Digest::from_hash(root(&hashes)),
        })
    }

    /// Copies segments until there are no more.
    fn segments(&self) -> Result<Hashes, Error> {
        let mut source = File::open(self.from).map_err(Error::io("open", self.from))?;
        let mut target = OpenOptions::new()
            .write(true)
            .open(self.to)
            .map_err(Error::io("open", self.to))?;
        let mut buffer = vec![0; PIECE_BYTES];
        let mut hashes = Hashes::new();
        loop {
            let segment = self.next.fetch_add(1, Ordering::Relaxed);
            let begin = segment * SEGMENT_BYTES;
            if begin >= self.size_bytes {
                return Ok(hashes);
            }
            let end = self.size_bytes.min(begin + SEGMENT_BYTES);
            source
                .seek(SeekFrom::Start(begin))
                .map_err(Error::io("read", self.from))?;
            target
                .seek(SeekFrom::Start(begin))
                .map_err(Error::io("write", self.to))?;
            let mut subtree = blake3::Hasher::new();
            subtree.set_input_offset(begin);
            for piece in (begin..end).step_by(PIECE_BYTES) {
                let length = usize::try_from(end - piece).unwrap_or(usize::MAX);
                let piece = &mut buffer[..length.min(PIECE_BYTES)];
                source
                    .read_exact(piece)
                    .map_err(Error::io("read", self.from))?;
                target
                    .write_all(piece)
                    .map_err(Error::io("write", self.to))?;
                subtree.update(piece);
            }
            hashes.push((segment, subtree.finalize_non_root()));
            let length = end - begin;
            self.progress.advance(length);
            if self.flush {
                begin_writing(&target, begin, length);
            }
        }
    }
}

/// Asks the disk to begin with a part of a file, so that little is left to wait for at the end.
#[cfg(target_os = "linux")]
fn begin_writing(file: &File, begin: u64, length: u64) {
    // Linux starts writing back what it is told not to keep. Where it does not, nothing is lost:
    // the file is flushed at its end all the same.
    let length = std::num::NonZeroU64::new(length);
    let _ = rustix::fs::fadvise(file, begin, length, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin_writing(_: &File, _: u64, _: u64) {}

/// The hash of a file of at least two segments: the left half of each tree is the largest power of
/// two below its length, as the BLAKE3 paper says in section 2.1.
fn root(hashes: &[ChainingValue]) -> blake3::Hash {
    let (left, right) = hashes.split_at(left_length(hashes.len()));
    merge_subtrees_root(&join(left), &join(right), Mode::Hash)
}

fn join(hashes: &[ChainingValue]) -> ChainingValue {
    if let [hash] = hashes {
        return *hash;
    }
    let (left, right) = hashes.split_at(left_length(hashes.len()));
    merge_subtrees_non_root(&join(left), &join(right), Mode::Hash)
}

fn left_length(length: usize) -> usize {
    length.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Durability, Silent};

    #[test]
    fn a_file_copied_in_segments_has_the_digest_of_the_whole() {
        let folder = std::env::temp_dir().join(format!("envelope-copy-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (from, to) = (folder.join("from"), folder.join("to"));
        let segment = usize::try_from(SEGMENT_BYTES).unwrap();
        let lengths = [
            segment,
            segment + 1,
            2 * segment,
            3 * segment - 7,
            5 * segment + 1025,
            8 * segment,
        ];
        for length in lengths {
            let bytes: Vec<u8> = (0..length)
                .map(|i| u8::try_from(i * 31 % 251).unwrap())
                .collect();
            std::fs::write(&from, &bytes).unwrap();
            let mut copier = Copier {
                flush: Flush::new(Durability::PowerLoss),
                progress: &Silent,
            };
            let written = copier.copy(&from, &to).unwrap();
            assert_eq!(written.size_bytes, length as u64);
            assert_eq!(written.digest, Digest::of(&bytes), "{length} bytes");
            assert!(std::fs::read(&to).unwrap() == bytes, "{length} bytes");
            std::fs::remove_file(&to).unwrap();
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
