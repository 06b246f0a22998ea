//! From a module's name to its file.

use super::super::by_name::is_name;
use super::join;
use std::fs;
use std::path::{Path, PathBuf};

/// A place that modules may lie at, below one of the roots.
pub(super) struct Location<'a> {
    pub(super) root: &'a Path,
    /// Relative to the root.
    path: PathBuf,
}

impl<'a> Location<'a> {
    /// The root itself.
    pub(super) fn of(root: &'a Path) -> Self {
        let path = PathBuf::new();
        Self { root, path }
    }

    fn join(&self, part: &str) -> Self {
        let (root, path) = (self.root, self.path.join(part));
        Self { root, path }
    }

    fn is_there(&self, path: &Path) -> bool {
        self.root.join(path).is_file()
    }
}

/// What there is of a name; files are relative to the location's root.
pub(super) enum Found<'a> {
    /// A folder with `__init__.py`, which is the file.
    Package(Location<'a>, PathBuf),
    /// A source file or a compiled one.
    Module(Location<'a>, PathBuf),
    /// Folders without `__init__.py`.
    Folders(Vec<Location<'a>>),
    /// Nothing.
    Nothing,
}

/// Looks for a part of a module's name, as Python does: in each place for a package, a compiled module
/// and a source file, and where no place has any, for folders.
pub(super) fn find<'a>(places: &[Location<'a>], part: &str) -> Found<'a> {
    if !is_name(part) {
        return Found::Nothing;
    }
    let mut folders = Vec::new();
    for location in places.iter().map(|place| place.join(part)) {
        let package = location.path.join("__init__.py");
        if location.is_there(&package) {
            return Found::Package(location, package);
        }
        if let Some(file) = compiled_module(&location, part) {
            return Found::Module(location, file);
        }
        let source = location.path.with_file_name(format!("{part}.py"));
        if location.is_there(&source) {
            return Found::Module(location, source);
        }
        if location.root.join(&location.path).is_dir() {
            folders.push(location);
        }
    }
    if folders.is_empty() {
        Found::Nothing
    } else {
        Found::Folders(folders)
    }
}

/// `name.cpython-311-x86_64-linux-gnu.so` and the like.
fn compiled_module(location: &Location, name: &str) -> Option<PathBuf> {
    let folder = location.root.join(location.path.parent()?);
    let entries = fs::read_dir(folder).ok()?.flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_it = |file: &String| {
        let rest = file
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.'));
        let ending = rest.and_then(|rest| rest.rsplit('.').next());
        matches!(ending, Some("so" | "pyd"))
    };
    let file = names.filter(is_it).min()?;
    Some(location.path.with_file_name(file))
}

/// The module that a relative import means; `None` where its dots lead out of all packages.
pub(super) fn absolute(package: &str, relative: &str) -> Option<String> {
    let rest = relative.trim_start_matches('.');
    let mut base = package;
    for _ in 1..relative.len() - rest.len() {
        base = base.rsplit_once('.').map_or("", |(parent, _)| parent);
        if base.is_empty() {
            return None;
        }
    }
    if base.is_empty() {
        return None;
    }
    Some(if rest.is_empty() {
        base.to_owned()
    } else {
        join(base, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_lead_up_from_the_package_and_not_out_of_it() {
        for (package, relative, expected) in [
            ("a.b", ".", Some("a.b")),
            ("a.b", ".c.d", Some("a.b.c.d")),
            ("a.b", "..c", Some("a.c")),
            ("a.b", "..", Some("a")),
            ("a.b", "...c", None),
            ("", ".c", None),
        ] {
            let found = absolute(package, relative);
            assert_eq!(found.as_deref(), expected, "{relative} in {package}");
        }
    }
}
