//! Processes as Linux shows them in `/proc`, one by one, so that the cost is that of the tree and not
//! that of the machine.
//!
//! The files' manual: <https://man7.org/linux/man-pages/man5/proc.5.html>.

use super::tree::Cpu;
use procfs::process::{Process, Stat, all_processes};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What one process uses, those included that were its children and have ended.
pub(super) struct Usage {
    pub(super) start: u64,
    /// It has ended, and its parent has not yet asked how.
    pub(super) ended: bool,
    pub(super) cpu: Cpu,
    pub(super) resident_bytes: u64,
    pub(super) threads: Option<u64>,
    /// Read and written.
    pub(super) disk_bytes: Option<(u64, u64)>,
}

pub(super) struct Reader {
    /// Where the kernel has no lists of children: all parents of the machine, read at once.
    children: Option<BTreeMap<u32, Vec<u32>>>,
}

impl Reader {
    pub(super) fn new() -> Self {
        let has_lists = Path::new("/proc/thread-self/children").exists();
        Self {
            children: (!has_lists).then(BTreeMap::new),
        }
    }

    pub(super) fn refresh(&mut self) {
        if let Some(children) = &mut self.children {
            *children = children_of_all();
        }
    }

    pub(super) fn children(&self, pid: u32) -> Vec<u32> {
        match &self.children {
            Some(children) => children.get(&pid).cloned().unwrap_or_default(),
            None => listed_children(pid).unwrap_or_default(),
        }
    }

    /// Nothing where the process is gone, or is none of ours to look at.
    #[expect(
        clippy::unused_self,
        reason = "on other systems the reader has read it already"
    )]
    pub(super) fn usage(&self, pid: u32) -> Option<Usage> {
        let process = open(pid)?;
        let stat = process.stat().ok()?;
        Some(Usage {
            start: stat.starttime,
            ended: stat.state == 'Z' || stat.state == 'X',
            cpu: cpu(&stat),
            resident_bytes: stat.rss * procfs::page_size(),
            threads: u64::try_from(stat.num_threads).ok(),
            disk_bytes: disk_bytes(&process),
        })
    }
}

/// The children of a process at this moment, those included that have ended and wait to be asked how.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let mut reader = Reader::new();
    reader.refresh();
    reader.children(pid)
}

/// The most that a living process ever had resident. It reads that one line, since a short process may
/// be over before all are understood.
pub(crate) fn peak_of(pid: u32) -> Option<u64> {
    let status = std::fs::read(format!("/proc/{pid}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = peak.trim().strip_suffix(" kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024)
}

pub(super) fn start_of(pid: u32) -> Option<u64> {
    open(pid)?.stat().ok().map(|stat| stat.starttime)
}

pub(super) fn own_disk_bytes() -> Option<(u64, u64)> {
    disk_bytes(&Process::myself().ok()?)
}

fn open(pid: u32) -> Option<Process> {
    Process::new(i32::try_from(pid).ok()?).ok()
}

fn disk_bytes(process: &Process) -> Option<(u64, u64)> {
    let io = process.io().ok()?;
    Some((io.read_bytes, io.write_bytes))
}

fn cpu(stat: &Stat) -> Cpu {
    let ticks = procfs::ticks_per_second();
    let time = |own: u64, children: i64| {
        let sum = own + u64::try_from(children).unwrap_or(0);
        Duration::from_micros(sum * 1_000_000 / ticks)
    };
    Cpu {
        user: time(stat.utime, stat.cutime),
        system: time(stat.stime, stat.cstime),
    }
}

/// Each thread has a list of the children that it started.
fn listed_children(pid: u32) -> Option<Vec<u32>> {
    let mut children = Vec::new();
    for task in open(pid)?.tasks().ok()? {
        let started = task.ok().and_then(|task| task.children().ok());
        children.extend(started.unwrap_or_default());
    }
    Some(children)
}

fn children_of_all() -> BTreeMap<u32, Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let Ok(all) = all_processes() else {
        return children;
    };
    for stat in all.filter_map(|process| process.ok()?.stat().ok()) {
        if let (Ok(pid), Ok(parent)) = (u32::try_from(stat.pid), u32::try_from(stat.ppid)) {
            children.entry(parent).or_default().push(pid);
        }
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn both_ways_find_the_same_children() {
        let mut child = Command::new("sh")
            .args(["-c", "sleep 60 & sleep 60 & echo; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        let mut slow = Reader {
            children: Some(BTreeMap::new()),
        };
        slow.refresh();
        let quick = Reader { children: None };
        let (mut some, mut others) = (quick.children(child.id()), slow.children(child.id()));
        some.sort_unstable();
        others.sort_unstable();
        assert_eq!(some.len(), 2);
        assert_eq!(some, others);
        for pid in &some {
            let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        child.wait().unwrap();
    }
}
