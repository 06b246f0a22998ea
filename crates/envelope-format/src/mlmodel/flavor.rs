//! Typed views on the flavors that this crate knows: `python_function` and `onnx`.
//!
//! A view never judges: whether what it shows makes sense is for the rules of `verify`.

use crate::yaml::Node;

/// The `python_function` flavor: how `mlflow.pyfunc.load_model` loads the package.
#[derive(Clone, Copy, Debug)]
pub struct PythonFunction<'a> {
    node: &'a Node,
}

/// A file or folder that the model finds by name in its context.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ArtifactEntry<'a> {
    /// The name by which the model asks for it.
    pub name: &'a str,
    /// Where it lies in the package.
    pub path: Option<&'a str>,
    /// Where it came from; MLflow does not use it.
    pub uri: Option<&'a str>,
}

impl<'a> PythonFunction<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        Self { node }
    }

    /// The whole configuration.
    pub fn node(self) -> &'a Node {
        self.node
    }

    /// The text of a key.
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.node.get_set(key)?.text()
    }

    /// The module whose `_load_pyfunc` loads the model; the only key that MLflow requires.
    pub fn loader_module(self) -> Option<&'a str> {
        self.text("loader_module")
    }

    /// What the loader is given, relative to the package; the package itself when absent.
    pub fn data(self) -> Option<&'a str> {
        self.text("data")
    }

    /// The folder that is put on Python's path.
    pub fn code(self) -> Option<&'a str> {
        self.text("code")
    }

    /// The Python version of the environment that saved the model.
    pub fn python_version(self) -> Option<&'a str> {
        self.text("python_version")
    }

    /// The pickled model.
    pub fn python_model(self) -> Option<&'a str> {
        self.text("python_model")
    }

    /// How the pickled model is compressed: `lzma`, `bzip2` or `gzip`.
    pub fn python_model_compression(self) -> Option<&'a str> {
        self.text("python_model_compression")
    }

    /// The file that defines the model, often an absolute path of which only the last part counts.
    pub fn model_code_path(self) -> Option<&'a str> {
        self.text("model_code_path")
    }

    /// The last part of [`PythonFunction::model_code_path`], which MLflow looks for in the root.
    pub fn model_code_file(self) -> Option<&'a str> {
        self.model_code_path()?
            .rsplit(['/', '\\'])
            .next()
            .filter(|name| !name.is_empty())
    }

    /// The method that predicts, unless it is `predict`.
    pub fn predict_fn(self) -> Option<&'a str> {
        self.text("predict_fn")
    }

    /// The model's configuration, handed to its loader.
    pub fn config(self) -> Option<&'a Node> {
        self.node.get_set("config")
    }

    /// Whether the model can answer piece by piece.
    pub fn streamable(self) -> bool {
        self.node
            .get("streamable")
            .and_then(Node::as_bool)
            .unwrap_or(false)
    }

    /// The environment files by manager: `conda` and `virtualenv`; MLflow 1 named only a conda file.
    pub fn environments(self) -> Vec<(&'a str, &'a str)> {
        let Some(env) = self.node.get_set("env") else {
            return Vec::new();
        };
        if let Some(file) = env.as_str() {
            return vec![("conda", file)];
        }
        let entries = env.entries().unwrap_or_default();
        entries
            .iter()
            .filter_map(|(k, v)| Some((k.text()?, v.as_str()?)))
            .collect()
    }

    /// The artifacts, in the order of the file.
    pub fn artifacts(self) -> impl ExactSizeIterator<Item = ArtifactEntry<'a>> {
        let entries = self
            .node
            .get("artifacts")
            .and_then(Node::entries)
            .unwrap_or_default();
        let text = |node: &'a Node, key| node.get_set(key).and_then(Node::text);
        let artifact = move |(name, value): &'a (Node, Node)| ArtifactEntry {
            name: name.text().unwrap_or_default(),
            path: text(value, "path"),
            uri: text(value, "uri"),
        };
        entries.iter().map(artifact)
    }

    /// Whether MLflow loads the model through a pickle of a `PythonModel`.
    pub fn is_pickled(self) -> bool {
        self.python_model().is_some() && self.model_code_path().is_none()
    }
}

/// The `onnx` flavor.
#[derive(Clone, Copy, Debug)]
pub struct OnnxFlavor<'a> {
    node: &'a Node,
}

impl<'a> OnnxFlavor<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        Self { node }
    }

    /// The model's file, at the package's root.
    pub fn data(self) -> Option<&'a str> {
        self.node.get_set("data")?.text()
    }

    /// The version of the `onnx` library that saved it.
    pub fn onnx_version(self) -> Option<&'a str> {
        self.node.get_set("onnx_version")?.text()
    }

    /// The execution providers that onnxruntime is asked for.
    pub fn providers(self) -> Vec<&'a str> {
        let items = self
            .node
            .get("providers")
            .and_then(Node::items)
            .unwrap_or_default();
        let name = |item: &'a Node| item.text().or_else(|| item.items()?.first()?.text());
        items.iter().filter_map(name).collect()
    }
}
