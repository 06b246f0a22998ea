//! Where things are around an interpreter: virtual environments, conda, the system's own Python, and
//! those that were built.
//!
//! How Python itself finds them: <https://docs.python.org/3/library/site.html> and
//! <https://docs.python.org/3/library/sys_path_init.html>.

use super::{CondaPackage, Installation};
use crate::entrypoint::{is_python, name_of};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What the files around an interpreter say.
pub(super) struct Layout {
    pub(super) version: Option<String>,
    pub(super) implementation: Option<String>,
    pub(super) installation: Installation,
    /// Folders with packages, in the order in which Python looks into them.
    pub(super) folders: Vec<PathBuf>,
    /// Whether packages that the user has installed for himself are seen.
    pub(super) sees_user: bool,
    pub(super) conda_packages: Vec<CondaPackage>,
}

impl Layout {
    pub(super) fn read(interpreter: &Path) -> Result<Self, String> {
        let bin = interpreter.parent().unwrap_or(Path::new("."));
        let above = bin.parent().unwrap_or(bin);
        for prefix in [bin, above] {
            if let Ok(settings) = fs::read_to_string(prefix.join("pyvenv.cfg")) {
                return Self::of_environment(prefix, &Settings(settings));
            }
        }
        let real = interpreter.canonicalize();
        let real =
            real.map_err(|error| format!("cannot find `{}`: {error}", interpreter.display()))?;
        if is_script(&real) {
            return Err(format!(
                "`{}` is a script that starts another",
                interpreter.display()
            ));
        }
        Self::of_base(&real)
    }

    /// Whether nothing is missing that the interpreter could add.
    pub(super) fn is_complete(&self) -> bool {
        let parts = self
            .version
            .as_ref()
            .map_or(0, |version| version.split('.').count());
        parts >= 3 && self.implementation.is_some()
    }

    fn of_environment(prefix: &Path, settings: &Settings) -> Result<Self, String> {
        let version = settings
            .get("version_info")
            .or_else(|| settings.get("version"));
        let version = version.as_deref().map(three_parts);
        let library = library(prefix, version.as_deref())
            .ok_or_else(|| format!("`{}` has no folder of packages", prefix.display()))?;
        let mut layout = Self {
            implementation: settings
                .get("implementation")
                .or_else(|| Some(library.implementation())),
            version,
            installation: Installation::Virtual,
            folders: vec![library.path.join("site-packages")],
            sees_user: false,
            conda_packages: Vec::new(),
        };
        let sees_base = settings.get("include-system-site-packages");
        if sees_base.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            layout.sees_user = true;
            let home = PathBuf::from(settings.get("home").unwrap_or_default());
            let base =
                [&*library.name, "python3", "python", "python.exe"].map(|name| home.join(name));
            if let Some(base) = base.iter().find(|path| path.exists()) {
                layout.folders.extend(Self::read(base)?.folders);
            }
        }
        Ok(layout)
    }

    fn of_base(real: &Path) -> Result<Self, String> {
        let bin = real.parent().unwrap_or(Path::new("/"));
        // On Windows the interpreter is in the prefix itself.
        let candidates = [bin.parent().unwrap_or(bin), bin];
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        if !is_python(name_of(&name)) {
            return Err(format!("`{}` is no Python by its name", real.display()));
        }
        let short = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let short = Some(short).filter(|short| short.contains('.') && !short.ends_with("exe"));
        let found = candidates
            .iter()
            .find_map(|prefix| Some((*prefix, library(prefix, short)?)));
        let (prefix, library) =
            found.ok_or_else(|| format!("`{}` has no library around it", real.display()))?;
        let conda_packages = conda_packages(&prefix.join("conda-meta"));
        let of_conda = conda_packages
            .iter()
            .find(|package| package.name == "python");
        Ok(Self {
            version: of_conda
                .map(|package| package.version.clone())
                .or_else(|| in_header(prefix, &library))
                .or_else(|| library.version()),
            implementation: Some(library.implementation()),
            installation: if of_conda.is_some() {
                Installation::Conda
            } else {
                Installation::Base
            },
            folders: folders_of_base(prefix, &library),
            sees_user: true,
            conda_packages,
        })
    }

    /// The user's own folder of packages.
    pub(super) fn in_user_base(&self, base: &Path) -> Option<PathBuf> {
        let version = self.version.as_deref()?;
        library(base, Some(version)).map(|library| library.path.join("site-packages"))
    }
}

/// Whether a file says in its first two bytes which program it is for. Only those are read: an
/// interpreter may be large.
fn is_script(path: &Path) -> bool {
    let mut begins = [0; 2];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begins));
    read.is_ok() && begins == *b"#!"
}

/// Debian keeps its own packages apart from those that pip installs; others have one folder.
fn folders_of_base(prefix: &Path, library: &Library) -> Vec<PathBuf> {
    let of_debian = prefix.join("lib/python3/dist-packages");
    if !of_debian.is_dir() {
        return vec![library.path.join("site-packages")];
    }
    let local = Path::new("local/lib")
        .join(&library.name)
        .join("dist-packages");
    vec![
        prefix.join(local),
        of_debian,
        library.path.join("dist-packages"),
    ]
}

