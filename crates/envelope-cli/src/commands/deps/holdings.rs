//! `envelope deps holdings`: what dropping each requirement would save.

use super::reading::{Work, names};
use crate::arguments::deps::HoldingsArguments;
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::report::{human, json};
use envelope_deps::{Holding, Sizes};

pub(super) fn run(arguments: &HoldingsArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let work = Work::read(&arguments.input)?;
    let graph = work.graph();
    let sizes = Sizes::measure(&graph, envelope_deps::size::measure);
    let holdings = match &arguments.of {
        Some(of) => names(std::slice::from_ref(of))?
            .into_iter()
            .map(|root| {
                let packages = graph.exclusive(&root);
                Holding {
                    size: sizes.total(packages.iter().copied()),
                    packages,
                    needed_by: Vec::new(),
                    root,
                }
            })
            .collect(),
        None => graph.held_up(&sizes),
    };
    let text = if arguments.json {
        json::holdings(&graph, &holdings)
    } else {
        human::holdings(&graph, &holdings, context.width)
    };
    Ok(Answer::success(text))
}
