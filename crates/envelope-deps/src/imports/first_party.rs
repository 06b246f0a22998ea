//! A project's own files that modules need: those that they import, those that these import, and so
//! on, as Python's import system would find them:
//! <https://docs.python.org/3/reference/import.html#searching>.

mod beside;
mod resolve;

use super::{CannotKnow, Import, ImportKind, Scan, files};
use crate::error::{Error, Place};
use resolve::{Found, Location, absolute, find};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A module, such as `churn.model`.
    Module(String),
    /// A file that is executed, and not imported.
    File(PathBuf),
}

/// A file of the project that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFile {
    /// The folder that it is imported from.
    pub root: PathBuf,
    /// The file, relative to that folder.
    pub path: PathBuf,
    /// The import that needs it first; `None` where it is a start.
    pub needed_by: Option<Place>,
}

/// A module that should be the project's own, and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingModule {
    /// The module.
    pub module: String,
    /// The import that asks for it; `None` where it is a start.
    pub needed_by: Option<Place>,
}

/// What modules need of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstParty {
    /// The files, in the order of their paths.
    pub files: Vec<OwnFile>,
    /// Starts that are not there, and modules of packages that are.
    pub missing: Vec<MissingModule>,
    /// Places at which the files may need more than they name.
    pub cannot_know: Vec<CannotKnow>,
}

/// Collects what the starts import from the roots: folders that modules are imported from, of which
/// the first that has a module wins.
///
/// Imports in functions, in `try` and in `if` count; those in `if TYPE_CHECKING` do not. A package's
/// `__init__.py` comes with each of its modules, compiled modules come as they are, and what the
/// roots do not have is not the project's.
///
/// # Errors
///
/// [`Error::Io`] for a root that is no folder, or a file that cannot be read.
pub fn first_party(roots: &[PathBuf], starts: &[Start]) -> Result<FirstParty, Error> {
    for root in roots {
        fs::read_dir(root).map_err(|error| Error::io(root, error))?;
    }
    let mut collector = Collector {
        roots,
        files: BTreeMap::new(),
        waiting: VecDeque::new(),
        answer: FirstParty::default(),
    };
    for start in starts {
        match start {
            Start::Module(module) => {
                if collector.reach(module, None) != Reached::Module {
                    collector.miss(module, None);
                }
            }
            Start::File(path) => collector.waiting.push_back(Waiting {
                path: path.clone(),
                package: None,
            }),
        }
    }
    while let Some(next) = collector.waiting.pop_front() {
        collector.follow(&next)?;
    }
    let mut answer = collector.answer;
    answer.files = collector.files.into_values().collect();
    Ok(answer)
}

/// A file whose imports were not followed yet.
struct Waiting {
    path: PathBuf,
    /// The package that relative imports begin at.
    package: Option<String>,
}

/// What a module's name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// A file of the project.
    Module,
    /// Folders without `__init__.py`, which may or may not be meant.
    Namespace,
    /// Nothing, though the package that it would be in is the project's.
    Missing,
    /// Nothing of the project.
    Foreign,
}

struct Collector<'a> {
    roots: &'a [PathBuf],
    files: BTreeMap<PathBuf, OwnFile>,
    waiting: VecDeque<Waiting>,
    answer: FirstParty,
}

impl Collector<'_> {
    /// Adds a module's file and those of the packages that it is in.
    fn reach(&mut self, module: &str, by: Option<&Place>) -> Reached {
        let mut places: Vec<Location> = self.roots.iter().map(|root| Location::of(root)).collect();
        let mut reached = Reached::Foreign;
        let mut name = String::new();
        for part in module.split('.') {
            let package = name;
            name = join(&package, part);
            match find(&places, part) {
                Found::Package(location, file) => {
                    self.add(location.root, file, &name, by);
                    places = vec![location];
                    reached = Reached::Module;
                }
                Found::Module(location, file) => {
                    self.add(location.root, file, &package, by);
                    places.clear();
                    reached = Reached::Module;
                }
                Found::Folders(folders) => {
                    places = folders;
                    reached = Reached::Namespace;
                }
                Found::Nothing if reached == Reached::Module => return Reached::Missing,
                Found::Nothing => return Reached::Foreign,
            }
        }
        reached
    }

    fn add(&mut self, root: &Path, path: PathBuf, package: &str, by: Option<&Place>) {
        if self.files.contains_key(&path) {
            return;
        }
        if path.extension().is_some_and(|ending| ending == "py") {
            self.waiting.push_back(Waiting {
                path: root.join(&path),
                package: Some(package.to_owned()),
            });
        }
        let file = OwnFile {
            root: root.to_owned(),
            path: path.clone(),
            needed_by: by.cloned(),
        };
        self.files.insert(path, file);
    }

    fn miss(&mut self, module: &str, by: Option<&Place>) {
        let missing = MissingModule {
            module: module.to_owned(),
            needed_by: by.cloned(),
        };
        if !self.answer.missing.contains(&missing) {
            self.answer.missing.push(missing);
        }
    }

    /// Adds what a file imports.
    fn follow(&mut self, file: &Waiting) -> Result<(), Error> {
        let metadata = fs::metadata(&file.path).map_err(|error| Error::io(&file.path, error))?;
        let mut scan = Scan::default();
        if let Some(text) = files::text(&file.path, metadata.len(), &mut scan)? {
            scan.add_text(&file.path, &text);
            beside::find(&file.path, &text, &mut scan);
        }
        for import in &scan.imports {
            self.import(&import.module, import);
        }
        for import in &scan.relative_imports {
            let base = file.package.as_deref();
            match base.and_then(|package| absolute(package, &import.module)) {
                Some(module) => self.import(&module, import),
                None if import.kind == ImportKind::TypeOnly => {}
                None => self.miss(&import.module, Some(&import.place)),
            }
        }
        let unknown = scan.cannot_know.into_iter().filter(|one| one.may_be_own);
        self.answer.cannot_know.extend(unknown);
        Ok(())
    }

    fn import(&mut self, module: &str, import: &Import) {
        if import.kind == ImportKind::TypeOnly {
            return;
        }
        let by = Some(&import.place);
        let reached = self.reach(module, by);
        if reached == Reached::Missing && import.kind == ImportKind::Always {
            self.miss(module, by);
        }
        if reached == Reached::Module || reached == Reached::Namespace {
            // A name may be a module, or something that one defines.
            for name in &import.names {
                self.reach(&join(module, name), by);
            }
        }
    }
}

fn join(package: &str, name: &str) -> String {
    if package.is_empty() {
        name.to_owned()
    } else {
        format!("{package}.{name}")
    }
}
