//! What a program without its launchers is: an interpreter with a script, module or code, a notebook
//! that is run, a file that names its interpreter, or just a program.

use super::launcher::{Core, Peeled, has_ending, name_of};
use super::place::Place;
use super::{Interpreter, Started};
use crate::known::Known;

/// What the core of a command line says.
pub(super) struct Read<'a> {
    pub(super) started: Started,
    pub(super) interpreter: Known<Interpreter>,
    pub(super) arguments: &'a [String],
}

/// Interpreters other than Python: their options with a value, and those before code.
const OTHERS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &["sh", "bash", "dash", "zsh", "ksh", "fish"],
        &["-o", "-O", "--rcfile"],
        &["-c"],
    ),
    (&["Rscript", "R"], &["-g"], &["-e"]),
    (
        &["julia"],
        &["-p", "-t", "--threads", "-J", "-L"],
        &["-e", "-E"],
    ),
    (
        &["node", "bun", "deno"],
        &["-r", "--require"],
        &["-e", "-p"],
    ),
    (&["perl", "ruby"], &["-I", "-r"], &["-e", "-E"]),
];

/// Programs that run the notebook that is the first word with that ending.
const NOTEBOOKS: [&str; 6] = [
    "papermill",
    "jupyter",
    "jupyter-nbconvert",
    "jupyter-execute",
    "ipython",
    "nbconvert",
];

pub(super) fn read<'a>(peeled: &Peeled<'a>, place: &Place<'_>) -> Read<'a> {
    match peeled.core {
        Core::Script(words) => file(words, place.python(None), place),
        Core::Module(words) => module(words, place.python(None), place),
        Core::Program(words) => program(words, place),
    }
}

fn program<'a>(words: &'a [String], place: &Place<'_>) -> Read<'a> {
    let Some((first, rest)) = words.split_first() else {
        return Read {
            started: Started::Program(String::new()),
            interpreter: nobody(),
            arguments: words,
        };
    };
    let name = name_of(first);
    if is_python(name) {
        return python(rest, place.python(Some(first)), place);
    }
    if let Some(read) = notebook(name, rest, place.python(None), place) {
        return read;
    }
    for (names, with_value, code) in OTHERS {
        if names.contains(&name) {
            return other(rest, (with_value, code), place.named(first), place);
        }
    }
    let interpreter = place.interpreter_in(first);
    let started = if first.contains('/') && interpreter.value().is_some() {
        Started::Script(place.path(first))
    } else {
        Started::Program(if first.contains('/') {
            place.path(first)
        } else {
            name.into()
        })
    };
    Read {
        started,
        interpreter,
        arguments: rest,
    }
}

fn nobody() -> Known<Interpreter> {
    Known::Unknown("the program is not read by another".into())
}

/// `python`, `python3.12`, `pythonw`, `pypy3`, and no `python-config`.
pub(crate) fn is_python(name: &str) -> bool {
    let version = ["pythonw", "python", "pypy"]
        .iter()
        .find_map(|&stem| name.strip_prefix(stem));
    version.is_some_and(|version| {
        version
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == 't')
    })
}

/// The module and its arguments in `python -m module …`; it may be a launcher.
pub(super) fn module_of(words: &[String]) -> Option<&[String]> {
    let (first, rest) = words
        .split_first()
        .filter(|(first, _)| is_python(name_of(first)))?;
    debug_assert!(!first.is_empty());
    match skip_python_options(rest) {
        Python::Module(words) => Some(words),
        Python::Code(_) | Python::File(_) => None,
    }
}

enum Python<'a> {
    Module(&'a [String]),
    Code(&'a [String]),
    File(&'a [String]),
}

/// Reads Python's own options, which may stand together behind one dash: `-um module`.
fn skip_python_options(mut rest: &[String]) -> Python<'_> {
    while let [word, after @ ..] = rest {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            break;
        };
        rest = after;
        if letters.starts_with('-') {
            if letters == "-check-hash-based-pycs" {
                rest = after.get(1..).unwrap_or_default();
            }
            continue;
        }
        // The first letter that takes a value takes what is behind it, or the next word.
        let Some(at) = letters.find(['c', 'm', 'W', 'X']) else {
            continue;
        };
        let alone = at + 1 == letters.len();
        match letters.as_bytes()[at] {
            b'c' => {
                return Python::Code(if alone {
                    after.get(1..).unwrap_or_default()
                } else {
                    after
                });
            }
            b'm' if alone => return Python::Module(after),
            b'm' => break,
            _ if alone => rest = after.get(1..).unwrap_or_default(),
            _ => {}
        }
    }
    Python::File(rest)
}

fn python<'a>(rest: &'a [String], interpreter: Known<Interpreter>, place: &Place<'_>) -> Read<'a> {
    match skip_python_options(rest) {
        Python::Module(words) => module(words, interpreter, place),
        Python::Code(arguments) => Read {
            started: Started::Code,
            interpreter,
            arguments,
        },
        Python::File(words) => file(words, interpreter, place),
    }
}

fn module<'a>(words: &'a [String], interpreter: Known<Interpreter>, place: &Place<'_>) -> Read<'a> {
    let Some((name, rest)) = words.split_first() else {
        return file(words, interpreter, place);
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    notebook(last, rest, interpreter.clone(), place).unwrap_or(Read {
        started: Started::Module(name.clone()),
        interpreter,
        arguments: rest,
    })
}

fn file<'a>(words: &'a [String], interpreter: Known<Interpreter>, place: &Place<'_>) -> Read<'a> {
    let (started, arguments) = match words.split_first() {
        // From standard input.
        None => (Started::Code, words),
        Some((dash, rest)) if dash == "-" => (Started::Code, rest),
        Some((path, rest)) => (Started::Script(place.path(path)), rest),
    };
    Read {
        started,
        interpreter,
        arguments,
    }
}

fn other<'a>(
    mut rest: &'a [String],
    (with_value, code): (&[&str], &[&str]),
    interpreter: Known<Interpreter>,
    place: &Place<'_>,
) -> Read<'a> {
    while let [word, after @ ..] = rest {
        if code.contains(&word.as_str()) {
            return Read {
                started: Started::Code,
                interpreter,
                arguments: after.get(1..).unwrap_or_default(),
            };
        }
        if !word.starts_with('-') || word == "-" {
            break;
        }
        let needs_next = with_value.contains(&word.as_str());
        rest = if needs_next {
            after.get(1..).unwrap_or_default()
        } else {
            after
        };
    }
    file(rest, interpreter, place)
}

fn notebook<'a>(
    name: &str,
    rest: &'a [String],
    interpreter: Known<Interpreter>,
    place: &Place<'_>,
) -> Option<Read<'a>> {
    if !NOTEBOOKS.contains(&name) {
        return None;
    }
    let at = rest.iter().position(|word| has_ending(word, "ipynb"))?;
    Some(Read {
        started: Started::Notebook(place.path(&rest[at])),
        interpreter,
        arguments: &rest[at + 1..],
    })
}
