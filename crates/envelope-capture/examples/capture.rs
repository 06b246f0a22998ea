//! Captures the uncommitted changes of a repository without their secrets:
//! `cargo run --example capture -- FOLDER OUT`.

use envelope_capture::changes::{Limits, RepositoryContents, capture};
use envelope_capture::redact::{Contents, mask, secrets};
use envelope_capture::{GitProgram, Known, Page, git};
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
    let contents = RepositoryContents {
        repository: &repository,
        git: &program,
    };
    let found = secrets(&changes.patch, &|section| contents.file(section));
    let masked = mask(changes.patch, &found, &contents)?;
    let lines = masked.lines.iter().map(|line| format!("{line:?}\n"));
    std::fs::write(out.join("masked.txt"), lines.collect::<Vec<_>>().concat())?;
    std::fs::write(
        out.join("uncommitted_changes.patch"),
        masked.patch.as_bytes(),
    )?;
    let facts = &repository.facts;
    let page = Page {
        patch: masked.readable.as_ref().unwrap_or(&masked.patch),
        commit: facts.commit.value().and_then(Option::as_deref),
        branch: facts.branch.value().and_then(Option::as_deref),
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &masked.lines,
    };
    std::fs::write(out.join("uncommitted_changes.html"), page.html())?;
    Ok(())
}
