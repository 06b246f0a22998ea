//! Files that a command writes: each whole or not at all, and only where its bytes change.
//!
//! A file that is already what it should be keeps its time, so that a second run changes nothing.
//! What is no file, such as a pipe or a device, is written to and stays what it is.

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
            let found = if is_stream(path) {
                None
            } else {
                existing(path).map_err(|error| unwritable(path, &error))?
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

/// What a file holds; `None` where there is none.
fn existing(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// Whether bytes that are written here go elsewhere: to a pipe, a socket, a device.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Writes beside the file and renames, keeping the file's permissions. A link keeps being one:
/// what it leads to is replaced.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_stream(path) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(bytes);
    }
    let path = &followed(path);
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

/// Where a path leads, though nothing may be there yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many links in a row are followed by Linux.
    for _ in 0..40 {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
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

    #[cfg(unix)]
    #[test]
    fn links_lead_on_and_pipes_stay_pipes() {
        use std::os::unix::fs::{FileTypeExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str| {
            let mut outputs = Outputs::default();
            outputs.add(Some(&path(name)), || b"text".to_vec());
            outputs.write()
        };
        symlink("second", path("first")).expect("a link");
        symlink("target", path("second")).expect("a link");
        write("first").expect("written");
        assert_eq!(fs::read(path("target")).expect("a file"), b"text");
        assert!(path("first").is_symlink() && path("second").is_symlink());
        symlink("circle", path("circle")).expect("a link");
        assert!(write("circle").is_err());
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe"))
            .status();
        assert!(
            made.expect("there is no mkfifo: install coreutils")
                .success()
        );
        let reader = std::thread::spawn({
            let pipe = path("pipe");
            move || fs::read(pipe)
        });
        assert!(write("pipe").expect("written")[0].is_changed);
        assert_eq!(reader.join().expect("read").expect("a text"), b"text");
        let kind = fs::metadata(path("pipe")).expect("a pipe").file_type();
        assert!(kind.is_fifo());
        assert!(write(".").is_err());
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
