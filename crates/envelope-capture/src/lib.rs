#![doc = include_str!("../README.md")]

pub mod container;
pub mod entrypoint;
pub mod environment;
pub mod hardware;
pub mod metrics;
mod nvml;
pub mod os;
pub mod provenance;
pub mod python;
pub mod record;
pub mod report;
pub mod run;
pub mod sampler;
pub mod uncommitted;
mod user;

pub mod changes;
mod error;
pub mod git;
mod known;
mod page;
mod patch;
pub mod redact;

pub use error::Error;
pub use git::GitProgram;
pub use known::Known;
pub use page::Page;
pub use patch::{Change, Patch, Section};
pub use redact::{redact_arguments, redact_text, redact_url, redact_variable};
pub use user::user;
