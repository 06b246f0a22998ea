//! Flushing many small files to disk together: their waits overlap, and the file system puts them
//! into few commits of its journal.

use crate::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

/// How many files wait to be flushed at most, which bounds the open files.
const BATCH: usize = 128;
/// How many are flushed at a time.
const THREADS: usize = 8;

/// Files that are written and not yet known to be on disk.
#[derive(Debug, Default)]
pub(super) struct Flush {
    pending: Vec<(PathBuf, File)>,
}

impl Flush {
    /// Takes a written file or a folder to be flushed.
    pub(super) fn add(&mut self, path: &Path, file: File) -> Result<(), Error> {
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
        let share = pending.len().div_ceil(THREADS).max(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = pending
                .chunks(share)
                .map(|files| scope.spawn(move || files.iter().try_for_each(flush)))
                .collect();
            threads.into_iter().try_for_each(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })
    }
}

fn flush((path, file): &(PathBuf, File)) -> Result<(), Error> {
    file.sync_all().map_err(Error::io("flush", path))
}
