//! Reads, writes and verifies MLflow model packages.

pub mod json;
