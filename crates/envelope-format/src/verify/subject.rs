//! What the rules ask about a package, each question answered once.

use super::VerifyOptions;
use super::python_source::PythonSource;
use crate::envelope_flavor;
use crate::environment::{
    CONDA_FILE, CONSTRAINTS_FILE, CondaEnv, PYTHON_ENV_FILE, PythonEnv, REQUIREMENTS_FILE,
    Requirements,
};
use crate::error::Error;
use crate::finding::Severity;
use crate::input_example::{ExampleFacts, InputExample};
use crate::mlmodel::{MlModel, PythonFunction};
use crate::model_file::{self, ModelFile};
use crate::onnx::OnnxHeader;
use crate::package::{MAX_TEXT_BYTES, Package};
use crate::pickle::{Danger, Global, PickleReport};
use crate::relative_path::RelativePath;
use crate::signature::{Signature, SignatureError};
use crate::yaml::{Content, Node, Position};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Text files up to this size are searched for paths and credentials.
const MAX_SEARCHED_BYTES: u64 = 4 << 20;
/// How much text is searched in all.
const MAX_SEARCHED_TOTAL_BYTES: u64 = 256 << 20;
/// The endings of files that hold text.
const TEXT_ENDINGS: [&str; 21] = [
    "py",
    "txt",
    "yaml",
    "yml",
    "json",
    "toml",
    "md",
    "rst",
    "cfg",
    "ini",
    "env",
    "sh",
    "html",
    "ipynb",
    "csv",
    "xml",
    "conf",
    "properties",
    "sql",
    "js",
    "lock",
];

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

#[derive(Default)]
struct Environments {
    requirements: Option<Requirements>,
    constraints: Option<Requirements>,
    conda: Option<CondaEnv>,
    python_env: Option<PythonEnv>,
    unreadable: Vec<(&'static str, String)>,
}

/// A path that `MLmodel` names.
#[derive(Clone, Debug)]
pub(super) struct NamedPath {
    /// The key that names it.
    pub(super) element: String,
    /// The path as written.
    pub(super) written: String,
    /// The path in the package; `None` when it leaves the package.
    pub(super) path: Option<RelativePath>,
    /// Where it is written.
    pub(super) position: Position,
    /// How grave it is when the file is missing.
    pub(super) weight: Severity,
}

/// A text in `MLmodel` with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    pub(super) position: Position,
}

