//! The `envelope` command: makes, shows and checks MLflow model packages without Python.
//!
//! Words in, words out. What a package is and what is wrong with one is known by
//! `envelope-format`; here it is asked, and its answers are put in sentences, tables and JSON.

mod arguments;
mod card;
mod commands;
mod diagnose;
mod exit_status;
mod plain_text;
mod progress;
mod report;
mod surroundings;
mod terminal;

fn main() -> std::process::ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    commands::run(&words).into()
}
