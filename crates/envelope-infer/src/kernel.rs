//! What the processor computes faster here than burn's processor backend does, for `f32` in memory.
//!
//! Everything else goes through burn. `docs/benchmarks.md` has the numbers that decide.

pub(crate) mod convolution;
mod depthwise;
mod tile;
