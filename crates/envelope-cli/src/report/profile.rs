//! The time of a run by operator, for both kinds of report.

use crate::commands::infer::Run;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the nodes of one operator took, in one run.
pub(super) struct Share {
    pub(super) operator: String,
    pub(super) on_gpu: bool,
    pub(super) nodes: usize,
    pub(super) time: Duration,
}

/// The shares, longest first.
pub(super) fn shares(run: &Run<'_>) -> Vec<Share> {
    let Some(profile) = &run.profile else {
        return Vec::new();
    };
    let runs = u32::try_from(run.runs.len().max(1)).unwrap_or(u32::MAX);
    let mut sums: BTreeMap<(String, bool), (usize, Duration)> = BTreeMap::new();
    for (step, time) in run.session.steps().zip(profile.times()) {
        let sum = sums
            .entry((step.operator.to_owned(), step.on_gpu))
            .or_default();
        sum.0 += 1;
        sum.1 += *time;
    }
    let share = |((operator, on_gpu), (nodes, time))| Share {
        operator,
        on_gpu,
        nodes,
        time: time / runs,
    };
    let mut shares: Vec<Share> = sums.into_iter().map(share).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.time));
    shares
}

/// The median of at least one time.
pub(super) fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
