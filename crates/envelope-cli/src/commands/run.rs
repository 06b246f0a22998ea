//! `envelope run`: a command, unchanged, and a record of what made its result.

use super::capture::{Beginning, Look, user};
use super::{Answer, Context};
use crate::arguments::RunArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::human;
use envelope_capture::Error;
use envelope_capture::record::RunFolder;
use envelope_capture::run::{Launch, run as run_command};
use envelope_capture::sampler::Sampling;
use envelope_capture::uncommitted::Secrets;

/// The status where nothing can be recorded, as `timeout` and `env` have it for their own failures.
const CANNOT_RECORD: u8 = 125;

pub(super) fn run(arguments: &RunArguments, context: &Context) -> Answer {
    record(arguments, context).unwrap_or_else(|error| {
        let status = error.shell_status().unwrap_or(CANNOT_RECORD);
        Answer {
            notes: human::failure(&Diagnosis::from(error), context.width),
            ..Answer::new(String::new(), ExitStatus::Command(status))
        }
    })
}

fn record(arguments: &RunArguments, context: &Context) -> Result<Answer, Error> {
    let variables: Vec<_> = std::env::vars_os().collect();
    let here = std::env::current_dir().map_err(|source| Error::Watch {
        action: "tell the working directory",
        source,
    })?;
    let beginning = Beginning::of(
        &Look {
            words: &arguments.command,
            folder: &here,
            python: None,
            with_os_packages: arguments.os_packages,
            secrets: Secrets::Mask,
        },
        &variables,
    );
    let folder = match &arguments.record {
        Some(folder) => RunFolder::create_at(folder)?,
        None => RunFolder::create_below(beginning.root().unwrap_or(&here))?,
    };
    let mut record = beginning.record(&folder, user(&variables))?;
    let mut metrics = folder.metrics()?;
    let mut lost = None;
    let outcome = run_command(&launch(arguments), &mut |sample| {
        lost = lost.take().or_else(|| metrics.add(sample).err());
    })?;
    let status = u8::try_from(outcome.exit.shell_status()).unwrap_or(u8::MAX);
    record.outcome = Some(outcome);
    // The command has done its work; that it could not be recorded does not change how it ended.
    let lost = folder.write_record(&record).err().or(lost);
    let mut notes = match lost {
        Some(error) => human::failure(&Diagnosis::from(error), context.width),
        None => String::new(),
    };
    if !context.global.quiet {
        notes.push_str(&human::recorded(&record, &folder, context.width));
    }
    Ok(Answer {
        notes,
        ..Answer::new(String::new(), ExitStatus::Command(status))
    })
}

fn launch(arguments: &RunArguments) -> Launch {
    let mut words = arguments.command.iter().cloned();
    let mut launch = Launch::new(words.next().unwrap_or_default());
    launch.arguments = words.collect();
    launch.sampling = (!arguments.sample.is_zero()).then(|| Sampling {
        interval: arguments.sample,
        ..Sampling::default()
    });
    launch
}
