//! The command line from outside: words in, words and an exit status out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod capture;
mod completions;
mod deps;
mod diff;
mod errors;
mod global_options;
mod hostile_text;
mod infer;
mod inspect;
mod package;
mod payload;
mod predict;
mod reference;
mod schema;
mod support;
#[cfg(all(feature = "capture", feature = "infer"))]
mod training;
mod verify;