impl<'a> Subject<'a> {
    pub(super) fn new(package: &'a Package, options: VerifyOptions) -> Result<Self, Error> {
        Ok(Self {
            package,
            options,
            signature: package.mlmodel().read_signature(),
            environments: Environments::read(package)?,
            files: model_file::describe_all(package),
            python: python_files(package)?,
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
    pub(super) fn example(&self) -> Option<Result<(String, InputExample), (String, String)>> {
        let info = self.mlmodel().saved_input_example_info()?;
        let text = |key| info.get_set(key).and_then(Node::text);
        let file = text("artifact_path")?.to_owned();
        if !self.package.tree().has_file(&file) {
            return None;
        }
        let facts = ExampleFacts {
            kind: text("type").unwrap_or_default(),
            pandas_orient: text("pandas_orient"),
            params: text("params"),
        };
        let path = self.package.root().join(&file);
        let read = crate::package::read_bytes(&path, MAX_TEXT_BYTES).map_err(|e| e.to_string());
        let example = read.and_then(|bytes| {
            InputExample::from_stored(&bytes, facts).map_err(|error| error.to_string())
        });
        Some(match example {
            Ok(example) => Ok((file, example)),
            Err(message) => Err((file, message)),
        })
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

    /// Every path that `MLmodel` names, but for the model's code, of which only the name counts.
    pub(super) fn named_paths(&self) -> Vec<NamedPath> {
        let mut paths = Vec::new();
        for (name, flavor) in self.mlmodel().flavors() {
            let keys: &[(&str, Severity)] = match name {
                "python_function" => &[
                    ("data", Severity::Error),
                    ("code", Severity::Error),
                    ("python_model", Severity::Error),
                    ("model_path", Severity::Error),
                ],
                envelope_flavor::NAME => &[("output_example", Severity::Warning)],
                _ => &[
                    ("data", Severity::Error),
                    ("code", Severity::Error),
                    ("pickled_model", Severity::Error),
                    ("model_data", Severity::Error),
                ],
            };
            for (key, weight) in keys {
                push(
                    &mut paths,
                    format!("flavors.{name}.{key}"),
                    flavor.get_set(key),
                    *weight,
                );
            }
            push_nested(&mut paths, name, flavor);
        }
        if let Some(info) = self.mlmodel().saved_input_example_info() {
            for key in ["artifact_path", "serving_input_path"] {
                let element = format!("saved_input_example_info.{key}");
                push(&mut paths, element, info.get_set(key), Severity::Warning);
            }
        }
        paths
    }

    /// Whether the file is one that MLflow knows by name, or that `MLmodel` names.
    pub(super) fn is_accounted_for(&self, path: &str) -> bool {
        const KNOWN: [&str; 13] = [
            crate::mlmodel::FILE_NAME,
            CONDA_FILE,
            PYTHON_ENV_FILE,
            REQUIREMENTS_FILE,
            CONSTRAINTS_FILE,
            crate::input_example::EXAMPLE_FILE,
            crate::input_example::SERVING_EXAMPLE_FILE,
            crate::registered_model_meta::FILE_NAME,
            "environment_variables.txt",
            "uv.lock",
            "pyproject.toml",
            ".python-version",
            "metadata",
        ];
        let flavor = self.mlmodel().python_function();
        let is_code = flavor.and_then(PythonFunction::model_code_file) == Some(path);
        let named = self.named.get_or_init(|| self.named_texts());
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        is_code
            || named.contains("")
            || parents
                .chain([path])
                .any(|part| KNOWN.contains(&part) || named.contains(part))
    }

    /// Every text in a flavor and every external file of an ONNX model, as a path would be
    /// written; the empty text stands for the whole package.
    fn named_texts(&self) -> HashSet<String> {
        let mut named = HashSet::new();
        for (_, flavor) in self.mlmodel().flavors() {
            add_texts(flavor, &mut named);
        }
        for (file, header) in self.onnx_files() {
            let files = header.map(|header| model_file::external_files(file, header));
            named.extend(files.into_iter().flatten().filter(|file| !file.is_empty()));
        }
        named
    }

    /// The absolute paths by which `MLmodel` tells where things came from.
    pub(super) fn absolute_origins(&self) -> impl Iterator<Item = (String, Written<'_>)> {
        let document = self.mlmodel().document();
        let top = document
            .get_set("artifact_path")
            .map(|node| ("artifact_path".to_owned(), node));
        let flavor = self.mlmodel().flavor(crate::mlmodel::PYTHON_FUNCTION);
        let code = flavor.and_then(|flavor| flavor.get_set("model_code_path"));
        let code = code.map(|node| ("flavors.python_function.model_code_path".to_owned(), node));
        let artifacts = flavor
            .and_then(|flavor| flavor.get("artifacts"))
            .and_then(Node::entries);
        let uris = artifacts
            .unwrap_or_default()
            .iter()
            .filter_map(|(name, artifact)| {
                let element = format!("flavors.python_function.artifacts.{}.uri", name.text()?);
                Some((element, artifact.get_set("uri")?))
            });
        let all = top.into_iter().chain(code).chain(uris);
        all.filter_map(|(element, node)| {
            let text = node.text().filter(|text| is_absolute(text))?;
            Some((
                element,
                Written {
                    text,
                    position: node.position,
                },
            ))
        })
    }

    /// The package's text files with their texts.
    pub(super) fn texts(&self) -> &[(String, String)] {
        self.texts.get_or_init(|| {
            let mut total = 0;
            let files =
                self.package.tree().files().filter(|(path, size)| {
                    is_text_name(path.name()) && *size <= MAX_SEARCHED_BYTES
                });
            let files = files.take_while(|(_, size)| {
                total += size;
                total <= MAX_SEARCHED_TOTAL_BYTES
            });
            let read = |(path, _): (&RelativePath, u64)| {
                let text = self.package.read_text(path.as_str()).ok().flatten()?;
                Some((path.to_string(), text))
            };
            files.filter_map(read).collect()
        })
    }
}

impl Environments {
    fn read(package: &Package) -> Result<Self, Error> {
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

fn python_files(package: &Package) -> Result<BTreeMap<String, String>, Error> {
    let files = package.tree().files().filter(|(path, size)| {
        Path::new(path.name())
            .extension()
            .is_some_and(|e| e == "py")
            && *size <= MAX_SEARCHED_BYTES
    });
    let mut texts = BTreeMap::new();
    for (path, _) in files {
        match package.read_text(path.as_str()) {
            Ok(Some(text)) => drop(texts.insert(path.to_string(), text)),
            Ok(None) | Err(Error::NotUtf8 { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(texts)
}

fn is_text_name(name: &str) -> bool {
    name == crate::mlmodel::FILE_NAME
        || matches!(
            name,
            ".env" | "Dockerfile" | ".python-version" | ".netrc" | ".pypirc"
        )
        || Path::new(name)
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|ending| TEXT_ENDINGS.contains(&ending.to_lowercase().as_str()))
}

fn is_absolute(text: &str) -> bool {
    text.starts_with('/')
        || text.starts_with("file:/")
        || text.starts_with("dbfs:/")
        || (text.as_bytes().get(1) == Some(&b':') && text.contains('\\'))
}

/// Adds the paths that stand deeper in a flavor.
fn push_nested(paths: &mut Vec<NamedPath>, name: &str, flavor: &Node) {
    let artifacts = flavor
        .get("artifacts")
        .and_then(Node::entries)
        .unwrap_or_default();
    for (key, artifact) in artifacts {
        let element = format!(
            "flavors.{name}.artifacts.{}",
            key.text().unwrap_or_default()
        );
        push(paths, element, artifact.get_set("path"), Severity::Error);
    }
    for file in flavor
        .get("extra_files")
        .and_then(Node::items)
        .unwrap_or_default()
    {
        let element = format!("flavors.{name}.extra_files");
        push(paths, element, file.get_set("path"), Severity::Warning);
    }
    let env = flavor.get_set("env");
    let element = format!("flavors.{name}.env");
    push(paths, element.clone(), env, Severity::Warning);
    for (_, file) in env.and_then(Node::entries).unwrap_or_default() {
        push(paths, element.clone(), Some(file), Severity::Warning);
    }
    let native = flavor
        .get("native")
        .and_then(|native| native.get_set("onnx"));
    push(
        paths,
        format!("flavors.{name}.native.onnx"),
        native,
        Severity::Warning,
    );
}

fn push(paths: &mut Vec<NamedPath>, element: String, node: Option<&Node>, weight: Severity) {
    let Some(node) = node else { return };
    let Some(written) = node.as_str() else { return };
    // The package itself may be named, which every package has.
    if matches!(written.trim_end_matches('/'), "" | ".") {
        return;
    }
    let path = RelativePath::new(written).ok();
    paths.push(NamedPath {
        element,
        written: written.to_owned(),
        path,
        position: node.position,
        weight,
    });
}

/// Adds the texts in a node that may name a file or folder.
fn add_texts(node: &Node, named: &mut HashSet<String>) {
    match &node.content {
        Content::Scalar { text, .. } => {
            if node.as_str().is_some() && !text.is_empty() {
                let path = text.trim_start_matches("./").trim_end_matches('/');
                named.insert(if path == "." { "" } else { path }.to_owned());
            }
        }
        Content::Sequence(items) => items.iter().for_each(|item| add_texts(item, named)),
        Content::Mapping(entries) => entries
            .iter()
            .for_each(|(_, value)| add_texts(value, named)),
    }
}
