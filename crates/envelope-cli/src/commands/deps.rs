//! `envelope deps`: Python requirements as a graph.

mod diff;
mod graph;
mod holdings;
mod prune;
mod reading;
mod suggest;
mod update;
mod why;

#[cfg(feature = "package")]
pub(super) use prune::for_package;

use super::{Answer, Context};
use crate::arguments::deps::DepsCommand;
use crate::diagnose::Diagnosis;

pub(super) fn run(command: &DepsCommand, context: &Context) -> Result<Answer, Diagnosis> {
    match command {
        DepsCommand::Prune(arguments) => prune::run(arguments, context),
        DepsCommand::Graph(arguments) => graph::run(arguments),
        DepsCommand::Why(arguments) => why::run(arguments, context),
        DepsCommand::Holdings(arguments) => holdings::run(arguments, context),
        DepsCommand::Diff(arguments) => diff::run(arguments, context),
        DepsCommand::Suggest(arguments) => suggest::run(arguments, context),
        DepsCommand::Update(arguments) => update::run(arguments, context),
    }
}
