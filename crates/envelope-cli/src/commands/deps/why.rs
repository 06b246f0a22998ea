//! `envelope deps why`: the shortest way to a package, and all that need it.

use super::reading::{Work, names};
use crate::arguments::deps::WhyArguments;
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};

pub(super) fn run(arguments: &WhyArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let work = Work::read(&arguments.input)?;
    let graph = work.graph();
    let name = names(std::slice::from_ref(&arguments.name))?.remove(0);
    let why = graph.why(&name);
    let is_known = !graph.packages_named(&name).is_empty();
    let text = if arguments.json {
        json::why(&name, why.as_ref(), is_known)
    } else {
        human::why(&graph, &name, why.as_ref(), context.width)
    };
    let status = if why.is_some() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    Ok(Answer::new(text, status))
}
