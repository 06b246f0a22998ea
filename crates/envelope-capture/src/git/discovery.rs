//! Where the repository of a folder is, by the rules of the program `git`: what it passes over is
//! passed over, and where it stops, the search stops.
//!
//! See <https://git-scm.com/docs/git#Documentation/git.txt-GITCEILINGDIRECTORIES> and
//! <https://git-scm.com/docs/gitrepository-layout>.

use super::GitProgram;
use crate::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A folder with this `.git`, which may be a file that says where the data is.
    Files(PathBuf),
    /// The folder with the data itself.
    Data(PathBuf),
}

/// More than any file that names a folder.
const LIMIT_BYTES: u64 = 1 << 20;

/// Looks for a repository at a folder, which has no links in its path, and above it.
///
/// # Errors
/// There is none, or a file `.git` names none.
pub(super) fn find(folder: &Path, git: &GitProgram) -> Result<Found, Error> {
    let none = || Error::NoRepository {
        path: folder.to_owned(),
    };
    let device = |folder: &Path| fs::metadata(folder).ok().map(|folder| folder.dev());
    let ceilings = git.variable("GIT_CEILING_DIRECTORIES").map(ceilings);
    let crosses_devices = git
        .variable("GIT_DISCOVERY_ACROSS_FILESYSTEM")
        .is_some_and(is_yes);
    for place in folder.ancestors() {
        let is_ceiling = ceilings.iter().flatten().any(|ceiling| ceiling == place);
        let is_elsewhere = !crosses_devices && device(place) != device(folder);
        if place != folder && (is_ceiling || is_elsewhere) {
            return Err(none());
        }
        let data = place.join(".git");
        let is_file = fs::metadata(&data).is_ok_and(|data| data.is_file());
        if is_file {
            named(&data)?;
        }
        if is_file || is_repository(&data) {
            return Ok(Found::Files(data));
        }
        if is_repository(place) {
            return Ok(Found::Data(place.to_owned()));
        }
    }
    Err(none())
}

/// The folders that are not searched, nor those above them. Links are followed up to an empty name.
fn ceilings(list: &OsStr) -> Vec<PathBuf> {
    let mut follows_links = true;
    let mut found = Vec::new();
    for ceiling in std::env::split_paths(list) {
        if ceiling.as_os_str().is_empty() {
            follows_links = false;
        } else if ceiling.is_absolute() {
            let real = ceiling.canonicalize().ok().filter(|_| follows_links);
            found.push(real.unwrap_or(ceiling));
        }
    }
    found
}

/// Whether a variable means yes, as git reads it.
fn is_yes(value: &OsStr) -> bool {
    let value = value.to_string_lossy().to_ascii_lowercase();
    let number = value.parse().unwrap_or(0_i64);
    number != 0 || ["true", "yes", "on"].contains(&value.as_str())
}

/// The folder that a file `.git` names; git goes no further where that is none.
fn named(file: &Path) -> Result<PathBuf, Error> {
    let wrong = |message: String| Error::Repository {
        part: "place",
        message: format!("`{}` {message}", file.display()),
    };
    let size = fs::metadata(file).map_err(Error::io("read", file))?.len();
    if size > LIMIT_BYTES {
        return Err(wrong(format!("has {size} bytes, expected a path")));
    }
    let text = fs::read(file).map_err(Error::io("read", file))?;
    let path = text
        .strip_prefix(b"gitdir: ")
        .ok_or_else(|| wrong("does not begin with `gitdir: `".into()))?;
    let target = file.with_file_name(path_of_line(path));
    if is_repository(&target) {
        Ok(target)
    } else {
        Err(wrong(format!(
            "names `{}`, which is no repository",
            target.display()
        )))
    }
}

/// The path that a line of a file is, without the ends of the line.
fn path_of_line(line: &[u8]) -> PathBuf {
    let is_end = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    let end = line.iter().rposition(|byte| !is_end(byte));
    let line = &line[..end.map_or(0, |end| end + 1)];
    OsString::from_vec(line.to_vec()).into()
}

/// Whether a folder holds the data of a repository: a head, objects and references.
fn is_repository(folder: &Path) -> bool {
    if !is_head(&folder.join("HEAD")) {
        return false;
    }
    // A linked worktree shares both with its repository.
    let common = fs::read(folder.join("commondir"));
    let common = common.map_or(folder.to_owned(), |line| folder.join(path_of_line(&line)));
    ["objects", "refs"]
        .iter()
        .all(|part| common.join(part).exists())
}

/// Whether a file names a reference or a commit.
fn is_head(file: &Path) -> bool {
    if let Ok(target) = fs::read_link(file) {
        return target.as_os_str().as_bytes().starts_with(b"refs/");
    }
    // What is no file is not opened: a pipe would wait for somebody.
    let is_file = fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() <= LIMIT_BYTES);
    let Some(text) = is_file.then(|| fs::read(file).ok()).flatten() else {
        return false;
    };
    if let Some(name) = text.strip_prefix(b"ref:") {
        return name.trim_ascii_start().starts_with(b"refs/");
    }
    let letters = text.iter().take_while(|byte| byte.is_ascii_hexdigit());
    letters.count() >= 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_mean_yes_as_git_reads_them() {
        for (value, yes) in [
            ("true", true),
            ("YES", true),
            ("on", true),
            ("1", true),
            ("0", false),
            ("false", false),
            ("", false),
        ] {
            assert_eq!(is_yes(OsStr::new(value)), yes, "{value}");
        }
    }

    #[test]
    fn ceilings_are_absolute() {
        let list = OsStr::new("relative::/nowhere/at/all");
        assert_eq!(ceilings(list), [PathBuf::from("/nowhere/at/all")]);
    }

    #[test]
    fn heads_are_told_from_garbage() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("HEAD");
        for (text, is) in [
            ("ref: refs/heads/main\n", true),
            ("ref:\trefs/heads/main", true),
            ("ref: heads/main\n", false),
            ("0123456789abcdef0123456789abcdef01234567\n", true),
            ("0123456789abcdef\n", false),
            ("garbage\n", false),
            ("", false),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(is_head(&file), is, "{text}");
        }
    }
}
