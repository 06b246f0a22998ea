//! `envelope run`: a command, unchanged, and a record of what made its result.

use super::capture::{Beginning, Look, user, usual_python, value};
use super::{Answer, Context};
use crate::arguments::RunArguments;
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::human;
use envelope_capture::Error;
use envelope_capture::record::{Record, RunFolder};
use envelope_capture::run::{Launch, Outcome, run as run_command};
use envelope_capture::sampler::Sampling;
use envelope_capture::uncommitted::Secrets;
use std::ffi::OsString;

/// The status where nothing can be recorded, as `timeout` and `env` have it for their own failures.
const CANNOT_RECORD: u8 = 125;

/// How often MLflow measures, in seconds.
const INTERVAL: &str = "MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL";
/// What MLflow calls this machine among several.
const NODE: &str = "MLFLOW_SYSTEM_METRICS_NODE_ID";

pub(super) fn run(arguments: &RunArguments, context: &Context) -> Answer {
    record(arguments, context).unwrap_or_else(|diagnosis| Answer {
        notes: human::failure(&diagnosis, context.width),
        ..Answer::new(String::new(), ExitStatus::Command(CANNOT_RECORD))
    })
}

fn record(arguments: &RunArguments, context: &Context) -> Result<Answer, Diagnosis> {
    let variables: Vec<_> = std::env::vars_os().collect();
    let launch = launch(arguments, &variables)?;
    let here = std::env::current_dir().map_err(|source| Error::Watch {
        action: "tell the working directory",
        source,
    })?;
    let python = usual_python(&variables);
    let beginning = Beginning::of(
        &Look {
            words: &arguments.command,
            folder: &here,
            python: python.as_deref(),
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
    let ran = run_command(&launch, &mut |sample| {
        // Each is tried, since a disk that is full may have room again; the first failure is told.
        let failed = metrics.add(sample).err();
        lost = lost.take().or(failed);
    });
    let (outcome, unstarted) = match ran {
        Ok(outcome) => (outcome, None),
        Err(error) => (Outcome::not_started(&error), Some(error)),
    };
    let status = u8::try_from(outcome.exit.shell_status()).unwrap_or(u8::MAX);
    record.outcome = Some(outcome);
    // The command has done its work; that it could not be recorded does not change how it ended.
    let unwritten = folder.write_record(&record).err();
    let is_whole = unwritten.is_none();
    let failures = [unstarted, unwritten.or(lost)];
    let mut notes = String::new();
    for error in failures.into_iter().flatten() {
        notes.push_str(&human::failure(&Diagnosis::from(error), context.width));
    }
    if !context.global.quiet {
        notes.push_str(&told(&folder, &record, is_whole, context));
    }
    Ok(Answer {
        notes,
        ..Answer::new(String::new(), ExitStatus::Command(status))
    })
}

/// What is recorded: where the end could not be written, only what was before, if that is still there.
fn told(folder: &RunFolder, record: &Record, is_whole: bool, context: &Context) -> String {
    if is_whole {
        return human::recorded(record, folder, context.width);
    }
    RunFolder::open(folder.path()).map_or_else(
        |_| String::new(),
        |(folder, earlier)| human::recorded(&earlier, &folder, context.width),
    )
}

fn launch(
    arguments: &RunArguments,
    variables: &[(OsString, OsString)],
) -> Result<Launch, Diagnosis> {
    let mut words = arguments.command.iter().cloned();
    let mut launch = Launch::new(words.next().unwrap_or_default());
    launch.arguments = words.collect();
    let interval = arguments.interval(value(variables, INTERVAL));
    let interval = interval.map_err(|message| {
        let hint = "set it to a number of seconds, or give `--sample`";
        Diagnosis::new(format!("{INTERVAL}: {message}"), hint)
    })?;
    launch.sampling = (!interval.is_zero()).then(|| Sampling {
        interval,
        node: value(variables, NODE).map(|node| node.to_string_lossy().into_owned()),
    });
    Ok(launch)
}
