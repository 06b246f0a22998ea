//! Captures the uncommitted changes of a repository without their secrets:
//! `cargo run --example capture -- FOLDER OUT`.

use envelope_capture::uncommitted::{Secrets, keep};
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
    let kept = keep(&repository, &program, &std::env::temp_dir(), Secrets::Mask)?;
    let masked = kept.summary.masked.iter();
    let lines = masked.map(|line| format!("{line:?}\n"));
    std::fs::write(out.join("masked.txt"), lines.collect::<Vec<_>>().concat())?;
    std::fs::write(out.join("uncommitted_changes.patch"), kept.patch)?;
    std::fs::write(out.join("uncommitted_changes.html"), kept.page)?;
    Ok(())
}
