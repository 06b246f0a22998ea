//! The files of a package, found without following links and within limits.

use crate::error::Error;
use crate::relative_path::RelativePath;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The most files and folders that a package may hold.
pub const MAX_ENTRIES: usize = 200_000;
/// The deepest folder that is read.
const MAX_DEPTH: usize = 64;

/// Everything in a package's folder, in the order of its paths.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The entries, folders before what they hold.
    pub entries: Vec<Entry>,
    /// Names that cannot stand in an `MLmodel`: not UTF-8, or with control characters.
    pub unnameable: Vec<PathBuf>,
}

/// One file, folder or other thing in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies.
    pub path: RelativePath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link; it is never followed.
    Link {
        /// Where it points.
        target: PathBuf,
    },
    /// A pipe, socket or device; it is never opened.
    Special,
}

impl Tree {
    /// Lists the folder.
    ///
    /// # Errors
    /// Folders that cannot be read, more than [`MAX_ENTRIES`] entries, or folders nested deeper
    /// than 64 levels.
    pub fn walk(root: &Path) -> Result<Self, Error> {
        let mut tree = Self::default();
        let walk = WalkDir::new(root).min_depth(1).max_depth(MAX_DEPTH + 1);
        for (count, entry) in walk.into_iter().enumerate() {
            let entry = entry.map_err(|error| walk_error(root, error))?;
            if count >= MAX_ENTRIES || entry.depth() > MAX_DEPTH {
                return Err(Error::NotAPackage {
                    path: root.to_owned(),
                    found: format!(
                        "it holds more than {MAX_ENTRIES} entries or {MAX_DEPTH} levels"
                    ),
                });
            }
            tree.add(root, &entry)?;
        }
        tree.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        tree.unnameable.sort_unstable();
        Ok(tree)
    }

    fn add(&mut self, root: &Path, entry: &walkdir::DirEntry) -> Result<(), Error> {
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let Some(path) = RelativePath::from_disk(relative) else {
            self.unnameable.push(relative.to_owned());
            return Ok(());
        };
        self.entries.push(Entry {
            path,
            kind: kind(root, entry)?,
        });
        Ok(())
    }

    /// The entry at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        let entry = |entry: &Entry| entry.path.as_str().cmp(path);
        self.entries.get(self.entries.binary_search_by(entry).ok()?)
    }

    /// Whether there is a regular file at a path.
    pub fn has_file(&self, path: &str) -> bool {
        self.get(path)
            .is_some_and(|entry| matches!(entry.kind, EntryKind::File { .. }))
    }

    /// The regular files with their sizes in bytes.
    pub fn files(&self) -> impl Iterator<Item = (&RelativePath, u64)> {
        self.entries.iter().filter_map(|entry| match entry.kind {
            EntryKind::File { size_bytes } => Some((&entry.path, size_bytes)),
            _ => None,
        })
    }

    /// The size of all files in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.files().map(|(_, size)| size).sum()
    }
}

fn kind(root: &Path, entry: &walkdir::DirEntry) -> Result<EntryKind, Error> {
    let file_type = entry.file_type();
    if file_type.is_symlink() {
        let target = std::fs::read_link(entry.path()).map_err(Error::io("read", entry.path()))?;
        return Ok(EntryKind::Link { target });
    }
    if file_type.is_dir() {
        return Ok(EntryKind::Folder);
    }
    if !file_type.is_file() {
        return Ok(EntryKind::Special);
    }
    let metadata = entry.metadata().map_err(|error| walk_error(root, error))?;
    Ok(EntryKind::File {
        size_bytes: metadata.len(),
    })
}

fn walk_error(root: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(root).to_owned();
    let source = error
        .into_io_error()
        .unwrap_or_else(|| std::io::ErrorKind::Other.into());
    Error::Io {
        action: "read",
        path,
        source,
    }
}
