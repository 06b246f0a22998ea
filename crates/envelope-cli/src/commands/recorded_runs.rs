//! The recorded runs of a repository, found by their name or by what they wrote.

use crate::diagnose::Diagnosis;
use envelope_capture::record::{Record, RunFolder, list};
use envelope_capture::{GitProgram, Known, git};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The time that a file was written lags behind by as much as a tick of the system.
const TICK_MS: i64 = 10;

/// The folder of the run that is meant: that folder itself, or the run whose id begins so below the
/// root of the repository that a folder is in; without a name the latest.
pub(super) fn named(name: Option<&Path>, folder: &Path) -> Result<PathBuf, Diagnosis> {
    if let Some(name) = name
        && name.is_dir()
    {
        return Ok(name.to_owned());
    }
    let here =
        std::path::absolute(folder).map_err(|error| Diagnosis::of_unreadable(folder, &error))?;
    let program = GitProgram::new("git", std::env::vars_os());
    let root = match git::probe(&here, &program) {
        Known::Value(repository) => repository.root,
        Known::Unknown(_) => here,
    };
    let runs = list(&root)?;
    let hint = "`envelope run -- COMMAND` records one";
    let Some(name) = name else {
        let latest = runs.last().map(|(_, path)| path.clone());
        let message = format!("found no run below `{}`", root.display());
        return latest.ok_or_else(|| Diagnosis::new(message, hint));
    };
    let begins = |id: &str| name.to_str().is_some_and(|name| id.starts_with(name));
    let mut found = runs.iter().filter(|(id, _)| begins(id.as_str()));
    let shown = name.display();
    match (found.next(), found.next()) {
        (Some((_, path)), None) => Ok(path.clone()),
        (None, _) => {
            let message = format!("found neither a folder nor a run `{shown}`");
            Err(Diagnosis::new(message, hint))
        }
        (Some((first, _)), Some((second, _))) => {
            let message =
                format!("found several runs that begin with `{shown}`: {first}, {second}");
            Err(Diagnosis::new(message, "write more of its id"))
        }
    }
}

/// A run, and a file that it wrote.
pub(super) struct Written {
    /// The run's folder.
    pub(super) run: PathBuf,
    pub(super) record: Record,
    pub(super) file: PathBuf,
}

/// The latest run of those that are recorded in a folder or above it, up to the root of its repository,
/// during which one of the files was written. Records that cannot be read are passed over.
pub(super) fn that_wrote(files: &[&Path], folder: &Path) -> Option<Written> {
    let folder = std::fs::canonicalize(folder).ok()?;
    let times = files
        .iter()
        .filter_map(|file| Some((*file, written_ms(file)?)));
    let times: Vec<(&Path, i64)> = times.collect();
    let repository = folder
        .ancestors()
        .position(|above| above.join(".git").exists());
    let within = repository.map_or(usize::MAX, |root| root + 1);
    let places = folder.ancestors().take(within);
    let places = places.filter(|above| is_trusted(above, &folder));
    let runs = places.filter_map(|above| list(above).ok()).flatten();
    let mut runs: Vec<_> = runs.collect();
    runs.sort();
    runs.into_iter().rev().find_map(|(_, run)| {
        let (_, record) = RunFolder::open(&run).ok()?;
        let outcome = record.outcome.as_ref()?;
        let while_it_ran = outcome.started_ms.saturating_sub(TICK_MS)..=outcome.ended_ms;
        let (file, _) = times.iter().find(|(_, time)| while_it_ran.contains(time))?;
        let file = (*file).to_owned();
        Some(Written { run, record, file })
    })
}

/// Whether the runs recorded in a folder are those of whoever owns the spec's: in a folder such as
/// `/tmp` anybody may lay down some.
#[cfg(unix)]
fn is_trusted(above: &Path, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const WRITABLE_BY_OTHERS: u32 = 0o022;
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|metadata| metadata.uid());
    let runs = owner(&above.join(".envelope"));
    let is_open =
        std::fs::metadata(above).is_ok_and(|metadata| metadata.mode() & WRITABLE_BY_OTHERS != 0);
    runs.is_some() && (!is_open || runs == owner(folder))
}

#[cfg(not(unix))]
fn is_trusted(_: &Path, _: &Path) -> bool {
    true
}

/// When a file was written, in milliseconds since 1970.
fn written_ms(file: &Path) -> Option<i64> {
    let time = std::fs::metadata(file).ok()?.modified().ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
