//! The files of a package, found without following links and within limits.
//!
//! Listing a folder tells names and kinds. Sizes cost one question to the system for each file, so
//! they are asked for apart, by those who want them.

mod sizes;

use crate::error::Error;
use crate::relative_path::RelativePath;
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

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
    root: PathBuf,
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
    File,
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
        let mut walk = Walk {
            tree: Self {
                root: root.to_owned(),
                ..Self::default()
            },
            folders: vec![Folder {
                relative: PathBuf::new(),
                place: Place::Root,
                depth: 0,
            }],
            count: 0,
        };
        while let Some(folder) = walk.folders.pop() {
            walk.list(&folder)?;
        }
        let mut tree = walk.tree;
        tree.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        tree.unnameable.sort_unstable();
        Ok(tree)
    }

    /// The entry at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        let entry = |entry: &Entry| entry.path.as_str().cmp(path);
        self.entries.get(self.entries.binary_search_by(entry).ok()?)
    }

    /// Whether there is a regular file at a path.
    pub fn has_file(&self, path: &str) -> bool {
        self.get(path)
            .is_some_and(|entry| entry.kind == EntryKind::File)
    }

    /// The regular files.
    pub fn files(&self) -> impl Iterator<Item = &RelativePath> {
        self.entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::File)
            .map(|entry| &entry.path)
    }
}

/// A walk that has not ended.
struct Walk {
    tree: Tree,
    /// Folders that are found and not listed yet.
    folders: Vec<Folder>,
    /// The entries found so far.
    count: usize,
}

struct Folder {
    relative: PathBuf,
    place: Place,
    /// How many folders lead to it; none to the root.
    depth: usize,
}

/// A folder as the paths of what it holds begin.
enum Place {
    Root,
    Path(RelativePath),
    /// The folder has a name that cannot be written, so that nothing in it has a path.
    Unnameable,
}

impl Place {
    fn child(&self, name: Option<&str>) -> Option<RelativePath> {
        match self {
            Self::Root => RelativePath::in_folder(None, name?),
            Self::Path(folder) => RelativePath::in_folder(Some(folder), name?),
            Self::Unnameable => None,
        }
    }
}

impl Walk {
    fn list(&mut self, folder: &Folder) -> Result<(), Error> {
        let on_disk = self.tree.root.join(&folder.relative);
        for entry in std::fs::read_dir(&on_disk).map_err(Error::io("read", &on_disk))? {
            let entry = entry.map_err(Error::io("read", &on_disk))?;
            if self.count >= MAX_ENTRIES || folder.depth >= MAX_DEPTH {
                return Err(Error::NotAPackage {
                    path: self.tree.root.clone(),
                    found: format!(
                        "it holds more than {MAX_ENTRIES} entries or {MAX_DEPTH} levels"
                    ),
                });
            }
            self.count += 1;
            let kind = kind(&entry).map_err(|source| Error::io("read", &entry.path())(source))?;
            self.add(folder, &entry.file_name(), kind);
        }
        Ok(())
    }

    fn add(&mut self, folder: &Folder, name: &OsStr, kind: EntryKind) {
        let path = folder.place.child(name.to_str());
        if kind == EntryKind::Folder {
            self.folders.push(Folder {
                relative: folder.relative.join(name),
                place: path.clone().map_or(Place::Unnameable, Place::Path),
                depth: folder.depth + 1,
            });
        }
        match path {
            None => self.tree.unnameable.push(folder.relative.join(name)),
            Some(path) => self.tree.entries.push(Entry { path, kind }),
        }
    }
}

/// What the folder itself says about an entry; most file systems tell it with the name.
fn kind(entry: &DirEntry) -> std::io::Result<EntryKind> {
    let file_type = entry.file_type()?;
    Ok(if file_type.is_file() {
        EntryKind::File
    } else if file_type.is_dir() {
        EntryKind::Folder
    } else if file_type.is_symlink() {
        let target = std::fs::read_link(entry.path())?;
        EntryKind::Link { target }
    } else {
        EntryKind::Special
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lists_names_and_kinds_and_asks_for_sizes() {
        let root = std::env::temp_dir().join(format!("envelope-tree-{}", std::process::id()));
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::create_dir_all(root.join("bad\nname/inner")).unwrap();
        for (path, size) in [
            ("a-c.txt", 1),
            ("a/b/.x", 2),
            ("a/z", 0),
            ("bad\nname/in", 4),
        ] {
            fs::write(root.join(path), vec![0; size]).unwrap();
        }
        let tree = Tree::walk(&root).unwrap();
        let sizes = tree.sizes_bytes(tree.files()).unwrap();
        let found: Vec<_> = tree
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        assert_eq!(found, ["a", "a-c.txt", "a/b", "a/b/.x", "a/z"]);
        assert_eq!(sizes, [1, 2, 0]);
        assert_eq!(tree.size_bytes("a/b/.x").unwrap(), Some(2));
        assert_eq!(tree.size_bytes("a/b").unwrap(), None);
        assert_eq!(tree.size_bytes("a/b/.y").unwrap(), None);
        let unnameable = ["bad\nname", "bad\nname/in", "bad\nname/inner"];
        assert_eq!(tree.unnameable, unnameable.map(PathBuf::from));
        fs::remove_file(root.join("a/z")).unwrap();
        assert!(tree.size_bytes("a/z").is_err());
        assert!(tree.sizes_bytes(tree.files()).is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
