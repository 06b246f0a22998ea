//! The Python environment of a package: found, or made and kept.
//!
//! An environment is made from what the package says of it (its [`Recipe`]) and found again by a
//! digest of that. It is complete only once its stamp is written, which happens last; whoever
//! makes it holds a lock, as do the programs that are started for it.

mod cache;
mod conda;
mod program;
mod python;
mod recipe;
mod virtual_environment;

pub use python::Interpreter;
pub use recipe::Recipe;

use crate::error::Error;
use envelope_format::package::Package;
use program::Runner;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Who makes the Python environment of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnvManager {
    /// The program `uv`, which also finds or fetches the Python version.
    Uv,
    /// `python -m venv` and pip, with a Python that is already there.
    Virtualenv,
    /// Nobody: a Python that is already there is used as it is.
    Local,
    /// micromamba, mamba or conda, whichever is found first.
    Conda,
}

impl EnvManager {
    /// Every manager, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Uv, Self::Virtualenv, Self::Local, Self::Conda];

    /// The name as it is typed: `uv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Virtualenv => "virtualenv",
            Self::Local => "local",
            Self::Conda => "conda",
        }
    }
}

impl fmt::Display for EnvManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for EnvManager {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or_else(|| format!("found `{text}`, expected uv, virtualenv, local or conda"))
    }
}

/// Where environments are kept, and where the programs are that make them.
#[derive(Clone, Debug, Default)]
pub struct Environments {
    /// The folder that holds them, each under its key; made when it is not there.
    pub cache: PathBuf,
    /// The program uv; looked for on the path when it is not given.
    pub uv: Option<PathBuf>,
    /// The Python of [`EnvManager::Local`]; `python3` or `python` on the path when not given.
    pub python: Option<PathBuf>,
    /// The folders to look for programs in, as in the variable `PATH`.
    pub path: OsString,
    /// Variables set for every program that is started, the Python of the package included, on top
    /// of those of this process. Those that begin with `UV_`, `PIP_` or `CONDA_` are part of an
    /// environment's key, so that those of this process that change what is installed belong here.
    pub variables: Vec<(OsString, OsString)>,
}

/// Which environment of a package is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Who makes it.
    pub manager: EnvManager,
    /// Whether MLflow in the package's version is installed beside the requirements.
    pub install_mlflow: bool,
}

impl Environments {
    /// Finds or makes the environment of a package, and says line by line what goes on.
    ///
    /// # Errors
    /// What the package says of its environment cannot be used or does not bring MLflow, a program
    /// or a Python is not there, or installing fails.
    pub fn prepare(
        &self,
        package: &Package,
        wanted: Wanted,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Interpreter, Error> {
        let recipe = match wanted.manager {
            EnvManager::Local => return python::local(self),
            EnvManager::Conda => Recipe::conda(package, wanted.install_mlflow)?,
            EnvManager::Uv | EnvManager::Virtualenv => {
                Recipe::read(package, wanted.install_mlflow)?
            }
        };
        recipe.check_mlflow()?;
        self.make(&recipe, wanted.manager, progress)
    }

    /// Finds or makes the environment of a recipe, whether or not it brings MLflow.
    ///
    /// # Errors
    /// As [`Environments::prepare`].
    pub fn make(
        &self,
        recipe: &Recipe,
        manager: EnvManager,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Interpreter, Error> {
        match manager {
            EnvManager::Uv => virtual_environment::with_uv(self, recipe, progress),
            EnvManager::Virtualenv => virtual_environment::with_pip(self, recipe, progress),
            EnvManager::Local => python::local(self),
            EnvManager::Conda => conda::create(self, recipe, progress),
        }
    }

    /// The variables that change what is installed, as the key knows them.
    fn installing_variables(&self) -> impl Iterator<Item = &(OsString, OsString)> {
        self.variables.iter().filter(|(name, _)| {
            let name = name.to_string_lossy();
            ["UV_", "PIP_", "CONDA_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
    }

    fn runner<'a>(&'a self, progress: &'a mut dyn FnMut(&str)) -> Runner<'a> {
        Runner::new(&self.variables, progress)
    }
}
