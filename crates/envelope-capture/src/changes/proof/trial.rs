//! Files restored beside, from the commit and a patch, as someone else would restore them.

use crate::changes::listing::names;
use crate::changes::shadow::Shadow;
use crate::error::Error;
use crate::git::{LfsPointer, Question};
use crate::patch::{Body, Patch, Section};
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
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Those whose file comes back otherwise, or not at all.
    pub(super) differing: BTreeSet<usize>,
    /// Those of them that git does not apply.
    pub(super) refused: BTreeSet<usize>,
    /// Those that could not be tried, since a filter fails. They are not among the others.
    pub(super) untried: BTreeSet<usize>,
}

impl Outcome {
    /// What is known where nothing can be tried.
    pub(super) fn untried(places: &BTreeSet<usize>) -> Self {
        Self {
            untried: places.clone(),
            ..Self::default()
        }
    }
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
    pub(super) fn run(&self, patch: &Patch, places: &BTreeSet<usize>) -> Outcome {
        let mut outcome = Outcome::default();
        if self.restores(patch, places) {
            outcome.differing = self.differing(patch, places.iter());
            return outcome;
        }
        // One section that does not fit keeps all of them out. Which one it is, is found by halves, each
        // of them with the attributes that hold for all.
        let is_attributes = |at: &usize| {
            let section = patch.sections().get(*at);
            section.is_some_and(|section| section.raw_path().ends_with(b".gitattributes"))
        };
        let (attributes, files): (Vec<_>, Vec<_>) = places.iter().partition(|at| is_attributes(at));
        let mut before = BTreeSet::new();
        for at in attributes {
            self.halve(patch, &before, &[at], &mut outcome);
            if !outcome.refused.contains(&at) && !outcome.untried.contains(&at) {
                before.insert(at);
            }
        }
        self.halve(patch, &before, &files, &mut outcome);
        outcome
    }

    /// Restores some sections after others, in two parts where it does not go at once.
    fn halve(
        &self,
        patch: &Patch,
        before: &BTreeSet<usize>,
        places: &[usize],
        outcome: &mut Outcome,
    ) {
        let all = before.iter().chain(places).copied().collect();
        if places.is_empty() {
            return;
        }
        if self.restores(patch, &all) {
            outcome.differing.extend(self.differing(patch, places));
        } else if let [at] = places {
            // Where git has nothing against the section, it is the file that cannot be written.
            let check = ["apply", "--check", "-"];
            let is_untried =
                self.prepare(patch, &all).is_err() || self.ask(&check, joined(patch, &all)).is_ok();
            if is_untried {
                outcome.untried.insert(*at);
            } else {
                outcome.refused.insert(*at);
                outcome.differing.insert(*at);
            }
        } else {
            let (one, two) = places.split_at(places.len() / 2);
            self.halve(patch, before, one, outcome);
            self.halve(patch, before, two, outcome);
        }
    }

    fn restores(&self, patch: &Patch, places: &BTreeSet<usize>) -> bool {
        let apply = ["apply", "--whitespace=nowarn", "-"];
        let prepared = self.prepare(patch, places);
        prepared.is_ok_and(|()| self.ask(&apply, joined(patch, places)).is_ok())
    }

    /// Puts the files of the commit in their places.
    fn prepare(&self, patch: &Patch, places: &BTreeSet<usize>) -> Result<(), Error> {
        self.clear()?;
        let sections = places.iter().filter_map(|at| patch.sections().get(*at));
        let old_paths: Vec<&[u8]> = sections
            .filter_map(|section| section.old_path.as_deref())
            .collect();
        let checkout = ["checkout-index", "-q", "-f", "-z", "--stdin"];
        if !self.attributes.is_empty() {
            self.ask(&checkout, self.attributes.join(&0))?;
        }
        if !old_paths.is_empty() {
            self.ask(&checkout, old_paths.join(&0))?;
        }
        Ok(())
    }

    fn differing<'b>(
        &self,
        patch: &Patch,
        places: impl IntoIterator<Item = &'b usize>,
    ) -> BTreeSet<usize> {
        let differs = |at: &usize| {
            let section = patch.sections().get(*at);
            section.is_some_and(|section| !self.is_restored(section))
        };
        places.into_iter().copied().filter(differs).collect()
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
        let (was, is) = (read(self.shadow.root()), read(&self.folder));
        // Contents that did not change are not the patch's to restore but those of Git LFS, which
        // writes only pointers here.
        let is_left_to_lfs = section.body == Body::None
            && is
                .as_ref()
                .is_some_and(|(_, contents)| LfsPointer::read("", contents).is_some());
        let is_program = |file: &Option<(bool, Vec<u8>)>| file.as_ref().map(|file| file.0);
        was == is || is_left_to_lfs && is_program(&was) == is_program(&is)
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
            ("GIT_DIR", self.shadow.repository.git_dir.clone().into()),
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

/// Some sections of a patch, one after the other.
fn joined(patch: &Patch, places: &BTreeSet<usize>) -> Vec<u8> {
    let sections = places.iter().filter_map(|at| patch.sections().get(*at));
    let bytes = sections.flat_map(|section| patch.slice(&section.bytes));
    bytes.copied().collect()
}
