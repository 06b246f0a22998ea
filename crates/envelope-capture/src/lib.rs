#![doc = include_str!("../README.md")]

pub mod changes;
pub mod container;
pub mod entrypoint;
pub mod environment;
mod error;
pub mod git;
pub mod hardware;
mod known;
pub mod metrics;
mod nvml;
pub mod os;
mod page;
mod patch;
pub mod provenance;
pub mod python;
pub mod record;
pub mod redact;
pub mod report;
pub mod run;
pub mod sampler;

pub use error::Error;
pub use git::GitProgram;
pub use known::Known;
pub use page::Page;
pub use patch::{Change, Patch, Section};
pub use redact::{redact_arguments, redact_text, redact_url, redact_variable};
