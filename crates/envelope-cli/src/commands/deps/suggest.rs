//! `envelope deps suggest`: what might be pruned, from what the user's own code imports.

use super::reading::{Work, prune_spec};
use crate::arguments::deps::SuggestArguments;
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use envelope_deps::imports;

pub(super) fn run(arguments: &SuggestArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let work = Work::read(&arguments.input)?;
    let graph = work.graph();
    let scan = imports::scan(&arguments.code)?;
    let suggestion = imports::suggest(&graph, &scan);
    let pruned = graph.prune(&prune_spec(&arguments.choice)?)?;
    let lost = imports::imported_but_removed(&scan, &pruned);
    let text = if arguments.json {
        json::suggestion(&suggestion, &lost)
    } else {
        human::suggestion(&suggestion, &lost, context.width)
    };
    let status = if lost.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    Ok(Answer::new(text, status))
}
