//! The entrypoint probe: which script, module or notebook a command runs, with which arguments.
//!
//! Only the words of the command are read; nothing is looked up on a `PATH`. Programs that start
//! other programs, such as `uv run` and `torchrun`, are looked through.

mod launcher;
mod parameters;

use crate::redact::redact_arguments;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

pub use parameters::parameters;

/// What a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrypoint {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The script, notebook, module or program. Files are told from the root of the repository where
    /// they are in it, and otherwise as the command names them.
    pub name: String,
    /// What interprets it, as the command names it, where anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    /// The arguments for it, secrets masked.
    pub arguments: Vec<String>,
    /// The folder that it runs in, from the root of the repository; none outside of it.
    pub working_directory: Option<String>,
}

/// What kind of thing a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file that something interprets.
    Script,
    /// A Python module, `-m`.
    Module,
    /// A Jupyter notebook.
    Notebook,
    /// Code among the arguments, `-c`, which is not kept.
    Code,
    /// A program by itself.
    Program,
}

/// What a command says before anything is told from the root of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command<'a> {
    kind: Kind,
    name: &'a str,
    interpreter: Option<&'a str>,
    arguments: &'a [String],
}

/// Reads a command that runs in a folder, perhaps of a repository.
///
/// Gives nothing for a command without words.
///
/// ```
/// use envelope_capture::entrypoint::{Kind, probe};
/// use std::path::Path;
///
/// let words = ["uv", "run", "python", "train.py", "--num-epochs", "10", "--api-key", "q7Xb2"];
/// let words = words.map(str::to_owned);
/// let entrypoint = probe(&words, Path::new("/project/src"), Some(Path::new("/project"))).unwrap();
/// assert_eq!((entrypoint.kind, entrypoint.name.as_str()), (Kind::Script, "src/train.py"));
/// assert_eq!(entrypoint.arguments, ["--num-epochs", "10", "--api-key", "***"]);
/// ```
pub fn probe(words: &[String], folder: &Path, root: Option<&Path>) -> Option<Entrypoint> {
    let command = launcher::read(words)?;
    let is_file = matches!(command.kind, Kind::Script | Kind::Notebook)
        || (command.kind == Kind::Program && command.name.contains('/'));
    let name = match root.filter(|_| is_file) {
        Some(root) => from_root(&folder.join(command.name), root),
        None => None,
    };
    Some(Entrypoint {
        kind: command.kind,
        name: name.unwrap_or_else(|| command.name.to_owned()),
        interpreter: command.interpreter.map(str::to_owned),
        arguments: redact_arguments(command.arguments.iter().map(String::as_str)),
        working_directory: root.and_then(|root| from_root(folder, root)),
    })
}

/// A path from a root, `.` for the root itself; none where it is outside.
fn from_root(path: &Path, root: &Path) -> Option<String> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    let inside = plain.strip_prefix(root).ok()?.to_str()?;
    Some(if inside.is_empty() {
        ".".to_owned()
    } else {
        inside.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Code, Module, Notebook, Program, Script};

    fn read(command: &str) -> Entrypoint {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        probe(
            &words,
            Path::new("/project/jobs"),
            Some(Path::new("/project")),
        )
        .unwrap()
    }

    type Case = (
        &'static str,
        Kind,
        &'static str,
        Option<&'static str>,
        &'static str,
    );

    const CASES: [Case; 21] = [
        (
            "python train.py --lr 0.1",
            Script,
            "jobs/train.py",
            Some("python"),
            "--lr 0.1",
        ),
        (
            "python3.12 -u -X dev ../train.py a",
            Script,
            "train.py",
            Some("python3.12"),
            "a",
        ),
        (
            "/opt/venv/bin/python -Wignore train.py",
            Script,
            "jobs/train.py",
            Some("/opt/venv/bin/python"),
            "",
        ),
        (
            "python -m pkg.train -m x",
            Module,
            "pkg.train",
            Some("python"),
            "-m x",
        ),
        (
            "python -um pkg.train",
            Module,
            "pkg.train",
            Some("python"),
            "",
        ),
        ("python -c print(1) x", Code, "-c", Some("python"), "x"),
        ("python", Program, "python", None, ""),
        (
            "uv run --with rich train.py --x",
            Script,
            "jobs/train.py",
            Some("uv run"),
            "--x",
        ),
        (
            "uv run -m pkg.train",
            Module,
            "pkg.train",
            Some("uv run"),
            "",
        ),
        (
            "poetry run python train.py",
            Script,
            "jobs/train.py",
            Some("python"),
            "",
        ),
        (
            "env A=1 python train.py",
            Script,
            "jobs/train.py",
            Some("python"),
            "",
        ),
        (
            "nohup nice -n 5 python train.py",
            Script,
            "jobs/train.py",
            Some("python"),
            "",
        ),
        (
            "torchrun --nproc-per-node 2 --standalone train.py --x",
            Script,
            "jobs/train.py",
            Some("torchrun"),
            "--x",
        ),
        (
            "torchrun --nproc-per-node=2 -m pkg.train",
            Module,
            "pkg.train",
            Some("torchrun"),
            "",
        ),
        (
            "accelerate launch --num_processes 2 train.py",
            Script,
            "jobs/train.py",
            Some("accelerate launch"),
            "",
        ),
        (
            "papermill in.ipynb out.ipynb -p lr 1",
            Notebook,
            "jobs/in.ipynb",
            Some("papermill"),
            "out.ipynb -p lr 1",
        ),
        (
            "jupyter nbconvert --to notebook --execute a.ipynb",
            Notebook,
            "jobs/a.ipynb",
            Some("jupyter nbconvert"),
            "",
        ),
        (
            "bash run.sh --fast",
            Script,
            "jobs/run.sh",
            Some("bash"),
            "--fast",
        ),
        ("./train --lr 1", Program, "jobs/train", None, "--lr 1"),
        ("/usr/bin/train", Program, "/usr/bin/train", None, ""),
        ("dvc repro", Program, "dvc", None, "repro"),
    ];

    #[test]
    fn commands_are_looked_through() {
        for (command, kind, name, interpreter, arguments) in CASES {
            let is = read(command);
            assert_eq!(
                (
                    is.kind,
                    is.name.as_str(),
                    is.interpreter.as_deref(),
                    is.arguments.join(" ").as_str()
                ),
                (kind, name, interpreter, arguments),
                "{command}"
            );
            assert_eq!(is.working_directory.as_deref(), Some("jobs"));
        }
    }

    #[test]
    fn outside_of_a_repository_names_stay_as_they_are() {
        let words = ["python", "../train.py"].map(str::to_owned);
        let is = probe(&words, Path::new("/elsewhere"), Some(Path::new("/project"))).unwrap();
        assert_eq!(
            (is.name.as_str(), is.working_directory),
            ("../train.py", None)
        );
        assert_eq!(probe(&[], Path::new("/"), None), None);
    }
}
