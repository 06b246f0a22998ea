//! Runs a command and records all that is known about it, below the repository that it is in:
//! `cargo run --example record -- COMMAND…`.

use envelope_capture::git::Repository;
use envelope_capture::provenance::{Circumstances, probe};
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder, Uncommitted};
use envelope_capture::run::{Launch, Outcome, run};
use envelope_capture::uncommitted::{Secrets, keep};
use envelope_capture::{Error, GitProgram, Known};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let folder = std::env::current_dir()?;
    let git = GitProgram::new("git", variables.clone());
    let (provenance, repository) = probe(&Circumstances {
        words: &words,
        folder: &folder,
        variables: &variables,
        git: &git,
        python: None,
        with_os_packages: false,
        adapters: Vec::new,
    });
    let root = repository
        .value()
        .map_or(&folder, |repository| &repository.root);
    let run_folder = RunFolder::create_below(root)?;
    let changes = match &repository {
        Known::Value(repository) => Known::of(write_changes(repository, &git, &run_folder)),
        Known::Unknown(because) => Known::Unknown(because.clone()),
    };
    let recorded_by = concat!("the example record ", env!("CARGO_PKG_VERSION"));
    let mut record = Record::new(&run_folder, recorded_by, provenance, changes);
    run_folder.write_record(&record)?;
    let Some((program, arguments)) = words.split_first() else {
        return Err("expected a command".into());
    };
    let mut launch = Launch::new(program);
    launch.arguments = arguments.to_vec();
    let mut metrics = run_folder.metrics()?;
    let mut lost = None;
    let ran = run(&launch, &mut |sample| {
        // Each is tried, since a disk that is full may have room again.
        lost = metrics.add(sample).err().or(lost.take());
    });
    let outcome = ran.unwrap_or_else(|error| {
        let unstarted = Outcome::not_started(&error);
        lost = Some(error);
        unstarted
    });
    let status = outcome.exit.shell_status();
    record.outcome = Some(outcome);
    run_folder.write_record(&record)?;
    if let Some(error) = lost {
        say(&error);
    }
    Ok(u8::try_from(status).unwrap_or(u8::MAX).into())
}

#[expect(clippy::print_stderr, reason = "it is a program")]
fn say(error: &Error) {
    eprintln!("{error}");
}

/// Writes the patch and the page, without secrets.
fn write_changes(
    repository: &Repository,
    git: &GitProgram,
    folder: &RunFolder,
) -> Result<Uncommitted, Error> {
    let kept = keep(repository, git, &std::env::temp_dir(), Secrets::Mask)?;
    folder.write(PATCH, &kept.patch)?;
    folder.write(PAGE, kept.page.as_bytes())?;
    Ok(kept.summary)
}
