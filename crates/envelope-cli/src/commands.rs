//! The commands: each asks the libraries and hands its answer to a report.

mod completions;
mod inspect;
mod package;
mod schema;
mod verify;

use crate::arguments::{Arguments, Command, Foreword, Global};
use crate::diagnose::Diagnosis;
use crate::exit_status::ExitStatus;
use crate::report::{human, json};
use crate::surroundings::Surroundings;
use crate::terminal::Terminal;
use clap::FromArgMatches as _;
use clap::error::ErrorKind;
use std::ffi::OsString;

/// What every command is given beside its own arguments.
struct Context {
    global: Global,
    surroundings: Surroundings,
    /// The columns of a line.
    width: usize,
}

/// What a command has to say.
#[derive(Debug)]
struct Answer {
    text: String,
    status: ExitStatus,
}

impl Answer {
    /// An answer to something that went well.
    fn success(text: String) -> Self {
        Self {
            text,
            status: ExitStatus::Success,
        }
    }
}

/// Does what the words say and tells about it.
pub(crate) fn run(words: &[OsString]) -> ExitStatus {
    let foreword = Foreword::of(words);
    let terminal = Terminal::new(foreword.color);
    let answer = match parse(words, terminal) {
        Parsed::Arguments(arguments) => answer(*arguments, terminal),
        Parsed::Help(text) => Ok(Answer::success(text)),
        Parsed::Wrong(error) if foreword.json => Err(Diagnosis::of_usage(&error)),
        Parsed::Wrong(error) => {
            terminal.write_err(&error.render().ansi().to_string());
            return ExitStatus::Failure;
        }
    };
    let written = match answer {
        Ok(answer) => terminal.write_out(&answer.text).map(|()| answer.status),
        Err(diagnosis) if foreword.json => terminal
            .write_out(&json::failure(&diagnosis))
            .map(|()| ExitStatus::Failure),
        Err(diagnosis) => {
            terminal.write_err(&human::failure(&diagnosis, terminal.width));
            Ok(ExitStatus::Failure)
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
enum Parsed {
    Arguments(Box<Arguments>),
    /// Help or the version was asked for.
    Help(String),
    Wrong(clap::Error),
}

fn parse(words: &[OsString], terminal: Terminal) -> Parsed {
    let command = crate::arguments::command().term_width(terminal.width.min(100));
    let parsed = command.try_get_matches_from(words);
    match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Parsed::Arguments(Box::new(arguments)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Parsed::Help(error.render().ansi().to_string())
            }
            _ => Parsed::Wrong(error),
        },
    }
}

fn answer(arguments: Arguments, terminal: Terminal) -> Result<Answer, Diagnosis> {
    let context = Context {
        global: arguments.global,
        surroundings: Surroundings::read(),
        width: terminal.width,
    };
    match arguments.command {
        Command::Package(arguments) => package::run(&arguments, &context),
        Command::Inspect(arguments) => inspect::run(&arguments, &context),
        Command::Verify(arguments) => verify::run(&arguments, &context),
        Command::Schema => Ok(schema::run()),
        Command::Completions(arguments) => Ok(completions::run(&arguments)),
    }
}
