//! Which signals this program outlives while a command runs, and which of them it hands on.
//!
//! What the terminal sends goes to the whole process group, the command included, and is not sent
//! again. That a terminal is gone the system tells the leader of its session alone, and where this is
//! that leader, the command is told. What somebody sends to this program alone is meant for the command,
//! unless the command itself sent it. What somebody sends to the whole group the command gets twice,
//! since nothing tells it from the latter.

use crate::Error;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use std::ffi::c_int;

const OUTLIVED: [c_int; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

#[cfg(target_os = "linux")]
type Kind = signal_hook::iterator::exfiltrator::WithOrigin;
#[cfg(not(target_os = "linux"))]
type Kind = signal_hook::iterator::exfiltrator::SignalOnly;

/// The signals that come while a command runs.
pub(super) struct Signals {
    queue: signal_hook::iterator::SignalsInfo<Kind>,
}

/// What a signal asks for.
pub(super) enum Request {
    /// A child has changed.
    Look,
    /// The command should get this.
    Forward(Signal),
}

impl Signals {
    /// Outlives signals from now on. One that this program was told to ignore, as `nohup` does, stays
    /// ignored, and the command ignores it too.
    pub(super) fn outlive() -> Result<Self, Error> {
        let ignored = ignored();
        let bit = |signal: c_int| 1_u64 << (signal - 1);
        let wanted = OUTLIVED
            .into_iter()
            .filter(|&signal| ignored & bit(signal) == 0);
        let queue = signal_hook::iterator::SignalsInfo::new(wanted.chain([SIGCHLD]));
        let queue = queue.map_err(|source| Error::Watch {
            action: "handle signals",
            source,
        })?;
        Ok(Self { queue })
    }

    /// Waits for signals. None come any more once [`stopper`](Self::stopper) was used.
    pub(super) fn wait(&mut self, is_ours: impl Fn(u32) -> bool) -> Vec<Request> {
        let arrived = self.queue.wait();
        arrived
            .filter_map(|signal| request(&signal, &is_ours))
            .collect()
    }

    /// Whether [`stopper`](Self::stopper) was used.
    pub(super) fn is_over(&self) -> bool {
        self.queue.is_closed()
    }

    pub(super) fn stopper(&self) -> signal_hook::iterator::Handle {
        self.queue.handle()
    }
}

/// Sends a signal to a process that this program has not yet taken leave of, so that its number
/// cannot be another's.
pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended in this moment, which is what was wanted of it.
        let _ = kill_process(pid, signal);
    }
}

#[cfg(target_os = "linux")]
fn request(
    origin: &signal_hook::low_level::siginfo::Origin,
    is_ours: &impl Fn(u32) -> bool,
) -> Option<Request> {
    use signal_hook::low_level::siginfo::{Cause, Sent};
    if origin.signal == SIGCHLD {
        return Some(Request::Look);
    }
    let sender = origin
        .process
        .and_then(|process| u32::try_from(process.pid).ok());
    let sent = matches!(
        origin.cause,
        Cause::Sent(Sent::User | Sent::TKill | Sent::Queue)
    );
    let forward = if sent {
        !sender.is_some_and(is_ours)
    } else {
        origin.signal == SIGHUP && leads_session()
    };
    forward.then(|| Signal::from_named_raw(origin.signal).map(Request::Forward))?
}

/// Whether the system tells this program, and nobody else, that the terminal is gone.
#[cfg(target_os = "linux")]
fn leads_session() -> bool {
    rustix::process::getsid(None) == Ok(rustix::process::getpid())
}

/// Nobody says who sent it. In the foreground it is taken for the terminal's.
#[cfg(not(target_os = "linux"))]
fn request(signal: &c_int, _is_ours: &impl Fn(u32) -> bool) -> Option<Request> {
    if *signal == SIGCHLD {
        return Some(Request::Look);
    }
    let by_terminal = matches!(*signal, SIGINT | SIGQUIT) && in_foreground();
    (!by_terminal).then(|| Signal::from_named_raw(*signal).map(Request::Forward))?
}

#[cfg(not(target_os = "linux"))]
fn in_foreground() -> bool {
    let group = rustix::termios::tcgetpgrp(std::io::stdin());
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

/// The signals that this program ignores, one bit each.
#[cfg(target_os = "linux")]
fn ignored() -> u64 {
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    status.map_or(0, |status| status.sigign)
}

/// Nothing that needs no unsafe code says it.
#[cfg(not(target_os = "linux"))]
fn ignored() -> u64 {
    0
}
