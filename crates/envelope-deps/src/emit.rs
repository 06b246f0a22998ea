//! What a prune did, written down: as requirements, as trees for people, as JSON for scripts, as
//! drawings, as a bill of materials and as a page.
//!
//! Everything here is a pure function of the graph, the sizes and the options, in a fixed order:
//! no dates, no paths, no width of a terminal.

mod cyclonedx;
mod dot;
mod html;
mod json;
mod marks;
mod mermaid;
mod nodes;
mod requirements;
mod tree;
mod walk;
mod wording;

pub use cyclonedx::cyclonedx;
pub use dot::dot;
pub use html::html;
pub use json::{graph_json, report_json};
pub use mermaid::mermaid;
pub use requirements::{RequirementsOptions, requirements};
pub use tree::{TreeOptions, full_report, model_report, tree};
