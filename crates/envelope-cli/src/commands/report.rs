//! `envelope report`: a page of a recorded run.

use super::{Answer, Context, recorded_runs};
use crate::arguments::ReportArguments;
use crate::diagnose::Diagnosis;
use crate::outputs::Outputs;
use crate::report::human;
use envelope_capture::Patch;
use envelope_capture::record::{PAGE, PATCH, RunFolder};
use envelope_capture::report::Report;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The page in the folder of its run.
const REPORT: &str = "report.html";

pub(super) fn run(arguments: &ReportArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let place = recorded_runs::named(arguments.run.as_deref(), Path::new("."))?;
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
