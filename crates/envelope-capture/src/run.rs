//! Runs a command unchanged, and says what it used.
//!
//! The command has this program's terminal, input and output, and its process group, so that Ctrl-C
//! and Ctrl-Z reach it from the terminal as if it had been started there. This program outlives the
//! signals meanwhile, and hands on those that were sent to it alone. Where the parameters of the
//! command come from, and what is recorded of it, is not known here.
//!
//! On Linux this program becomes the parent of whatever loses its own (a *subreaper*, [prctl(2)]), so
//! that processes that went into the background count too.
//!
//! [prctl(2)]: https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html

#[cfg(unix)]
mod peaks;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod unix;
mod watch;

use crate::Error;
use crate::metrics::Sample;
use crate::sampler::{Cpu, Sampling, now_ms};
#[cfg(not(unix))]
use portable::oversee;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
#[cfg(unix)]
use unix::oversee;

/// A command, and how to watch over it.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// The program: a path, or a name to look for as the system does.
    pub program: OsString,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Where it starts, if not where this program is.
    pub folder: Option<PathBuf>,
    /// Variables that it gets beside those of this program, or instead; nothing takes one away.
    pub environment: Vec<(OsString, Option<OsString>)>,
    /// How to sample; nothing for not at all.
    pub sampling: Option<Sampling>,
    /// How long to wait for processes that the command left behind, once it has ended.
    pub linger: Duration,
}

impl Launch {
    /// A command that is sampled every five seconds, and whose leftovers are not waited for.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            sampling: Some(Sampling::default()),
            ..Self::default()
        }
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It never began; a shell would show this status, see [`Error::shell_status`].
    NotStarted(i32),
    /// The system does not say.
    Unknown,
}

/// The status where there is none of the command's own, as `timeout` and `env` have it.
const NO_STATUS: i32 = 125;

impl Exit {
    /// The status that a shell would show: 128 and the signal's number, for one that was killed; 125
    /// where the system does not say.
    pub fn shell_status(self) -> i32 {
        match self {
            Self::Code(status) | Self::NotStarted(status) => status,
            Self::Signal(signal) => 128 + signal,
            Self::Unknown => NO_STATUS,
        }
    }

    #[cfg(unix)]
    fn of(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match status.signal() {
            Some(signal) => Self::Signal(signal),
            None => Self::Code(status.code().unwrap_or_default()),
        }
    }

    #[cfg(not(unix))]
    fn of(status: ExitStatus) -> Self {
        Self::Code(status.code().unwrap_or_default())
    }
}

/// What a command did and used.
///
/// Processor time and the peak of one process are what the system says of each process when it has
/// ended, as `/usr/bin/time -v` has them, and those that went into the background count too. A
/// process whose parent never asks how its children end counts while it runs only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How the command itself ended.
    pub exit: Exit,
    /// When it started, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it had ended, in milliseconds since 1970.
    pub ended_ms: i64,
    /// How long it took, by a clock that nobody sets.
    pub wall_seconds: f64,
    /// Time of processors in the program's own code.
    pub cpu_user_seconds: f64,
    /// Time of processors in the system's code on its behalf.
    pub cpu_system_seconds: f64,
    /// The most memory that one of the processes had resident. Of a command that is smaller than
    /// this program Linux itself does not say it; then it is the most that looking now and then found,
    /// and 0 where the command was over before it could be looked at.
    pub peak_process_memory_bytes: u64,
    /// The most that all of them had together, as far as looking now and then can tell; what they
    /// share counts for each of them. It is 0 where nobody could look.
    pub peak_memory_bytes: u64,
    /// Processes that the command left behind and that still run.
    pub left_running: Vec<u32>,
}

impl Outcome {
    /// What there is to record of a command that [`run`] has not started, for this reason.
    pub fn not_started(because: &Error) -> Self {
        let now = now_ms();
        let status = because.shell_status().map_or(NO_STATUS, i32::from);
        Self {
            exit: Exit::NotStarted(status),
            started_ms: now,
            ended_ms: now,
            wall_seconds: 0.0,
            cpu_user_seconds: 0.0,
            cpu_system_seconds: 0.0,
            peak_process_memory_bytes: 0,
            peak_memory_bytes: 0,
            left_running: Vec::new(),
        }
    }
}

/// Runs a command, gives each sample to `on_sample` as it is made, and waits for the end.
///
/// While this runs, nothing else in this program may start processes: what the command left behind
/// could not be told from them. When it is over, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1 and
/// SIGUSR2 no longer end this program, so that nothing keeps the record from being written. On Linux
/// the mark of the most memory that this program ever had begins anew.
///
/// ```
/// # #[cfg(unix)] {
/// use envelope_capture::run::{Exit, Launch, run};
///
/// let mut launch = Launch::new("sh");
/// launch.arguments = vec!["-c".into(), "exit 3".into()];
/// let outcome = run(&launch, &mut |_sample| {})?;
/// assert_eq!(outcome.exit, Exit::Code(3));
/// # }
/// # Ok::<(), envelope_capture::Error>(())
/// ```
///
/// # Errors
///
/// The command cannot be started; [`Error::shell_status`] has the status for that. Or the system
/// refuses what watching over it takes, and the command is not started either.
pub fn run(launch: &Launch, on_sample: &mut (dyn FnMut(&Sample) + Send)) -> Result<Outcome, Error> {
    let started = (Instant::now(), now_ms());
    let overseen = oversee(launch, on_sample)?;
    Ok(Outcome {
        exit: overseen.status.map_or(Exit::Unknown, Exit::of),
        started_ms: started.1,
        ended_ms: now_ms(),
        wall_seconds: overseen.ended.duration_since(started.0).as_secs_f64(),
        cpu_user_seconds: overseen.cpu.user.as_secs_f64(),
        cpu_system_seconds: overseen.cpu.system.as_secs_f64(),
        peak_process_memory_bytes: overseen.peak_process_bytes,
        peak_memory_bytes: overseen.peak_tree_bytes.max(overseen.peak_process_bytes),
        left_running: overseen.left_running,
    })
}

/// What the system's own way of waiting finds out.
struct Overseen {
    /// Nothing where the system does not say how the command ended.
    status: Option<ExitStatus>,
    ended: Instant,
    cpu: Cpu,
    peak_process_bytes: u64,
    peak_tree_bytes: u64,
    left_running: Vec<u32>,
}

impl Launch {
    fn command(&self) -> std::process::Command {
        self.command_of(&self.program, &self.arguments)
    }

    fn command_of(&self, program: &OsString, arguments: &[OsString]) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.args(arguments);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    fn cannot_start(&self, source: std::io::Error) -> Error {
        Error::Start {
            program: self.program.clone(),
            source,
        }
    }
}
