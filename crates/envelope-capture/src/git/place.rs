//! Where a repository is: its files and its data. Git is told both, since it would not find the data
//! from the files where a setting, `core.worktree`, has put them elsewhere.

use super::{GitProgram, Question};
use crate::error::Error;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The folders of a repository.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The folder with the files.
    pub(crate) root: &'a Path,
    /// The folder with the data: `.git`, or another of the several of linked worktrees.
    pub(crate) git_dir: &'a Path,
}

impl<'a> Place<'a> {
    /// Something to ask about this repository, whichever one git would find.
    pub(crate) fn question<W: AsRef<OsStr>>(
        self,
        words: impl IntoIterator<Item = W>,
    ) -> Question<'a> {
        Question::new(self.root, words).variables(&[
            ("GIT_DIR", self.git_dir.into()),
            ("GIT_WORK_TREE", self.root.into()),
        ])
    }

    /// Holds that git would use this repository by itself. Where it is told which one to use, it does
    /// not ask whose it is, and the settings of somebody else name programs.
    ///
    /// # Errors
    /// There is no program, or the repository belongs to somebody else.
    pub(crate) fn confirm(self, git: &GitProgram) -> Result<(), Error> {
        let ask = |folder| ask_path(git, folder, "--absolute-git-dir");
        match ask(self.root) {
            Ok(found) if found == self.git_dir => Ok(()),
            Err(error @ Error::NoGit { .. }) => Err(error),
            Err(error @ Error::OtherOwner { .. }) if self.root.join(".git").exists() => Err(error),
            _ => ask(self.git_dir).map(drop),
        }
    }
}

/// Asks for one path, in which there may be ends of lines.
pub(super) fn ask_path(git: &GitProgram, folder: &Path, word: &str) -> Result<PathBuf, Error> {
    let answer = git.ask(Question::new(folder, ["rev-parse", word]))?;
    Ok(path_of(answer))
}

/// The path that an answer is: all of it but the end of its line.
pub(crate) fn path_of(mut answer: Vec<u8>) -> PathBuf {
    if answer.last() == Some(&b'\n') {
        answer.pop();
    }
    OsString::from_vec(answer).into()
}
