//! How to load a package.

use super::models::{self, ModelEntry};
use envelope_format::envelope_flavor::EnvelopeFlavor;
use envelope_format::environment::REQUIREMENTS_FILE;
use envelope_format::mlmodel::PythonFunction;
use envelope_format::package::Package;
use serde::Serialize;
use std::collections::BTreeMap;

/// Flavors of MLflow whose own loader gives the model itself.
const NATIVE_LOADERS: [&str; 9] = [
    "onnx",
    "sklearn",
    "pytorch",
    "tensorflow",
    "xgboost",
    "lightgbm",
    "catboost",
    "statsmodels",
    "spark",
];

/// How to load a package, in Python and without.
#[derive(Debug, Serialize)]
pub(crate) struct Loading {
    /// The shell command that installs what it needs.
    pub(crate) install: Option<String>,
    /// The Python lines that load it and, with an example, ask it.
    pub(crate) python: Vec<String>,
    /// The shell command that serves it with MLflow.
    pub(crate) serve: Option<String>,
    /// The ONNX file in the package that runs without Python.
    pub(crate) native_onnx: Option<String>,
    /// The pickle of a `PythonModel` that loading it runs.
    pub(crate) pickle: Option<String>,
    /// Whether that pickle does no more than to make an object of one class.
    pub(crate) names_only_a_class: bool,
}

impl Loading {
    pub(super) fn of(
        package: &Package,
        given: &str,
        envelope: Option<&EnvelopeFlavor>,
        model_files: &BTreeMap<String, ModelEntry>,
    ) -> Self {
        let flavor = package.mlmodel().python_function();
        let pickle = flavor.filter(|flavor| flavor.is_pickled());
        let pickle = pickle.and_then(PythonFunction::python_model);
        let requirements = package.tree().has_file(REQUIREMENTS_FILE);
        let path = given.trim_end_matches('/');
        let file = shell_quoted(&format!("{path}/{REQUIREMENTS_FILE}"));
        let native = envelope.and_then(|flavor| flavor.native_onnx.clone());
        let onnx = package.mlmodel().onnx();
        let onnx = onnx
            .and_then(envelope_format::mlmodel::OnnxFlavor::data)
            .filter(|file| package.tree().has_file(file));
        Self {
            install: requirements.then(|| format!("pip install -r {file}")),
            python: python(package, path),
            serve: flavor.map(|_| format!("mlflow models serve -m {}", shell_quoted(path))),
            native_onnx: native.or_else(|| onnx.map(str::to_owned)),
            names_only_a_class: models::named_class(pickle.unwrap_or_default(), model_files)
                .is_some(),
            pickle: pickle.map(str::to_owned),
        }
    }
}

fn python(package: &Package, path: &str) -> Vec<String> {
    let mlmodel = package.mlmodel();
    let path = python_quoted(path);
    let native = mlmodel
        .flavors()
        .find(|(name, _)| NATIVE_LOADERS.contains(name));
    if mlmodel.python_function().is_none() {
        let load = |(name, _)| {
            vec![
                format!("import mlflow.{name}"),
                format!("model = mlflow.{name}.load_model({path})"),
            ]
        };
        return native.map(load).unwrap_or_default();
    }
    let mut lines = vec![
        "import mlflow".to_owned(),
        format!("model = mlflow.pyfunc.load_model({path})"),
    ];
    if mlmodel.saved_input_example_info().is_some() {
        lines.push("print(model.predict(model.input_example))".to_owned());
    }
    if let Some((name, _)) = native {
        lines.push(format!(
            "mlflow.{name}.load_model({path})  # the model itself"
        ));
    }
    lines
}

/// The text as one word of a POSIX shell.
pub(crate) fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The text as a Python literal.
fn python_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_paths_for_shell_and_python() {
        for (path, shell, python) in [
            (
                "target/item_price",
                "target/item_price",
                "\"target/item_price\"",
            ),
            ("my model", "'my model'", "\"my model\""),
            ("it's", "'it'\\''s'", "\"it's\""),
            ("a\"b", "'a\"b'", "\"a\\\"b\""),
            ("$(rm)", "'$(rm)'", "\"$(rm)\""),
        ] {
            assert_eq!(
                (shell_quoted(path).as_str(), python_quoted(path).as_str()),
                (shell, python)
            );
        }
    }
}
