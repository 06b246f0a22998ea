//! Every way in which making an environment, starting a worker or asking it can fail.

use crate::trust::PickleReason;
use crate::worker::Failure;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Says why a package could not be run in its Python.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `lock`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The package cannot be read.
    #[error(transparent)]
    Package(#[from] envelope_format::Error),
    /// A file of the package does not say what its environment is.
    #[error("`{file}`: {message}")]
    Recipe {
        /// The file, relative to the package.
        file: String,
        /// What was found and what was expected.
        message: String,
    },
    /// The requirements do not bring MLflow, without which no package is loaded.
    #[error("`{file}` does not require mlflow, expected it among the requirements")]
    NoMlflow {
        /// The file with the requirements, or the interpreter that was asked.
        file: String,
    },
    /// None of some programs is there.
    #[error(
        "found none of the programs {}, expected one to {purpose}",
        quoted(names)
    )]
    NoProgram {
        /// The names that were looked for, first wins.
        names: Vec<String>,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// There is no Python of a version.
    #[error("found no Python {wanted}, looked for {}: {log}", tried.join(", then "))]
    NoPython {
        /// The version that the package asks for.
        wanted: String,
        /// What was looked for, in order.
        tried: Vec<String>,
        /// What the program that looked said.
        log: String,
    },
    /// A program that makes environments failed.
    #[error("{program} could not {purpose} ({status}): {log}")]
    Install {
        /// The program: `uv`.
        program: String,
        /// What it was to do.
        purpose: &'static str,
        /// How it ended.
        status: String,
        /// The last of what it said.
        log: String,
    },
    /// Loading would run pickles of somebody who is not trusted.
    #[error(
        "loading the package unpickles, which runs whatever is in the file: {}",
        listed(pickles)
    )]
    Untrusted {
        /// What would be unpickled, and what is known about it.
        pickles: Vec<PickleReason>,
    },
    /// The interpreter could not be started.
    #[error("cannot start `{}`: {source}", python.display())]
    Start {
        /// The interpreter.
        python: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The package could not be loaded; the worker has ended.
    #[error("the package could not be loaded: {}", failure.message)]
    Load {
        /// What MLflow said.
        failure: Box<Failure>,
        /// The last of what was printed.
        log: String,
    },
    /// A request was refused, or the model failed with it; the worker can be asked again.
    #[error("{}", failure.message)]
    Refused {
        /// What MLflow or the model said.
        failure: Box<Failure>,
    },
    /// The worker ended by itself; it cannot be asked again.
    #[error("the model's process ended while {doing}: {status}")]
    Exited {
        /// `loading the package` or `predicting`.
        doing: &'static str,
        /// How it ended: `exit status: 3`, `signal: 11 (SIGSEGV)`.
        status: String,
        /// The last of what was printed.
        log: String,
    },
    /// A time limit passed and the worker was killed; it cannot be asked again.
    #[error("{doing} took longer than {} s", limit.as_secs_f64())]
    TimedOut {
        /// `loading the package` or `predicting`.
        doing: &'static str,
        /// The limit.
        limit: Duration,
        /// The last of what was printed.
        log: String,
    },
    /// What came through the pipe is no answer; the worker was killed.
    #[error("the model's process broke the protocol: {message}")]
    Garbled {
        /// What was found and what was expected.
        message: String,
        /// The last of what was printed.
        log: String,
    },
    /// An answer is larger than allowed; the worker was killed.
    #[error("the answer has {size_bytes} bytes, expected at most {limit_bytes}")]
    TooLarge {
        /// How large it is.
        size_bytes: u64,
        /// How large it may be.
        limit_bytes: u64,
    },
    /// The worker ended in an earlier request.
    #[error("the model's process has ended before")]
    Ended,
}

impl Error {
    /// What was printed before the failure, where something was captured.
    pub fn log(&self) -> Option<&str> {
        match self {
            Self::NoPython { log, .. }
            | Self::Install { log, .. }
            | Self::Load { log, .. }
            | Self::Exited { log, .. }
            | Self::TimedOut { log, .. }
            | Self::Garbled { log, .. } => Some(log.as_str()).filter(|log| !log.is_empty()),
            _ => None,
        }
    }

    /// Whether `--install-mlflow`, that is [`Wanted::install_mlflow`](crate::Wanted), would help.
    pub fn lacks_mlflow(&self) -> bool {
        matches!(self, Self::NoMlflow { .. })
    }

    /// An error about a path, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn listed(pickles: &[PickleReason]) -> String {
    let listed: Vec<String> = pickles.iter().map(ToString::to_string).collect();
    listed.join("; ")
}
