//! Contents that a patch does not tell: those of the commit, and those of the files.

use crate::git::{GitProgram, Repository};
use crate::patch::Section;
use crate::redact::Contents;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// The contents of a repository, for [`mask`](crate::redact::mask).
#[derive(Debug, Clone, Copy)]
pub struct RepositoryContents<'a> {
    /// The repository that the patch was captured from.
    pub repository: &'a Repository,
    /// The program that reads its objects.
    pub git: &'a GitProgram,
}

impl Contents for RepositoryContents<'_> {
    fn object(&self, id: &str) -> Option<Vec<u8>> {
        let question = self.repository.place().question(["cat-file", "blob", id]);
        self.git.ask(question).ok()
    }

    fn file(&self, section: &Section) -> Option<Vec<u8>> {
        let path = OsStr::from_bytes(section.new_path.as_deref()?);
        fs::read(self.repository.root.join(path)).ok()
    }
}
