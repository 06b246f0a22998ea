//! `envelope report`: a page of a recorded run.

use super::{Answer, Context};
use crate::arguments::ReportArguments;
use crate::diagnose::Diagnosis;
use crate::outputs::Outputs;
use crate::report::human;
use envelope_capture::record::{PAGE, PATCH, RunFolder, list};
use envelope_capture::report::Report;
use envelope_capture::{GitProgram, Known, Patch, git};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The page in the folder of its run.
const REPORT: &str = "report.html";

pub(super) fn run(arguments: &ReportArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let place = place(arguments.run.as_deref())?;
    let (folder, record) = RunFolder::open(&place)?;
    let samples = folder.read_samples()?;
    let patch = std::fs::read(place.join(PATCH)).ok();
    let patch = patch.map(Patch::read).transpose()?;
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => place.join(REPORT),
    };
    let is_beside = output.parent() == Some(&place) && place.join(PAGE).exists();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let report = Report {
        patch: patch.as_ref(),
        changes_page: is_beside.then_some(PAGE),
        written_ms: now.and_then(|now| i64::try_from(now.as_millis()).ok()),
        ..Report::new(&record, &samples)
    };
    let page = report.html();
    if output == Path::new("-") {
        return Ok(Answer::success(page));
    }
    let mut outputs = Outputs::default();
    outputs.add(Some(&output), || page.into_bytes());
    outputs.write()?;
    let text = if context.global.quiet {
        String::new()
    } else {
        human::written(&output, context.width)
    };
    Ok(Answer::success(text))
}

/// The folder of the run that is meant.
fn place(named: Option<&Path>) -> Result<PathBuf, Diagnosis> {
    if let Some(named) = named
        && named.is_dir()
    {
        return Ok(named.to_owned());
    }
    let here =
        std::env::current_dir().map_err(|error| Diagnosis::of_unreadable(".".as_ref(), &error))?;
    let program = GitProgram::new("git", std::env::vars_os());
    let root = match git::probe(&here, &program) {
        Known::Value(repository) => repository.root,
        Known::Unknown(_) => here,
    };
    let runs = list(&root)?;
    let hint = "`envelope run -- COMMAND` records one";
    let Some(named) = named else {
        let latest = runs.last().map(|(_, path)| path.clone());
        let message = format!("found no run below `{}`", root.display());
        return latest.ok_or_else(|| Diagnosis::new(message, hint));
    };
    let begins = |id: &str| named.to_str().is_some_and(|named| id.starts_with(named));
    let mut found = runs.iter().filter(|(id, _)| begins(id.as_str()));
    let shown = named.display();
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
