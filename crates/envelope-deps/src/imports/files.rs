//! Which files are scanned, and which modules are the project's own.

use super::{CannotKnow, Scan};
use crate::error::{Error, Place};
use std::fs;
use std::path::{Path, PathBuf};

/// A file that is longer was not written by hand.
const LONGEST: u64 = 4 << 20;

/// Adds a file, or all Python files below a folder, in the order of their names.
pub(super) fn add(path: &Path, scan: &mut Scan) -> Result<(), Error> {
    let metadata = fs::metadata(path).map_err(|error| Error::io(path, error))?;
    if metadata.is_dir() {
        add_own_modules(path, scan)?;
        // A layout that keeps packages in `src` has them importable from there.
        let src = path.join("src");
        if src.is_dir() {
            add_own_modules(&src, scan)?;
        }
        return add_folder(path, scan);
    }
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        // What lies beside a script can be imported by it.
        add_own_modules(folder, scan)?;
    }
    add_file(path, metadata.len(), scan)
}

fn add_file(path: &Path, length: u64, scan: &mut Scan) -> Result<(), Error> {
    if let Some(text) = text(path, length, scan)? {
        scan.add_text(path, &text);
    }
    Ok(())
}

/// A file's text, unless it is longer than anyone writes, which is noted.
pub(super) fn text(path: &Path, length: u64, scan: &mut Scan) -> Result<Option<Vec<u8>>, Error> {
    if length <= LONGEST {
        let text = fs::read(path).map_err(|error| Error::io(path, error))?;
        return Ok(Some(text));
    }
    scan.cannot_know.push(CannotKnow {
        place: Place {
            path: path.to_owned(),
            line: 0,
            column: 0,
        },
        what: format!("the file has more than {LONGEST} bytes and was not read"),
        may_be_own: true,
    });
    Ok(None)
}

/// Walks with a list of its own: folders may be nested deeper than calls.
fn add_folder(root: &Path, scan: &mut Scan) -> Result<(), Error> {
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        let entries = sorted_entries(&folder)?;
        let mut folders = Vec::new();
        for entry in entries {
            if entry.is_folder && is_of_project(&entry) {
                folders.push(entry.path);
            } else if entry.is_file && is_python(&entry.path) {
                add_file(&entry.path, entry.length, scan)?;
            }
        }
        waiting.extend(folders.into_iter().rev());
    }
    Ok(())
}

struct Entry {
    path: PathBuf,
    name: String,
    is_folder: bool,
    is_file: bool,
    length: u64,
}

/// What a folder holds; links to folders are not followed, since they may lead in a circle.
fn sorted_entries(folder: &Path) -> Result<Vec<Entry>, Error> {
    let wrong = |error| Error::io(folder, error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let kind = entry.file_type().map_err(wrong)?;
        let path = entry.path();
        let is_file = if kind.is_symlink() {
            path.is_file()
        } else {
            kind.is_file()
        };
        let length = if is_file {
            path.metadata().map_or(0, |metadata| metadata.len())
        } else {
            0
        };
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            path,
            is_folder: kind.is_dir(),
            is_file,
            length,
        });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Whether a folder may hold files of the project: environments and caches do not.
fn is_of_project(entry: &Entry) -> bool {
    let is_foreign = matches!(
        entry.name.as_str(),
        "__pycache__" | "node_modules" | "site-packages"
    );
    !is_foreign && !entry.name.starts_with('.') && !entry.path.join("pyvenv.cfg").exists()
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "py" || ending == "pyw")
}

/// The modules that can be imported from a folder.
fn add_own_modules(folder: &Path, scan: &mut Scan) -> Result<(), Error> {
    for entry in sorted_entries(folder)? {
        if entry.is_file && is_python(&entry.path) {
            if let Some(stem) = entry.path.file_stem() {
                let name = stem.to_string_lossy().into_owned();
                scan.own_modules.insert(name, true);
            }
        } else if entry.is_folder && is_of_project(&entry) {
            let surely = entry.path.join("__init__.py").is_file();
            let known = scan.own_modules.entry(entry.name).or_insert(surely);
            *known |= surely;
        }
    }
    Ok(())
}
