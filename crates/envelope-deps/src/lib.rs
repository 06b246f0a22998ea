//! Python requirements as a graph.
//!
//! A training environment holds far more than a model needs to run. This crate reads what people
//! have — requirements files, locks, installed environments — as an [`Inventory`], builds the
//! [`Graph`] of who needs whom with which extra and when, and takes whole subtrees out of it:
//! [`Graph::prune`]. What anything else still needs stays, extras that nobody asks for any more are
//! switched off, and a prune that would break a package that stays is refused by name.
//!
//! It knows no MLflow and no network, starts no Python, and prints nothing.

pub mod emit;
mod environment;
mod error;
mod explain;
mod graph;
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
pub use inventory::{Distribution, EdgeSource, Inventory, Origin, Role, Root};
pub use names::{ExtraName, PackageName, Pattern};
pub use prune::{Kept, OnRequired, OnUnmatched, PruneSpec, Pruned, Removed};
pub use requirement::Requirement;
pub use size::Size;
pub use uv_pep508::MarkerTree;
