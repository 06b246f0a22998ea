//! Starting and waiting where there is no Unix: the command alone is asked what it used, and what it
//! started is seen by sampling.

use super::watch::{Seen, lock, watch};
use super::{Launch, Overseen};
use crate::Error;
use crate::metrics::Sample;
use crate::sampler::{Cpu, Ledger, children_of};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Instant;
use wait4::Wait4;

pub(super) fn oversee(
    launch: &Launch,
    on_sample: &mut (dyn FnMut(&Sample) + Send),
) -> Result<Overseen, Error> {
    let strangers: BTreeSet<u32> = children_of(std::process::id()).into_iter().collect();
    let child = launch.command().spawn();
    let child = child.map_err(|source| launch.cannot_start(source))?;
    let ledger = Mutex::new(Ledger::default());
    let (stop, stopped) = channel();
    let (used, ended, seen) = std::thread::scope(|scope| {
        let watching = launch.sampling.as_ref().map(|sampling| {
            let (strangers, ledger) = (strangers.clone(), &ledger);
            scope.spawn(move || watch(sampling, strangers, ledger, &stopped, on_sample))
        });
        let used = child.wait4();
        let ended = Instant::now();
        if let Ok(used) = &used {
            let mut ledger = lock(&ledger);
            ledger.peak_process_bytes = used.rusage.maxrss;
            ledger.cpu = Cpu {
                user: used.rusage.utime,
                system: used.rusage.stime,
            };
        }
        drop(stop);
        (used, ended, Seen::of(watching))
    });
    let ledger = lock(&ledger);
    Ok(Overseen {
        status: used.ok().map(|used| used.status),
        ended,
        cpu: ledger.cpu,
        peak_process_bytes: ledger.peak_process_bytes,
        peak_tree_bytes: seen.peak_tree_bytes,
        left_running: Vec::new(),
    })
}
