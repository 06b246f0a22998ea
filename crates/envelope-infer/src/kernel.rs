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
