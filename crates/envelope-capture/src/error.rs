//! Every way in which capturing can fail. A probe turns these into reasons, see
//! [`Known`](crate::Known).

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// Says why something could not be captured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `copy`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program `git` could not be started.
    #[error("cannot start `{}`: {source}", program.display())]
    NoGit {
        /// The program that was to be started.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program `git` failed.
    #[error("`git {words}` failed ({status}): {log}")]
    Git {
        /// What it was asked, in its own words.
        words: String,
        /// How it ended.
        status: String,
        /// The last line that it said.
        log: String,
    },
    /// Git refuses a repository that belongs to somebody else, because its settings name programs.
    #[error("git refuses `{}`, which belongs to another user", path.display())]
    OtherOwner {
        /// The folder of the repository.
        path: PathBuf,
    },
    /// No repository is there.
    #[error("no git repository at `{}` or above it", path.display())]
    NoRepository {
        /// The folder that was asked about.
        path: PathBuf,
    },
    /// The repository has no files, only history.
    #[error("`{}` is a bare repository, expected one with files", path.display())]
    Bare {
        /// The folder of the repository.
        path: PathBuf,
    },
    /// The library does not read this repository, or it is damaged.
    #[error("cannot read the {part} of the repository: {message}")]
    Repository {
        /// What of it was asked for: `head`, `index`.
        part: &'static str,
        /// What the library said.
        message: String,
    },
    /// What git says is not of the form that its documentation promises.
    #[error("git answers `{found}`, expected {expected}")]
    Answer {
        /// What was expected.
        expected: &'static str,
        /// The beginning of what came.
        found: String,
    },
    /// The changes are larger than the caller wants them.
    #[error("the uncommitted changes make a patch of more than {limit_bytes} bytes")]
    PatchTooLarge {
        /// The most that the caller takes.
        limit_bytes: u64,
    },
    /// A patch is not of the form that git writes.
    #[error("line {line} of the patch: {message}")]
    Patch {
        /// Counted from 1.
        line: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// The command of a run could not be started.
    #[error("cannot start `{}`: {source}", program.to_string_lossy())]
    Start {
        /// The program, as it was asked for.
        program: OsString,
        /// What the system said.
        source: io::Error,
    },
    /// The system does not let a run be watched over.
    #[error("cannot {action}: {source}")]
    Watch {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of a run holds something else.
    #[error("cannot use `{}`: {message}", path.display())]
    Record {
        /// The file or folder.
        path: PathBuf,
        /// What was found and what was expected.
        message: String,
    },
}

impl Error {
    /// What a person can do about it; a program that talks to people prints it below the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherOwner { path } => Some(format!(
                "if you trust whoever owns it: git config --global --add safe.directory '{}'",
                path.display()
            )),
            Self::NoGit { .. } => Some("install git, for which no other program will do".into()),
            _ => None,
        }
    }

    /// The status that a shell gives where a command cannot be started: 127 where it is not found,
    /// 126 where it cannot be executed.
    pub fn shell_status(&self) -> Option<u8> {
        match self {
            Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => Some(127),
            Self::Start { .. } => Some(126),
            _ => None,
        }
    }

    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
