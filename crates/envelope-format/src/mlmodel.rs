//! The `MLmodel` file: what MLflow reads first.
//!
//! An [`MlModel`] is the document itself with a typed view on it, so that keys and flavors that
//! nobody here knows survive in their places. Reading refuses only what MLflow refuses; everything
//! else wrong with a package is a finding. See the
//! [MLflow model format](https://mlflow.org/docs/latest/ml/model/#storage-format).

mod flavor;

pub use flavor::{ArtifactEntry, OnnxFlavor, PythonFunction};

use crate::signature::{Signature, SignatureError};
use crate::yaml::{Node, YamlError};

/// The name of the file.
pub const FILE_NAME: &str = "MLmodel";
/// The name of the flavor that every MLflow tool loads.
pub const PYTHON_FUNCTION: &str = "python_function";

/// A parsed `MLmodel`.
#[derive(Clone, Debug, PartialEq)]
pub struct MlModel {
    document: Node,
}

/// Why a text is no `MLmodel`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MlModelError {
    /// The text is no YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The document is not a mapping.
    #[error("found {found}, expected a mapping with the key `flavors`")]
    NotAMapping {
        /// What the document is.
        found: &'static str,
    },
}

impl MlModel {
    /// Parses the text of an `MLmodel` file, YAML or JSON.
    ///
    /// # Errors
    /// What is no YAML, or no mapping; an empty file is neither.
    pub fn parse(text: &str) -> Result<Self, MlModelError> {
        let document = Node::parse(text)?;
        if document.entries().is_none() {
            return Err(MlModelError::NotAMapping {
                found: document.describe(),
            });
        }
        Ok(Self { document })
    }

    /// An `MLmodel` with no keys.
    pub fn empty() -> Self {
        Self {
            document: Node::mapping::<&str>([]),
        }
    }

    /// The text of the file, as MLflow writes it.
    pub fn to_yaml(&self) -> String {
        self.document.to_yaml()
    }

    /// The whole document.
    pub fn document(&self) -> &Node {
        &self.document
    }

    /// Sets a top-level key; a new key takes its alphabetical place.
    pub fn set(&mut self, key: &str, value: Node) {
        self.document.set(key, value);
    }

    /// Puts all keys in alphabetical order, as MLflow does.
    pub fn sort_keys(&mut self) {
        self.document.sort_keys();
    }

    /// Adds or replaces a flavor.
    pub fn set_flavor(&mut self, name: &str, flavor: Node) {
        let mut flavors = self
            .document
            .remove("flavors")
            .unwrap_or_else(|| Node::mapping::<&str>([]));
        flavors.set(name, flavor);
        self.document.set("flavors", flavors);
    }

    /// The flavors by name, in the order of the file.
    pub fn flavors(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = self
            .document
            .get("flavors")
            .and_then(Node::entries)
            .unwrap_or_default();
        entries
            .iter()
            .filter_map(|(name, flavor)| Some((name.text()?, flavor)))
    }

    /// A flavor's configuration.
    pub fn flavor(&self, name: &str) -> Option<&Node> {
        self.document.get("flavors")?.get(name)
    }

