//! The commands: words in, words out.
//!
//! What a package is and what is wrong with one is known by `envelope-format`, what a model needs
//! by `envelope-deps`; here they are asked, and their answers are put in sentences, tables and
//! JSON. Two programs speak with these words: `envelope`, which knows every command, and
//! `envelope-deps`, which knows those about requirements alone and is light enough to be built by
//! pre-commit.

#![cfg_attr(
    not(feature = "package"),
    allow(dead_code, reason = "the commands about packages use the rest")
)]

#[cfg(feature = "infer")]
mod answers;
mod arguments;
#[cfg(feature = "package")]
mod card;
mod commands;
mod diagnose;
mod exit_status;
mod outputs;
mod plain_text;
#[cfg(feature = "package")]
mod progress;
mod report;
mod surroundings;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

/// The program `envelope`.
#[cfg(feature = "package")]
pub fn envelope() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    commands::envelope(&words).into()
}

/// The program `envelope-deps`: the commands that `envelope deps` has.
pub fn envelope_deps() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    commands::envelope_deps(&words).into()
}
