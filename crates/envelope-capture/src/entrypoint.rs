//! The entrypoint probe: what a command line starts, behind all that launches it, and with which
//! parameters. Only the words are read, and files' first lines; nothing is started.

mod interpreter;
mod launcher;
mod parameters;
mod place;

use crate::known::Known;
use crate::redact::redact_arguments;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(crate) use interpreter::is_python;
pub(crate) use launcher::name_of;
pub use parameters::Parameter;

/// A command line, and where it is meant to run.
#[derive(Debug, Clone, Copy)]
pub struct CommandLine<'a> {
    /// The program and its arguments.
    pub words: &'a [OsString],
    /// The working directory, absolute.
    pub folder: &'a Path,
    /// The root of the repository, absolute, where there is one.
    pub repository: Option<&'a Path>,
    /// The value of `PATH`.
    pub search_path: Option<&'a OsStr>,
}

/// What a command line starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrypoint {
    /// All words, as they were typed but for secrets.
    pub command: Vec<String>,
    /// The working directory, from the root of the repository: `.` at the root itself.
    pub folder: Known<String>,
    /// What launches it, outermost first: `srun`, `torchrun`.
    pub launchers: Vec<String>,
    /// What is started in the end.
    pub started: Started,
    /// The program that reads the script, module or code, as far as it can be told.
    pub interpreter: Known<Interpreter>,
    /// What the script, module or program gets, secrets masked.
    pub arguments: Vec<String>,
    /// Those arguments read as parameters, in order of their names: `num-epochs` is `10`.
    pub parameters: BTreeMap<String, Parameter>,
}

/// The kinds of things to start. Paths are from the root of the repository where they are inside it,
/// and as typed otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Started {
    /// A file that an interpreter reads.
    Script(String),
    /// A Python module, by its dotted name.
    Module(String),
    /// A Jupyter notebook.
    Notebook(String),
    /// Code in the command line itself; it is among the words.
    Code,
    /// Anything else.
    Program(String),
}

/// A program that reads other programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// Its name without a folder: `python3.12`.
    pub name: String,
    /// Where it is. Not part of the record, since it names one machine.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Reads a command line. Secrets among its words are masked in what is found, as
/// [`redact_arguments`] does.
///
/// ```
/// use envelope_capture::entrypoint::{CommandLine, Started, probe};
///
/// let words = ["torchrun", "--nproc-per-node", "2", "train.py", "--num-epochs", "10"].map(Into::into);
/// let command_line = CommandLine {
///     words: &words,
///     folder: "/repository/example".as_ref(),
///     repository: Some("/repository".as_ref()),
///     search_path: None,
/// };
/// let entrypoint = probe(&command_line);
/// let entrypoint = entrypoint.value().expect("there are words");
/// assert_eq!(entrypoint.started, Started::Script("example/train.py".into()));
/// assert_eq!(entrypoint.parameters["num-epochs"].to_string(), "10");
/// ```
pub fn probe(command_line: &CommandLine<'_>) -> Known<Entrypoint> {
    let words = command_line
        .words
        .iter()
        .map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return Known::Unknown("the command line is empty".into());
    }
    let peeled = launcher::peel(&words);
    let place = place::Place::new(command_line, &peeled.launchers);
    let read = interpreter::read(&peeled, &place);
    // What is behind all else is the end of the command line, whose words keep their places.
    let masked = redact_arguments(words.iter().map(String::as_str));
    let arguments = &masked[words.len() - read.arguments.len()..];
    Known::Value(Entrypoint {
        folder: place.folder(),
        launchers: peeled
            .launchers
            .iter()
            .map(|word| launcher::name_of(word).to_owned())
            .collect(),
        parameters: parameters::read(arguments),
        arguments: arguments.to_vec(),
        started: read.started,
        interpreter: read.interpreter,
        command: masked,
    })
}
