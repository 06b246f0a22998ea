//! Files and folders of the spec's surroundings, gathered for the package.

use super::mistake::Mistakes;
use crate::package::{Contents, Source};
use crate::relative_path::RelativePath;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// What Python, editors and version control leave in folders; never part of a package.
const LEFTOVERS: [&str; 10] = [
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".DS_Store",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
];

/// Puts files and folders into the contents, each under its own name.
pub(super) struct Gather<'a, 'm> {
    /// The spec's folder.
    pub(super) base: &'a Path,
    pub(super) contents: &'a mut Contents,
    pub(super) mistakes: &'a mut Mistakes<'m>,
}

impl Gather<'_, '_> {
    /// Adds a file or folder to a folder of the package and returns its place there; `None` when
    /// that is a mistake, which is then recorded at the element.
    pub(super) fn add(&mut self, element: &str, path: &str, folder: &str) -> Option<RelativePath> {
        let on_disk = self.base.join(path);
        let place = self.place(element, &on_disk, path, folder)?;
        match std::fs::metadata(&on_disk) {
            Ok(metadata) if metadata.is_file() => {
                self.add_file(element, place.clone(), &on_disk);
            }
            Ok(metadata) if metadata.is_dir() => self.add_folder(element, &place, &on_disk),
            Ok(_) => {
                self.mistakes
                    .add(element, format!("`{path}` is neither a file nor a folder"));
            }
            Err(error) => self.mistakes.add(element, missing(path, &error)),
        }
        Some(place)
    }

    /// Where a source goes: its own name in the folder. Its name is looked up on disk, since a path
    /// such as `.` or `..` has none of its own.
    fn place(
        &mut self,
        element: &str,
        on_disk: &Path,
        path: &str,
        folder: &str,
    ) -> Option<RelativePath> {
        let resolved;
        let named = if on_disk.file_name().is_some() {
            on_disk
        } else {
            resolved = on_disk.canonicalize().unwrap_or_default();
            &resolved
        };
        let name = named.file_name().and_then(|name| name.to_str());
        let place = name.and_then(|name| RelativePath::new(&format!("{folder}/{name}")).ok());
        if place.is_none() {
            self.mistakes.add(
                element,
                format!("`{path}` has no name that a package can hold"),
            );
        }
        place
    }

    /// Adds a file at a place of its own.
    pub(super) fn add_file(&mut self, element: &str, place: RelativePath, on_disk: &Path) {
        if let Err(error) = self.contents.add(place, Source::File(on_disk.to_owned())) {
            self.mistakes.add(element, error.to_string());
        }
    }

    fn add_folder(&mut self, element: &str, place: &RelativePath, on_disk: &Path) {
        let walk = WalkDir::new(on_disk)
            .follow_links(true)
            .min_depth(1)
            .sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| !is_leftover(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() => {
                    self.add_entry(element, place, on_disk, &entry);
                }
                Ok(entry) => {
                    let path = entry.path().display();
                    self.mistakes
                        .add(element, format!("`{path}` is neither a file nor a folder"));
                }
                Err(error) => self.mistakes.add(element, error.to_string()),
            }
        }
    }

    fn add_entry(&mut self, element: &str, place: &RelativePath, root: &Path, entry: &DirEntry) {
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let inside =
            RelativePath::from_disk(relative).and_then(|path| place.join(path.as_str()).ok());
        if let Some(inside) = inside {
            return self.add_file(element, inside, entry.path());
        }
        let message = format!(
            "`{}` has a name that no package can hold",
            relative.display()
        );
        self.mistakes.add(element, message);
    }
}

fn missing(path: &str, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("found no file or folder `{path}`"),
        _ => format!("cannot read `{path}`: {error}"),
    }
}

fn is_leftover(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    LEFTOVERS.contains(&name.as_ref())
        || Path::new(name.as_ref())
            .extension()
            .is_some_and(|e| e == "pyc" || e == "pyo")
}
