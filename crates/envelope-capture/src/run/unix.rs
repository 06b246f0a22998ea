//! Starting and waiting on Unix: every child that ends is asked what it used, those included that
//! this program never started and that came to it because their parents ended.

use super::peaks::{self, Floor};
use super::signals::{self, Request, Signals};
use super::watch::{Seen, lock, watch};
use super::{Launch, Overseen};
use crate::Error;
use crate::metrics::Sample;
use crate::sampler::{Cpu, Ledger, Scope, Tree, children_of, peak_of};
use std::collections::BTreeSet;
use std::process::{Child, ExitStatus};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread::Builder;
use std::time::{Duration, Instant};

pub(super) fn oversee(
    launch: &Launch,
    on_sample: &mut (dyn FnMut(&Sample) + Send),
) -> Result<Overseen, Error> {
    let strangers: BTreeSet<u32> = own_children().into_iter().collect();
    let _adoption = Adoption::begin()?;
    let signals = Signals::outlive()?;
    Floor::lower();
    let child = start(launch)?;
    let first_peak = peaks::at_birth(child.id());
    let floor = Floor::read();
    let ledger = Mutex::new(Ledger::default());
    let mut waiter = Waiter {
        child: child.id(),
        strangers: &strangers,
        ledger: &ledger,
        floor,
        hidden_peak: None,
        status: None,
        is_lost: false,
        ended: Instant::now(),
    };
    let (stop, stopped) = channel();
    let (stop_peaks, peaks_stopped) = channel();
    let child = waiter.child;
    let (seen, found_peak) = std::thread::scope(|scope| {
        let watching = launch.sampling.as_ref().and_then(|sampling| {
            let (strangers, ledger) = (strangers.clone(), &ledger);
            let work = move || watch(sampling, strangers, ledger, &stopped, on_sample);
            // Without another thread there are no samples, and a run all the same.
            let thread = Builder::new().name("sampler".into());
            thread.spawn_scoped(scope, work).ok()
        });
        let work = move || peaks::watch(child, first_peak, floor, &peaks_stopped);
        let looking = Builder::new().name("peaks".into());
        let looking = looking.spawn_scoped(scope, work).ok();
        waiter.wait(signals, launch.linger);
        drop((stop, stop_peaks));
        let found_peak = looking.and_then(|thread| thread.join().ok());
        (Seen::of(watching), found_peak.unwrap_or(first_peak))
    });
    waiter.settle(found_peak);
    let end = (waiter.status, waiter.ended);
    Ok(conclude(&strangers, &ledger, seen, end))
}

/// Puts together what the dead used and what those use that are left.
fn conclude(
    strangers: &BTreeSet<u32>,
    ledger: &Mutex<Ledger>,
    seen: Seen,
    (status, ended): (Option<ExitStatus>, Instant),
) -> Overseen {
    let ledger = lock(ledger);
    let rest = Tree::new(Scope::ChildrenBut(strangers.clone())).read(&ledger);
    let peaks_of_rest = rest.pids.iter().filter_map(|&pid| peak_of(pid));
    Overseen {
        status,
        ended,
        cpu: rest.cpu,
        peak_process_bytes: peaks_of_rest.fold(ledger.peak_process_bytes, u64::max),
        peak_tree_bytes: seen.peak_tree_bytes.max(rest.resident_bytes),
        left_running: rest.pids.into_iter().collect(),
    }
}

/// Starts the command as a shell would: a file that is executable and of no known format is a script
/// of the shell.
fn start(launch: &Launch) -> Result<Child, Error> {
    let no_format = rustix::io::Errno::NOEXEC.raw_os_error();
    match launch.command().spawn() {
        Err(error) if error.raw_os_error() == Some(no_format) => {
            let mut arguments = vec![launch.program.clone()];
            arguments.extend(launch.arguments.iter().cloned());
            let mut shell = launch.command_of(&"/bin/sh".into(), &arguments);
            shell.spawn()
        }
        result => result,
    }
    .map_err(|source| launch.cannot_start(source))
}

struct Waiter<'a> {
    child: u32,
    strangers: &'a BTreeSet<u32>,
    ledger: &'a Mutex<Ledger>,
    floor: Floor,
    /// What the system says of the command's peak, where that may be this program's own.
    hidden_peak: Option<u64>,
    status: Option<ExitStatus>,
    /// Whether the system does not know the command any more.
    is_lost: bool,
    ended: Instant,
}

