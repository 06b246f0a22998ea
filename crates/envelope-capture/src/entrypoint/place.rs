//! Where words of a command line are: paths from the root of the repository, programs on the search
//! path, and the interpreter that a file names in its first line.

use super::interpreter::is_python;
use super::launcher::name_of;
use super::{CommandLine, Interpreter};
use crate::known::Known;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

/// Launchers that run in the environment of the project.
const OF_PROJECT: [&str; 5] = ["uv", "poetry", "pdm", "rye", "pipenv"];

pub(super) struct Place<'a> {
    line: &'a CommandLine<'a>,
    launchers: &'a [&'a str],
}

impl<'a> Place<'a> {
    pub(super) fn new(line: &'a CommandLine<'a>, launchers: &'a [&'a str]) -> Self {
        Self { line, launchers }
    }

    /// The working directory from the root of the repository.
    pub(super) fn folder(&self) -> Known<String> {
        let Some(root) = self.line.repository else {
            return Known::Unknown("there is no repository".into());
        };
        match inside(self.line.folder, root) {
            Some(path) => Known::Value(path),
            None => Known::Unknown("the working directory is outside the repository".into()),
        }
    }

    /// A path from the root of the repository, or as it stands where it leads elsewhere.
    pub(super) fn path(&self, word: &str) -> String {
        let absolute = self.line.folder.join(word);
        let root = self.line.repository;
        root.and_then(|root| inside(&absolute, root))
            .unwrap_or_else(|| word.to_owned())
    }

    /// The Python that a word names, or that the launchers imply.
    pub(super) fn python(&self, word: Option<&str>) -> Known<Interpreter> {
        if let Some(word) = word.filter(|word| word.contains(['/', '\\'])) {
            return self.named(word);
        }
        let launchers = || self.launchers.iter().copied();
        if launchers().any(|word| OF_PROJECT.contains(&name_of(word)))
            && let Some(found) = self.of_project(word.unwrap_or("python"))
        {
            return Known::Value(found);
        }
        if let Some(word) = word {
            return self.named(word);
        }
        // `torchrun` is a script, whose first line names the Python that runs the rest.
        let of_launcher = launchers()
            .rev()
            .find_map(|word| self.interpreter_in(word).value().cloned());
        if let Some(found) = of_launcher.filter(|found| is_python(&found.name)) {
            return Known::Value(found);
        }
        let python3 = self.named("python3");
        if python3.value().is_some() {
            python3
        } else {
            self.named("python")
        }
    }

    /// In the folder `.venv` of the project: the nearest, looking upwards.
    fn of_project(&self, name: &str) -> Option<Interpreter> {
        let folders = self.line.folder.ancestors();
        let mut candidates = folders.flat_map(|folder| {
            let environment = folder.join(".venv");
            [
                environment.join("bin").join(name),
                environment.join("Scripts").join(format!("{name}.exe")),
            ]
        });
        candidates.find(|path| path.is_file()).map(interpreter)
    }

    /// The program that a word names.
    pub(super) fn named(&self, word: &str) -> Known<Interpreter> {
        match self.find(word) {
            Some(path) => Known::Value(interpreter(path)),
            None => Known::Unknown(format!("`{word}` is not found")),
        }
    }

    /// The interpreter in the first line of the program that a word names.
    pub(super) fn interpreter_in(&self, word: &str) -> Known<Interpreter> {
        let Some(program) = self.find(word) else {
            return Known::Unknown(format!("`{word}` is not found"));
        };
        let Some(words) = first_line(&program) else {
            return Known::Unknown(format!("`{word}` names no interpreter"));
        };
        let mut words = words.split_whitespace();
        let first = words.next().unwrap_or_default();
        if name_of(first) == "env" {
            let named = words.find(|word| !word.starts_with('-') && !word.contains('='));
            return named.map_or_else(|| self.named(first), |named| self.named(named));
        }
        self.named(first)
    }

    fn find(&self, word: &str) -> Option<PathBuf> {
        if word.is_empty() {
            return None;
        }
        which::which_in(word, self.line.search_path, self.line.folder).ok()
    }
}

fn interpreter(path: PathBuf) -> Interpreter {
    let name = name_of(&path.to_string_lossy()).to_owned();
    Interpreter { name, path }
}

/// What follows `#!`. A long line, or one that is no text, is none.
fn first_line(program: &Path) -> Option<String> {
    let mut line = Vec::new();
    let start = BufReader::new(File::open(program).ok()?.take(1024));
    { start }.read_until(b'\n', &mut line).ok()?;
    let line = String::from_utf8(line).ok()?;
    Some(line.strip_prefix("#!")?.trim().to_owned())
}

/// A path from a root, with `/`, if it is below it. Links are followed where the path exists.
fn inside(path: &Path, root: &Path) -> Option<String> {
    let relative = |path: &Path, root: &Path| {
        let parts = path.strip_prefix(root).ok()?.components();
        let parts: Vec<_> = parts
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        Some(if parts.is_empty() {
            ".".to_owned()
        } else {
            parts.join("/")
        })
    };
    let (plain, plain_root) = (without_dots(path), without_dots(root));
    relative(&plain, &plain_root)
        .or_else(|| relative(&path.canonicalize().ok()?, &root.canonicalize().ok()?))
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
