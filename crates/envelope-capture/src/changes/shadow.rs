//! An index beside the repository's own, through which git sees the files.

use crate::error::Error;
use crate::git::{GitProgram, Question};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A repository with an index of our own.
pub(super) struct Shadow<'a> {
    pub(super) root: &'a Path,
    pub(super) git: &'a GitProgram,
    /// What git compares with: the commit, or the empty tree where there is none.
    pub(super) base: String,
    /// The folder with the repository's data, for commands on other files than its own.
    pub(super) git_dir: PathBuf,
    /// Goes when the value goes.
    folder: TempDir,
}

impl<'a> Shadow<'a> {
    pub(super) fn open(root: &'a Path, git: &'a GitProgram, scratch: &Path) -> Result<Self, Error> {
        let words = ["rev-parse", "--absolute-git-dir", "--git-path", "index"];
        let answer = git.ask(Question::new(root, words))?;
        let mut lines = answer.split(|byte| *byte == b'\n');
        let mut line = || {
            root.join(OsString::from_vec(
                lines.next().unwrap_or_default().to_vec(),
            ))
        };
        let (git_dir, index) = (line(), line());
        let folder = tempfile::Builder::new()
            .prefix("envelope-capture-")
            .tempdir_in(scratch);
        let folder = folder.map_err(Error::io("make a folder in", scratch))?;
        copy_index(&index, &folder.path().join("index"))?;
        let base = base(root, git)?;
        Ok(Self {
            root,
            git,
            base,
            git_dir,
            folder,
        })
    }

    /// The folder for whatever is made on the way.
    pub(super) fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Asks git about the files, with the index beside.
    pub(super) fn ask(&self, words: &[&str], input: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.git.ask(self.question(words).input(input))
    }

    pub(super) fn question(&self, words: &[&str]) -> Question<'a> {
        let index = self.scratch().join("index").into_os_string();
        // A split index would leave its other half in the repository.
        let words = ["-c", "core.splitIndex=false"].iter().chain(words);
        Question::new(self.root, words.map(OsStr::new)).variables(&[("GIT_INDEX_FILE", index)])
    }
}

/// The commit that is checked out, or the empty tree, which git knows without its being stored.
fn base(root: &Path, git: &GitProgram) -> Result<String, Error> {
    let commit = git.ask(Question::new(
        root,
        ["rev-parse", "--verify", "-q", "HEAD^{commit}"],
    ));
    let answer = match commit {
        Err(Error::Git { log, .. }) if log.is_empty() => git.ask(Question::new(
            root,
            ["hash-object", "-t", "tree", "--stdin"],
        )),
        answer => answer,
    };
    Ok(String::from_utf8_lossy(&answer?).trim_end().to_owned())
}

/// Copies the index with its time: git holds files that are as new as the index for suspicious,
/// since they may have changed after it looked.
fn copy_index(from: &Path, to: &Path) -> Result<(), Error> {
    let Ok(metadata) = fs::metadata(from) else {
        return Ok(());
    };
    fs::copy(from, to).map_err(Error::io("copy", from))?;
    let changed = metadata.modified().map_err(Error::io("read", from))?;
    let copy = fs::File::options()
        .write(true)
        .open(to)
        .map_err(Error::io("open", to))?;
    copy.set_modified(changed)
        .map_err(Error::io("set the time of", to))
}
