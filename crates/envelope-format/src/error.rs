//! The crate's error: why a package could not be read or written.
//!
//! Faults inside a package that do not stop reading are no errors but
//! [`Finding`](crate::Finding)s.

use crate::relative_path::RelativePathError;
use crate::spec::Mistake;
use crate::yaml::YamlError;
use std::path::{Path, PathBuf};

/// Why a package, or a file of one, could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried: `read`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The folder is no MLflow model package.
    #[error("`{}` is no MLflow model package: {found}", .path.display())]
    NotAPackage {
        /// The folder.
        path: PathBuf,
        /// What stood there instead.
        found: String,
    },
    /// A file is larger than its kind may be.
    #[error("`{}` has {size_bytes} bytes, expected at most {limit_bytes}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// A text file is not UTF-8.
    #[error("`{}` is not UTF-8: byte {valid_up_to} begins no character", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Offset of the first byte that is not part of a character.
        valid_up_to: usize,
    },
    /// A YAML file does not parse.
    #[error("`{}` is no valid YAML: {source}", .path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: YamlError,
    },
    /// A file parses but does not hold what its kind must hold.
    #[error("`{}`: {message}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected.
        message: String,
    },
    /// A spec has mistakes; all of them are here.
    #[error("`{}` has {}", .path.display(), count(.mistakes.len(), "mistake"))]
    Spec {
        /// The spec.
        path: PathBuf,
        /// Every mistake, in the order of the file.
        mistakes: Vec<Mistake>,
    },
    /// A path that may not stand in a package.
    #[error(transparent)]
    Path(#[from] RelativePathError),
    /// Two sources would be written to one place.
    #[error("two files would be written to `{path}` in the package: {first} and {second}")]
    Collision {
        /// The place in the package.
        path: String,
        /// Where the first comes from.
        first: String,
        /// Where the second comes from.
        second: String,
    },
    /// A file of the package comes from the place where the package will stand.
    #[error("`{}` would be made from itself: `{place}` of the package comes from it", .path.display())]
    Inside {
        /// The destination.
        path: PathBuf,
        /// The file's place in the package.
        place: String,
    },
    /// The destination is there already and may not be replaced.
    #[error("`{}` exists already{}", .path.display(), if *.is_package { "" } else { " and is no model package" })]
    Exists {
        /// The destination.
        path: PathBuf,
        /// Whether it is a package, which `--force` may replace.
        is_package: bool,
    },
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What is wrong, without the path, for messages that name the file themselves.
    pub fn fault(&self) -> String {
        match self {
            Self::Invalid { message, .. } => message.clone(),
            Self::Yaml { source, .. } => format!("is no valid YAML: {source}"),
            Self::Io { action, source, .. } => format!("cannot {action} it: {source}"),
            Self::TooLarge {
                size_bytes,
                limit_bytes,
                ..
            } => {
                format!("has {size_bytes} bytes, expected at most {limit_bytes}")
            }
            Self::NotUtf8 { valid_up_to, .. } => {
                format!("is not UTF-8: byte {valid_up_to} begins no character")
            }
            other => other.to_string(),
        }
    }

    /// What the user can do about it, when that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAPackage { .. } => {
                Some("a package is the folder that holds a file named `MLmodel`".to_owned())
            }
            Self::Exists {
                is_package: true, ..
            } => Some("replace it with `--force`, or choose another `--out`".to_owned()),
            Self::Exists {
                is_package: false, ..
            } => Some(
                "choose another `--out`; only packages and empty folders are replaced".to_owned(),
            ),
            Self::Collision { .. } => {
                Some("rename one of them, or list only one in the spec".to_owned())
            }
            Self::Inside { .. } => {
                Some("choose an `--out` outside the folders that the spec names".to_owned())
            }
            Self::Spec { .. } => Some("`envelope schema` prints what a spec may hold".to_owned()),
            _ => None,
        }
    }
}
