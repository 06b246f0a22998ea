//! The behaviour of the crate as its users see it, on repositories made with real git.
#![cfg(test)]

mod facts;
mod hostile_patches;
mod masking;
mod page;
mod properties;
mod python;
mod restoring;
mod secrets;
mod support;
