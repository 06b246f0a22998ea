//! What an inventory can be read from: one reader a format, one trait.
//!
//! Adding a format takes three steps: its reader file, one line in [`SOURCES`], a fixture.

mod conda;
mod document;
mod freeze;
mod requirements_txt;
mod resolve;
mod roots;
mod site_packages;
mod uv_lock;

use crate::error::Error;
use crate::inventory::Inventory;
use crate::names::{ExtraName, PackageName};
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
const SOURCES: [&dyn Source; 4] = [
    &uv_lock::UvLock,
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
