//! Files that a command writes: each whole or not at all, and only where its bytes change.
//!
//! A file that is already what it should be keeps its time, so that a second run changes nothing.

use crate::diagnose::Diagnosis;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Files with what they should hold.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// A file, and whether it was not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The file.
    pub(crate) path: PathBuf,
    /// Whether it is, or would be, changed.
    pub(crate) is_changed: bool,
    /// The first lines that differ: of the file, and as they should be. None where there is no
    /// file.
    pub(crate) difference: Option<Difference>,
}

/// Where two texts begin to differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Difference {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What the file holds there; none at its end.
    pub(crate) found: Option<String>,
    /// What it should hold there; none at its end.
    pub(crate) expected: Option<String>,
}

impl Outputs {
    /// Adds a file, where one was asked for.
    pub(crate) fn add(&mut self, path: Option<&PathBuf>, text: impl FnOnce() -> Vec<u8>) {
        if let Some(path) = path {
            self.files.push((path.clone(), text()));
        }
    }

    /// Compares the files with what is there, and writes those that differ.
    pub(crate) fn write(&self) -> Result<Vec<Written>, Diagnosis> {
        let written = self.compare()?;
        for ((path, bytes), written) in self.files.iter().zip(&written) {
            if written.is_changed {
                replace(path, bytes).map_err(|error| unwritable(path, &error))?;
            }
        }
        Ok(written)
    }

    /// Compares the files with what is there.
    pub(crate) fn compare(&self) -> Result<Vec<Written>, Diagnosis> {
        let compare = |(path, bytes): &(PathBuf, Vec<u8>)| {
            let found = match fs::read(path) {
                Ok(found) => Some(found),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(unwritable(path, &error)),
            };
            Ok(Written {
                path: path.clone(),
                is_changed: found.as_ref() != Some(bytes),
                difference: found.and_then(|found| difference(&found, bytes)),
            })
        };
        self.files.iter().map(compare).collect()
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnosis {
    Diagnosis::of_unwritable(path, error)
}

/// Writes beside the file and renames, keeping the file's permissions. A link keeps being one:
/// what it leads to is replaced.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    set_usual_permissions(&mut builder);
    let mut file = builder.prefix(".envelope-").tempfile_in(folder)?;
    if let Ok(replaced) = fs::metadata(path) {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// As for any new file: what the user's mask leaves of reading and writing for all.
#[cfg(unix)]
pub(crate) fn set_usual_permissions(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
pub(crate) fn set_usual_permissions(_: &mut tempfile::Builder<'_, '_>) {}

fn difference(found: &[u8], expected: &[u8]) -> Option<Difference> {
    if found == expected {
        return None;
    }
    let line = |lines: Option<&[u8]>| lines.map(|line| String::from_utf8_lossy(line).into_owned());
    let mut found = found.split_inclusive(|byte| *byte == b'\n');
    let mut expected = expected.split_inclusive(|byte| *byte == b'\n');
    let mut number = 0;
    loop {
        number += 1;
        let (one, other) = (found.next(), expected.next());
        if one != other {
            let shown = |text: Option<String>| text.map(|text| text.trim_end().to_owned());
            return Some(Difference {
                line: number,
                found: shown(line(one)),
                expected: shown(line(other)),
            });
        }
        one?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_line_that_differs() {
        for (found, expected, answer) in [
            ("a\nb\n", "a\nb\n", None),
            ("a\nb\n", "a\nc\n", Some((2, Some("b"), Some("c")))),
            ("a\n", "a\nc\n", Some((2, None, Some("c")))),
            ("a\nb", "a\n", Some((2, Some("b"), None))),
            ("a\n", "a", Some((1, Some("a"), Some("a")))),
        ] {
            let difference = difference(found.as_bytes(), expected.as_bytes());
            let told = difference
                .as_ref()
                .map(|one| (one.line, one.found.as_deref(), one.expected.as_deref()));
            assert_eq!(told, answer, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn writes_only_what_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("model.txt");
        let mut outputs = Outputs::default();
        outputs.add(Some(&path), || b"a==1\n".to_vec());
        assert!(outputs.write().expect("written")[0].is_changed);
        let before = fs::metadata(&path)
            .and_then(|file| file.modified())
            .expect("a time");
        assert!(!outputs.write().expect("written")[0].is_changed);
        let after = fs::metadata(&path)
            .and_then(|file| file.modified())
            .expect("a time");
        assert_eq!(before, after);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
