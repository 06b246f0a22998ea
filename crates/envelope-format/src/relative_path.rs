//! Paths inside a package: relative, with forward slashes, never leaving the package.

use std::path::{Component, Path, PathBuf};

/// A path inside a package, such as `artifacts/model.onnx`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RelativePath(String);

/// A path that may not stand in a package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path `{path}` {reason}")]
pub struct RelativePathError {
    /// The path as found.
    pub path: String,
    /// What is wrong with it, and what was expected.
    pub reason: &'static str,
}

impl RelativePath {
    /// Checks a path as written in a file of a package. `.` and doubled slashes are dropped.
    ///
    /// # Errors
    /// Empty and absolute paths, drive letters, backslashes, control characters, and `..`.
    pub fn new(text: &str) -> Result<Self, RelativePathError> {
        let refuse = |reason| {
            Err(RelativePathError {
                path: text.to_owned(),
                reason,
            })
        };
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') || text.contains("://") {
            return refuse("is absolute, expected one relative to the package");
        }
        if text.contains('\\') {
            return refuse("holds a backslash, expected forward slashes");
        }
        if text.chars().any(char::is_control) {
            return refuse("holds a control character");
        }
        let parts: Vec<&str> = text
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        if parts.contains(&"..") {
            return refuse("leaves the package through `..`");
        }
        if parts.is_empty() {
            return refuse("names no file");
        }
        Ok(Self(parts.join("/")))
    }

    /// The path of what a folder of the package holds under a name; `None` when the name could not
    /// be written in an `MLmodel`.
    pub(crate) fn in_folder(folder: Option<&Self>, name: &str) -> Option<Self> {
        let path = match folder {
            Some(Self(folder)) => [folder, "/", name].concat(),
            None => name.to_owned(),
        };
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"/:\\".contains(byte);
        // Most names need not be taken apart to be told from `..`, `C:` and whatever else is
        // refused. Without an early end all bytes are compared at once.
        let all_plain = name.bytes().fold(true, |all, byte| all & is_plain(&byte));
        if all_plain && !name.starts_with('.') && !name.is_empty() {
            return Some(Self(path));
        }
        Self::new(&path).ok()
    }

    /// The path of a file on disk relative to the package's folder; `None` when its name is not
    /// UTF-8 or could not be written in an `MLmodel`.
    pub fn from_disk(path: &Path) -> Option<Self> {
        let mut parts = Vec::new();
        for component in path.components() {
            let Component::Normal(part) = component else {
                return None;
            };
            parts.push(part.to_str()?);
        }
        Self::new(&parts.join("/")).ok()
    }

    /// The path with a further part.
    ///
    /// # Errors
    /// As [`RelativePath::new`].
    pub fn join(&self, part: &str) -> Result<Self, RelativePathError> {
        Self::new(&format!("{}/{part}", self.0))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Whether the path is the other one, or lies in it.
    pub fn is_in(&self, folder: &str) -> bool {
        self.0
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Where the path lies on disk.
    pub fn on_disk(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }
}

impl std::fmt::Display for RelativePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_paths_inside_and_refuses_paths_outside_a_package() {
        let cases = [
            ("a", Some("a")),
            ("a/b.c", Some("a/b.c")),
            ("./a//b/", Some("a/b")),
            ("a..b/c", Some("a..b/c")),
            ("ü/ß", Some("ü/ß")),
            ("", None),
            (".", None),
            ("/a", None),
            ("a/../../b", None),
            ("..", None),
            ("C:/a", None),
            ("a\\b", None),
            ("a\0b", None),
            ("a\nb", None),
            ("file:///a", None),
        ];
        for (text, expected) in cases {
            let path = RelativePath::new(text).ok();
            assert_eq!(
                path.as_ref().map(RelativePath::as_str),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn knows_what_lies_in_a_folder() {
        let path = RelativePath::new("code/a/b.py").unwrap();
        assert!(path.is_in("code") && path.is_in("code/a") && path.is_in("code/a/b.py"));
        assert!(!path.is_in("cod") && !path.is_in("code/a/b") && !path.is_in("data"));
    }
}
