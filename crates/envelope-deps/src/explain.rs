//! Why a package is there, and what each thing that was asked for costs.

mod why;

pub use why::Why;
pub(crate) use why::shortest_path;
