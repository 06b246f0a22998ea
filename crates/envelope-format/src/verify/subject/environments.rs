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
        read.requirements = read.settle(REQUIREMENTS_FILE, package.requirements())?;
        read.constraints = read.settle(CONSTRAINTS_FILE, package.constraints())?;
        read.conda = read.settle(CONDA_FILE, package.conda_env())?;
        read.python_env = read.settle(PYTHON_ENV_FILE, package.python_env())?;
        Ok(read)
    }

    /// Notes a file that is wrong in itself, and passes on what the system refuses.
    fn settle<T>(
        &mut self,
        file: &'static str,
        read: Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        match read {
            Ok(value) => Ok(value),
            Err(error @ Error::Io { .. }) => Err(error),
            Err(error) => {
                self.unreadable.push((file, error.fault()));
                Ok(None)
            }
        }
    }
}
