//! What the rules ask about a package, each question answered once.

mod environments;
mod named;
mod texts;

use self::environments::Environments;
use super::VerifyOptions;
use super::python_source::PythonSource;
use crate::environment::{CondaEnv, PythonEnv, Requirements};
use crate::error::Error;
use crate::input_example::InputExample;
use crate::mlmodel::{MlModel, PythonFunction};
use crate::model_file::{self, ModelFile};
use crate::onnx::OnnxHeader;
use crate::package::Package;
use crate::pickle::{Danger, Global, PickleReport};
use crate::signature::{Signature, SignatureError};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

/// A package under verification.
pub(super) struct Subject<'a> {
    package: &'a Package,
    options: VerifyOptions,
    signature: Result<Option<Signature>, SignatureError>,
    environments: Environments,
    files: BTreeMap<String, Result<ModelFile, String>>,
    python: BTreeMap<String, String>,
    texts: OnceCell<Vec<(String, String)>>,
    named: OnceCell<HashSet<String>>,
}
impl<'a> Subject<'a> {
    pub(super) fn new(package: &'a Package, options: VerifyOptions) -> Result<Self, Error> {
        Ok(Self {
            package,
            options,
            signature: package.mlmodel().read_signature(),
            environments: Environments::read(package)?,
            files: model_file::describe_all(package),
            python: texts::python_files(package)?,
            texts: OnceCell::new(),
            named: OnceCell::new(),
        })
    }

    pub(super) fn package(&self) -> &'a Package {
        self.package
    }

    pub(super) fn options(&self) -> VerifyOptions {
        self.options
    }

    pub(super) fn mlmodel(&self) -> &'a MlModel {
        self.package.mlmodel()
    }

    pub(super) fn signature(&self) -> Result<Option<&Signature>, &SignatureError> {
        self.signature.as_ref().map(Option::as_ref)
    }

    pub(super) fn requirements(&self) -> Option<&Requirements> {
        self.environments.requirements.as_ref()
    }

    pub(super) fn constraints(&self) -> Option<&Requirements> {
        self.environments.constraints.as_ref()
    }

    pub(super) fn conda(&self) -> Option<&CondaEnv> {
        self.environments.conda.as_ref()
    }

    pub(super) fn python_env(&self) -> Option<&PythonEnv> {
        self.environments.python_env.as_ref()
    }

    /// Environment files that cannot be read, each with the reason.
    pub(super) fn unreadable_environments(&self) -> &[(&'static str, String)] {
        &self.environments.unreadable
    }

    /// The input example with its file, or that file with the reason why it cannot be read.
    pub(super) fn example(&self) -> Option<(&str, Result<InputExample, String>)> {
        let file = self.package.input_example_file()?;
        let example = self
            .package
            .input_example()
            .map_err(|error| error.fault())
            .transpose()?;
        Some((file, example))
    }

    /// A Python module of the package's own code: its file and what it defines.
    pub(super) fn module(&self, module: &str) -> Option<(&str, PythonSource<'_>)> {
        let path = module.replace('.', "/");
        let folder = self
            .mlmodel()
            .python_function()
            .and_then(PythonFunction::code);
        let folder = folder
            .unwrap_or("code")
            .trim_start_matches("./")
            .trim_end_matches('/');
        let prefix = if matches!(folder, "" | ".") {
            String::new()
        } else {
            format!("{folder}/")
        };
        let candidates = [
            format!("{prefix}{path}.py"),
            format!("{prefix}{path}/__init__.py"),
        ];
        let found = candidates
            .iter()
            .find_map(|file| self.python.get_key_value(file));
        found.map(|(file, text)| (file.as_str(), PythonSource::new(text)))
    }

    /// The package's Python files with their texts.
    pub(super) fn python_sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.python
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()))
    }

    /// The pickle report of a file, whether it is a pickle itself or holds one.
    pub(super) fn pickle(&self, file: &str) -> Option<&PickleReport> {
        self.files.get(file)?.as_ref().ok()?.pickles().next()
    }

    /// The files that loading unpickles, each described or with the reason why it cannot be.
    pub(super) fn pickles(&self) -> impl Iterator<Item = (&str, Result<&ModelFile, &String>)> {
        self.files
            .iter()
            .filter_map(|(file, described)| match described {
                Ok(described) => described
                    .is_pickled()
                    .then_some((file.as_str(), Ok(described))),
                Err(message) => {
                    let pickle = model_file::is_pickle_name(file);
                    pickle.then_some((file.as_str(), Err(message)))
                }
            })
    }

    /// The names that pickles import, of some degree of danger.
    pub(super) fn globals(
        &self,
        wanted: impl Fn(Danger) -> bool,
    ) -> impl Iterator<Item = (&str, &Global)> {
        let all = self
            .files
            .iter()
            .filter_map(|(file, described)| Some((file, described.as_ref().ok()?)));
        all.flat_map(|(file, described)| {
            described.pickles().flat_map(move |pickle| {
                pickle
                    .globals
                    .iter()
                    .map(move |global| (file.as_str(), global))
            })
        })
        .filter(move |(_, global)| wanted(global.danger))
    }

    /// The ONNX files of the package.
    pub(super) fn onnx_files(&self) -> impl Iterator<Item = (&str, Result<&OnnxHeader, &String>)> {
        let onnx = self
            .files
            .iter()
            .filter(|(file, _)| model_file::is_onnx_name(file));
        onnx.filter_map(|(file, described)| match described {
            Ok(ModelFile::Onnx(header)) => Some((file.as_str(), Ok(header.as_ref()))),
            Ok(_) => None,
            Err(message) => Some((file.as_str(), Err(message))),
        })
    }

    /// Whether MLflow refuses the package when pickles are disallowed.
    pub(super) fn needs_pickle(&self) -> bool {
        let Some(flavor) = self.mlmodel().python_function() else {
            return false;
        };
        let tree = self.package.tree();
        match flavor.loader_module() {
            Some("mlflow.sklearn" | "mlflow.xgboost" | "mlflow.lightgbm") => flavor
                .text("model_path")
                .is_none_or(model_file::is_pickle_name),
            Some("mlflow.pytorch") => !tree.has_file("data/model.pt2"),
            Some(loader) if loader.starts_with("mlflow.pyfunc") => flavor.is_pickled(),
            _ => false,
        }
    }
}