    /// The flavor that `mlflow.pyfunc` loads.
    pub fn python_function(&self) -> Option<PythonFunction<'_>> {
        self.flavor(PYTHON_FUNCTION)
            .filter(|node| node.entries().is_some())
            .map(PythonFunction::new)
    }

    /// The `onnx` flavor.
    pub fn onnx(&self) -> Option<OnnxFlavor<'_>> {
        self.flavor("onnx")
            .filter(|node| node.entries().is_some())
            .map(OnnxFlavor::new)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.document.get_set(key)?.text()
    }

    /// The version of MLflow that saved the package.
    pub fn mlflow_version(&self) -> Option<&str> {
        self.text("mlflow_version")
    }

    /// The run that logged the model.
    pub fn run_id(&self) -> Option<&str> {
        self.text("run_id")
    }

    /// The logged model's id, `m-…`, from MLflow 3 on.
    pub fn model_id(&self) -> Option<&str> {
        self.text("model_id")
    }

    /// 32 hexadecimal digits, or the model's id.
    pub fn model_uuid(&self) -> Option<&str> {
        self.text("model_uuid")
    }

    /// The path in the run's artifacts (MLflow 2) or the URI of the logged model (MLflow 3).
    pub fn artifact_path(&self) -> Option<&str> {
        self.text("artifact_path")
    }

    /// When the package was made, in UTC: `2026-11-20 17:40:11.859926`.
    pub fn utc_time_created(&self) -> Option<&str> {
        self.text("utc_time_created")
    }

    /// The size in bytes that MLflow counted when saving: without `MLmodel`, environments and code.
    pub fn model_size_bytes(&self) -> Option<i64> {
        self.document.get("model_size_bytes")?.as_i64()
    }

    /// The user's own data.
    pub fn metadata(&self) -> Option<&Node> {
        self.document.get_set("metadata")
    }

    /// What the package needs from its surroundings, such as serving endpoints.
    pub fn resources(&self) -> Option<&Node> {
        self.document.get_set("resources")
    }

    /// Who may use the model, on Databricks.
    pub fn auth_policy(&self) -> Option<&Node> {
        self.document.get_set("auth_policy")
    }

    /// The URIs of the prompts that the model uses.
    pub fn prompts(&self) -> Option<&Node> {
        self.document.get_set("prompts")
    }

    /// The names of the environment variables that the model reads.
    pub fn env_vars(&self) -> Vec<&str> {
        let items = self
            .document
            .get("env_vars")
            .and_then(Node::items)
            .unwrap_or_default();
        items.iter().filter_map(Node::text).collect()
    }

    /// Whether the input is checked by Python's type hints instead of the signature.
    pub fn is_signature_from_type_hint(&self) -> bool {
        self.document
            .get("is_signature_from_type_hint")
            .and_then(Node::as_bool)
            .unwrap_or(false)
    }

    /// Whether the model asked for its input in the form of the example.
    pub fn type_hint_from_example(&self) -> bool {
        self.document
            .get("type_hint_from_example")
            .and_then(Node::as_bool)
            .unwrap_or(false)
    }

    /// The signature's map, with its three JSON strings.
    pub fn signature(&self) -> Option<&Node> {
        self.document.get_set("signature")
    }

    /// The parsed signature.
    ///
    /// # Errors
    /// A signature that MLflow refuses too: parts that are no JSON texts, unknown types, all three
    /// parts absent.
    pub fn read_signature(&self) -> Result<Option<Signature>, SignatureError> {
        let Some(node) = self.signature() else {
            return Ok(None);
        };
        let part = |key: &str| match node.get_set(key) {
            None => Ok(None),
            Some(part) => part.as_str().map(Some).ok_or_else(|| {
                let message = format!("found {}, expected a JSON text", part.describe());
                SignatureError::new(key, message)
            }),
        };
        if node.entries().is_none() {
            let message = format!("found {}, expected a mapping", node.describe());
            return Err(SignatureError::new("", message));
        }
        Signature::from_parts(part("inputs")?, part("outputs")?, part("params")?).map(Some)
    }

    /// Which files hold the input example, and in which form.
    pub fn saved_input_example_info(&self) -> Option<&Node> {
        self.document.get_set("saved_input_example_info")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_unknown_keys_and_flavors_in_their_order() {
        let text = "zebra: 1\nflavors:\n  mine:\n    b: 1\n    a: 2\n  python_function:\n    \
                    loader_module: m\nalpha: '2024-01-02'\n";
        let model = MlModel::parse(text).unwrap();
        assert_eq!(model.to_yaml(), text);
        assert_eq!(
            model.flavors().map(|(n, _)| n).collect::<Vec<_>>(),
            ["mine", PYTHON_FUNCTION]
        );
    }

    #[test]
    fn new_keys_take_their_alphabetical_place() {
        let mut model = MlModel::parse("flavors: {}\nrun_id: x\n").unwrap();
        model.set("metadata", Node::mapping([("a", Node::integer(1))]));
        model.set("run_id", Node::string("123"));
        model.set_flavor("b", Node::mapping::<&str>([]));
        model.set_flavor("a", Node::mapping::<&str>([]));
        let expected = "flavors:\n  a: {}\n  b: {}\nmetadata:\n  a: 1\nrun_id: '123'\n";
        assert_eq!(model.to_yaml(), expected);
    }

    #[test]
    fn refuses_what_mlflow_refuses() {
        for text in ["", "just text", "- 1", "a: [", "a: 1\n---\nb: 1\n"] {
            assert!(MlModel::parse(text).is_err(), "{text:?}");
        }
        assert!(
            MlModel::parse(r#"{"flavors": {"python_function": {"loader_module": "m"}}}"#).is_ok()
        );
    }
}
