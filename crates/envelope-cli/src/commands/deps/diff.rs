//! `envelope deps diff`: what differs between two lists of packages.

use crate::arguments::deps::DiffArguments;
use crate::commands::{Answer, Context};
use crate::diagnose::Diagnosis;
use crate::report::{human, json};
use envelope_deps::Diff;
use envelope_deps::source::{self, ReadOptions};

pub(super) fn run(arguments: &DiffArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let options = ReadOptions::default();
    let before = source::read(&arguments.before, &options)?;
    let after = source::read(&arguments.after, &options)?;
    let diff = Diff::between(&before, &after);
    let text = if arguments.json {
        json::diff(&diff)
    } else {
        human::diff(&diff, context.width)
    };
    Ok(Answer::success(text))
}
