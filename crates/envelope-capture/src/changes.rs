//! What is not committed: one patch that `git apply` turns into the same files again.
//!
//! Git writes the patch, because git has to read it. It sees the files through an index of its own,
//! a copy in a scratch folder, in which untracked files are listed too; the repository and its index
//! are not touched. What filters and line endings do to a file is not foreseen but tried, see
//! [`Inexact`].
//!
//! Ignored files never enter, nor do files named `.env`, whether git tracks them or not.

mod contents;
mod differences;
mod listing;
mod proof;
mod shadow;

use crate::error::Error;
use crate::git::{GitProgram, Repository, differing_paths};
use crate::patch::Patch;
pub use contents::RepositoryContents;
use serde::{Deserialize, Serialize};
use shadow::Shadow;
use std::path::Path;

/// How much is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one file that differs from the commit or is untracked.
    pub file_bytes: u64,
    /// The most bytes of all untracked files together; they are taken in order of their paths.
    pub untracked_bytes: u64,
    /// The most bytes of the patch. A longer one is an error, since half a patch is none.
    pub patch_bytes: u64,
}

impl Default for Limits {
    /// 10 MiB a file, 50 MiB of untracked files, a patch of 256 MiB.
    fn default() -> Self {
        Self {
            file_bytes: 10 << 20,
            untracked_bytes: 50 << 20,
            patch_bytes: 256 << 20,
        }
    }
}

/// The changes of a repository against the commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Restores the files with `git apply` in a clone at the commit. Where there is no commit yet, in
    /// an empty repository.
    pub patch: Patch,
    /// What the patch does not hold, in order of the paths.
    pub left_out: Vec<LeftOut>,
    /// What the patch holds, but does not restore to the byte, in order of the paths.
    pub inexact: Vec<Inexact>,
}

impl Changes {
    /// Whether the files are those of the commit, as far as git sees them.
    pub fn is_clean(&self) -> bool {
        self.patch.is_empty() && self.left_out.is_empty()
    }
}

/// A file that differs from the commit and is not in the patch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOut {
    /// The file, from the root.
    pub path: String,
    /// Why it is left out.
    pub because: Reason,
    /// How large it is, where it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// Why a file is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// It is larger than the limit of one file.
    TooLarge,
    /// Untracked files before it used up the limit of all.
    TooMuch,
    /// It holds environment variables, and so most likely secrets.
    EnvironmentFile,
    /// It cannot be read.
    Unreadable,
    /// It is a pipe, a socket or a device.
    SpecialFile,
    /// It is the folder of an untracked repository.
    Repository,
    /// It is a submodule with changes of its own.
    SubmoduleChanges,
    /// Git does not apply its own patch of it, because of what attributes make of the commit's file.
    Refused,
    /// There is no program `git`, which alone writes patches.
    NoGit,
}

/// A file in the patch that comes back otherwise than it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inexact {
    /// The file, from the root.
    pub path: String,
    /// What comes back.
    pub because: Difference,
}

/// What `git apply` restores instead of the file as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// The pointer, from which Git LFS restores the contents only where it has them.
    LfsPointer,
    /// The file as it would be after a commit and a checkout: other line endings, or what a filter
    /// makes of it.
    Normalized,
    /// The commit that the submodule is at is recorded; checking it out takes
    /// `git apply --index` and `git submodule update`.
    SubmoduleCommit,
    /// Whether it comes back as it was could not be tried here, because a filter of git fails.
    Unproven,
}

/// Captures what is not committed in a repository.
///
/// `scratch` is a folder on this machine in which a folder is made for the time of the call. Without
/// the program `git` there is no patch, and the files that differ are left out by name.
///
/// # Errors
/// The program `git` refuses, a file cannot be read, or the patch is too large.
pub fn capture(
    repository: &Repository,
    git: &GitProgram,
    scratch: &Path,
    limits: Limits,
) -> Result<Changes, Error> {
    let shadow = match Shadow::open(repository, git, scratch) {
        Err(error @ Error::NoGit { .. }) => return named(repository).ok_or(error),
        shadow => shadow?,
    };
    match look(&shadow, limits) {
        Err(error @ Error::Git { .. }) => {
            // The index beside may be half of something, so there is another one.
            let mut shadow = Shadow::open(repository, git, scratch)?;
            if shadow.forgives() {
                look(&shadow, limits).map_err(|_| error)
            } else {
                Err(error)
            }
        }
        changes => changes,
    }
}

fn look(shadow: &Shadow<'_>, limits: Limits) -> Result<Changes, Error> {
    let mut left_out = listing::list(shadow, limits)?;
    let submodules = differences::limit(shadow, limits, &mut left_out)?;
    let patch = differences::patch(shadow, limits)?;
    left_out.extend(differences::dirty_submodules(&patch, submodules));
    let mut proof = proof::prove(shadow, patch)?;
    left_out.append(&mut proof.left_out);
    left_out.sort();
    left_out.dedup_by(|one, other| one.path == other.path);
    proof.inexact.sort();
    Ok(Changes {
        patch: proof.patch,
        left_out,
        inexact: proof.inexact,
    })
}

/// The files that differ, by name alone; none where the library cannot tell either.
fn named(repository: &Repository) -> Option<Changes> {
    let left_out = differing_paths(repository).ok()?.into_iter().map(|path| {
        let is_environment_file = listing::is_environment_file(&path);
        let because = if is_environment_file {
            Reason::EnvironmentFile
        } else {
            Reason::NoGit
        };
        listing::leave(&repository.root, &path, because)
    });
    let mut left_out: Vec<LeftOut> = left_out.collect();
    left_out.sort();
    Some(Changes {
        patch: Patch::read(Vec::new()).ok()?,
        left_out,
        inexact: Vec::new(),
    })
}
