//! The files that are read: from where, how much of them, and how one names another.

use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

/// Where files are read from.
pub(super) type Files<'a> = &'a mut dyn FnMut(&Path) -> io::Result<Vec<u8>>;

/// As many bytes as all files together may have. The largest real ones have a hundredth of it.
pub(super) const MOST_BYTES: usize = 256 << 20;

/// A path as seen from a folder, without `.` and with `..` resolved as text.
pub(super) fn normalised(folder: &Path, path: &str) -> PathBuf {
    let path = path.strip_prefix("file:").unwrap_or(path);
    let mut parts: Vec<Component> = Vec::new();
    let joined = folder.join(path);
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            Component::ParentDir if matches!(parts.last(), Some(Component::RootDir)) => {}
            other => parts.push(other),
        }
    }
    parts.into_iter().collect()
}

/// Reads a file of this machine. One that the user did not name has to be a file: nothing may ever
/// come from a pipe.
pub(super) fn read_from_disk(path: &Path, is_named: bool) -> io::Result<Vec<u8>> {
    let metadata = path.metadata()?;
    if metadata.is_dir() || (!is_named && !metadata.is_file()) {
        return Err(io::Error::other("it is not a file"));
    }
    let limit = MOST_BYTES as u64 + 1;
    if metadata.len() >= limit {
        return Err(io::Error::other(format!(
            "it has {} bytes, expected at most {MOST_BYTES}",
            metadata.len(),
        )));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    std::fs::File::open(path)?
        .take(limit)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_first_file() {
        for (folder, path, expected) in [
            ("", "base.txt", "base.txt"),
            ("sub", "../base.txt", "base.txt"),
            ("sub", "./x/../base.txt", "sub/base.txt"),
            ("", "../base.txt", "../base.txt"),
            ("../a", "../../b.txt", "../../b.txt"),
            ("sub", "/base.txt", "/base.txt"),
            ("", "/../base.txt", "/base.txt"),
        ] {
            assert_eq!(
                normalised(Path::new(folder), path),
                Path::new(expected),
                "{folder} {path}"
            );
        }
    }
}
