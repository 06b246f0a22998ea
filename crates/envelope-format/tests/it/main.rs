//! Tests of the crate against what MLflow was recorded to do.

mod input_example;
mod signature;
