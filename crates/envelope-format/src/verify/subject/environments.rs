//! The environment files of a package, each read once.

use crate::environment::{
    CONDA_FILE, CONSTRAINTS_FILE, CondaEnv, PYTHON_ENV_FILE, PythonEnv, REQUIREMENTS_FILE,
    Requirements,
};
use crate::error::Error;
use crate::package::Package;

#[derive(Default)]
pub(super) struct Environments {
    pub(super) requirements: Option<Requirements>,
    pub(super) constraints: Option<Requirements>,
    pub(super) conda: Option<CondaEnv>,
    pub(super) python_env: Option<PythonEnv>,
    pub(super) unreadable: Vec<(&'static str, String)>,
}

impl Environments {
    pub(super) fn read(package: &Package) -> Result<Self, Error> {
        let mut read = Self::default();
        let lines = |file| {
            Ok::<_, Error>(
                package
                    .read_text(file)?
                    .map(|text| Requirements::parse(&text)),
            )
        };
        read.requirements = read
            .settle(REQUIREMENTS_FILE, lines(REQUIREMENTS_FILE))?
            .flatten();
        read.constraints = read
            .settle(CONSTRAINTS_FILE, lines(CONSTRAINTS_FILE))?
            .flatten();
        let conda = read
            .settle(CONDA_FILE, package.read_yaml(CONDA_FILE))?
            .flatten();
        read.conda = conda.and_then(|node| read.parsed(CONDA_FILE, CondaEnv::from_node(&node)));
        let python = read
            .settle(PYTHON_ENV_FILE, package.read_yaml(PYTHON_ENV_FILE))?
            .flatten();
        read.python_env =
            python.and_then(|node| read.parsed(PYTHON_ENV_FILE, PythonEnv::from_node(&node)));
        Ok(read)
    }

    /// Notes a file that is wrong in itself, and passes on what the system refuses.
    fn settle<T>(
        &mut self,
        file: &'static str,
        read: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error @ Error::Io { .. }) => Err(error),
            Err(Error::Yaml { source, .. }) => {
                self.unreadable
                    .push((file, format!("is no valid YAML: {source}")));
                Ok(None)
            }
            Err(error) => {
                self.unreadable.push((file, error.to_string()));
                Ok(None)
            }
        }
    }

    fn parsed<T>(&mut self, file: &'static str, parsed: Result<T, String>) -> Option<T> {
        parsed
            .map_err(|message| self.unreadable.push((file, message)))
            .ok()
    }
}
