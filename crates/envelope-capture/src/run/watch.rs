//! The thread that samples while the command runs, and looks at its memory in between.
//!
//! Looking costs little and finds peaks that samples miss. It begins at once and often, and slows
//! down, so that a short run is seen at all and a long one is hardly disturbed: the time between two
//! looks is at least four hundred times what a look costs.

use crate::metrics::Sample;
use crate::sampler::{Ledger, Sampler, Sampling, Scope, Tree};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
const PAUSE_PER_COST: u32 = 400;

/// What the thread has seen when the run is over.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) peak_tree_bytes: u64,
}

impl Seen {
    /// Takes what a thread gave; a panic in the caller's function goes on in the caller's thread.
    pub(super) fn of(watching: Option<ScopedJoinHandle<'_, Self>>) -> Self {
        let seen = watching.map(ScopedJoinHandle::join);
        seen.map_or_else(Self::default, |seen| {
            seen.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}

/// Locks the ledger. A thread that panicked while it held the lock left nothing half done.
pub(super) fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Samples all children of this program but those, until told to stop, and once more then.
pub(super) fn watch(
    sampling: &Sampling,
    strangers: BTreeSet<u32>,
    ledger: &Mutex<Ledger>,
    stop: &Receiver<()>,
    on_sample: &mut (dyn FnMut(&Sample) + Send),
) -> Seen {
    let tree = Tree::new(Scope::ChildrenBut(strangers));
    let mut sampler = Sampler::new(tree, sampling.node.as_deref());
    let mut seen = Seen::default();
    let mut next_sample = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut over = false;
    while !over {
        let now = Instant::now();
        if now >= next_sample {
            seen.take(&mut sampler, ledger, on_sample);
            next_sample = after(next_sample, sampling.interval);
        } else {
            let reading = sampler.look(&lock(ledger));
            seen.peak_tree_bytes = seen.peak_tree_bytes.max(reading.resident_bytes);
            pause = (pause * 2)
                .min(LONGEST_PAUSE)
                .max(now.elapsed() * PAUSE_PER_COST);
        }
        let wait = pause.min(next_sample.saturating_duration_since(Instant::now()));
        over = stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout);
    }
    seen.take(&mut sampler, ledger, on_sample);
    seen
}

impl Seen {
    fn take(
        &mut self,
        sampler: &mut Sampler,
        ledger: &Mutex<Ledger>,
        on_sample: &mut (dyn FnMut(&Sample) + Send),
    ) {
        let (sample, resident_bytes) = sampler.sample_with(&lock(ledger));
        self.peak_tree_bytes = self.peak_tree_bytes.max(resident_bytes);
        on_sample(&sample);
    }
}

/// The next point of the rhythm that is still to come; after a long sleep, those missed are left out.
fn after(last: Instant, interval: Duration) -> Instant {
    let interval = interval.max(Duration::from_millis(10));
    let now = Instant::now();
    let mut next = last + interval;
    if next <= now {
        let missed = now.duration_since(last).as_nanos() / interval.as_nanos();
        next = last + interval * u32::try_from(missed + 1).unwrap_or(u32::MAX);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_rhythm_after_a_sleep() {
        let interval = Duration::from_secs(5);
        let now = Instant::now();
        for (ago_s, next_in_s) in [(0, 5), (3, 2), (5, 5), (12, 3)] {
            let last = now.checked_sub(Duration::from_secs(ago_s)).unwrap();
            let next = after(last, interval).duration_since(now).as_secs_f64();
            assert!((next - f64::from(next_in_s)).abs() < 0.5, "{ago_s}: {next}");
        }
    }
}
