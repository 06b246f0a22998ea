//! Reads, writes and verifies MLflow model packages.

pub mod data_type;
pub mod input_example;
pub mod json;
pub mod signature;
