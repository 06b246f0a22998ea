//! `envelope capture`: what there is now, without running anything; and what a record begins with.

use super::{Answer, Context};
use crate::arguments::CaptureArguments;
use crate::diagnose::Diagnosis;
use crate::report::{human, json};
use envelope_capture::hardware::Adapter;
use envelope_capture::provenance::{Circumstances, Provenance, probe};
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder, Uncommitted};
use envelope_capture::uncommitted::{Kept, Secrets, keep};
use envelope_capture::{Error, GitProgram, Known};
use serde::Serialize;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What there is now.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    /// What the probes say.
    pub(crate) provenance: Provenance,
    /// What was not committed.
    pub(crate) changes: Known<Uncommitted>,
}

/// What a record begins with, before it has a folder.
pub(super) struct Beginning {
    pub(super) found: Found,
    /// The patch and the page, where there is a repository.
    pub(super) kept: Option<Kept>,
    root: Option<PathBuf>,
}

/// What is looked at.
pub(super) struct Look<'a> {
    pub(super) words: &'a [OsString],
    pub(super) folder: &'a Path,
    pub(super) python: Option<&'a Path>,
    pub(super) with_os_packages: bool,
    /// What becomes of secrets in what was not committed.
    pub(super) secrets: Secrets,
}

impl Beginning {
    /// Asks all probes, and captures what was not committed.
    pub(super) fn of(look: &Look<'_>, variables: &[(OsString, OsString)]) -> Self {
        let git = GitProgram::new("git", variables.to_vec());
        let (provenance, repository) = probe(&Circumstances {
            words: look.words,
            folder: look.folder,
            variables,
            git: &git,
            python: look.python,
            with_os_packages: look.with_os_packages,
            adapters,
        });
        let root = repository.value().map(|repository| repository.root.clone());
        let kept = match &repository {
            Known::Value(repository) => {
                let scratch = std::env::temp_dir();
                Known::of(keep(repository, &git, &scratch, look.secrets))
            }
            Known::Unknown(because) => Known::Unknown(because.clone()),
        };
        let (changes, kept) = match kept {
            Known::Value(kept) => (Known::Value(kept.summary.clone()), Some(kept)),
            Known::Unknown(because) => (Known::Unknown(because), None),
        };
        Self {
            found: Found {
                provenance,
                changes,
            },
            kept,
            root,
        }
    }

    /// The root of the repository.
    pub(super) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Writes what is known so far into the folder of a run.
    pub(super) fn record(self, folder: &RunFolder, user: Option<String>) -> Result<Record, Error> {
        if let Some(kept) = &self.kept {
            folder.write(PATCH, &kept.patch)?;
            folder.write(PAGE, kept.page.as_bytes())?;
        }
        let program = concat!("envelope ", env!("CARGO_PKG_VERSION"));
        let mut record = Record::new(folder, program, self.found.provenance, self.found.changes);
        record.user = user;
        folder.write_record(&record)?;
        Ok(record)
    }
}

/// The GPUs that wgpu reaches, where this program was built with it.
fn adapters() -> Vec<Adapter> {
    #[cfg(feature = "gpu")]
    let found = envelope_infer::Adapter::list_real();
    #[cfg(not(feature = "gpu"))]
    let found: [Adapter; 0] = [];
    let found = found.into_iter().map(|adapter| Adapter {
        name: adapter.name,
        backend: adapter.backend,
        driver: adapter.driver,
    });
    found.collect()
}

/// Who started this program.
pub(super) fn user(variables: &[(OsString, OsString)]) -> Option<String> {
    envelope_capture::user(variables, Path::new("/"))
}

/// What a variable is set to, if not to nothing.
pub(super) fn value<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = variables.iter().find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.as_os_str())
        .filter(|value| !value.is_empty())
}

/// The Python of the active environment, else the first on the path.
pub(super) fn usual_python(variables: &[(OsString, OsString)]) -> Option<PathBuf> {
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(|name| value(variables, name))
        .map(|root| Path::new(root).join("bin"));
    let path = value(variables, "PATH").unwrap_or_default();
    active
        .chain(std::env::split_paths(path))
        .map(|folder| folder.join("python3"))
        .find(|program| program.is_file())
}

pub(super) fn run(arguments: &CaptureArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let variables: Vec<_> = std::env::vars_os().collect();
    let folder = std::path::absolute(&arguments.folder)
        .and_then(std::fs::canonicalize)
        .map_err(|error| Diagnosis::of_unreadable(&arguments.folder, &error))?;
    let python = arguments
        .python
        .clone()
        .or_else(|| usual_python(&variables));
    let beginning = Beginning::of(
        &Look {
            words: &[],
            folder: &folder,
            python: python.as_deref(),
            with_os_packages: arguments.os_packages,
            secrets: Secrets::Mask,
        },
        &variables,
    );
    if let Some(out) = &arguments.out {
        let folder = RunFolder::create_at(out)?;
        let record = beginning.record(&folder, user(&variables))?;
        let text = if arguments.json {
            json::text(&record)
        } else {
            human::recorded(&record, &folder, context.width)
        };
        return Ok(Answer::success(text));
    }
    let found = beginning.found;
    let text = if arguments.json {
        json::text(&found)
    } else {
        human::captured(&found.provenance, &found.changes, context.width)
    };
    Ok(Answer::success(text))
}
