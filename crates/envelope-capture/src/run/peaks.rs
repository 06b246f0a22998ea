//! The peak of memory of commands that are smaller than this program.
//!
//! A new process shares the memory of whoever starts it until it becomes its program, and Linux charges
//! it with the most that this memory ever was ([`setmax_mm_hiwater_rss`]): what [wait4(2)] says of the
//! command's peak is at least this program's own. Where it is more, it is the command's. Where it is
//! not, the largest is taken that `/proc` showed of the command and its descendants while they lived;
//! the kernel keeps that mark for each of them, so that looking now and then misses only what a process
//! gained after the last look.
//!
//! [`setmax_mm_hiwater_rss`]: https://elixir.bootlin.com/linux/v6.12/source/fs/exec.c#L1007
//! [wait4(2)]: https://man7.org/linux/man-pages/man2/getrusage.2.html

use crate::sampler::{children_of, peak_of};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A process with less has not begun its program yet, and says nothing of it.
pub(super) const BEGUN_BYTES: u64 = 128 << 10;
/// In this time one looks without a pause.
const BIRTH: Duration = Duration::from_millis(2);
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// A run of so many times the length is looked at with one more pause: what it gained in that share of
/// its time, at its end, may be missed.
const AGE_PER_PAUSE: u32 = 8;
/// Pauses grow up to this, or as long as a look must not cost more than a thousandth.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
const PAUSE_PER_COST: u32 = 1000;

/// What the system may charge a command with that is not its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    bytes: u64,
}

impl Floor {
    /// Makes this program's mark as low as it can be, before a command is started. It counts again
    /// from what is resident now.
    pub(super) fn lower() {
        // Kernels may be built without this; then the mark is only higher than it had to be.
        #[cfg(target_os = "linux")]
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }

    /// Reads the mark, after a command was started.
    pub(super) fn read() -> Self {
        let own = peak_of(std::process::id()).unwrap_or_default();
        Self {
            // The kernel's counts are inexact by a few pages for each processor.
            bytes: own + own / 16,
        }
    }

    /// Whether a peak may be this program's own; none may where the mark is not known.
    pub(super) fn hides(self, bytes: u64) -> bool {
        bytes < self.bytes
    }
}

/// Looks at a process that was just started, which may be over at once; gives its largest peak.
pub(super) fn at_birth(pid: u32) -> u64 {
    let begun = Instant::now();
    let mut peak = 0;
    // One that has ended has no peak any more.
    while let Some(now) = peak_of(pid) {
        peak = peak.max(now);
        if begun.elapsed() > BIRTH {
            break;
        }
    }
    peak
}

/// Looks at a process and its descendants, until told to stop or until the system's own number is good
/// enough; gives the largest peak that it has seen.
pub(super) fn watch(root: u32, first: u64, floor: Floor, stop: &Receiver<()>) -> u64 {
    let begun = Instant::now();
    let mut peak = first;
    while floor.hides(peak) {
        let look = Instant::now();
        peak = peak.max(largest(root));
        let longest = LONGEST_PAUSE.max(look.elapsed() * PAUSE_PER_COST);
        let pause = (begun.elapsed() / AGE_PER_PAUSE).clamp(FIRST_PAUSE, longest);
        if stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    peak
}

fn largest(root: u32) -> u64 {
    let mut peak = 0;
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        peak = peak.max(peak_of(pid).unwrap_or_default());
        open.extend(children_of(pid));
    }
    peak
}
