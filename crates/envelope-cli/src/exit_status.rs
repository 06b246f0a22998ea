//! The exit statuses of `envelope`, all of them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// It did what was asked; `verify` found nothing graver than notes.
    Success = 0,
    /// `verify` found errors or warnings.
    Findings = 1,
    /// It could not do what was asked: wrong words, unreadable files, mistakes in a spec.
    Failure = 2,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
