//! Where an answer goes: a file that appears whole or not at all, or the standard output, once it is
//! complete. An answer that breaks off half-way is none.

use crate::diagnose::Diagnosis;
use crate::outputs::set_usual_permissions;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, SpooledTempFile};

/// Answers up to this size are kept in memory.
const IN_MEMORY: usize = 16 << 20;

/// An answer that is being written.
pub(super) enum Sink {
    File(BufWriter<NamedTempFile>, PathBuf),
    Output(Box<BufWriter<SpooledTempFile>>),
}

impl Sink {
    /// An answer for a file, or for the standard output.
    pub(super) fn new(path: Option<&Path>) -> Result<Self, Diagnosis> {
        let Some(path) = path else {
            let spool = SpooledTempFile::new(IN_MEMORY);
            return Ok(Sink::Output(Box::new(BufWriter::new(spool))));
        };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        set_usual_permissions(&mut builder);
        let file = builder.prefix(".envelope-").tempfile_in(folder);
        let file = file.map_err(|error| Diagnosis::of_unwritable(path, &error))?;
        Ok(Sink::File(BufWriter::new(file), path.to_owned()))
    }

    /// Appends to the answer.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Diagnosis> {
        match self {
            Sink::File(file, path) => file
                .write_all(bytes)
                .map_err(|error| Diagnosis::of_unwritable(path, &error)),
            Sink::Output(spool) => spool
                .write_all(bytes)
                .map_err(|error| Diagnosis::of_output(&error)),
        }
    }

    /// Hands the answer over.
    pub(super) fn finish(self) -> Result<(), Diagnosis> {
        match self {
            Sink::File(file, path) => {
                let written = file.into_inner().map_err(io::IntoInnerError::into_error);
                let written = written.and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&path).map_err(|error| error.error)
                });
                written
                    .map(drop)
                    .map_err(|error| Diagnosis::of_unwritable(&path, &error))
            }
            Sink::Output(spool) => {
                let spool = spool.into_inner().map_err(io::IntoInnerError::into_error);
                let written = spool.and_then(|mut spool| {
                    spool.rewind()?;
                    let mut output = io::stdout().lock();
                    io::copy(&mut spool, &mut output)?;
                    if io::IsTerminal::is_terminal(&output) {
                        output.write_all(b"\n")?;
                    }
                    output.flush()
                });
                match written {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    other => other.map_err(|error| Diagnosis::of_output(&error)),
                }
            }
        }
    }
}
