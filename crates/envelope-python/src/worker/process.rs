//! The process of a worker: started as the leader of a group, and killed with it.

use crate::environment::Interpreter;
use crate::error::Error;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOURCE: &str = include_str!("../worker.py");
/// How long a process that closed its socket may take to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// A child process and its group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    reaped: bool,
}

impl Process {
    /// Starts an interpreter with the worker's program; gives our end of its socket, and all that
    /// it prints.
    pub(super) fn start(
        interpreter: &Interpreter,
        package: &Path,
        folder: Option<&Path>,
    ) -> Result<(Self, UnixStream, PipeReader), Error> {
        let package = std::path::absolute(package).map_err(Error::io("find", package))?;
        let failed = |source| Error::Start {
            python: interpreter.python.clone(),
            source,
        };
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let (reader, writer) = std::io::pipe().map_err(failed)?;
        let mut command = Command::new(&interpreter.python);
        command
            .args(["-u", "-c", SOURCE])
            .arg(package)
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .envs(
                interpreter
                    .variables
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(writer.try_clone().map_err(failed)?)
            .stderr(writer)
            .process_group(0);
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        // The command goes with its ends of the socket and of the pipe when this returns.
        let child = command.spawn().map_err(failed)?;
        let process = Self {
            child,
            reaped: false,
        };
        Ok((process, ours, reader))
    }

    fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.child.id()).ok()?)
    }

    /// Whether the process has ended. It is not reaped, so that its number is not given away before
    /// its group is killed.
    pub(super) fn has_ended(&self) -> bool {
        let Some(pid) = self.pid() else {
            return true;
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.reaped || !matches!(waitid(WaitId::Pid(pid), options), Ok(None))
    }

    /// How the process ended, in words; it is killed if it does not end soon.
    pub(super) fn ending(&mut self) -> String {
        let deadline = Instant::now() + GRACE;
        while !self.has_ended() {
            if Instant::now() > deadline {
                self.kill();
                return "it closed its pipe and was killed".to_owned();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.kill_group();
        self.reaped = true;
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Kills the process and its group, and waits for it.
    pub(super) fn kill(&mut self) {
        if self.reaped {
            return;
        }
        self.kill_group();
        self.reaped = true;
        // Either it is dead by now or nothing more can be done.
        let _ = self.child.wait();
    }

    fn kill_group(&self) {
        if let (false, Some(pid)) = (self.reaped, self.pid()) {
            // There is no group any more when all of it has ended.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