impl Waiter<'_> {
    /// Waits for the command, and then for what it left behind as long as is wanted.
    fn wait(&mut self, mut signals: Signals, linger: Duration) {
        let mut open = self.take_leave();
        while self.status.is_none() && !self.is_lost {
            if !self.serve(&mut signals, &mut open) {
                return;
            }
        }
        if linger.is_zero() || open.is_empty() || self.is_lost {
            return;
        }
        let stopper = signals.stopper();
        let (done, over) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // The sender says nothing; it goes when nobody is left.
                let _ = over.recv_timeout(linger);
                stopper.close();
            });
            while !open.is_empty() && self.serve(&mut signals, &mut open) {}
            drop(done);
        });
    }

    /// Waits for signals and does what they ask for; false once none will come.
    fn serve(&mut self, signals: &mut Signals, open: &mut Vec<u32>) -> bool {
        let requests = signals.wait(|sender| is_among(sender, open));
        if requests.is_empty() && signals.is_over() {
            return false;
        }
        for request in requests {
            match request {
                Request::Look => {}
                Request::Forward(signal) if self.status.is_none() => {
                    signals::send(self.child, signal);
                }
                Request::Forward(signal) => {
                    for &pid in &*open {
                        signals::send(pid, signal);
                    }
                }
            }
        }
        *open = self.take_leave();
        true
    }

    /// Asks each child that has ended what it used, and gives those that have not.
    fn take_leave(&mut self) -> Vec<u32> {
        let mut open = Vec::new();
        let mut children = own_children();
        if self.status.is_none() && !children.contains(&self.child) {
            children.push(self.child);
        }
        for pid in children {
            if self.strangers.contains(&pid) {
                continue;
            }
            let mut ledger = lock(self.ledger);
            match wait4::try_wait4_pid(pid) {
                Ok(Some(used)) => {
                    ledger.cpu.add(Cpu {
                        user: used.rusage.utime,
                        system: used.rusage.stime,
                    });
                    let peak = used.rusage.maxrss;
                    if pid == self.child && self.floor.hides(peak) {
                        self.hidden_peak = Some(peak);
                    } else {
                        ledger.peak_process_bytes = ledger.peak_process_bytes.max(peak);
                    }
                    if pid == self.child {
                        self.status = Some(used.status);
                        self.ended = Instant::now();
                    }
                }
                Ok(None) => open.push(pid),
                // Somebody else in this program has asked how it ended, and nobody else can.
                Err(_) if pid == self.child => {
                    self.is_lost = true;
                    self.ended = Instant::now();
                }
                Err(_) => {}
            }
        }
        open
    }

    /// Puts what was found by looking in the place of a peak that the system does not say.
    fn settle(&mut self, found: u64) {
        let Some(most) = self.hidden_peak else {
            return;
        };
        if found >= peaks::BEGUN_BYTES {
            let mut ledger = lock(self.ledger);
            ledger.peak_process_bytes = ledger.peak_process_bytes.max(found.min(most));
        }
    }
}

/// Whether a process is one of these or comes from one.
fn is_among(pid: u32, roots: &[u32]) -> bool {
    let mut open = roots.to_vec();
    while let Some(root) = open.pop() {
        if root == pid {
            return true;
        }
        open.extend(children_of(root));
    }
    false
}

/// All children, of whom there may be some that this program did not start.
#[cfg(target_os = "linux")]
fn own_children() -> Vec<u32> {
    children_of(std::process::id())
}

/// Where nobody is adopted, the command is the only child that matters.
#[cfg(not(target_os = "linux"))]
fn own_children() -> Vec<u32> {
    Vec::new()
}

/// For as long as it lives, this program is the parent of all its descendants that lose theirs.
struct Adoption {
    #[cfg(target_os = "linux")]
    before: Option<rustix::process::Pid>,
}

#[cfg(target_os = "linux")]
impl Adoption {
    fn begin() -> Result<Self, Error> {
        let cannot = |errno: rustix::io::Errno| Error::Watch {
            action: "become the parent of processes in the background",
            source: errno.into(),
        };
        let before = rustix::process::child_subreaper().map_err(cannot)?;
        let this = Some(rustix::process::getpid());
        rustix::process::set_child_subreaper(this).map_err(cannot)?;
        Ok(Self { before })
    }
}

#[cfg(target_os = "linux")]
impl Drop for Adoption {
    fn drop(&mut self) {
        // It could be set, so it can be set back.
        let _ = rustix::process::set_child_subreaper(self.before);
    }
}

#[cfg(not(target_os = "linux"))]
impl Adoption {
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    fn begin() -> Result<Self, Error> {
        Ok(Self {})
    }
}
