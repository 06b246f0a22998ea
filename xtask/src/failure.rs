//! Why a task stopped, and with which exit status.

use std::fmt;
use std::io;
use std::path::Path;

/// A reason to stop, worded for the person at the terminal.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words after `cargo xtask` are not understood.
    Usage(String),
    /// A file, folder or program could not be used.
    Io {
        /// What was tried, such as ``read `Cargo.toml` ``.
        action: String,
        /// What the operating system answered.
        source: io::Error,
    },
    /// A program ran and ended with another status than 0.
    Ended {
        /// The command line.
        line: String,
        /// Its exit status; none when a signal ended it.
        status: Option<i32>,
    },
    /// Something the task needs is not on this machine.
    Missing {
        /// What is absent.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A program answered something else than expected.
    Unexpected(String),
    /// A check found this many faults and has already told them.
    Findings(usize),
}

impl Failure {
    /// Names the action on a path that the operating system refused.
    pub(crate) fn io(verb: &str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action: format!("{verb} `{}`", path.display()),
            source,
        }
    }

    /// The status this process ends with: a child's own one where there is one, 1 for findings,
    /// otherwise 2.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Findings(_) => 1,
            Self::Ended { status, .. } => status
                .and_then(|status| u8::try_from(status).ok())
                .unwrap_or(2),
            _ => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Unexpected(message) => formatter.write_str(message),
            Self::Io { action, source } => write!(formatter, "could not {action}: {source}"),
            Self::Ended {
                line,
                status: Some(status),
            } => {
                write!(formatter, "`{line}` ended with status {status}")
            }
            Self::Ended { line, status: None } => {
                write!(formatter, "`{line}` was ended by a signal")
            }
            Self::Missing { what, remedy } => write!(formatter, "{what}\n  {remedy}"),
            Self::Findings(1) => formatter.write_str("1 finding"),
            Self::Findings(count) => write!(formatter, "{count} findings"),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_on_the_status_of_the_program_that_failed() {
        let ended = |status| Failure::Ended {
            line: "envelope verify".to_owned(),
            status,
        };
        for (failure, status) in [
            (ended(Some(1)), 1),
            (ended(Some(101)), 101),
            (ended(None), 2),
            (Failure::Findings(3), 1),
            (Failure::Usage(String::new()), 2),
        ] {
            assert_eq!(failure.exit_status(), status, "{failure}");
        }
    }
}
