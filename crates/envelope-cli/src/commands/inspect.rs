//! `envelope inspect`: what is in a package, or in model files that stand in none.

use super::{Answer, Context};
use crate::arguments::InspectArguments;
use crate::card::{Card, Loose};
use crate::diagnose::Diagnosis;
use crate::report::human::CardView;
use crate::report::{human, json};
use envelope_format::Error;
use envelope_format::package::Package;
use std::mem::ManuallyDrop;

pub(super) fn run(arguments: &InspectArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let view = CardView {
        width: context.width,
        is_verbose: context.global.verbose,
    };
    // The process ends with the answer; the system takes all memory back at once, which is faster
    // than giving it back text by text.
    let package = match Package::open(&arguments.package) {
        Ok(package) => ManuallyDrop::new(package),
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
    let given = arguments.package.to_string_lossy();
    let shown = if arguments.json {
        usize::MAX
    } else {
        view.files_shown()
    };
    let card = ManuallyDrop::new(Card::of(&package, &given, shown)?);
    let text = if arguments.json {
        json::text(&*card)
    } else {
        human::card(&card, view)
    };
    Ok(Answer::success(text))
}
