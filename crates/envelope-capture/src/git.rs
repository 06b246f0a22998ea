//! The git probe: which commit, which branch, from where. What is not committed is for
//! [`crate::changes`].
//!
//! The facts are read by a library, so that they are there in a container without the program `git`,
//! and of a repository that belongs to another user, which the program refuses. What the library
//! does not read, such as references in the form `reftable`, the program is asked for.

mod by_library;
mod by_program;
mod differing;
mod discovery;
mod place;
mod pointer;
mod program;

use crate::known::Known;
use crate::redact::redact_url;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

pub(crate) use by_program::commit;
pub use differing::differing;
pub(crate) use differing::{differing_paths, special_files};
pub(crate) use place::{Place, path_of};
pub use pointer::LfsPointer;
pub use program::GitProgram;
pub(crate) use program::Question;

/// A repository that has files, and the folder that these are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The folder with the files, absolute. It is not part of the facts, since it names one machine.
    pub root: PathBuf,
    /// The folder with its data, absolute: mostly `.git`.
    pub git_dir: PathBuf,
    /// What is known about it.
    pub facts: GitFacts,
}

impl Repository {
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            root: &self.root,
            git_dir: &self.git_dir,
        }
    }
}

/// What git knows about the code, uncommitted changes left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitFacts {
    /// The commit that is checked out, in full; none on a branch without a commit.
    pub commit: Known<Option<String>>,
    /// The branch, without `refs/heads/`; none where a commit is checked out by itself.
    pub branch: Known<Option<String>>,
    /// The tags of exactly this commit, in order.
    pub tags: Known<Vec<String>>,
    /// What `git describe --tags --always` says; none without a commit.
    pub describe: Known<Option<String>>,
    /// The remotes, in order of their names, without credentials.
    pub remotes: Known<Vec<Remote>>,
    /// The submodules that are checked in, in order of their paths.
    pub submodules: Known<Vec<Submodule>>,
    /// The files whose contents are kept by Git LFS, in order of their paths.
    pub lfs: Known<Vec<LfsPointer>>,
    /// Whether history ends early, as in a clone with `--depth`.
    pub shallow: Known<bool>,
    /// Whether the files are a linked worktree, one of several of one repository.
    pub linked_worktree: Known<bool>,
}

/// Another repository that this one is fetched from or pushed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remote {
    /// Its name: `origin`.
    pub name: String,
    /// Where it is fetched from, as the settings say, credentials masked.
    pub url: String,
    /// Where it is pushed to, if that is somewhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_url: Option<String>,
}

/// Another repository at a place inside this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Submodule {
    /// Where it is, from the root.
    pub path: String,
    /// The commit that is checked in, or staged.
    pub commit: String,
    /// Where it comes from, as `.gitmodules` says, credentials masked.
    pub url: Option<String>,
}

/// Reads what git knows about the code in a folder.
///
/// The answer is unknown where there is no repository with files at the folder or above it. Inside,
/// every fact is known or not by itself.
pub fn probe(folder: &Path, git: &GitProgram) -> Known<Repository> {
    match by_library::read(folder, git) {
        Ok(found) => Known::Value(with_program(found, git)),
        Err(error) => match by_program::read(folder, git) {
            Ok(found) => Known::Value(found),
            // The library's reason is the better one where the program is missing.
            Err(_) => Known::Unknown(error.to_string()),
        },
    }
}

/// Reads the same with the program `git` alone, as [`probe`] does where the library cannot.
pub fn probe_by_program(folder: &Path, git: &GitProgram) -> Known<Repository> {
    Known::of(by_program::read(folder, git))
}

/// Asks the program for what the library did not find out.
fn with_program(mut found: Repository, git: &GitProgram) -> Repository {
    if found.facts.is_complete() {
        return found;
    }
    let place = found.place();
    if let Ok(second) = place.confirm(git).map(|()| by_program::facts(git, place)) {
        let facts = &mut found.facts;
        complete(&mut facts.commit, second.commit);
        complete(&mut facts.branch, second.branch);
        complete(&mut facts.tags, second.tags);
        complete(&mut facts.describe, second.describe);
        complete(&mut facts.remotes, second.remotes);
        complete(&mut facts.submodules, second.submodules);
        complete(&mut facts.lfs, second.lfs);
        complete(&mut facts.shallow, second.shallow);
        complete(&mut facts.linked_worktree, second.linked_worktree);
    }
    found
}

fn complete<T>(fact: &mut Known<T>, second: Known<T>) {
    if fact.value().is_none() && second.value().is_some() {
        *fact = second;
    }
}

impl GitFacts {
    fn is_complete(&self) -> bool {
        let reasons = [
            self.commit.because(),
            self.branch.because(),
            self.tags.because(),
            self.describe.because(),
            self.remotes.because(),
            self.submodules.because(),
            self.lfs.because(),
            self.shallow.because(),
            self.linked_worktree.because(),
        ];
        reasons.iter().all(Option::is_none)
    }
}

/// Makes remotes of settings, `remote.NAME.url` and `remote.NAME.pushurl`, of which the first counts.
fn remotes(settings: impl IntoIterator<Item = (String, String, String)>) -> Vec<Remote> {
    let mut remotes: Vec<Remote> = Vec::new();
    for (name, key, value) in settings {
        let value = redact_url(&value);
        let known = remotes.iter().position(|remote| remote.name == name);
        let at = known.unwrap_or_else(|| {
            remotes.push(Remote {
                name,
                url: String::new(),
                push_url: None,
            });
            remotes.len() - 1
        });
        match key.as_str() {
            "url" if remotes[at].url.is_empty() => remotes[at].url = value,
            "pushurl" if remotes[at].push_url.is_none() => remotes[at].push_url = Some(value),
            _ => {}
        }
    }
    remotes.retain(|remote| !remote.url.is_empty() || remote.push_url.is_some());
    remotes.sort();
    remotes
}
