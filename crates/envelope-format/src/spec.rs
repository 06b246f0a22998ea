//! `envelope.yaml`: the declaration of a package, in place of a hand-written packaging script.
//!
//! A [`Spec`] is read from a file, all of whose mistakes are reported at once, or made by a
//! program; [`Spec::contents`] turns it into what [`seal`](crate::package::seal) writes.

mod code;
mod contents;
mod environment;
mod example;
mod load;
mod mistake;
mod model;
mod schema;

pub use environment::DEFAULT_MLFLOW_VERSION;
pub use mistake::{MAX_MISTAKES, Mistake};
pub use schema::JSON_SCHEMA;

use crate::yaml::Node;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The spec's usual file name.
pub const FILE_NAME: &str = "envelope.yaml";

/// What a package holds. Paths are relative to the spec's folder. The keys are those of
/// [`JSON_SCHEMA`], which describes each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The package's name.
    pub name: String,
    /// How the model is held.
    pub kind: Kind,
    /// The model; which fields count depends on [`Spec::kind`].
    pub model: ModelSpec,
    /// The Python version: `3.11.7`.
    pub python: String,
    /// What the model does, in a line.
    pub description: Option<String>,
    /// The MLflow version to record; by default the one that the requirements pin.
    pub mlflow: Option<String>,
    /// Files and folders that the model finds by name.
    #[serde(default)]
    pub artifacts: IndexMap<String, String>,
    /// The code of the user's own that the model imports.
    #[serde(default)]
    pub code: CodeSpec,
    /// What pip must install.
    #[serde(default)]
    pub requirements: RequirementsSpec,
    /// A pip constraints file.
    pub constraints: Option<String>,
    /// What `conda.yaml` holds beside Python and pip's requirements.
    #[serde(default)]
    pub conda: CondaSpec,
    /// The signature; inferred by default.
    #[serde(default)]
    pub signature: SignatureSpec,
    /// Inference parameters in MLflow's spelling.
    #[serde(default)]
    pub params: Vec<Value>,
    /// An input example.
    pub example: Option<ExampleSpec>,
    /// What runs without Python.
    #[serde(default)]
    pub native: NativeSpec,
    /// The user's own data.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// The user's own labels.
    #[serde(default)]
    pub tags: IndexMap<String, Value>,
    /// What the model is for.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// The experiment run that trained the model.
    pub run: Option<RunSpec>,
    /// When the model was made, in UTC: `2026-11-21T10:00:00Z`.
    pub created: Option<String>,
    /// The requirements after the prune that [`RequirementsSpec::From`] asks for. Who needs whom is
    /// not known in this crate, so another has to fill this in.
    #[serde(skip)]
    pub pruned: Option<PrunedRequirements>,
    /// The files that [`CodeSpec::From`] asks for. Who imports what is not known in this crate, so
    /// another has to fill this in.
    #[serde(skip)]
    pub collected: Option<CollectedCode>,
    /// The text that the spec was read from, for the places of mistakes.
    #[serde(skip, default = "Node::null")]
    document: Node,
}

impl Spec {
    /// A spec made by a program: what every package must have, and nothing else.
    pub fn new(name: &str, kind: Kind, model: ModelSpec, python: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            model,
            python: python.to_owned(),
            description: None,
            mlflow: None,
            artifacts: IndexMap::new(),
            code: CodeSpec::default(),
            requirements: RequirementsSpec::default(),
            constraints: None,
            conda: CondaSpec::default(),
            signature: SignatureSpec::default(),
            params: Vec::new(),
            example: None,
            native: NativeSpec::default(),
            metadata: Map::new(),
            tags: IndexMap::new(),
            tasks: Vec::new(),
            run: None,
            created: None,
            pruned: None,
            collected: None,
            document: Node::null(),
        }
    }
}

impl Spec {
    /// The modules that the package's own code begins with: the one that the model names, and those
    /// that [`CodeSpec::From`] does.
    pub fn own_modules(&self) -> impl Iterator<Item = &str> {
        let class = self.model.class.as_deref();
        let class = class.and_then(|class| class.split_once(':'));
        let named = class.map(|(module, _)| module);
        let named = named.or(self.model.module.as_deref());
        let more = match &self.code {
            CodeSpec::From { modules, .. } => modules.as_slice(),
            CodeSpec::Whole(_) => &[],
        };
        named.into_iter().chain(more.iter().map(String::as_str))
    }
}

/// How a package holds its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An ONNX file, which MLflow runs with onnxruntime.
    Onnx,
    /// A Python file that calls `mlflow.models.set_model`.
    Code,
    /// A `PythonModel` subclass, named by a pickle that holds nothing else.
    Class,
    /// A module with `_load_pyfunc`.
    Loader,
}

