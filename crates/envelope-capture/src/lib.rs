#![doc = include_str!("../README.md")]

mod error;
pub mod git;
mod known;
mod redact;

pub use error::Error;
pub use git::GitProgram;
pub use known::Known;
pub use redact::redact_url;
