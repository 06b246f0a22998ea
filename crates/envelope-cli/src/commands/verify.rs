//! `envelope verify`: what is wrong with a package.

use super::{Answer, Context};
use crate::arguments::VerifyArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::human::FindingsView;
use crate::report::{human, json};
use envelope_format::verify::{self, VerifyOptions};

pub(super) fn run(arguments: &VerifyArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let no_pickle = arguments.no_pickle || !context.surroundings.allows_pickle;
    let report = verify::verify(&arguments.package, VerifyOptions { no_pickle })?;
    let package = arguments.package.to_string_lossy();
    let text = if arguments.json {
        json::text(&json::findings(&package, &report))
    } else if context.global.quiet {
        String::new()
    } else {
        let is_verbose = context.global.verbose;
        human::findings(
            &package,
            &report,
            FindingsView {
                width: context.width,
                is_verbose,
            },
        )
    };
    let status = if report.is_clean() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    Ok(Answer::new(text, status))
}
