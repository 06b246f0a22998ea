//! Where packages are installed: from what a user names to the folder of the metadata.

use super::Kind;
use crate::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder of the metadata in what may be that folder itself, or an environment's root.
pub(super) fn find(path: &Path) -> Option<PathBuf> {
    if holds_metadata(path) || path.ends_with("site-packages") || path.ends_with("dist-packages") {
        return Some(path.to_owned());
    }
    let windows = path.join("Lib").join("site-packages");
    if windows.is_dir() {
        return Some(windows);
    }
    below_lib(&path.join("lib")).or_else(|| below_lib(&path.join("lib64")))
}

/// Everything in a folder, sorted: the order of a file system is no order.
///
/// # Errors
///
/// [`Error::Io`].
pub(super) fn entries(folder: &Path) -> Result<Vec<OsString>, Error> {
    let wrong = |error| Error::io(folder, error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        names.push(entry.map_err(wrong)?.file_name());
    }
    names.sort_unstable();
    Ok(names)
}

fn holds_metadata(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path) else {
        return false;
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.any(|name| matches!(Kind::of_entry(&name), Some(Kind::DistInfo | Kind::EggInfo)))
}

/// `python3.11/site-packages` below `lib`; the first by name where there are several.
fn below_lib(lib: &Path) -> Option<PathBuf> {
    let names = entries(lib).ok()?.into_iter();
    let pythons = names.filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("python") || name.starts_with("pypy")
    });
    pythons
        .flat_map(|name| {
            ["site-packages", "dist-packages"].map(|packages| lib.join(&name).join(packages))
        })
        .find(|folder| folder.is_dir())
}
