//! The behaviour of the crate as its users see it, on repositories made with real git.
#![cfg(test)]

#[path = "../../../../tests/support/browser.rs"]
mod browser;
mod entrypoint;
mod python;
mod record;
mod report;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod sampler;

mod facts;
mod hidden_secrets;
mod hostile_patches;
mod masking;
mod page;
mod properties;
mod restoring;
mod secrets;
mod support;
mod unusual;
