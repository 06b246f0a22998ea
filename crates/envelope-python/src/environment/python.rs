//! Interpreters: the one of an environment, and those that are already there.

use super::{Environments, program};
use crate::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Python that can load a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpreter {
    /// The program.
    pub python: PathBuf,
    /// Variables that it is started with, on top of those of this process.
    pub variables: Vec<(OsString, OsString)>,
    /// What a user should know about it, such as a Python version that differs.
    pub notes: Vec<String>,
}

impl Interpreter {
    /// A Python as it is.
    pub fn new(python: impl Into<PathBuf>) -> Self {
        Self {
            python: python.into(),
            ..Self::default()
        }
    }

    /// The Python of a virtual environment, started as if that were activated.
    pub(super) fn in_environment(folder: &Path, environments: &Environments) -> Self {
        let bin = folder.join("bin");
        let mut path = bin.clone().into_os_string();
        if !environments.path.is_empty() {
            path.push(":");
            path.push(&environments.path);
        }
        let mut variables = environments.variables.clone();
        variables.push(("PATH".into(), path));
        variables.push(("VIRTUAL_ENV".into(), folder.into()));
        Self {
            python: bin.join("python"),
            variables,
            notes: Vec::new(),
        }
    }
}

/// The Python of `local`.
pub(super) fn local(environments: &Environments) -> Result<Interpreter, Error> {
    const NAMES: [&str; 2] = ["python3", "python"];
    let found = match &environments.python {
        Some(python) => Some(python.clone()),
        None => program::find(&environments.path, &NAMES),
    };
    let python = found.ok_or_else(|| program::none_of(&NAMES, "load the package"))?;
    Ok(Interpreter {
        python,
        variables: environments.variables.clone(),
        notes: Vec::new(),
    })
}

/// A Python on the path that fits a version best, with its own version: the same one, else one of
/// the same minor version.
///
/// # Errors
/// There is none; the error says what was looked for and what was found.
pub(super) fn fitting(
    environments: &Environments,
    wanted: &str,
) -> Result<(PathBuf, String), Error> {
    let minor = minor_version(wanted);
    let names = [
        format!("python{minor}"),
        "python3".to_owned(),
        "python".to_owned(),
    ];
    let found: Vec<(PathBuf, String)> = names
        .iter()
        .filter_map(|name| program::find(&environments.path, &[name]))
        .filter_map(|python| Some((python.clone(), version(&python)?)))
        .collect();
    let exact = found.iter().find(|(_, version)| version == wanted);
    let near = || {
        found
            .iter()
            .find(|(_, version)| minor_version(version) == minor)
    };
    exact.or_else(near).cloned().ok_or_else(|| {
        let versions: Vec<String> = found
            .iter()
            .map(|(python, version)| format!("`{}` is {version}", python.display()))
            .collect();
        let log = if versions.is_empty() {
            "the path has no other".to_owned()
        } else {
            versions.join(", ")
        };
        Error::NoPython {
            wanted: wanted.to_owned(),
            tried: names.to_vec(),
            log,
        }
    })
}

/// `3.11` of `3.11.7`.
pub(super) fn minor_version(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The version that a Python says of itself.
fn version(python: &Path) -> Option<String> {
    let output = Command::new(python)
        .args(["-c", "import platform; print(platform.python_version())"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
