//! `envelope predict`: the answer of a package's model to a request.

mod native;
pub(super) mod python;
mod sink;

use super::{Answer, Context};
use crate::arguments::PredictArguments;
use crate::diagnose::Diagnosis;
use crate::report::human;
use envelope_format::package::Package;

pub(super) fn run(arguments: &PredictArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let package = Package::open(&arguments.package)?;
    let notes = match arguments.env_manager.python() {
        None => native::run(&package, arguments, context)?,
        Some(manager) => python::run(&package, manager, arguments, context)?,
    };
    let notes = if context.global.quiet {
        String::new()
    } else {
        human::notes(&notes, context.width)
    };
    Ok(Answer {
        notes,
        ..Answer::success(String::new())
    })
}
