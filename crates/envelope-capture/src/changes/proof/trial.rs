//! Files restored beside, from the commit and a patch, as someone else would restore them.

use crate::changes::listing::names;
use crate::changes::shadow::Shadow;
use crate::error::Error;
use crate::git::Question;
use crate::patch::{Patch, Section};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A place to restore files in, with an index that holds the commit.
pub(super) struct Trial<'a> {
    shadow: &'a Shadow<'a>,
    folder: PathBuf,
    /// The files of attributes in the commit.
    attributes: Vec<Vec<u8>>,
}

/// How restoring went, by the places of sections.
pub(super) struct Outcome {
    /// Those whose file comes back otherwise, or not at all.
    pub(super) differing: BTreeSet<usize>,
    /// Those of them that git does not apply.
    pub(super) refused: BTreeSet<usize>,
}

impl<'a> Trial<'a> {
    pub(super) fn open(shadow: &'a Shadow<'a>) -> Result<Self, Error> {
        let folder = shadow.scratch().join("trial");
        let mut trial = Self {
            shadow,
            folder,
            attributes: Vec::new(),
        };
        trial.clear()?;
        trial.ask(&["read-tree", &shadow.base], Vec::new())?;
        let all = trial.ask(&["ls-files", "-z"], Vec::new())?;
        let is_attributes =
            |path: &&[u8]| path.rsplit(|byte| *byte == b'/').next() == Some(b".gitattributes");
        trial.attributes = names(&all)
            .filter(is_attributes)
            .map(<[u8]>::to_vec)
            .collect();
        Ok(trial)
    }

    /// Restores the files of some sections.
    pub(super) fn run(&self, patch: &Patch, places: &BTreeSet<usize>) -> Result<Outcome, Error> {
        self.clear()?;
        let sections = || {
            places
                .iter()
                .filter_map(|at| Some((*at, patch.sections().get(*at)?)))
        };
        let old_paths: Vec<&[u8]> = sections()
            .filter_map(|(_, section)| section.old_path.as_deref())
            .collect();
        let checkout = ["checkout-index", "-q", "-f", "-z", "--stdin"];
        if !self.attributes.is_empty() {
            self.ask(&checkout, self.attributes.join(&0))?;
        }
        if !old_paths.is_empty() {
            self.ask(&checkout, old_paths.join(&0))?;
        }
        let joined: Vec<u8> = sections()
            .flat_map(|(_, section)| patch.slice(&section.bytes))
            .copied()
            .collect();
        let mut refused = BTreeSet::new();
        if self.apply(joined).is_err() {
            // One section that does not fit keeps all of them out; which one it is, is asked one by one.
            for (at, section) in sections() {
                if self.apply(patch.slice(&section.bytes).to_vec()).is_err() {
                    refused.insert(at);
                }
            }
        }
        let differing = sections().filter(|(_, section)| !self.is_restored(section));
        let differing = differing.map(|(at, _)| at).chain(refused.iter().copied());
        Ok(Outcome {
            differing: differing.collect(),
            refused,
        })
    }

    fn apply(&self, patch: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.ask(&["apply", "--whitespace=nowarn", "-"], patch)
    }

    fn is_restored(&self, section: &Section) -> bool {
        let Some(path) = section.new_path.as_deref() else {
            return true;
        };
        let path = Path::new(OsStr::from_bytes(path));
        let read = |root: &Path| {
            let file = root.join(path);
            let is_program = fs::metadata(&file).ok()?.permissions().mode() & 0o100 != 0;
            Some((is_program, fs::read(file).ok()?))
        };
        read(self.shadow.root) == read(&self.folder)
    }

    fn clear(&self) -> Result<(), Error> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(Error::io("remove", &self.folder))?;
        }
        fs::create_dir(&self.folder).map_err(Error::io("make", &self.folder))
    }

    /// Asks git about the files in this place.
    fn ask(&self, words: &[&str], input: Vec<u8>) -> Result<Vec<u8>, Error> {
        let index = self.shadow.scratch().join("trial-index");
        let variables: [(&'static str, OsString); 3] = [
            ("GIT_DIR", self.shadow.git_dir.clone().into_os_string()),
            ("GIT_WORK_TREE", self.folder.clone().into_os_string()),
            ("GIT_INDEX_FILE", index.into_os_string()),
        ];
        let settings = [
            "-c",
            "core.splitIndex=false",
            "-c",
            "core.sparseCheckout=false",
        ];
        let words = settings.iter().chain(words);
        let question = Question::new(&self.folder, words).variables(&variables);
        self.shadow.git.ask(question.input(input))
    }
}
