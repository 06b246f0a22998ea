//! The behaviour of the crate as its users see it, on repositories made with real git.
#![cfg(test)]

mod entrypoint;
mod facts;
mod page;
mod properties;
mod python;
mod record;
mod report;
mod restoring;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod sampler;
mod secrets;
mod support;
