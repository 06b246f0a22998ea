//! Reads, writes and verifies MLflow model packages.

pub mod envelope_flavor;
pub mod environment;
mod error;
mod finding;
pub mod mlmodel;
pub mod package;
pub mod relative_path;
pub mod spec;
pub mod yaml;

pub use error::Error;
pub use finding::{Finding, Place, Severity};
