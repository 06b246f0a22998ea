//! The behaviour of the crate as its users see it, on repositories made with real git.
#![cfg(test)]

mod entrypoint;
mod facts;
mod properties;
mod restoring;
#[cfg(target_os = "linux")]
mod run;
mod support;
