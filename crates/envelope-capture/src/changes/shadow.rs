//! An index beside the repository's own, through which git sees the files.

use crate::error::Error;
use crate::git::{GitProgram, Place, Question, Repository, commit, path_of};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A repository with an index of our own.
pub(super) struct Shadow<'a> {
    pub(super) repository: &'a Repository,
    pub(super) git: &'a GitProgram,
    /// What git compares with: the commit, or the empty tree where there is none.
    pub(super) base: String,
    /// Settings by which no filter has to succeed, where one does not.
    pub(super) forgiving: Vec<String>,
    /// Goes when the value goes.
    folder: TempDir,
}

impl<'a> Shadow<'a> {
    pub(super) fn open(
        repository: &'a Repository,
        git: &'a GitProgram,
        scratch: &Path,
    ) -> Result<Self, Error> {
        let place = repository.place();
        place.confirm(git)?;
        let words = ["rev-parse", "--git-path", "index"];
        let index = place.root.join(path_of(git.ask(place.question(words))?));
        let folder = tempfile::Builder::new()
            .prefix("envelope-capture-")
            .tempdir_in(scratch);
        let folder = folder.map_err(Error::io("make a folder in", scratch))?;
        copy_index(&index, &folder.path().join("index"))?;
        Ok(Self {
            repository,
            git,
            base: base(place, git)?,
            forgiving: Vec::new(),
            folder,
        })
    }

    /// Lets filters fail, which then leave files as they are; says no where that changes nothing.
    pub(super) fn forgives(&mut self) -> bool {
        let pattern = r"^filter\..*\.required$";
        let words = ["config", "-z", "--name-only", "--get-regexp", pattern];
        let names = self.git.ask(self.repository.place().question(words));
        let names = String::from_utf8(names.unwrap_or_default()).unwrap_or_default();
        let settings = names
            .split_terminator('\0')
            .map(|name| format!("{name}=false"));
        self.forgiving = settings.collect();
        !self.forgiving.is_empty()
    }

    pub(super) fn root(&self) -> &'a Path {
        &self.repository.root
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
        let settings = self.forgiving.iter().map(String::as_str);
        let settings = settings.chain(["core.splitIndex=false"]);
        let settings = settings.flat_map(|setting| ["-c", setting]);
        let words: Vec<&str> = settings.chain(words.iter().copied()).collect();
        self.repository
            .place()
            .question(words)
            .variables(&[("GIT_INDEX_FILE", index)])
    }
}

/// The commit that is checked out, or the empty tree, which git knows without its being stored.
fn base(place: Place<'_>, git: &GitProgram) -> Result<String, Error> {
    if let Some(commit) = commit(git, place)? {
        return Ok(commit);
    }
    let answer = git.ask(place.question(["hash-object", "-t", "tree", "--stdin"]))?;
    Ok(String::from_utf8_lossy(&answer).trim_end().to_owned())
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
