//! The files of a package with their sizes, as far as they are shown.

use envelope_format::Error;
use envelope_format::package::Package;
use envelope_format::relative_path::RelativePath;
use serde::Serialize;

/// The regular files of a package.
pub(super) struct Files<'a> {
    /// The first of them, in the order of their paths.
    pub(super) shown: Vec<FileEntry<'a>>,
    /// How many there are.
    pub(super) count: usize,
    /// Their size together.
    pub(super) size_bytes: u64,
    /// Whether that is what the package says of itself.
    pub(super) size_is_as_sealed: bool,
}

/// A regular file.
#[derive(Debug, Serialize)]
pub(crate) struct FileEntry<'a> {
    pub(crate) path: &'a str,
    pub(crate) size_bytes: u64,
}

impl<'a> Files<'a> {
    /// Asks for sizes. Of a sealed package with more files than are shown only theirs are asked
    /// for, and the package itself for the sum: thousands of questions would take longer than all
    /// else.
    pub(super) fn of(package: &'a Package, shown: usize) -> Result<Self, Error> {
        let tree = package.tree();
        let count = tree.files().count();
        let sealed = (count > shown)
            .then(|| package.sealed_size_bytes())
            .flatten();
        let sizes = if sealed.is_some() {
            tree.sizes_bytes(tree.files().take(shown))?
        } else {
            tree.sizes_bytes(tree.files())?
        };
        let entry = |(path, size_bytes): (&'a RelativePath, &u64)| FileEntry {
            path: path.as_str(),
            size_bytes: *size_bytes,
        };
        Ok(Self {
            shown: tree.files().zip(&sizes).take(shown).map(entry).collect(),
            count,
            size_bytes: sealed.unwrap_or_else(|| sizes.iter().sum()),
            size_is_as_sealed: sealed.is_some(),
        })
    }

    /// The size of a file that is shown.
    pub(super) fn size_bytes(&self, path: &str) -> Option<u64> {
        let found = self.shown.binary_search_by(|entry| entry.path.cmp(path));
        Some(self.shown[found.ok()?].size_bytes)
    }
}
