//! `envelope operators`: what a model needs, or all that can run.

use super::{Answer, Context};
use crate::arguments::OperatorsArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use envelope_infer::{Survey, supported_operators};

pub(super) fn run(arguments: &OperatorsArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let Some(model) = &arguments.model else {
        let all: Vec<_> = supported_operators().collect();
        let text = if arguments.json {
            json::operators(&all)
        } else {
            human::operators(&all, context.width)
        };
        return Ok(Answer::success(text));
    };
    let survey = Survey::of(model)?;
    let text = if arguments.json {
        json::survey(&survey)
    } else {
        human::survey(&survey, context.width)
    };
    let status = if survey.refusals.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    };
    Ok(Answer::new(text, status))
}
