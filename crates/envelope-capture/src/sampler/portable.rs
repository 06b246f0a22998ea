//! Processes as the library sysinfo shows them, on systems other than Linux. It reads all processes
//! of the machine at a time, and says nothing of children that have ended.

use super::tree::Cpu;
use std::collections::BTreeMap;
use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// What one process uses.
pub(super) struct Usage {
    pub(super) start: u64,
    pub(super) ended: bool,
    /// The library does not divide it; all is given as the user's.
    pub(super) cpu: Cpu,
    pub(super) resident_bytes: u64,
    pub(super) threads: Option<u64>,
    /// Read and written.
    pub(super) disk_bytes: Option<(u64, u64)>,
}

pub(super) struct Reader {
    system: System,
    children: BTreeMap<u32, Vec<u32>>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            system: System::new(),
            children: BTreeMap::new(),
        }
    }

    pub(super) fn refresh(&mut self) {
        self.children.clear();
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system
            .refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
        for (pid, process) in self.system.processes() {
            if let Some(parent) = process.parent() {
                pairs.push((parent.as_u32(), pid.as_u32()));
            }
        }
        pairs.sort_unstable();
        for (parent, pid) in pairs {
            self.children.entry(parent).or_default().push(pid);
        }
    }

    pub(super) fn children(&self, pid: u32) -> Vec<u32> {
        self.children.get(&pid).cloned().unwrap_or_default()
    }

    pub(super) fn usage(&self, pid: u32) -> Option<Usage> {
        let process = self.system.process(Pid::from_u32(pid))?;
        Some(Usage {
            start: process.start_time(),
            ended: process.status() == sysinfo::ProcessStatus::Zombie,
            cpu: Cpu {
                user: Duration::from_millis(process.accumulated_cpu_time()),
                system: Duration::ZERO,
            },
            resident_bytes: process.memory(),
            threads: None,
            disk_bytes: None,
        })
    }
}

/// The children of a process at this moment.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let mut reader = Reader::new();
    reader.refresh();
    reader.children(pid)
}

/// Not known here.
#[cfg(unix)]
pub(crate) fn peak_of(_pid: u32) -> Option<u64> {
    None
}

pub(super) fn start_of(pid: u32) -> Option<u64> {
    let mut reader = Reader::new();
    reader.refresh();
    reader.usage(pid).map(|usage| usage.start)
}

pub(super) fn own_disk_bytes() -> Option<(u64, u64)> {
    None
}
