//! `envelope capture`: what there is now, without running anything; and what a record begins with.

use super::{Answer, Context};
use crate::arguments::CaptureArguments;
use crate::diagnose::Diagnosis;
use crate::report::{human, json};
use envelope_capture::changes::{Limits, RepositoryContents, capture};
use envelope_capture::git::Repository;
use envelope_capture::provenance::{Circumstances, Provenance, probe};
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder, Uncommitted};
use envelope_capture::redact::{Contents, mask, secrets};
use envelope_capture::{Error, GitProgram, Known, Page};
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

/// The files about what was not committed.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) patch: Vec<u8>,
    pub(super) page: String,
}

/// What a record begins with, before it has a folder.
pub(super) struct Beginning {
    pub(super) found: Found,
    pub(super) files: Option<Files>,
    root: Option<PathBuf>,
}

/// What is looked at.
pub(super) struct Look<'a> {
    pub(super) words: &'a [OsString],
    pub(super) folder: &'a Path,
    pub(super) python: Option<&'a Path>,
    pub(super) with_os_packages: bool,
    /// Whether secrets in what was not committed stay there.
    pub(super) keeps_secrets: bool,
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
            adapters: Vec::new(),
        });
        let (changes, files, root) = match repository {
            Known::Value(repository) => match uncommitted(&repository, &git, look) {
                Ok((changes, files)) => (Known::Value(changes), Some(files), Some(repository.root)),
                Err(error) => (
                    Known::Unknown(error.to_string()),
                    None,
                    Some(repository.root),
                ),
            },
            Known::Unknown(because) => (Known::Unknown(because), None, None),
        };
        Self {
            found: Found {
                provenance,
                changes,
            },
            files,
            root,
        }
    }

    /// The root of the repository.
    pub(super) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Writes what is known so far into the folder of a run.
    pub(super) fn record(self, folder: &RunFolder, user: Option<String>) -> Result<Record, Error> {
        if let Some(files) = &self.files {
            folder.write(PATCH, &files.patch)?;
            folder.write(PAGE, files.page.as_bytes())?;
        }
        let program = concat!("envelope ", env!("CARGO_PKG_VERSION"));
        let mut record = Record::new(folder, program, self.found.provenance, self.found.changes);
        record.user = user;
        folder.write_record(&record)?;
        Ok(record)
    }
}

/// The patch and the page, without secrets unless those are to stay.
fn uncommitted(
    repository: &Repository,
    git: &GitProgram,
    look: &Look<'_>,
) -> Result<(Uncommitted, Files), Error> {
    let changes = capture(repository, git, &std::env::temp_dir(), Limits::default())?;
    let contents = RepositoryContents { repository, git };
    let found = if look.keeps_secrets {
        Vec::new()
    } else {
        secrets(&changes.patch, &|section| contents.file(section))
    };
    let masked = mask(changes.patch.clone(), &found, &contents)?;
    let page = Page {
        patch: masked.readable.as_ref().unwrap_or(&masked.patch),
        commit: repository.facts.commit.value().and_then(Option::as_deref),
        branch: repository.facts.branch.value().and_then(Option::as_deref),
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &masked.lines,
    };
    let files = Files {
        patch: masked.patch.as_bytes().to_vec(),
        page: page.html(),
    };
    Ok((Uncommitted::new(&changes, &masked.lines), files))
}

/// Who started this program.
pub(super) fn user(variables: &[(OsString, OsString)]) -> Option<String> {
    envelope_capture::user(variables, Path::new("/"))
}

fn value<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
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
            keeps_secrets: false,
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
