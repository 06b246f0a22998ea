//! All probes at once: what is known before a command runs.

use crate::container::{self, Container};
use crate::entrypoint::{self, CommandLine, Entrypoint, is_python};
use crate::environment;
use crate::git::{self, GitFacts, GitProgram, Repository};
use crate::hardware::{self, Adapter, Hardware};
use crate::known::Known;
use crate::os::{self, OperatingSystem, Packages, variable};
use crate::python::{self, Python, shim};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// What the probes are told; they read nothing of it from anywhere else.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The command and its arguments.
    pub words: &'a [OsString],
    /// Where it starts, absolute.
    pub folder: &'a Path,
    /// The environment that it gets.
    pub variables: &'a [(OsString, OsString)],
    /// The program that is asked about the repository where the library does not know.
    pub git: &'a GitProgram,
    /// The Python whose packages are recorded, where the command line does not say it.
    pub python: Option<&'a Path>,
    /// Whether to list the packages of the distribution.
    pub with_os_packages: bool,
    /// What another interface says of GPUs. It is asked where neither NVIDIA's library nor the
    /// kernel knows of any, since it may load drivers.
    pub adapters: fn() -> Vec<Adapter>,
}

/// What is known before a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The commit and where it is from.
    pub git: Known<GitFacts>,
    /// What the command line starts.
    pub entrypoint: Known<Entrypoint>,
    /// Its Python.
    pub python: Known<Python>,
    /// The variables that matter, secrets masked.
    pub environment: BTreeMap<String, String>,
    /// The operating system.
    pub os: OperatingSystem,
    /// The container.
    pub container: Container,
    /// The machine.
    pub hardware: Hardware,
}

/// Asks all probes, and gives the repository beside what they found, for its changes to be captured.
pub fn probe(circumstances: &Circumstances<'_>) -> (Provenance, Known<Repository>) {
    let root = Path::new("/");
    let variables = circumstances.variables;
    let repository = git::probe(circumstances.folder, circumstances.git);
    let repository_root = repository
        .value()
        .map(|repository| repository.root.as_path());
    let entrypoint = entrypoint::probe(&CommandLine {
        words: circumstances.words,
        folder: circumstances.folder,
        repository: repository_root,
        search_path: variable(variables, "PATH"),
    });
    let provenance = Provenance {
        git: repository.clone().map(|repository| repository.facts),
        python: python(circumstances, entrypoint.value()),
        entrypoint,
        environment: environment::chosen(variables),
        os: os::probe(&os::Search {
            root,
            packages: if circumstances.with_os_packages {
                Packages::Read(variables)
            } else {
                Packages::LeftOut
            },
        }),
        container: container::probe(&container::Search {
            root,
            variables,
            repository: repository_root,
        }),
        hardware: hardware::probe(root, circumstances.adapters),
    };
    (provenance, repository)
}

fn python(circumstances: &Circumstances<'_>, entrypoint: Option<&Entrypoint>) -> Known<Python> {
    let interpreter = entrypoint.and_then(|found| found.interpreter.value());
    let interpreter = interpreter
        .filter(|found| is_python(&found.name))
        .map(|found| found.path.as_path());
    let Some(interpreter) = interpreter.or(circumstances.python) else {
        return Known::Unknown("the command line does not say which Python it starts".into());
    };
    let variables = circumstances.variables;
    let behind = shim::behind(interpreter, circumstances.folder, variables);
    let interpreter = behind.as_deref().unwrap_or(interpreter);
    let home = variable(variables, "HOME").map(|home| Path::new(home).join(".local"));
    let user_base = variable(variables, "PYTHONUSERBASE")
        .map(Into::into)
        .or(home);
    let without_user = variable(variables, "PYTHONNOUSERSITE").is_some();
    python::probe(&python::Search {
        interpreter,
        python_path: variable(variables, "PYTHONPATH"),
        user_base: user_base.as_deref().filter(|_| !without_user),
        ask_with: Some(variables.to_vec()),
    })
}
