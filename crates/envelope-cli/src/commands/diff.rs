//! `envelope diff`: what changed between two packages.

use super::{Answer, Context};
use crate::arguments::DiffArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use envelope_format::difference::{Difference, patch};
use envelope_format::package::Package;

pub(super) fn run(arguments: &DiffArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let before = Package::open(&arguments.before)?;
    let after = Package::open(&arguments.after)?;
    let difference = Difference::between(&before, &after)?;
    let mut text = if arguments.json {
        json::text(&difference)
    } else if context.global.quiet {
        String::new()
    } else {
        human::difference(&difference, context.width, context.global.verbose)
    };
    if arguments.patch {
        let texts = difference.files.iter().filter(|file| file.lines.is_some());
        for file in texts {
            text.push_str(&human::patch(&patch(&before, &after, &file.path)?));
        }
    }
    let status = if difference.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    Ok(Answer::new(text, status))
}
