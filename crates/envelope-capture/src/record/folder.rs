//! The folder of a run on disk: files that appear whole, and the samples, which come one by one.

use super::{METRICS, RECORD, Record, RunId, SCHEMA_VERSION};
use crate::Error;
use crate::metrics::Sample;
use crate::sampler::now_ms;
use serde::Deserialize;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where runs are kept, from the root of a repository.
const RUNS: &str = ".envelope/runs";

/// Keeps everything beside it out of git, itself included.
const GIT_IGNORE: (&str, &str) = (".gitignore", "*\n");

/// The folder of a run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    id: RunId,
    created_ms: i64,
}

impl RunFolder {
    /// Makes a folder for a new run at `.envelope/runs/ID` below a repository's root, out of git's
    /// sight.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn create_below(root: &Path) -> Result<Self, Error> {
        let runs = root.join(RUNS);
        fs::create_dir_all(&runs).map_err(Error::io("create", &runs))?;
        if !runs.join(GIT_IGNORE.0).exists() {
            keep_out_of_git(&runs)?;
        }
        loop {
            let created_ms = now_ms();
            let id = RunId::new(created_ms);
            let path = runs.join(id.as_str());
            match create_private(&path) {
                Ok(()) => {
                    // What the folder above has may say something else, or be a link out of here.
                    keep_out_of_git(&path)?;
                    return Ok(Self {
                        path,
                        id,
                        created_ms,
                    });
                }
                // Another run drew the same name in the same millisecond.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", &path)(error)),
            }
        }
    }

    /// Makes this very folder one of a new run, out of git's sight. It is new or empty, since git will
    /// see nothing of what is in it.
    ///
    /// # Errors
    /// It holds something already, or cannot be made.
    pub fn create_at(path: &Path) -> Result<Self, Error> {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above).map_err(Error::io("create", above))?;
        }
        match create_private(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_used(path)?,
            made => made.map_err(Error::io("create", path))?,
        }
        keep_out_of_git(path)?;
        let created_ms = now_ms();
        Ok(Self {
            path: path.to_owned(),
            id: RunId::new(created_ms),
            created_ms,
        })
    }

    /// Opens the folder of an earlier run.
    ///
    /// # Errors
    /// There is no record that can be read.
    pub fn open(path: &Path) -> Result<(Self, Record), Error> {
        let record = read_record(&path.join(RECORD))?;
        let folder = Self {
            path: path.to_owned(),
            id: record.id.clone(),
            created_ms: record.created_ms,
        };
        Ok((folder, record))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// When it was made, in milliseconds since 1970.
    pub fn created_ms(&self) -> i64 {
        self.created_ms
    }

    /// Writes the record in the place of an earlier one.
    ///
    /// # Errors
    /// It cannot be written; then the earlier one is still there.
    pub fn write_record(&self, record: &Record) -> Result<(), Error> {
        let mut text = serde_json::to_vec_pretty(record).map_err(|error| Error::Record {
            path: self.path.join(RECORD),
            message: error.to_string(),
        })?;
        text.push(b'\n');
        self.write(RECORD, &text)
    }

    /// Writes a file in the place of an earlier one: whole, or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write_whole(&self.path, name, bytes)
    }

    /// Opens the file of samples, to put more behind those that it has.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn metrics(&self) -> Result<MetricsFile, Error> {
        let path = self.path.join(METRICS);
        refuse_irregular(&path)?;
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(Error::io("write", &path))?;
        let whole = file.metadata().map_err(Error::io("read", &path))?.len();
        Ok(MetricsFile { file, path, whole })
    }

    /// Reads the samples; there are none where none was written. A last line that is not whole, because
    /// whoever wrote it was killed, is left out.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn read_samples(&self) -> Result<Vec<Sample>, Error> {
        let path = self.path.join(METRICS);
        refuse_irregular(&path)?;
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(Error::io("read", &path))?,
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let samples = whole.lines().enumerate().map(|(index, line)| {
            serde_json::from_str(line).map_err(|error| Error::Record {
                path: path.clone(),
                message: format!("line {} is no sample: {error}", index + 1),
            })
        });
        samples.collect()
    }
}

/// The file that samples go to while a run runs.
#[derive(Debug)]
pub struct MetricsFile {
    file: File,
    path: PathBuf,
    /// As many bytes are whole lines.
    whole: u64,
}

