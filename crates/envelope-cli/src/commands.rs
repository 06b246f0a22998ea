//! The commands: each asks the libraries and hands its answer to a report.

#[cfg(feature = "capture")]
mod capture;
#[cfg(feature = "package")]
pub(crate) mod check_input;
#[cfg(feature = "infer")]
pub(crate) mod compare;
#[cfg(feature = "package")]
mod completions;
mod deps;
#[cfg(feature = "package")]
mod diff;
#[cfg(feature = "infer")]
pub(crate) mod infer;
#[cfg(feature = "package")]
mod inspect;
#[cfg(feature = "infer")]
mod operators;
#[cfg(feature = "package")]
pub(crate) mod package;
#[cfg(feature = "package")]
mod payload;
#[cfg(feature = "infer")]
mod predict;
#[cfg(feature = "capture")]
mod recorded_runs;
#[cfg(feature = "capture")]
mod report;
#[cfg(feature = "capture")]
mod run;
#[cfg(feature = "package")]
mod schema;
#[cfg(feature = "package")]
mod verify;

#[cfg(feature = "package")]
use crate::arguments::{Arguments, Command, command};
use crate::arguments::{DepsProgram, Foreword, Global, deps_command};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use crate::surroundings::Surroundings;
use crate::terminal::Terminal;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use std::ffi::OsString;

/// What every command is given beside its own arguments.
struct Context {
    global: Global,
    surroundings: Surroundings,
    /// The columns of a line.
    width: usize,
}

impl Context {
    fn new(global: Global, terminal: Terminal) -> Self {
        Self {
            global,
            surroundings: Surroundings::read(),
            width: terminal.width,
        }
    }
}

/// What a command has to say.
#[derive(Debug)]
struct Answer {
    text: String,
    /// What a person should know beside it, for the standard error.
    notes: String,
    status: ExitStatus,
}

impl Answer {
    /// An answer to something that went well.
    fn success(text: String) -> Self {
        Self::new(text, ExitStatus::Success)
    }

    /// An answer with nothing beside it.
    fn new(text: String, status: ExitStatus) -> Self {
        Self {
            text,
            notes: String::new(),
            status,
        }
    }
}

/// Does what the words after `envelope` say and tells about it.
#[cfg(feature = "package")]
pub(crate) fn envelope(words: &[OsString]) -> ExitStatus {
    answer(words, command(), |arguments: Arguments, terminal| {
        let context = Context::new(arguments.global, terminal);
        match arguments.command {
            Command::Package(arguments) => package::run(&arguments, &context),
            Command::Inspect(arguments) => inspect::run(&arguments, &context),
            Command::Verify(arguments) => verify::run(&arguments, &context),
            Command::Diff(arguments) => diff::run(&arguments, &context),
            #[cfg(feature = "capture")]
            Command::Run(arguments) => Ok(run::run(&arguments, &context)),
            #[cfg(feature = "capture")]
            Command::Capture(arguments) => capture::run(&arguments, &context),
            #[cfg(feature = "capture")]
            Command::Report(arguments) => report::run(&arguments, &context),
            Command::Payload(arguments) => payload::run(&arguments, &context),
            Command::Deps(command) => deps::run(&command, &context),
            #[cfg(feature = "infer")]
            Command::Infer(arguments) => infer::run(&arguments, &context),
            #[cfg(feature = "infer")]
            Command::Operators(arguments) => operators::run(&arguments, &context),
            Command::CheckInput(arguments) => check_input::run(&arguments, &context),
            #[cfg(feature = "infer")]
            Command::Compare(arguments) => compare::run(&arguments, &context),
            #[cfg(feature = "infer")]
            Command::Predict(arguments) => predict::run(&arguments, &context),
            Command::Schema => Ok(schema::run()),
            Command::Completions(arguments) => Ok(completions::run(&arguments)),
        }
    })
}

/// Does what the words after `envelope-deps` say and tells about it.
pub(crate) fn envelope_deps(words: &[OsString]) -> ExitStatus {
    answer(words, deps_command(), |program: DepsProgram, terminal| {
        deps::run(&program.command, &Context::new(program.global, terminal))
    })
}

fn answer<A: FromArgMatches>(
    words: &[OsString],
    command: clap::Command,
    run: impl FnOnce(A, Terminal) -> Result<Answer, Diagnosis>,
) -> ExitStatus {
    let foreword = Foreword::of(words);
    let terminal = Terminal::new(foreword.color);
    let answer = match parse(words, command, terminal) {
        Parsed::Arguments(arguments) => run(*arguments, terminal),
        Parsed::Help(text) => Ok(Answer::success(text)),
        Parsed::Wrong(error) if foreword.json => Err(Diagnosis::of_usage(&error)),
        Parsed::Wrong(error) => {
            terminal.write_err(&error.render().ansi().to_string());
            return ExitStatus::Failure;
        }
    };
    let written = match answer {
        Ok(answer) => {
            if !answer.notes.is_empty() {
                terminal.write_err(&answer.notes);
            }
            terminal.write_out(&answer.text).map(|()| answer.status)
        }
        Err(diagnosis) if foreword.json => terminal
            .write_out(&json::failure(&diagnosis))
            .map(|()| diagnosis.status()),
        Err(diagnosis) => {
            terminal.write_err(&human::failure(&diagnosis, terminal.width));
            Ok(diagnosis.status())
        }
    };
    written.unwrap_or_else(|error| {
        terminal.write_err(&human::failure(
            &Diagnosis::of_output(&error),
            terminal.width,
        ));
        ExitStatus::Failure
    })
}

/// What the words turned out to be.
enum Parsed<A> {
    Arguments(Box<A>),
    /// Help or the version was asked for.
    Help(String),
    Wrong(clap::Error),
}

fn parse<A: FromArgMatches>(
    words: &[OsString],
    command: clap::Command,
    terminal: Terminal,
) -> Parsed<A> {
    let parsed = command
        .term_width(terminal.width.min(100))
        .try_get_matches_from(words);
    match parsed.and_then(|matches| A::from_arg_matches(&matches)) {
        Ok(arguments) => Parsed::Arguments(Box::new(arguments)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Parsed::Help(error.render().ansi().to_string())
            }
            _ => Parsed::Wrong(error),
        },
    }
}
