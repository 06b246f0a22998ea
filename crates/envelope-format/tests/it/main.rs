//! Tests of the crate against what MLflow was recorded to do.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[cfg(feature = "columnar")]
mod columnar;
mod enforcement;
mod input_example;
mod recording;
mod signature;
