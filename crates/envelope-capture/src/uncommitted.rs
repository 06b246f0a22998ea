//! What is not committed, made ready to be kept: the patch, its page, and what is to be said of both.

use crate::changes::{Limits, RepositoryContents, capture};
use crate::git::Repository;
use crate::record::Uncommitted;
use crate::redact::{Contents, mask, secrets};
use crate::{Error, GitProgram, Page};
use std::path::Path;

/// What becomes of the secrets that are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Secrets {
    /// They are masked, and named by file and line.
    #[default]
    Mask,
    /// They stay, and are not looked for.
    Keep,
}

/// What is not committed, as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What is said of it.
    pub summary: Uncommitted,
    /// The patch, for `git apply`.
    pub patch: Vec<u8>,
    /// The same, to look at.
    pub page: String,
}

/// Captures what is not committed, within the usual limits. Files of its own lie in `scratch` meanwhile.
///
/// # Errors
/// Git cannot say what changed, or `scratch` cannot be written.
pub fn keep(
    repository: &Repository,
    git: &GitProgram,
    scratch: &Path,
    kind: Secrets,
) -> Result<Kept, Error> {
    let changes = capture(repository, git, scratch, Limits::default())?;
    let contents = RepositoryContents { repository, git };
    let found = match kind {
        Secrets::Mask => secrets(&changes.patch, &|section| contents.file(section)),
        Secrets::Keep => Vec::new(),
    };
    let summary = Uncommitted::new(&changes);
    let masked = mask(changes.patch, &found, &contents)?;
    let facts = &repository.facts;
    let page = Page {
        patch: masked.readable.as_ref().unwrap_or(&masked.patch),
        commit: facts.commit.value().and_then(Option::as_deref),
        branch: facts.branch.value().and_then(Option::as_deref),
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &masked.lines,
    };
    Ok(Kept {
        page: page.html(),
        summary: summary.masking(masked.lines),
        patch: masked.patch.into_bytes(),
    })
}
