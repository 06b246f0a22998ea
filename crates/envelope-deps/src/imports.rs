//! What a project's own Python files import, and which packages that comes from.
//!
//! Files are read, never executed. Imports that the code makes by a name that it computes, plugins
//! that are found by their entry points, and models that name their modules in a pickle cannot be
//! seen; where such a thing may happen is told as [`CannotKnow`].

mod by_name;
mod distributions;
mod files;
mod first_party;
mod statements;
mod stdlib;
mod suggest;
mod tokens;

use crate::error::{Error, Place};
pub use distributions::{ImportedButRemoved, imported_but_removed, modules_of, removed_modules};
pub use first_party::{FirstParty, MissingModule, OwnFile, Start, first_party};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
pub use suggest::{Imported, Suggestion, suggest};

/// One import, as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module, such as `sklearn.linear_model`.
    pub module: String,
    /// What is taken out of the module, which may be modules too: `from module import names`.
    pub names: Vec<String>,
    /// Where.
    pub place: Place,
    /// When it is executed.
    pub kind: ImportKind,
}

/// When an import is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportKind {
    /// Whenever the file is imported.
    Always,
    /// Perhaps: it stands in a function, in `try` or in `if`.
    Conditional,
    /// Perhaps: something imports the module by its name, such as `importlib.import_module("x")`.
    ByName,
    /// Never: it stands in `if TYPE_CHECKING`.
    TypeOnly,
}

/// A place at which a file may import what it does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotKnow {
    /// Where.
    pub place: Place,
    /// What happens there, in a sentence.
    pub what: String,
    /// Whether it may be a file of the project itself, rather than an installed package.
    pub may_be_own: bool,
}

/// What files import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Every import of modules that are not relative to the file, in the order of files and lines.
    pub imports: Vec<Import>,
    /// Every import of modules that are relative to the file, with the dots that it begins with.
    pub relative_imports: Vec<Import>,
    /// Where files may import more than they name.
    pub cannot_know: Vec<CannotKnow>,
    /// The number of files.
    pub files: usize,
    /// The top-level modules of the project itself, and whether they surely are: a folder without
    /// `__init__.py` may just happen to have that name.
    own_modules: BTreeMap<String, bool>,
}

impl Scan {
    /// Reads one more text; `path` is only said in places.
    pub fn add_text(&mut self, path: &Path, text: &[u8]) {
        self.files += 1;
        statements::scan(path, text, self);
    }

    /// Whether a module is one of the project itself; with `or_perhaps`, whether it may be.
    fn is_own(&self, module: &str, or_perhaps: bool) -> bool {
        let top = module.split('.').next().unwrap_or_default();
        self.own_modules
            .get(top)
            .is_some_and(|&surely| surely || or_perhaps)
    }
}

/// Scans Python files, and all that lie in folders, such as a project's root.
///
/// # Errors
///
/// [`Error::Io`] for a path that cannot be read.
pub fn scan(paths: &[PathBuf]) -> Result<Scan, Error> {
    let mut scan = Scan::default();
    for path in paths {
        files::add(path, &mut scan)?;
    }
    Ok(scan)
}
