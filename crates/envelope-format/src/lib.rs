#![doc = include_str!("../README.md")]
//!
//! The floors of the crate, lower first: `json`, `yaml`, `relative_path`; then the files of a
//! package, one module each; then `package`, `spec` and `verify`, which know all of those.

pub mod archive;
pub mod array;
pub mod compressed;
pub mod data_type;
pub mod difference;
pub mod enforce;
pub mod envelope_flavor;
pub mod environment;
mod error;
mod finding;
pub mod input_example;
pub mod json;
pub mod mlmodel;
pub mod model_file;
pub mod onnx;
pub mod package;
pub mod payload;
pub mod pickle;
mod refusal;
pub mod registered_model_meta;
pub mod relative_path;
pub mod request_schema;
pub mod sample;
pub mod signature;
pub mod spec;
pub mod table;
pub mod value;
pub mod verify;
pub mod yaml;

pub use error::Error;
pub use finding::{Finding, Place, Severity};
pub use refusal::{Refusal, Stage};
