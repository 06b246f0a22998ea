//! Why a package is there, and what each thing that was asked for costs.

mod diff;
mod dominators;
mod holdings;
mod sizes;
mod why;

pub use diff::Diff;
pub(crate) use dominators::Holders;
pub use holdings::Holding;
pub use sizes::Sizes;
pub(crate) use why::ShortestPaths;
pub use why::Why;