impl MetricsFile {
    /// Puts a sample behind those that are there, in one write.
    ///
    /// # Errors
    /// It cannot be written. Then the next may be, once there is room again.
    pub fn add(&mut self, sample: &Sample) -> Result<(), Error> {
        let mut line = serde_json::to_vec(sample).map_err(|error| Error::Record {
            path: self.path.clone(),
            message: error.to_string(),
        })?;
        line.push(b'\n');
        let cannot = || Error::io("write", &self.path);
        if self.file.metadata().map_err(cannot())?.len() > self.whole {
            // An earlier line is there in part.
            self.file.set_len(self.whole).map_err(cannot())?;
        }
        self.file.write_all(&line).map_err(cannot())?;
        self.whole += line.len() as u64;
        Ok(())
    }
}

/// The runs of a repository, the earliest first. What is no folder of a run is passed over.
///
/// # Errors
/// The folder of runs is there and cannot be read.
pub fn list(root: &Path) -> Result<Vec<(RunId, PathBuf)>, Error> {
    let runs = root.join(RUNS);
    let entries = match fs::read_dir(&runs) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("read", &runs))?,
    };
    let names = entries.flatten().filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        entry
            .path()
            .join(RECORD)
            .is_file()
            .then(|| (id, entry.path()))
    });
    let mut found: Vec<(RunId, PathBuf)> = names.collect();
    found.sort();
    Ok(found)
}

fn read_record(path: &Path) -> Result<Record, Error> {
    #[derive(Deserialize)]
    struct Versioned {
        schema_version: u32,
    }
    let refused = |message: String| Error::Record {
        path: path.to_owned(),
        message,
    };
    refuse_irregular(path)?;
    let text = fs::read(path).map_err(Error::io("read", path))?;
    let version: Versioned = serde_json::from_slice(&text)
        .map_err(|error| refused(format!("this is no record: {error}")))?;
    if version.schema_version > SCHEMA_VERSION {
        return Err(refused(format!(
            "the record has version {}, expected at most {SCHEMA_VERSION}",
            version.schema_version
        )));
    }
    serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))
}

fn keep_out_of_git(folder: &Path) -> Result<(), Error> {
    let (name, text) = GIT_IGNORE;
    write_whole(folder, name, text.as_bytes())
}

/// Refuses a folder that is not empty.
fn refuse_used(path: &Path) -> Result<(), Error> {
    let refused = |message: String| Error::Record {
        path: path.to_owned(),
        message,
    };
    if path.join(RECORD).exists() {
        let message = "the folder has a record already, expected a new or an empty folder";
        return Err(refused(message.into()));
    }
    let mut entries = fs::read_dir(path).map_err(Error::io("read", path))?;
    match entries.next() {
        None => Ok(()),
        Some(Err(error)) => Err(Error::io("read", path)(error)),
        Some(Ok(entry)) => Err(refused(format!(
            "the folder holds `{}`, expected a new or an empty folder",
            entry.file_name().display()
        ))),
    }
}

/// Refuses what cannot be read to an end, such as a pipe.
fn refuse_irregular(path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(Error::Record {
            path: path.to_owned(),
            message: "this is no regular file".into(),
        }),
        // What is not there, or cannot be looked at, is told by whoever opens it.
        _ => Ok(()),
    }
}

/// Through a file with another name, which is flushed and then renamed.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file.persist(&path)?)
    });
    written.map(drop).map_err(Error::io("write", &path))
}

/// What was not committed is nobody else's to read.
#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::DirBuilderExt::mode(&mut fs::DirBuilder::new(), 0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u64) -> Sample {
        Sample {
            timestamp_ms: 0,
            step,
            values: [("process/count".to_owned(), 1.0)].into(),
        }
    }

    #[test]
    fn a_disk_that_recovers_is_written_again() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = RunFolder::create_at(&scratch.path().join("run")).unwrap();
        let mut metrics = folder.metrics().unwrap();
        metrics.add(&sample(0)).unwrap();
        // As on a full disk, half a line is written and the rest is not.
        let writable = std::mem::replace(&mut metrics.file, File::open(&metrics.path).unwrap());
        let mut torn = OpenOptions::new().append(true).open(&metrics.path).unwrap();
        torn.write_all(b"{\"timestamp_ms\": 1, ").unwrap();
        metrics.add(&sample(1)).unwrap_err();
        metrics.file = writable;
        metrics.add(&sample(2)).unwrap();
        metrics.add(&sample(3)).unwrap();
        let steps = folder.read_samples().unwrap();
        let steps: Vec<u64> = steps.iter().map(|sample| sample.step).collect();
        assert_eq!(steps, [0, 2, 3]);
    }
}
