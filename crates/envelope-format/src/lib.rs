//! Reads, writes and verifies MLflow model packages.

pub mod archive;
pub mod compressed;
pub mod onnx;
pub mod pickle;
