//! Environments by key: made once, under a lock, and complete once their stamp is written.

use super::{Environments, Interpreter};
use crate::error::Error;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The stamp, whose lines are the notes about the environment.
const STAMP: &str = "complete.txt";

/// The place of one environment in the cache.
pub(super) struct Place {
    folder: PathBuf,
    lock: PathBuf,
}

impl Place {
    pub(super) fn new(cache: &Path, key: &str) -> Self {
        Self {
            folder: cache.join(key),
            lock: cache.join(format!("{key}.lock")),
        }
    }

    /// The environment itself.
    pub(super) fn environment(&self) -> PathBuf {
        self.folder.join("environment")
    }

    /// A folder that is there only while the environment is being made.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The notes of the environment when it is complete and its Python still there.
    fn notes(&self) -> Option<Vec<String>> {
        let stamp = fs::read_to_string(self.folder.join(STAMP)).ok()?;
        let python = self.environment().join("bin/python");
        python
            .exists()
            .then(|| stamp.lines().map(str::to_owned).collect())
    }

    /// Gives the environment, made by `make` if it is not complete. `make` fills the folders and
    /// returns notes.
    ///
    /// # Errors
    /// The folders cannot be used, or `make` fails.
    pub(super) fn obtain(
        &self,
        environments: &Environments,
        progress: &mut dyn FnMut(&str),
        make: impl FnOnce(&File, &mut dyn FnMut(&str)) -> Result<Vec<String>, Error>,
    ) -> Result<Interpreter, Error> {
        let interpreter = |notes| Interpreter {
            notes,
            ..Interpreter::in_environment(&self.environment(), environments)
        };
        if let Some(notes) = self.notes() {
            return Ok(interpreter(notes));
        }
        fs::create_dir_all(&environments.cache).map_err(Error::io("make", &environments.cache))?;
        let lock = self.locked(progress)?;
        // Asked again: another process may have made it while this one waited.
        if let Some(notes) = self.notes() {
            return Ok(interpreter(notes));
        }
        self.clear()?;
        let work = self.work();
        fs::create_dir_all(&work).map_err(Error::io("make", &work))?;
        let notes = make(&lock, progress)?;
        fs::remove_dir_all(&work).map_err(Error::io("remove", &work))?;
        self.stamp(&notes)?;
        Ok(interpreter(notes))
    }

    fn locked(&self, progress: &mut dyn FnMut(&str)) -> Result<File, Error> {
        let file = File::create(&self.lock).map_err(Error::io("make", &self.lock))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                progress("waiting for another process that makes this environment");
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", &self.lock)(source)),
        }
        file.lock().map_err(Error::io("lock", &self.lock))?;
        Ok(file)
    }

    /// Removes what a process left that did not finish.
    fn clear(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes the stamp under another name first, so that it is never half there.
    fn stamp(&self, notes: &[String]) -> Result<(), Error> {
        let draft = self.folder.join("complete.draft");
        let lines: String = notes
            .iter()
            .flat_map(|note| [note.replace('\n', " "), "\n".to_owned()])
            .collect();
        fs::write(&draft, lines).map_err(Error::io("write", &draft))?;
        fs::rename(&draft, self.folder.join(STAMP)).map_err(Error::io("rename", &draft))
    }
}
