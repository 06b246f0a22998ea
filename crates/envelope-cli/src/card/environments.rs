//! The environment files of a package.

use super::Part;
use envelope_format::environment::{
    CONDA_FILE, CONSTRAINTS_FILE, CondaEnv, PYTHON_ENV_FILE, PythonEnv, REQUIREMENTS_FILE,
    RequirementLine, Requirements,
};
use envelope_format::mlmodel::PythonFunction;
use envelope_format::package::Package;
use serde::Serialize;

/// Larger requirements are not read: no environment has that many lines.
const MAX_REQUIREMENTS_BYTES: u64 = 1 << 20;

/// What the package needs to run in Python.
#[derive(Debug, Serialize)]
pub(crate) struct Environments {
    /// The Python that saved the model.
    pub(crate) python_version: Option<String>,
    /// The lines of `requirements.txt`.
    pub(crate) requirements: Part<Vec<RequirementLine>>,
    /// The lines of `constraints.txt`.
    pub(crate) constraints: Part<Vec<RequirementLine>>,
    /// `conda.yaml`.
    pub(crate) conda: Part<CondaEnv>,
    /// `python_env.yaml`.
    pub(crate) python_env: Part<PythonEnv>,
    /// Environment variables that the model reads.
    pub(crate) env_vars: Vec<String>,
}

impl Environments {
    pub(super) fn read(package: &Package) -> Self {
        let mlmodel = package.mlmodel();
        let flavor = mlmodel.python_function();
        let named = |manager: &str, usual: &'static str| {
            let environments = flavor.map(PythonFunction::environments).unwrap_or_default();
            let named = environments.into_iter().find(|(key, _)| *key == manager);
            named.map_or(usual, |(_, file)| file)
        };
        let python_version = flavor.and_then(PythonFunction::python_version);
        Self {
            python_version: python_version.map(str::to_owned),
            requirements: requirements(package, REQUIREMENTS_FILE),
            constraints: requirements(package, CONSTRAINTS_FILE),
            conda: document(package, named("conda", CONDA_FILE), CondaEnv::from_node),
            python_env: document(
                package,
                named("virtualenv", PYTHON_ENV_FILE),
                PythonEnv::from_node,
            ),
            env_vars: mlmodel.env_vars().into_iter().map(str::to_owned).collect(),
        }
    }
}

fn requirements(package: &Package, file: &str) -> Part<Vec<RequirementLine>> {
    let size_bytes = package.tree().size_bytes(file).ok().flatten();
    if size_bytes.is_some_and(|size| size > MAX_REQUIREMENTS_BYTES) {
        let error = format!("`{file}` is larger than {MAX_REQUIREMENTS_BYTES} bytes");
        return Part::from_read(Err(error));
    }
    let text = package.read_text(file);
    Part::from_read(text.map(|text| text.map(|text| Requirements::parse(&text).lines)))
}

fn document<T>(
    package: &Package,
    file: &str,
    read: impl Fn(&envelope_format::yaml::Node) -> Result<T, String>,
) -> Part<T> {
    match package.read_yaml(file) {
        Ok(None) => Part::Absent,
        Ok(Some(node)) => {
            Part::from_read(read(&node).map(Some).map_err(|e| format!("`{file}`: {e}")))
        }
        Err(error) => Part::from_read(Err(error)),
    }
}
