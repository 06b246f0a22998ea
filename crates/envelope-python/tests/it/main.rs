//! What the crate does, with real Python, MLflow and uv.
#![cfg(test)]

mod answers;
mod conda;
mod environments;
mod faults;
mod support;
mod trust;
