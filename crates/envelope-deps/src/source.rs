//! What an inventory can be read from: one reader a format, one trait.
//!
//! Adding a format takes three steps: its reader file, one line in `SOURCES`, a fixture.

mod candidates;
mod conda;
mod document;
mod freeze;
mod numbered_names;
mod pdm_lock;
mod pipfile_lock;
mod poetry_lock;
mod pylock;
mod pyproject;
mod reference;
mod requirements_txt;
mod resolve;
mod roots;
mod site_packages;
mod uv_lock;

use crate::error::Error;
use crate::inventory::{EdgeSource, Inventory};
use crate::names::{ExtraName, PackageName};
use std::io::Read as _;
use std::path::Path;

pub use requirements_txt::{RequirementsFile, RewriteOptions};
pub use resolve::{Resolve, resolve_with_uv};
pub use roots::read_roots;

/// One format that an inventory can be read from.
pub trait Source: Sync {
    /// The word of the format, for messages: `uv.lock`, `requirements file`.
    fn format(&self) -> &'static str;

    /// Whether a file or folder is of this format, by its name and, where that does not tell, its
    /// first bytes.
    fn recognises(&self, path: &Path) -> bool;

    /// Reads it.
    ///
    /// # Errors
    ///
    /// What could not be read or understood, with its place.
    fn read(&self, path: &Path, options: &ReadOptions) -> Result<Inventory, Error>;

    /// Why a file of this format may say nothing of who needs whom, where it is of no use without.
    fn why_without_edges(&self) -> Option<&'static str> {
        None
    }
}

/// What a lock is asked about, beside its project's own requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Extras of the lock's project that count as asked for.
    pub extras: Vec<ExtraName>,
    /// Dependency groups of the lock's project that count as asked for.
    pub groups: Vec<String>,
    /// The members of the lock's workspace that count; when empty, the project beside the lock,
    /// or every member where there is none.
    pub projects: Vec<PackageName>,
}

/// Every format; the first that recognises a file reads it.
const SOURCES: [&dyn Source; 8] = [
    &uv_lock::UvLock,
    &pylock::Pylock,
    &poetry_lock::PoetryLock,
    &pdm_lock::PdmLock,
    &pipfile_lock::PipfileLock,
    &requirements_txt::RequirementsText,
    &conda::CondaEnvironment,
    &site_packages::SitePackages,
];

/// Whether a file is a requirements file, which [`RequirementsFile`] reads with all its bytes.
pub fn is_requirements_file(path: &Path) -> bool {
    let source = SOURCES.iter().find(|source| source.recognises(path));
    source.is_some_and(|source| source.format() == requirements_txt::FORMAT)
}

/// Reads a file or folder of any known format.
///
/// # Errors
///
/// [`Error::UnknownFormat`], and what the format's reader says.
pub fn read(path: &Path, options: &ReadOptions) -> Result<Inventory, Error> {
    path.symlink_metadata()
        .map_err(|error| Error::io(path, error))?;
    let source = SOURCES.iter().find(|source| source.recognises(path));
    let source = source.ok_or_else(|| Error::UnknownFormat {
        path: path.to_owned(),
    })?;
    source.read(path, options)
}

/// Refuses an inventory that was to say who needs whom and, joined with whatever there was to join
/// it with, still does not.
///
/// # Errors
///
/// [`Error::NoEdges`] for a format that is of no use without edges. A list of packages is of use:
/// each of them was asked for.
pub fn refuse_without_edges(path: &Path, inventory: &Inventory) -> Result<(), Error> {
    if inventory.edge_source != EdgeSource::None {
        return Ok(());
    }
    let source = SOURCES.iter().find(|source| source.recognises(path));
    match source.and_then(|source| source.why_without_edges()) {
        Some(reason) => Err(Error::NoEdges {
            path: path.to_owned(),
            reason,
        }),
        None => Ok(()),
    }
}

/// Reads a text, refusing what is not UTF-8 with its place.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + memchr::memchr_iter(b'\n', read).count();
        Error::syntax(path, line, 0, "the text is not UTF-8")
    })
}

/// Whether the name of a file is one of a format.
fn named(path: &Path, is_one: impl Fn(&str) -> bool) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(is_one) && !path.is_dir()
}

/// Whether the first bytes of a file are of a format.
fn begins(path: &Path, is_one: impl Fn(&str) -> bool) -> bool {
    let Ok(file) = std::fs::File::open(path) else {
        return false;
    };
    let mut bytes = Vec::new();
    let read = file.take(FIRST_BYTES).read_to_end(&mut bytes);
    read.is_ok() && is_one(&String::from_utf8_lossy(&bytes))
}

/// Enough for the comment that a lock begins with.
const FIRST_BYTES: u64 = 1024;

/// The name of a group as it is compared: groups are named as packages are.
fn normalised_group(group: &str) -> String {
    let name: Result<PackageName, _> = group.parse();
    name.map_or_else(|_| group.to_owned(), |name| name.to_string())
}
