//! Tests of the crate against what MLflow was recorded to do.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[cfg(feature = "columnar")]
mod columnar;
mod enforcement;
mod hostile_requests;
mod input_example;
mod recording;
mod request_properties;
mod signature;
