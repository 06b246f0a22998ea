#![doc = include_str!("../README.md")]

pub mod emit;
mod environment;
mod error;
mod explain;
mod graph;
mod grouped;
pub mod imports;
mod inventory;
mod marker;
mod names;
pub mod plan;
mod prune;
mod requirement;
pub mod size;
pub mod source;

pub use environment::{Environment, Platform, Target};
pub use error::{Conflict, ConflictingPins, Error, Place, Refusal};
pub use explain::{Diff, Holding, Sizes, Why};
pub use graph::{Graph, PackageId};
pub use inventory::{Distribution, EdgeSource, Inventory, Origin, Requires, Role, Root};
pub use names::{ExtraName, PackageName, Pattern};
pub use prune::{Kept, OnRequired, OnUnmatched, PruneSpec, Pruned, Removed};
pub use requirement::Requirement;
pub use size::Size;
pub use uv_pep508::MarkerTree;
