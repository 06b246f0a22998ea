//! `envelope inspect`: what is in a package.

use super::{Answer, Context};
use crate::arguments::InspectArguments;
use crate::card::Card;
use crate::diagnose::Diagnosis;
use crate::report::human::CardView;
use crate::report::{human, json};
use envelope_format::package::Package;

pub(super) fn run(arguments: &InspectArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let package = Package::open(&arguments.package)?;
    let card = Card::of(&package, &arguments.package.to_string_lossy());
    let text = if arguments.json {
        json::text(&card)
    } else {
        let is_verbose = context.global.verbose;
        human::card(
            &card,
            CardView {
                width: context.width,
                is_verbose,
            },
        )
    };
    Ok(Answer::success(text))
}
