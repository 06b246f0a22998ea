//! Reads, writes and verifies MLflow model packages.

pub mod environment;
pub mod mlmodel;
pub mod relative_path;
pub mod yaml;
