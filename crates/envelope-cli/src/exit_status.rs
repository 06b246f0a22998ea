//! The exit statuses of `envelope`, all of them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// It did what was asked; `verify` found nothing graver than notes.
    Success,
    /// `verify` found errors or warnings.
    Findings,
    /// It could not do what was asked: wrong words, unreadable files, mistakes in a spec.
    Failure,
    /// That of the command that `run` ran.
    #[cfg(feature = "capture")]
    Command(u8),
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Success => 0,
            ExitStatus::Findings => 1,
            ExitStatus::Failure => 2,
            #[cfg(feature = "capture")]
            ExitStatus::Command(status) => status,
        })
    }
}
