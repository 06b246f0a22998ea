//! `envelope inspect`: what is in a package, or in model files that stand in none.

use super::{Answer, Context};
use crate::arguments::InspectArguments;
use crate::card::{Card, Loose};
use crate::diagnose::Diagnosis;
use crate::report::human::CardView;
use crate::report::{human, json};
use envelope_format::Error;
use envelope_format::package::Package;

pub(super) fn run(arguments: &InspectArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let view = CardView {
        width: context.width,
        is_verbose: context.global.verbose,
    };
    let package = match Package::open(&arguments.package) {
        Ok(package) => package,
        Err(error @ Error::NotAPackage { .. }) => {
            let loose = Loose::of(&arguments.package).ok_or(error)?;
            let text = if arguments.json {
                json::text(&loose)
            } else {
                human::loose(&loose, view)
            };
            return Ok(Answer::success(text));
        }
        Err(error) => return Err(error.into()),
    };
    let card = Card::of(&package, &arguments.package.to_string_lossy());
    let text = if arguments.json {
        json::text(&card)
    } else {
        human::card(&card, view)
    };
    Ok(Answer::success(text))
}
