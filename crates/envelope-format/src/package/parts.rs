//! The typed parts of a package beside its `MLmodel`: environments, example, registered model.

use super::read::{MAX_TEXT_BYTES, Package, read_bytes};
use crate::environment::{
    CONDA_FILE, CONSTRAINTS_FILE, CondaEnv, PYTHON_ENV_FILE, PythonEnv, REQUIREMENTS_FILE,
    Requirements,
};
use crate::error::Error;
use crate::input_example::{ExampleFacts, InputExample};
use crate::registered_model_meta::{self, RegisteredModelMeta};
use crate::yaml::Node;

/// Each part is `None` when the package has no such file.
///
/// # Errors
/// Files that cannot be read, are too large, not UTF-8, or do not hold what their kind must hold.
impl Package {
    /// `requirements.txt`.
    pub fn requirements(&self) -> Result<Option<Requirements>, Error> {
        Ok(self
            .read_text(REQUIREMENTS_FILE)?
            .map(|text| Requirements::parse(&text)))
    }

    /// `constraints.txt`.
    pub fn constraints(&self) -> Result<Option<Requirements>, Error> {
        Ok(self
            .read_text(CONSTRAINTS_FILE)?
            .map(|text| Requirements::parse(&text)))
    }

    /// `conda.yaml`.
    pub fn conda_env(&self) -> Result<Option<CondaEnv>, Error> {
        let Some(node) = self.read_yaml(CONDA_FILE)? else {
            return Ok(None);
        };
        CondaEnv::from_node(&node)
            .map(Some)
            .map_err(|message| self.invalid(CONDA_FILE, message))
    }

    /// `python_env.yaml`.
    pub fn python_env(&self) -> Result<Option<PythonEnv>, Error> {
        let Some(node) = self.read_yaml(PYTHON_ENV_FILE)? else {
            return Ok(None);
        };
        PythonEnv::from_node(&node)
            .map(Some)
            .map_err(|message| self.invalid(PYTHON_ENV_FILE, message))
    }

    /// The file that holds the input example, as `MLmodel` names it.
    pub fn input_example_file(&self) -> Option<&str> {
        self.mlmodel()
            .saved_input_example_info()?
            .get_set("artifact_path")?
            .text()
    }

    /// The input example that `MLmodel` names.
    pub fn input_example(&self) -> Result<Option<InputExample>, Error> {
        let Some(file) = self
            .input_example_file()
            .filter(|file| self.tree().has_file(file))
        else {
            return Ok(None);
        };
        let info = self.mlmodel().saved_input_example_info();
        let text = |key| info.and_then(|info| info.get_set(key)).and_then(Node::text);
        let facts = ExampleFacts {
            kind: text("type").unwrap_or_default(),
            pandas_orient: text("pandas_orient"),
            params: text("params"),
        };
        let bytes = read_bytes(&self.root().join(file), MAX_TEXT_BYTES)?;
        let example = InputExample::from_stored(&bytes, facts);
        example
            .map(Some)
            .map_err(|error| self.invalid(file, error.to_string()))
    }

    /// `registered_model_meta`.
    pub fn registered_model_meta(&self) -> Result<Option<RegisteredModelMeta>, Error> {
        let file = registered_model_meta::FILE_NAME;
        let Some(text) = self.read_text(file)? else {
            return Ok(None);
        };
        let meta = RegisteredModelMeta::parse(&text);
        meta.map(Some)
            .map_err(|error| self.invalid(file, error.to_string()))
    }

    fn invalid(&self, file: &str, message: String) -> Error {
        Error::Invalid {
            path: self.root().join(file),
            message,
        }
    }
}
