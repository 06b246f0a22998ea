//! What a prune did, written down.
//!
//! Everything here is a pure function of the graph and its options, in a fixed order: no dates, no
//! paths, no width of a terminal.

mod requirements;

pub use requirements::{RequirementsOptions, requirements};
