//! Flushing the files of a package to disk together.
//!
//! Where little waits to be written anyway, the file system is asked once for all of it; otherwise
//! the files are flushed one by one from several threads, so that their waits overlap and nobody
//! else's writing is waited for.

use super::write::Durability;
use crate::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

/// How many files wait to be flushed at most, which bounds the open files.
const BATCH: usize = 128;
/// How many are flushed at a time.
const THREADS: usize = 8;
/// How much may wait to be written, by anyone, for the file system to be asked as a whole.
#[cfg(target_os = "linux")]
const LITTLE_KIB: u64 = 16 << 10;

/// Files that are written and not yet known to be on disk.
#[derive(Debug)]
pub(super) struct Flush {
    durability: Durability,
    pending: Vec<(PathBuf, File)>,
}

impl Flush {
    pub(super) fn new(durability: Durability) -> Self {
        Self {
            durability,
            pending: Vec::new(),
        }
    }

    /// Whether anything is to be on disk at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.durability == Durability::PowerLoss
    }

    /// Takes a written file or a folder to be flushed.
    pub(super) fn add(&mut self, path: &Path, file: File) -> Result<(), Error> {
        if !self.is_wanted() {
            return Ok(());
        }
        self.pending.push((path.to_owned(), file));
        if self.pending.len() < BATCH {
            Ok(())
        } else {
            self.finish()
        }
    }

    /// Returns when everything taken so far is on disk.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let pending = std::mem::take(&mut self.pending);
        match pending.last() {
            None => Ok(()),
            Some((path, file)) if little_waits() => flush_all(path, file),
            Some(_) => flush_each(&pending),
        }
    }
}

/// Flushes files from several threads.
fn flush_each(files: &[(PathBuf, File)]) -> Result<(), Error> {
    let flush = |(path, file): &(PathBuf, File)| file.sync_all().map_err(Error::io("flush", path));
    std::thread::scope(|scope| {
        let threads: Vec<_> = files
            .chunks(files.len().div_ceil(THREADS).max(1))
            .map(|files| scope.spawn(move || files.iter().try_for_each(flush)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// Flushes the file system of a file.
#[cfg(target_os = "linux")]
fn flush_all(path: &Path, file: &File) -> Result<(), Error> {
    rustix::fs::syncfs(file).map_err(|error| Error::io("flush", path)(error.into()))
}

#[cfg(not(target_os = "linux"))]
fn flush_all(path: &Path, file: &File) -> Result<(), Error> {
    file.sync_all().map_err(Error::io("flush", path))
}

/// Whether asking the file system as a whole costs little and reports what went wrong, which Linux
/// does from 5.8 on.
#[cfg(target_os = "linux")]
fn little_waits() -> bool {
    static REPORTS: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let mut parts = release
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (5, 8)
    });
    let waiting = || {
        let memory = std::fs::read_to_string("/proc/meminfo").ok()?;
        let kib = |name: &str| {
            let line = memory.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        Some(kib("Dirty:")? + kib("Writeback:")?)
    };
    *REPORTS && waiting().is_some_and(|kib| kib <= LITTLE_KIB)
}

#[cfg(not(target_os = "linux"))]
fn little_waits() -> bool {
    false
}
