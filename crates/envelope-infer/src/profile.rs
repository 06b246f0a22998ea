//! Where the time of a run went, step by step.

use std::time::Duration;

/// A value that moves between memory and the GPU in each run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crossing {
    /// The value's name.
    pub value: String,
    /// Whether it goes to the GPU; otherwise it comes from there.
    pub to_gpu: bool,
}

/// The time that each step took, summed over runs.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    times: Vec<Duration>,
}

impl Profile {
    pub(crate) fn add(&mut self, step: usize, time: Duration) {
        if self.times.len() <= step {
            self.times.resize(step + 1, Duration::ZERO);
        }
        self.times[step] += time;
    }

    /// The time of each step, in the order of [`Session::steps`](crate::Session::steps). A step's
    /// time holds that of moving its inputs to where it runs.
    pub fn times(&self) -> &[Duration] {
        &self.times
    }
}
