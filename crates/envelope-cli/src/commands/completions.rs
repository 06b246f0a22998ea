//! `envelope completions`: a script that lets a shell complete the command line.

use super::Answer;
use crate::arguments::{CompletionsArguments, command};

pub(super) fn run(arguments: &CompletionsArguments) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "envelope", &mut script);
    Answer::success(String::from_utf8_lossy(&script).into_owned())
}
