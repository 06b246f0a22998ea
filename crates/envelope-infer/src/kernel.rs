//! What the processor computes faster here than burn's processor backend does, for `f32` in memory.
//!
//! Everything else goes through burn. `docs/benchmarks.md` has the numbers that decide.

#![allow(
    clippy::inline_always,
    reason = "vector instructions are only those of the function into which everything is inlined"
)]

pub(crate) mod convolution;
mod depthwise;
pub(crate) mod product;
pub(crate) mod tile;

/// Whether so many multiplications are worth sharing among threads.
///
/// Waking a neighbour in the pool costs little; from without, the pool must be woken first, and then
/// waited for.
pub(crate) fn is_worth_sharing(work: usize) -> bool {
    const WITHIN: usize = 1 << 18;
    const FROM_WITHOUT: usize = 1 << 22;
    let is_within = rayon::current_thread_index().is_some();
    work >= if is_within { WITHIN } else { FROM_WITHOUT }
}
