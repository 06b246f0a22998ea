//! Captures the uncommitted changes of a repository: `cargo run --example capture -- FOLDER OUT`.

use envelope_capture::changes::{Limits, capture};
use envelope_capture::{GitProgram, Known, git};
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(out)) = (words.next(), words.next()) else {
        return Err("expected a folder and where to write to".into());
    };
    let program = GitProgram::new("git", std::env::vars_os());
    let repository = match git::probe(&folder, &program) {
        Known::Value(repository) => repository,
        Known::Unknown(because) => return Err(because.into()),
    };
    let changes = capture(
        &repository,
        &program,
        &std::env::temp_dir(),
        Limits::default(),
    )?;
    std::fs::write(
        out.join("uncommitted_changes.patch"),
        changes.patch.as_bytes(),
    )?;
    Ok(())
}
