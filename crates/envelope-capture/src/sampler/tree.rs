//! A tree of processes, read again and again: who belongs to it, and what they used together.
//!
//! A process once seen stays in the tree for as long as it lives, whoever its parent becomes; a number
//! that the system gave to another process meanwhile is told by the time of its start.

use super::processes::{self, Usage, start_of};
use super::{megabytes, one_decimal};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Where a tree begins.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// At this process.
    Process(u32),
    /// At all children of this program itself but those.
    ChildrenBut(BTreeSet<u32>),
}

/// Processor time, as the system divides it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

impl Cpu {
    pub(crate) fn total(self) -> Duration {
        self.user + self.system
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.user += other.user;
        self.system += other.system;
    }
}

/// What those used whom this program has taken leave of.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) cpu: Cpu,
    /// The most that one process had resident.
    pub(crate) peak_process_bytes: u64,
}

/// What a tree uses at one moment.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) pids: BTreeSet<u32>,
    /// From the beginning, the ledger's included.
    pub(crate) cpu: Cpu,
    pub(crate) resident_bytes: u64,
    threads: Option<u64>,
    disk_bytes: Option<(u64, u64)>,
}

impl Reading {
    pub(super) fn measure(&self, put: &mut dyn FnMut(&str, f64)) {
        put("cpu_time_seconds", self.cpu.total().as_secs_f64());
        put("count", self.pids.len() as f64);
        // Nobody's memory is not no memory.
        if !self.pids.is_empty() {
            let megabytes = one_decimal(megabytes(self.resident_bytes));
            put("memory_usage_megabytes", megabytes);
        }
        if let Some(threads) = self.threads {
            put("thread_count", threads as f64);
        }
        if let Some((read, written)) = self.disk_bytes {
            put("disk_read_megabytes", one_decimal(megabytes(read)));
            put("disk_write_megabytes", one_decimal(megabytes(written)));
        }
    }
}

pub(crate) struct Tree {
    scope: Scope,
    reader: processes::Reader,
    /// Who was there at the last look, and when each started.
    members: BTreeMap<u32, u64>,
    /// The most processor time so far: while a process ends, its share may be nowhere for a moment.
    most: Cpu,
    /// Disk traffic that this program had before, which is not its children's.
    own_disk_bytes: Option<(u64, u64)>,
}

impl Tree {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            members: match scope {
                Scope::Process(pid) => start_of(pid)
                    .map(|start| (pid, start))
                    .into_iter()
                    .collect(),
                Scope::ChildrenBut(_) => BTreeMap::new(),
            },
            scope,
            reader: processes::Reader::new(),
            most: Cpu::default(),
            own_disk_bytes: processes::own_disk_bytes(),
        }
    }

    pub(crate) fn read(&mut self, ledger: &Ledger) -> Reading {
        let mut reading = Reading {
            cpu: ledger.cpu,
            ..Reading::default()
        };
        let mut found = BTreeMap::new();
        let mut open: Vec<(u32, Option<u64>)> = self
            .members
            .iter()
            .map(|(&pid, &start)| (pid, Some(start)))
            .collect();
        self.reader.refresh();
        if let Scope::ChildrenBut(before) = &self.scope {
            let ours = self.reader.children(std::process::id());
            let ours = ours.into_iter().filter(|pid| !before.contains(pid));
            open.extend(ours.map(|pid| (pid, None)));
            reading.add_disk(self.disk_bytes_of_the_dead());
        }
        while let Some((pid, known_start)) = open.pop() {
            if found.contains_key(&pid) {
                continue;
            }
            let Some(usage) = self.reader.usage(pid) else {
                continue;
            };
            if known_start.is_some_and(|start| start != usage.start) {
                continue;
            }
            found.insert(pid, usage.start);
            let children = self.reader.children(pid);
            open.extend(children.into_iter().map(|pid| (pid, None)));
            reading.add(pid, &usage);
        }
        self.members = found;
        self.most.user = self.most.user.max(reading.cpu.user);
        self.most.system = self.most.system.max(reading.cpu.system);
        reading.cpu = self.most;
        reading
    }

    /// The system adds to a parent what its ended children read and wrote, so that this program has
    /// what was read and written by those whom it has taken leave of, and its own.
    fn disk_bytes_of_the_dead(&self) -> Option<(u64, u64)> {
        let (now, before) = (processes::own_disk_bytes()?, self.own_disk_bytes?);
        Some((
            now.0.saturating_sub(before.0),
            now.1.saturating_sub(before.1),
        ))
    }
}

impl Reading {
    fn add(&mut self, pid: u32, usage: &Usage) {
        self.cpu.add(usage.cpu);
        self.resident_bytes += usage.resident_bytes;
        self.add_disk(usage.disk_bytes);
        if !usage.ended {
            self.pids.insert(pid);
            if let Some(threads) = usage.threads {
                *self.threads.get_or_insert(0) += threads;
            }
        }
    }

    fn add_disk(&mut self, bytes: Option<(u64, u64)>) {
        if let Some((read, written)) = bytes {
            let sum = self.disk_bytes.get_or_insert((0, 0));
            *sum = (sum.0 + read, sum.1 + written);
        }
    }
}
