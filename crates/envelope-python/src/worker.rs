//! A process that holds a loaded package and answers requests.
//!
//! It is the package's own Python with the package's own MLflow, told by `worker.py` to run the
//! functions of `mlflow models predict`. Requests and answers are frames over a socket that the
//! model never sees; whatever it prints goes to a log. It is the leader of a process group, which
//! is killed as a whole.

mod frame;
mod log;
mod process;
mod request;

pub use request::{Answer, ContentType, Failure, FailureKind, Request};

use crate::environment::Interpreter;
use crate::error::Error;
use crate::trust::{Trust, needs_pickle};
use envelope_format::package::Package;
use frame::{Frame, Interrupted};
use log::Log;
use process::Process;
use request::{Outcome, RequestHeader};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LOADING: &str = "loading the package";
const PREDICTING: &str = "predicting";

/// What a worker may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long loading may take, the start of Python included. Default: 10 minutes.
    pub load: Option<Duration>,
    /// How large an answer may be. Default: 4 GiB.
    pub answer_bytes: u64,
    /// How much of what is printed is kept, the last of it. Default: 64 KiB.
    pub log_bytes: usize,
    /// The folder that the model is run in; that of this process when not given.
    pub folder: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            load: Some(Duration::from_mins(10)),
            answer_bytes: 4 << 30,
            log_bytes: 64 << 10,
            folder: None,
        }
    }
}

/// What a worker says of itself once the package is loaded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Facts {
    /// The version of MLflow that runs the package.
    pub mlflow_version: String,
    /// The version of Python.
    pub python_version: String,
}

/// A loaded package, ready to be asked; dropping it kills its process and the children of that.
#[derive(Debug)]
pub struct Worker {
    process: Process,
    channel: UnixStream,
    log: Log,
    facts: Facts,
    next: u64,
    answer_bytes: u64,
    ended: bool,
}

impl Worker {
    /// Starts a Python and loads a package in it.
    ///
    /// # Errors
    /// The package would unpickle something and nobody answers for that; the interpreter cannot be
    /// started, has no MLflow, or the package is not loaded in time.
    pub fn start(
        package: &Package,
        interpreter: &Interpreter,
        trust: Trust,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let pickles = match trust {
            Trust::PicklesAllowed => Vec::new(),
            Trust::NoPickles => needs_pickle(package),
        };
        if !pickles.is_empty() {
            return Err(Error::Untrusted { pickles });
        }
        let (process, channel, output) =
            Process::start(interpreter, package.root(), limits.folder.as_deref())?;
        let mut worker = Self {
            process,
            channel,
            log: Log::follow(output, limits.log_bytes),
            facts: Facts {
                mlflow_version: String::new(),
                python_version: String::new(),
            },
            next: 1,
            answer_bytes: limits.answer_bytes,
            ended: false,
        };
        worker.load(interpreter, limits.load)?;
        Ok(worker)
    }

    fn load(&mut self, interpreter: &Interpreter, limit: Option<Duration>) -> Result<(), Error> {
        let deadline = deadline(limit);
        let received = self.receive(0, deadline);
        let body = match self.settle(received, LOADING, limit)? {
            Outcome::Answer(body) => body,
            Outcome::Failure(failure) if failure.kind == FailureKind::NoMlflow => {
                let file = interpreter.python.to_string_lossy().into_owned();
                return Err(Error::NoMlflow { file });
            }
            Outcome::Failure(failure) => {
                let log = self.end();
                return Err(Error::Load { failure, log });
            }
        };
        let facts = serde_json::from_slice(&body);
        self.facts = facts.map_err(|error| self.garbled(error.to_string()))?;
        Ok(())
    }

    /// What the worker says of itself.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The last of what the model and its libraries printed so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Whether the worker can still be asked.
    pub fn is_alive(&self) -> bool {
        !self.ended && !self.process.has_ended()
    }

    /// Asks for a prediction.
    ///
    /// # Errors
    /// [`Error::Refused`] when MLflow refuses the input or the model fails with it, after which
    /// the worker can be asked again; any other error ends it.
    pub fn predict(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        if self.ended {
            return Err(Error::Ended);
        }
        let id = self.next;
        self.next += 1;
        let deadline = deadline(request.timeout);
        let header = RequestHeader::new(id, request);
        let exchanged = self
            .send(&header, request.payload, deadline)
            .and_then(|()| self.receive(id, deadline));
        match self.settle(exchanged, PREDICTING, request.timeout)? {
            Outcome::Answer(document) => Ok(Answer { document }),
            Outcome::Failure(failure) => Err(Error::Refused { failure }),
        }
    }

    fn send(
        &mut self,
        header: &RequestHeader<'_>,
        payload: &[u8],
        deadline: Option<Instant>,
    ) -> Result<(), Interrupted> {
        let header = serde_json::to_vec(header).map_err(|error| Interrupted::garbled(&error))?;
        frame::send(&mut self.channel, &header, payload, deadline, &self.process)
    }

    fn receive(&mut self, id: u64, deadline: Option<Instant>) -> Result<Outcome, Interrupted> {
        let limit = self.answer_bytes;
        let Frame { header, body } =
            frame::receive(&mut self.channel, limit, deadline, &self.process)?;
        Outcome::read(id, &header, body)
    }

    /// Turns an interrupted exchange into an error, and ends the worker with it.
    fn settle(
        &mut self,
        exchanged: Result<Outcome, Interrupted>,
        doing: &'static str,
        limit: Option<Duration>,
    ) -> Result<Outcome, Error> {
        let interrupted = match exchanged {
            Ok(outcome) => return Ok(outcome),
            Err(interrupted) => interrupted,
        };
        Err(match interrupted {
            Interrupted::Closed => {
                let status = self.process.ending();
                let log = self.end();
                Error::Exited { doing, status, log }
            }
            Interrupted::TimedOut => Error::TimedOut {
                doing,
                limit: limit.unwrap_or_default(),
                log: self.end(),
            },
            Interrupted::Garbled(message) => self.garbled(message),
            Interrupted::TooLarge(size_bytes) => {
                self.end();
                Error::TooLarge {
                    size_bytes,
                    limit_bytes: self.answer_bytes,
                }
            }
        })
    }

    fn garbled(&mut self, message: String) -> Error {
        Error::Garbled {
            message,
            log: self.end(),
        }
    }

    /// Kills what is left of the worker, and gives the last of what it printed.
    fn end(&mut self) -> String {
        self.ended = true;
        self.process.kill();
        self.log.last_text()
    }
}

/// When a limit passes; a limit that lies beyond all time is none.
fn deadline(limit: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(limit?)
}