/// `lib/python3.12`, with the name `python3.12`.
struct Library {
    path: PathBuf,
    name: String,
}

impl Library {
    fn implementation(&self) -> String {
        if self.name.starts_with("pypy") {
            "PyPy"
        } else {
            "CPython"
        }
        .to_owned()
    }

    fn version(&self) -> Option<String> {
        let digits = self.name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
        (!digits.is_empty()).then(|| digits.to_owned())
    }
}

/// The library below a prefix: of that version, or the newest where none is named.
fn library(prefix: &Path, version: Option<&str>) -> Option<Library> {
    let of_windows = prefix.join("Lib");
    if of_windows.join("site-packages").is_dir() && !prefix.join("lib/python3").exists() {
        let is_file = prefix.join("lib").join("os.py").is_file();
        if is_file || cfg!(windows) {
            return Some(Library {
                path: of_windows,
                name: "python".into(),
            });
        }
    }
    let mut found: Vec<(Vec<u32>, Library)> = Vec::new();
    for folder in ["lib", "lib64"].map(|folder| prefix.join(folder)) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let digits = name
                .strip_prefix("python")
                .or_else(|| name.strip_prefix("pypy"));
            let Some(parts) = digits.and_then(numbers).filter(|parts| parts.len() == 2) else {
                continue;
            };
            let path = entry.path();
            found.push((parts, Library { path, name }));
        }
    }
    found.sort_by(|one, other| (&one.0, &other.1.path).cmp(&(&other.0, &one.1.path)));
    match version.and_then(numbers) {
        Some(wanted) => found
            .into_iter()
            .rev()
            .find(|(parts, _)| wanted.starts_with(parts)),
        None => found.pop(),
    }
    .map(|(_, library)| library)
}

/// `3.12` or `3.13t`, as numbers.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version
        .trim_end_matches('t')
        .split('.')
        .map(|part| part.parse().ok())
        .collect()
}

/// `3.12.4.final.0` without what is behind the third part, and `3.13.0rc1` as it is.
fn three_parts(version: &str) -> String {
    let end = version.match_indices('.').nth(2).map(|(at, _)| at);
    version[..end.unwrap_or(version.len())].to_owned()
}

/// The version in the header for programs that embed Python, where that is installed.
fn in_header(prefix: &Path, library: &Library) -> Option<String> {
    let header = prefix
        .join("include")
        .join(&library.name)
        .join("patchlevel.h");
    let header = fs::read_to_string(header).ok()?;
    let line = header
        .lines()
        .find_map(|line| line.strip_prefix("#define PY_VERSION "))?;
    Some(
        line.trim()
            .trim_matches('"')
            .trim_end_matches('+')
            .to_owned(),
    )
}

/// What conda has installed, by the names of its files: `name-version-build.json`.
fn conda_packages(folder: &Path) -> Vec<CondaPackage> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut parts = name
            .strip_suffix(".json")
            .unwrap_or_default()
            .rsplitn(3, '-');
        if let (Some(build), Some(version), Some(name)) = (parts.next(), parts.next(), parts.next())
        {
            packages.push(CondaPackage {
                name: name.into(),
                version: version.into(),
                build: build.into(),
            });
        }
    }
    packages.sort();
    packages
}

/// `pyvenv.cfg`: lines of `key = value`.
struct Settings(String);

impl Settings {
    fn get(&self, key: &str) -> Option<String> {
        let mut pairs = self.0.lines().filter_map(|line| line.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(key))?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions_as_installers_write_them() {
        for (written, version) in [
            ("3.12.4.final.0", "3.12.4"),
            ("3.11.7", "3.11.7"),
            ("3.12", "3.12"),
            ("3.13.0rc1", "3.13.0rc1"),
            ("", ""),
        ] {
            assert_eq!(three_parts(written), version);
        }
    }

    #[test]
    fn finds_the_library_of_the_version() {
        let prefix = tempfile::tempdir().unwrap();
        for name in [
            "python3",
            "python3.9",
            "python3.12",
            "python3.13t",
            "pypy3.10",
            "pythonic",
            "python3.x",
        ] {
            fs::create_dir_all(prefix.path().join("lib").join(name)).unwrap();
        }
        for (version, name) in [
            (Some("3.12.4"), Some("python3.12")),
            (Some("3.9"), Some("python3.9")),
            (Some("3.13.1"), Some("python3.13t")),
            (Some("3.10.1"), Some("pypy3.10")),
            (Some("3.11.1"), None),
            (None, Some("python3.13t")),
        ] {
            let found = library(prefix.path(), version).map(|library| library.name);
            assert_eq!(found.as_deref(), name, "{version:?}");
        }
    }

    #[test]
    fn reads_what_conda_has_installed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "python-3.12.4-h99e_cpython.json",
            "ca-certificates-2024.7.4-0.json",
            "history",
        ] {
            fs::write(folder.path().join(name), "{}").unwrap();
        }
        let found = conda_packages(folder.path());
        let found: Vec<_> = found
            .iter()
            .map(|package| (&*package.name, &*package.version))
            .collect();
        assert_eq!(
            found,
            [("ca-certificates", "2024.7.4"), ("python", "3.12.4")]
        );
    }
}
