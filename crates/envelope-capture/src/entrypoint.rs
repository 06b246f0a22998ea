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
    let replaced = Replaced {
        words: &words,
        masked: &masked,
    };
    Known::Value(Entrypoint {
        folder: place.folder(),
        launchers: peeled
            .launchers
            .iter()
            .map(|word| launcher::name_of(word).to_owned())
            .collect(),
        parameters: parameters::read(arguments),
        arguments: arguments.to_vec(),
        started: replaced.started(read.started, &place),
        interpreter: replaced.interpreter(read.interpreter),
        command: masked,
    })
}

/// Words, and what stands in their place where they hold secrets. A word that is no argument may hold
/// one too: an address in place of a program, or the value of an option that is not known.
struct Replaced<'a> {
    words: &'a [String],
    masked: &'a [String],
}

impl Replaced<'_> {
    fn pairs(&self) -> impl Iterator<Item = (&String, &String)> {
        let pairs = self.words.iter().zip(self.masked);
        pairs.filter(|(word, masked)| word != masked)
    }

    fn started(&self, started: Started, place: &place::Place<'_>) -> Started {
        let text = |text: String| {
            let mut pairs = self.pairs();
            let found = pairs.find(|(word, _)| {
                **word == text || place.path(word) == text || launcher::name_of(word) == text
            });
            found.map_or(text, |(_, masked)| masked.clone())
        };
        match started {
            Started::Script(path) => Started::Script(text(path)),
            Started::Module(name) => Started::Module(text(name)),
            Started::Notebook(path) => Started::Notebook(text(path)),
            Started::Program(name) => Started::Program(text(name)),
            Started::Code => Started::Code,
        }
    }

    fn interpreter(&self, interpreter: Known<Interpreter>) -> Known<Interpreter> {
        match interpreter {
            Known::Unknown(because) => Known::Unknown(
                self.pairs()
                    .fold(because, |text, (word, masked)| text.replace(word, masked)),
            ),
            known @ Known::Value(_) => known,
        }
    }
}