impl Kind {
    /// The kind as the spec names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Code => "code",
            Self::Class => "class",
            Self::Loader => "loader",
        }
    }
}

/// The model, by kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSpec {
    /// `onnx` and `code`: the file.
    pub file: Option<String>,
    /// `onnx`: the execution providers for onnxruntime.
    pub providers: Option<Vec<String>>,
    /// `class`: `module:Class`.
    pub class: Option<String>,
    /// `class`: attributes set on the instance.
    pub state: Map<String, Value>,
    /// `loader`: the module.
    pub module: Option<String>,
    /// `loader`: the file or folder that it is given.
    pub data: Option<String>,
    /// `loader`: the method that predicts.
    pub predict_fn: Option<String>,
    /// Handed to the model as its `model_config`.
    pub config: Map<String, Value>,
    /// Whether the model has `predict_stream`.
    pub streamable: bool,
}

/// The code of the user's own that the model imports.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum CodeSpec {
    /// Files and packages that are taken whole.
    Whole(Vec<String>),
    /// What the model imports, and what that imports.
    From {
        /// The folders that modules are imported from.
        from: Vec<String>,
        /// Modules to take beside those that the model names.
        #[serde(default)]
        modules: Vec<String>,
        /// Files and packages that are taken whole, too.
        #[serde(default)]
        whole: Vec<String>,
    },
}

impl CodeSpec {
    /// What is taken whole, each with the name of its element in the spec.
    fn whole(&self) -> impl Iterator<Item = (String, &str)> {
        let (element, paths) = match self {
            Self::Whole(paths) => ("code", paths),
            Self::From { whole, .. } => ("code.whole", whole),
        };
        let numbered = paths.iter().zip(0..);
        numbered.map(move |(path, i)| (format!("{element}[{i}]"), path.as_str()))
    }
}

impl Default for CodeSpec {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

/// The files that modules need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectedCode {
    /// Each file of the package's `code/`, relative to that, with where it lies.
    pub files: Vec<(PathBuf, PathBuf)>,
    /// Modules that were asked for and not found.
    pub missing: Vec<String>,
}

/// Where the requirements come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RequirementsSpec {
    /// A requirements file.
    File(String),
    /// The requirements themselves.
    Lines(Vec<String>),
    /// A requirements file or a lock, from which packages may be pruned.
    From {
        /// The file.
        from: String,
        /// Packages to prune, with all that only they need.
        #[serde(default)]
        prune: Vec<String>,
        /// Packages that stay though nothing needs them.
        #[serde(default)]
        keep: Vec<String>,
        /// A file that lists what was asked for, where `from` does not tell it.
        #[serde(default)]
        roots: Option<String>,
    },
}

/// What a prune left of the requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrunedRequirements {
    /// What stays, as the text of a requirements file.
    pub requirements: String,
    /// Reports on the prune, which go to `artifacts/`: each a file name with its text.
    pub reports: Vec<(String, String)>,
    /// The modules of the packages that went, each with its package.
    pub removed_modules: BTreeMap<String, String>,
}

impl Default for RequirementsSpec {
    fn default() -> Self {
        Self::Lines(Vec::new())
    }
}

/// What `conda.yaml` holds beside Python and pip's requirements.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CondaSpec {
    /// The environment's name; `mlflow-env` by default.
    pub name: Option<String>,
    /// The channels; `conda-forge` by default.
    pub channels: Option<Vec<String>>,
    /// Conda packages beside Python.
    pub dependencies: Vec<String>,
}

/// Where the signature comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged)]
pub enum SignatureSpec {
    /// From the example, or from the ONNX model's own inputs and outputs.
    #[default]
    #[serde(skip)]
    Infer,
    /// The word `infer`.
    Word(String),
    /// From the spec.
    Given {
        /// Columns or tensors, in MLflow's spelling.
        inputs: Option<Value>,
        /// Columns or tensors, in MLflow's spelling.
        outputs: Option<Value>,
    },
}

/// An input example. Text is the path of a JSON file, anything else the example itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleSpec {
    /// The input.
    pub input: Value,
    /// Inference parameters.
    pub params: Option<Value>,
    /// What the model answers.
    pub output: Option<Value>,
}

/// What runs without Python.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeSpec {
    /// The ONNX file in the package.
    pub onnx: Option<String>,
}

/// The experiment run that trained the model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// The run's id.
    pub id: String,
    /// The experiment's name.
    pub experiment: Option<String>,
    /// Where the run is tracked.
    pub tracking_uri: Option<String>,
}
